using OpenSettle.Node.Verification;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Tests.Verification;

/// <summary>A passport that somebody shows, against the one that was recomputed.</summary>
public sealed class PassportCheckTests
{
    private static readonly EvidenceLimits None = new(null, null, null);
    private static readonly Address Token = Address.Parse("0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0");

    private static readonly Figure Settled = new(
        "revenue.settled", Token.ToString(), FigureState.Known, "100", "90", "110", 4, 1, FigureLevel.OnChain, 10, 20, [new FigurePoint("2026-01-05", "60", 2), new FigurePoint("2026-01-12", "40", 2)], null);

    private static readonly Figure Uses = new("usage.uses", string.Empty, FigureState.Known, "40", null, null, 40, 1, FigureLevel.Attested, 10, 20, [], null);
    private static readonly Figure Seen = new("usage.seenOutside", string.Empty, FigureState.Known, "3", null, null, 3, 1, FigureLevel.SelfReported, 0, 0, [], null);
    private static readonly Figure Clusters = new("buyers.clusters", Token.ToString(), FigureState.Known, "2", null, null, 2, 1, FigureLevel.OnChain, 10, 20, [], null);

    /// <summary>One thing is changed in each.</summary>
    public static TheoryData<string> Lies { get; } = [.. Changes.Keys];

    private static Dictionary<string, Func<Passport, Passport>> Changes => new(StringComparer.Ordinal)
    {
        ["value"] = Change(Settled with { Value = "101" }),
        ["low"] = Change(Settled with { Low = "95" }),
        ["high"] = Change(Settled with { High = null }),
        ["n"] = Change(Settled with { N = 400 }),
        ["leastN"] = Change(Settled with { LeastN = 0 }),
        ["blocks"] = Change(Settled with { LastBlock = 30 }),
        ["state"] = Change(Settled with { State = FigureState.Insufficient }),
        ["series"] = Change(Settled with { Points = [Settled.Points[0], Settled.Points[1] with { Value = "41" }] }),
        ["short series"] = Change(Settled with { Points = [Settled.Points[0]] }),
        ["a higher level"] = Change(Uses with { Level = FigureLevel.OnChain }),
        ["its own word as the chain's"] = Change(Seen with { Level = FigureLevel.OnChain }),
        ["a figure of its own"] = said => said with { Figures = [.. said.Figures, Settled with { Id = "revenue.dreamt" }] },
        ["a figure left out"] = said => said with { Figures = [.. said.Figures.Where(figure => figure.Id != Uses.Id)] },
        ["a flag left out"] = static said => said with { Flags = [] },
        ["owner"] = static said => said with { Owner = Token },
        ["status"] = static said => said with { Status = 2 },
        ["a domain's bound"] = static said => said with { Domains = [said.Domains[0] with { Low = "0.900000" }] },
        ["a contributor"] = static said => said with { Contributors = [said.Contributors[0] with { Earned = [(Token, 76)] }] },
        ["a permission left out"] = static said => said with { Permissions = [] },
    };

    [Fact]
    public void Compare_OfTheSamePassport_HoldsAndNamesWhatIsOnlyClaimed()
    {
        var rows = PassportCheck.Compare(Honest(), Honest(), None);
        Assert.Equal(Seen.Id, Assert.Single(rows, row => row.Verdict == PassportVerdict.Claimed).What);
        Assert.All(rows.Where(row => row.What != Seen.Id), row => Assert.Equal(PassportVerdict.Holds, row.Verdict));
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public void Compare_OfAPassportWithALie_NamesIt(string lie)
    {
        var rows = PassportCheck.Compare(Changes[lie](Honest()), Honest(), None);
        Assert.Single(rows, row => row.Verdict == PassportVerdict.Differs);
    }

    [Fact]
    public void Compare_WithoutWhatItFollowsFrom_ChecksLessAndCallsNothingALie()
    {
        var poor = Honest() with { LastEpoch = 0, Figures = [], Domains = [], Contributors = [], Flags = [] };
        var rows = PassportCheck.Compare(Honest(), poor, new EvidenceLimits("no bundle", "no bundle", null));
        Assert.DoesNotContain(rows, row => row.Verdict == PassportVerdict.Differs);
        Assert.Contains(rows, row => row.What == Settled.Id && row.Verdict == PassportVerdict.NotChecked);
        // What the registry says needs no bundle.
        Assert.Contains(rows, row => row.What == "owner" && row.Verdict == PassportVerdict.Holds);
    }

    [Fact]
    public void Compare_OfWhatNeedsUsageOrTransfers_IsNotCheckedWithoutThem()
    {
        var rows = PassportCheck.Compare(Honest(), Honest(), new EvidenceLimits(null, "no batches", "no transfers"));
        Assert.Equal(PassportVerdict.NotChecked, Assert.Single(rows, row => row.What == Uses.Id).Verdict);
        Assert.Equal(PassportVerdict.NotChecked, Assert.Single(rows, row => row.What == Clusters.Id).Verdict);
        Assert.Equal(PassportVerdict.Holds, Assert.Single(rows, row => row.What == Settled.Id).Verdict);
    }

    [Fact]
    public void Compare_OfWhatThePassportDoesNotKnow_IsNoLie()
    {
        var said = Change(Clusters with { State = FigureState.NotRead, Value = null })(Honest());
        Assert.Equal(PassportVerdict.Claimed, Assert.Single(PassportCheck.Compare(said, Honest(), None), row => row.What == Clusters.Id).Verdict);
    }

    private static Func<Passport, Passport> Change(Figure changed) =>
        said => said with { Figures = [.. said.Figures.Select(figure => figure.Id == changed.Id ? changed : figure)] };

    private static Passport Honest() => new(
        "1", 31337, new ModelId(Keccak256.HashText("model")), new BlockPoint(30, 1_000), 2, Address.Parse("0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), Token,
        Keccak256.HashText("weights"), 0, false, Keccak256.HashText("card"), "ipfs://card",
        [new DomainStanding(RoleText.ToWord("nda-review") ?? default, "nda-review", DomainBasis.PaidUsage, 38, 40, "0.834959", "0.986179")],
        [Settled, Uses, Seen, Clusters], [new PassportFlag("concentrated", Token.ToString(), "One buyer paid all.")], [],
        [new Contributor(Address.Parse("0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), ["training"], [(Token, 75)])],
        [new StatedPermission(default, RoleText.ToWord("resale") ?? default, 2, 0, default, string.Empty, Keccak256.HashText("uid"))], []);
}
