using OpenSettle.Epochs;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Passports;

public sealed class PassportBuilderTests
{
    private static readonly Address Buyer = World.Name("buyer", 1);

    public static TheoryData<string, Func<PassportFacts, PassportFacts>, string> Wrong => new()
    {
        { "unknown model", facts => facts with { Model = new ModelId(Market.Identity) }, "is not in the registry" },
        { "too early", facts => facts with { AsOf = new BlockPoint(20, 200) }, "was registered in block 20" },
        { "epoch not active", facts => facts with { AsOf = facts.AsOf with { Timestamp = facts.Epochs[^1].ActivatedAt - 1 } }, "was not active at block" },
        { "epoch after the block", facts => facts with { AsOf = facts.AsOf with { Number = facts.Epochs[^1].LastBlock } }, "was not active at block" },
        { "epochs in disorder", facts => facts with { Epochs = [.. facts.Epochs.Reverse()] }, "came after epoch" },
        { "active before its end", facts => facts with { Epochs = [facts.Epochs[0] with { ActivatedAt = facts.Epochs[0].EndTime - 1 }, .. facts.Epochs.Skip(1)] }, "active before its end" },
        { "revenue of no epoch", facts => facts with { Revenue = [facts.Revenue[0] with { Epoch = 99 }] }, "revenue is of epoch 99" },
        { "revenue after its epoch", facts => facts with { Revenue = [facts.Revenue[0] with { Day = facts.Revenue[0].Day + 30 }] }, "is of after epoch" },
        { "oldest of another day", facts => facts with { Revenue = [facts.Revenue[0] with { Oldest = 1 }] }, "is of another day" },
        { "times before the oldest", facts => facts with { Revenue = [facts.Revenue[0] with { TimeWeighted = 1 }] }, "are not between the oldest" },
        { "times after the epoch", facts => facts with { Revenue = [facts.Revenue[0] with { TimeWeighted = UInt256.MaxAmount }] }, "are not between the oldest" },
        { "record of no epoch", facts => facts with { Records = [(99, facts.Records[0].Record)] }, "a record is of epoch 99" },
        { "record of another", facts => facts with { Records = [(1, facts.Records[0].Record with { Model = Market.Parent })] }, "is of model" },
        { "two records", facts => facts with { Records = [facts.Records[0], facts.Records[0]] }, "has two records" },
        { "earning of no epoch", facts => facts with { Earnings = [facts.Earnings[0] with { Epoch = 99 }] }, "an earning is of epoch 99" },
        { "flow of no epoch", facts => facts with { Upstream = [new UpstreamFlow(99, Market.Token, Market.Parent, 1)] }, "a flow upstream is of epoch 99" },
        { "late transfer", facts => facts with { Flows = [new TokenFlow(90_000, Market.Token, Buyer, Market.Owner, 1)] }, "is of after the block" },
        { "late usage", facts => facts with { Seen = [new SeenUsage(90_000, "x", 1, 1, 1, 1)] }, "is of after the block" },
        { "late permission", facts => facts with { Permissions = [new RegistryPermission(Buyer, Market.Identity, 1, 0, default, "", new LogPosition(facts.AsOf.Number, 0))] }, "a permission was set in block" },
        { "late attestation", facts => facts with { Attestations = [Entry(new LogPosition(facts.AsOf.Number, 0), 1)] }, "was made in block" },
        { "attestation of tomorrow", facts => facts with { Attestations = [Entry(new LogPosition(30, 0), facts.AsOf.Timestamp + 1)] }, "was made in block" },
        { "attestation without log", facts => facts with { Attestations = [Entry(null, 1)] }, "exactly where it has a log" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Facts_ThatContradictTheBlock_AreRefused(string what, Func<PassportFacts, PassportFacts> wrong, string why)
    {
        var facts = new Market(weeks: 4).Honest(3).Facts();
        var fault = Assert.Throws<ArgumentException>(() => PassportBuilder.Build(wrong(facts)));
        Assert.True(fault.Message.Contains(why, StringComparison.Ordinal), $"{what}: {fault.Message}");
    }

    [Fact]
    public void Model_WithoutAnyEpoch_HasAPassportThatKnowsNothing()
    {
        var facts = new Market(weeks: 1).Facts() with { Epochs = [], Revenue = [], Records = [], Earnings = [] };
        var passport = PassportBuilder.Build(facts);
        Assert.Equal((PassportBuilder.CodeVersion, 0UL, Market.Owner), (passport.CodeVersion, passport.LastEpoch, passport.Owner));
        Assert.All(passport.Figures, figure => Assert.Equal((FigureState.Insufficient, null), (figure.State, figure.Value)));
        Assert.Empty(passport.Domains);
        Assert.Empty(passport.Flags);
    }

    [Fact]
    public void Figures_OfASmallMarket_AreThoseWorkedOutByHand()
    {
        // Two buyers in three weeks: 600, 200, 200; 1,000 in all, of which one paid 800.
        var market = new Market(weeks: 3);
        market.Pay(Buyer, 0, 600, 20, 19);
        market.Pay(World.Name("buyer", 2), 8, 200, 10, 9);
        market.Pay(Buyer, 15, 200, 10, 10, payments: 2);
        var passport = market.Build();
        Assert.Equal(("1000", "4", "1000"), (Value("revenue.settled"), Value("revenue.payments"), Value("revenue.washAdjusted")));
        Assert.Equal(("2", "0.680000", "1.470588"), (Value("buyers.payers"), Value("concentration.hhi"), Value("concentration.effectiveBuyers")));
        Assert.Equal(("40", "1.000000"), (Value("usage.uses"), Value("usage.paidShare")));
        Assert.Equal("25.000000", Value("price.perUse"));
        Assert.Equal(["600", "200", "200"], passport.Figure("revenue.weekly").Points.Select(point => point.Value));
        Assert.Equal(["2025-01-06", "2025-01-13", "2025-01-20"], passport.Figure("revenue.weekly").Points.Select(point => point.At));
        // From 1:00 on its day to a day after the week's end: 191, 167 + 23 … hours, by hand.
        var waits = (600UL * ((8 * 86_400) - 3_601)) + (200UL * ((7 * 86_400) - 3_601)) + (200UL * ((7 * 86_400) - 3_601));
        Assert.Equal(((waits + 500) / 1000).ToString(System.Globalization.CultureInfo.InvariantCulture), Value("settlement.lateness"));
        Assert.Equal("1.000000", Value("settlement.share"));
        var standing = Assert.Single(passport.Domains);
        Assert.Equal(("nda-review", DomainBasis.PaidUsage, 38UL, 40UL), (standing.Text, standing.Basis, standing.Successes, standing.Trials));
        Assert.Equal(FigureState.Insufficient, passport.Figure("revenue.halfLife").State);
        Assert.Equal((3UL, 8UL), (passport.Figure("revenue.halfLife").N, passport.Figure("revenue.halfLife").LeastN));
        Assert.Equal((Market.Block(0), Market.Block(21) - 1), (passport.Figure("revenue.settled").FirstBlock, passport.Figure("revenue.settled").LastBlock));
        Assert.True(passport.Has("concentrated"));

        string? Value(string id) => passport.Figure(id).Value;
    }

    [Fact]
    public void Flows_NotRead_SayNothingOfClustersAndWashing()
    {
        var market = new Market().Honest();
        market.FlowsKnown = false;
        var passport = market.Build();
        foreach (var id in (string[])["buyers.clusters", "concentration.hhiClustered", "dependency.unsubsidised", "wash.share", "wash.costToFake", "revenue.washAdjusted"])
            Assert.Equal((FigureState.NotRead, null), (passport.Figure(id).State, passport.Figure(id).Value));
        Assert.Equal(FigureState.Known, passport.Figure("concentration.hhi").State);
        Assert.Contains("not read", passport.Figure("retention.repeatShare").Note, StringComparison.Ordinal);
    }

    [Fact]
    public void AnonymousMoney_IsRevenue_AndNoBuyer()
    {
        var market = new Market().Honest();
        market.Pay(Address.Zero, 100, 1_000_000, 0, 0);
        var (passport, honest) = (market.Build(), new Market().Honest().Build());
        Assert.Equal(honest.Amount("revenue.settled") + 1_000_000, passport.Amount("revenue.settled"));
        Assert.Equal(honest.Amount("revenue.washAdjusted"), passport.Amount("revenue.washAdjusted"));
        Assert.Equal(honest.Figure("buyers.payers").Value, passport.Figure("buyers.payers").Value);
        Assert.Contains("1000000 of it came from nobody", passport.Figure("revenue.settled").Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.98, true)]
    [InlineData(1.0, false)]
    public void Domain_ThatDecays_IsFoundAmongOthers(double factor, bool decays)
    {
        var market = new Market(seed: 3, weeks: 52);
        var (random, rate) = (new Random(7), 0.95);
        for (var week = 0; week < 52; week++, rate *= factor)
        {
            foreach (var domain in (string[])["steady", "tested"])
            {
                var successes = Enumerable.Range(0, 80).Count(_ => random.NextDouble() < (domain == "tested" ? rate : 0.9));
                market.Use(week * 7, 80, (ulong)successes, paid: true, DomainWord.Of(domain));
            }
        }

        var passport = market.Build();
        Assert.Equal(FigureState.NotFound, passport.Figure("domain.decay", "steady").State);
        var figure = passport.Figure("domain.decay", "tested");
        Assert.Equal(decays ? FigureState.Known : FigureState.NotFound, figure.State);
        Assert.Equal(52, figure.Points.Count);
        if (decays) Assert.StartsWith("-0.0", figure.High, StringComparison.Ordinal);
    }

    [Fact]
    public void Revenue_ThatFades_HasAHalfLifeAndRevenueThatStopsHasAShorterOne()
    {
        var (fading, stopped) = (new Market(weeks: 20), new Market(weeks: 20));
        for (var week = 0; week < 20; week++)
        {
            var amount = (ulong)(1_000_000 * Math.Pow(0.9, week));
            fading.Pay(Buyer, week * 7, amount);
            if (week < 8) stopped.Pay(Buyer, week * 7, amount);
        }

        var (slow, fast) = (fading.Build(), stopped.Build());
        Assert.StartsWith("6.578", slow.Figure("revenue.halfLife").Value, StringComparison.Ordinal);
        Assert.True(fast.Millionths("revenue.halfLife") < slow.Millionths("revenue.halfLife"));
    }

    [Fact]
    public void Facts_InAnyOrder_GiveTheSamePassport()
    {
        var market = new Market().Honest();
        for (var i = 0; i < 6; i++)
        {
            market.Send(Market.Owner, World.Name("sock", i), i, 5_000);
            market.Pay(World.Name("sock", i), 10 + i, 5_000);
            market.Send(Market.Owner, World.Name("buyer", i), 40 + i, 700);
        }

        market.Evaluate(Market.Evaluator, 20, "0.9", 100);
        var facts = market.Facts();
        var expected = PassportBuilder.Build(facts).Print();
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            Assert.Equal(expected, PassportBuilder.Build(facts with
            {
                Revenue = Shuffled(facts.Revenue, random),
                Records = Shuffled(facts.Records, random),
                Earnings = Shuffled(facts.Earnings, random),
                Flows = Shuffled(facts.Flows, random),
                Attestations = Shuffled(facts.Attestations, random),
            }).Print());
        }
    }

    [Fact]
    public void RowsOfOnePayerAndDay_TogetherOrApart_GiveTheSamePassport()
    {
        var facts = new Market().Honest().Facts();
        var apart = facts.Revenue.SelectMany(row => row.Settled < 2 ? [row] : (SettledRevenue[])
        [
            row with { Payments = 0, Settled = 1, TimeWeighted = row.Oldest },
            row with { Settled = row.Settled - 1, TimeWeighted = row.TimeWeighted - row.Oldest },
        ]);
        Assert.Equal(PassportBuilder.Build(facts).Print(), PassportBuilder.Build(facts with { Revenue = [.. apart] }).Print());
    }

    [Fact]
    public void Ancestors_OfADiamond_StandOnceWithTheSumOfTheirShares()
    {
        var facts = new Market(weeks: 2).Facts();
        var book = new RegistryBook();
        ModelId[] ids = [.. Enumerable.Range(1, 4).Select(number => new ModelId(Keccak256.HashText($"m{number}")))];
        Parent[][] parents = [[], [new Parent(ids[0], 100_000)], [new Parent(ids[0], 200_000)], [new Parent(ids[1], 500_000), new Parent(ids[2], 300_000), new Parent(ids[0], 10_000)]];
        for (var i = 0; i < 4; i++)
        {
            book.Apply(new ModelRegistered(new LogPosition((ulong)i + 1, 0), 1, ids[i], (ulong)i + 1, World.Name("owner", i), World.Name("pay", i), 0, default, default, ""));
            book.Apply(new SplitSet(new LogPosition((ulong)i + 1, 1), 1, ids[i], 1, new SplitTable(1, [new SplitRow(null, 1, "x")])));
            book.Apply(new LineageSet(new LogPosition((ulong)i + 1, 2), 1, ids[i], 1, new Lineage(1, parents[i])));
        }

        var passport = PassportBuilder.Build(facts with { Registry = book, Model = ids[3], Upstream = [new UpstreamFlow(1, Market.Token, ids[1], 5), new UpstreamFlow(2, Market.Token, ids[1], 7)] });
        Assert.Equal(
            [(ids[0], 1u, 10_000UL + 50_000 + 60_000), (ids[1], 1u, 500_000UL), (ids[2], 1u, 300_000UL)],
            passport.Ancestors.Select(ancestor => (ancestor.Model, ancestor.Depth, ancestor.ShareMillionths)));
        Assert.Equal((Market.Token, (UInt256)12), Assert.Single(passport.Ancestors[1].Flowed));
    }

    /// <summary>
    /// Whoever changes a figure sees it here, and gives the rules another <see cref="PassportBuilder.CodeVersion"/>: passports that were
    /// made before are else called wrong by who verifies them.
    /// </summary>
    [Fact]
    public void Passport_OfAKnownMarket_IsTheKeptOneOfThisCodeVersion()
    {
        var market = new Market(seed: 9).Honest(20);
        market.Evaluate(Market.Evaluator, 60, "0.87", 100);
        market.Send(Market.Owner, World.Name("sock", 1), 3, 90_000);
        for (var day = 5; day < 200; day += 9) market.Pay(World.Name("sock", 1), day, 2_000, 12, 12);
        for (var day = 30; day < 200; day += 20)
        {
            market.Pay(World.Name("friend", 1), day, 3_000, 9, 7);
            market.Send(Market.Owner, World.Name("friend", 1), day + 3, 1_500);
        }

        for (var day = 0; day < 210; day += 2) market.Use(day, 40, (ulong)(38 - day / 15), paid: day % 4 == 0, DomainWord.Of("fading"));
        market.Permissions.Add(new RegistryPermission(Address.Zero, DomainWord.Of("inference"), 1, 0, Hash32.Zero, "", new LogPosition(Market.Block(2), 1)));
        Assert.Equal(Repository.Read("tests", "vectors", $"passport-{PassportBuilder.CodeVersion}.txt"), market.Build().Print() + "\n");
    }

    [Fact]
    public void Domain_OfALongName_IsItsHashWhateverANodeSaw()
    {
        const string Name = "Verträge, die länger sind als ein Wort der Kette";
        var market = new Market(weeks: 4);
        market.Use(1, 50, 40, paid: true, DomainWord.Of(Name));
        market.Seen.Add(new SeenUsage(Market.FirstDay, Name, 1, 1, 1, 1));
        Assert.Equal(DomainWord.Of(Name).ToString(), Assert.Single(market.Build().Domains).Text);
    }

    [Fact]
    public void Domains_MoreThanAreShown_AreThoseWithMostPaidTrials()
    {
        var market = new Market(weeks: 4);
        for (var i = 0; i < 140; i++) market.Use(i % 28, 100 + (ulong)i, 1, paid: i == 3, DomainWord.Of($"d{i}"));
        var passport = market.Build();
        Assert.Equal(128, passport.Domains.Count);
        Assert.Contains(passport.Domains, domain => domain.Text == "d3");
        Assert.DoesNotContain(passport.Domains, domain => domain.Text == "d0");
        Assert.True(passport.Has("many-domains"));
    }

    [Fact]
    public void Query_OfAFigure_IsACommandThatAShellTakes()
    {
        var passport = new Market(weeks: 4).Honest(3).Build();
        var figure = passport.Figure("domain.observed");
        Assert.Equal($"opensettle passport {Market.Model} --verify --block {passport.AsOf.Number} --figure domain.observed:nda-review", PassportWords.Query(passport, figure));
        Assert.EndsWith(@"--figure 'domain.observed:it'\''s $(x)'", PassportWords.Query(passport, figure with { Scope = "it's $(x)" }), StringComparison.Ordinal);
    }

    /// <summary>Each figure of a passport has a heading there, and nothing else is called a figure.</summary>
    [Fact]
    public void Document_HasEveryFigureAndFlag()
    {
        var market = new Market().Honest();
        market.Use(1, 1, 1, paid: false, DomainWord.Of("other"));
        var ids = market.Build().Figures.Select(figure => figure.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var document = Repository.Read("docs", "metrics.md");
        var headings = document.Split('\n').Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..].Trim()).Order(StringComparer.Ordinal);
        Assert.Equal(headings, ids);
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "src", "OpenSettle", "Passports", "Metrics"), "*.cs"))
        {
            // What stands in quotes after each call.
            foreach (var part in File.ReadAllText(file).Split("Flag(\"").Skip(1))
                Assert.Contains($"| `{part[..part.IndexOf('"', StringComparison.Ordinal)]}` |", document, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Comparison_OfTwoPassports_HasEachFigureOnceAndRefusesOtherRules()
    {
        var (a, b) = (new Market(1).Honest().Build(), new Market(2).Honest().Build());
        var compared = PassportComparison.Of(a, b with { ChainId = 5 });
        Assert.Equal(a.Figures.Count, compared.Figures.Count);
        Assert.All(compared.Figures, row => Assert.Equal((row.Id, row.Scope), (row.A?.Id, row.B?.Scope)));
        Assert.Equal("nda-review", Assert.Single(compared.Domains).Text);
        Assert.Contains("on chains 31337 and 5", Assert.Single(compared.Differ), StringComparison.Ordinal);
        Assert.Empty(PassportComparison.Of(a, b).Differ);
        Assert.Throws<ArgumentException>(() => PassportComparison.Of(a, b with { CodeVersion = "2" }));
    }

    private static AttestationEntry Entry(LogPosition? at, ulong time) =>
        new(Market.Identity, Market.Identity, StatementKind.Contribution, Market.Owner, default, default, time, 0, 0, true, at, null);

    private static List<T> Shuffled<T>(IReadOnlyList<T> items, Random random)
    {
        var shuffled = items.ToArray();
        random.Shuffle(shuffled);
        return [.. shuffled];
    }
}
