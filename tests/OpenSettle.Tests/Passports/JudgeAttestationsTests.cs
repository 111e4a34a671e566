using OpenSettle.Epochs;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Passports;

public sealed class JudgeAttestationsTests
{
    private static readonly Hash32 Set = Keccak256.HashText("set");
    private static readonly Hash32 Use = DomainWord.Of("commercial");
    private static readonly Address Stranger = World.Name("stranger", 1);

    public static TheoryData<string, Statement, string> Faults => new()
    {
        { "other model", new ContributionStatement(Market.Parent, Stranger, Set, 1, Set), "It is about model" },
        { "identity", new ProvenanceStatement(Market.Model, Set, [Set], ["trained-on"], ""), "weights with the hash" },
        { "relations", new ProvenanceStatement(Market.Model, Market.Identity, [Set], [], ""), "1 hashes and 0 relations" },
        { "empty relation", new ProvenanceStatement(Market.Model, Market.Identity, [Set], [" "], ""), "A relation is empty" },
        { "zero data set", new ProvenanceStatement(Market.Model, Market.Identity, [Hash32.Zero], ["merged"], ""), "data set is zero" },
        { "own parent", new LineageStatement(Market.Model, [new Parent(Market.Model, 1)], 1), "its own parent" },
        { "unknown parent", new LineageStatement(Market.Model, [new Parent(new ModelId(Set), 1)], 1), "is not in the registry" },
        { "parent twice", new LineageStatement(Market.Model, [new Parent(Market.Parent, 1), new Parent(Market.Parent, 2)], 1), "is there twice" },
        { "more than all", new LineageStatement(Market.Model, [new Parent(Market.Parent, 1_000_001)], 1), "more than all" },
        { "other shares", new LineageStatement(Market.Model, [new Parent(Market.Parent, 49_999)], 1), "has other parents or shares" },
        { "other version", new LineageStatement(Market.Model, [new Parent(Market.Parent, 50_000)], 2), "has no lineage 2" },
        { "no account", new ContributionStatement(Market.Model, Address.Zero, Set, 1, Set), "names no account" },
        { "no weight", new ContributionStatement(Market.Model, Stranger, Set, 0, Set), "weight zero" },
        { "no use", new PermissionStatement(Market.Model, Address.Zero, Hash32.Zero, 1, 0, Hash32.Zero), "names no use" },
        { "no permission", new PermissionStatement(Market.Model, Address.Zero, Use, 4, 0, Hash32.Zero), "4 is no permission" },
        { "no terms", new PermissionStatement(Market.Model, Address.Zero, Use, 3, 0, Hash32.Zero), "names its terms" },
        { "no metric", Evaluation("", "0.5", 10), "names no metric" },
        { "no set", new EvaluationStatement(Market.Model, Market.Domain, "accuracy", "0.5", 10, Hash32.Zero, Set), "names no set" },
        { "no n", Evaluation("accuracy", "0.5", 0), "says of no trials" },
        { "no value", Evaluation("accuracy", "", 10), "has trials, and no value" },
        { "a word", Evaluation("f1", "NaN", 10), "not a number" },
        { "infinite", Evaluation("f1", "1e999", 10), "not a number" },
        { "words", Evaluation("f1", "very good", 10), "not a number" },
        { "long", Evaluation("f1", new string('1', 65), 10), "not a number" },
        { "percent", Evaluation("accuracy", "87", 10), "not a decimal from 0 to 1" },
        { "negative", Evaluation("accuracy", "-0.5", 10), "not a decimal from 0 to 1" },
        { "exponent", Evaluation("accuracy", "1e-1", 10), "not a decimal from 0 to 1" },
        { "too many", Evaluation("accuracy", "0.5", 1_000_000_000_001), "more than 1000000000000" },
        { "no epoch", new UsageRecordStatement(Market.Model, 99, 1, 1, [], []), "no record of epoch 99" },
        { "other record", new UsageRecordStatement(Market.Model, 1, 1, 1, [], []), "not the model's record of epoch 1" },
        { "inactive epoch", new EpochStatement(99, 1, Set, Set, Set), "Epoch 99 was not active" },
        { "other epoch", new EpochStatement(1, 1, Set, Set, Set), "another last block" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Statement_ThatIsWrong_IsVoidAndSaysWhy(string what, Statement statement, string why)
    {
        var market = new Market(weeks: 4).Honest(3);
        market.Say(statement.Kind == StatementKind.Evaluation ? Market.Evaluator : Market.Owner, statement, 3);
        var judged = Assert.Single(market.Build().Attestations);
        Assert.True(judged.Standing == AttestationStanding.Void, $"{what}: {judged.Standing} {judged.Why}");
        Assert.Contains(why, judged.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Statement_ThatIsRight_IsValid()
    {
        var market = new Market(weeks: 4).Honest(3);
        var record = market.Facts().Records[0].Record;
        market.Say(Market.Owner, new ProvenanceStatement(Market.Model, Market.Identity, [Set], ["trained-on"], ""), 3);
        market.Say(Market.Owner, new LineageStatement(Market.Model, [new Parent(Market.Parent, 50_000)], 1), 3);
        market.Say(Market.Owner, new ContributionStatement(Market.Model, Stranger, Set, 7, Set), 3);
        market.Say(Market.Owner, new PermissionStatement(Market.Model, Address.Zero, Use, 1, 0, Hash32.Zero), 3);
        market.Say(Market.Evaluator, Evaluation("perplexity", "-1.5e-3", 10), 3);
        market.Say(Stranger, new UsageRecordStatement(Market.Model, 1, record.Uses, record.Consumers, record.Revenue, [.. record.Domains.Select(domain => (domain.Domain, domain.Successes, domain.Trials))]), 8);
        var epoch = market.Facts().Epochs[0];
        market.Say(Stranger, new EpochStatement(1, epoch.LastBlock, Set, epoch.RecordRoot, epoch.BundleHash), 8);
        Assert.All(market.Build().Attestations, judged => Assert.Equal(AttestationStanding.Valid, judged.Standing));
    }

    [Fact]
    public void Data_ThatIsNotItsSchemas_IsVoid()
    {
        var market = new Market(weeks: 4).Honest(3);
        market.Say(new AttestationEntry(Set, Set, StatementKind.Lineage, Market.Owner, default, default, Market.Time(1), 0, 0, true, new LogPosition(Market.Block(1), 1), null));
        market.Say(new AttestationEntry(Use, Set, StatementKind.Lineage, Market.Owner, default, default, Market.Time(1), 0, 0, true, new LogPosition(Market.Block(1), 2), Evaluation("f1", "1", 1)));
        market.Say(new AttestationEntry(Market.Domain, Set, (StatementKind)9, Market.Owner, default, default, Market.Time(1), 0, 0, true, new LogPosition(Market.Block(1), 3), new Odd(Market.Model)));
        var judged = market.Build().Attestations;
        Assert.Equal(
            ["Its data is not what its schema says.", "It was made as Lineage, and says Evaluation.", "Its kind, 9, is not known."],
            judged.Select(one => one.Why));
        Assert.All(judged, one => Assert.Equal(AttestationStanding.Void, one.Standing));
    }

    [Fact]
    public void OffChainDate_InTheFuture_IsVoid()
    {
        var market = new Market(weeks: 4).Honest(3);
        market.Say(Market.Owner, new ContributionStatement(Market.Model, Stranger, Set, 7, Set), 400, onChain: false);
        var judged = Assert.Single(market.Build().Attestations);
        Assert.Equal(AttestationStanding.Void, judged.Standing);
        Assert.Contains("is in the future", judged.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Attester_ThatMayNot_IsAStranger()
    {
        var market = new Market(weeks: 4).Honest(3);
        market.Say(Stranger, new ContributionStatement(Market.Model, Stranger, Set, 7, Set), 3);
        market.Say(Stranger, Evaluation("accuracy", "0.5", 10), 4);
        market.Say(Stranger, new ContributionStatement(Market.Model, Stranger, Set, 7, Set), 5, onChain: false);
        market.Say(Market.Owner, new UsageRecordStatement(Market.Model, 1, 0, 0, [], []), 6, onChain: false);
        var judged = market.Build().Attestations;
        Assert.Equal([AttestationStanding.Stranger, AttestationStanding.Stranger, AttestationStanding.Stranger, AttestationStanding.Void], judged.Select(one => one.Standing));
    }

    [Fact]
    public void FormerOwner_OnChainBeforeTheSale_CountsAndOffChainDoesNot()
    {
        var market = new Market(weeks: 4).Honest(3);
        var buyer = World.Name("new owner", 1);
        market.Later(new OwnerChanged(new LogPosition(Market.Block(10) + 1, 500), Market.Time(10), Market.Model, buyer));
        var said = new ContributionStatement(Market.Model, Stranger, Set, 7, Set);
        market.Say(Market.Owner, said, 9);
        market.Say(Market.Owner, said, 11);
        market.Say(buyer, said, 11);
        market.Say(Market.Owner, said, 8, onChain: false);
        market.Say(buyer, said with { Role = Use }, 9, onChain: false);
        var passport = market.Build();
        Assert.Equal(
            [AttestationStanding.Valid, AttestationStanding.Stranger, AttestationStanding.Valid, AttestationStanding.Stranger, AttestationStanding.Valid],
            passport.Attestations.Select(one => one.Standing));
        Assert.Equal(buyer, passport.Owner);
        Assert.True(passport.Has("new-owner"));
    }

    [Fact]
    public void Owner_InTheBlockOfTheSale_IsByTheOrderOfLogs()
    {
        var market = new Market(weeks: 4).Honest(3);
        var buyer = World.Name("new owner", 1);
        var said = new ContributionStatement(Market.Model, Stranger, Set, 7, Set);
        market.Say(Market.Owner, said, 10);
        market.Later(new OwnerChanged(new LogPosition(Market.Block(10) + 1, 1), Market.Time(10), Market.Model, buyer));
        market.Say(new AttestationEntry(Use, Set, StatementKind.Contribution, buyer, default, default, Market.Time(10), 0, 0, true, new LogPosition(Market.Block(10) + 1, 2), said));
        Assert.All(market.Build().Attestations, judged => Assert.Equal(AttestationStanding.Valid, judged.Standing));
    }

    [Fact]
    public void RevokedExpiredReplaced_EachIsNamed()
    {
        var market = new Market(weeks: 4).Honest(3);
        var now = Market.AsOf(4).Timestamp;
        ContributionStatement Of(int k) => new(Market.Model, World.Name("person", k), Set, 7, Set);
        market.Say(Market.Owner, Of(1), 3, revoked: now);
        market.Say(Market.Owner, Of(2), 3, revoked: now + 1);
        market.Say(Market.Owner, Of(3), 3, expires: now);
        market.Say(Market.Owner, Of(4), 3, expires: now + 1);
        market.Say(Market.Owner, new PermissionStatement(Market.Model, Address.Zero, Use, 1, now, Hash32.Zero), 3);
        market.Say(Market.Owner, Of(5), 3);
        var newer = market.Say(Market.Owner, Of(5) with { Weight = 9 }, 4);
        market.Say(Market.Owner, Of(5) with { Weight = 1 }, 5, revoked: 1);
        market.Say(Market.Owner, Of(5) with { Weight = 2 }, 6, onChain: false);
        var judged = market.Build().Attestations;
        Assert.Equal(
            [
                AttestationStanding.Revoked, AttestationStanding.Valid, AttestationStanding.Expired, AttestationStanding.Valid, AttestationStanding.Expired,
                AttestationStanding.Replaced, AttestationStanding.Valid, AttestationStanding.Revoked, AttestationStanding.Valid,
            ],
            judged.Select(one => one.Standing));
        Assert.Equal($"{newer} took its place.", judged[5].Why);
    }

    [Theory]
    [InlineData("nothing", "names no commitment")]
    [InlineData("result", "no commitment about this model")]
    [InlineData("later", "not made in an earlier block")]
    [InlineData("other set", "another set, domain, metric or method")]
    [InlineData("other metric", "another set, domain, metric or method")]
    [InlineData("other method", "another set, domain, metric or method")]
    [InlineData("somebody else", "somebody else's")]
    [InlineData("revoked", "its commitment is Revoked")]
    [InlineData("off chain", "where not everybody sees it")]
    [InlineData("no proportion", "is not a proportion")]
    public void Evaluation_WithoutItsCommitment_IsValidAndDoesNotRank(string how, string why)
    {
        var market = new Market(weeks: 8).Honest(3);
        var other = World.Name("evaluator", 2);
        market.Evaluators.Add(other);
        var metric = how == "no proportion" ? "bleu" : "accuracy";
        var commitment = new EvaluationStatement(Market.Model, Market.Domain, metric, "", 0, Set, Set);
        commitment = how switch
        {
            "other set" => commitment with { EvalSetHash = Use },
            "other metric" => commitment with { Metric = "pass_rate" },
            "other method" => commitment with { MethodHash = Use },
            "result" => commitment with { Value = "1", N = 1 },
            _ => commitment,
        };
        Hash32? uid = how == "nothing" ? null : market.Say(how == "somebody else" ? other : Market.Evaluator, commitment, how == "later" ? 10 : 5, revoked: how == "revoked" ? 1UL : 0);
        var result = market.Say(Market.Evaluator, commitment with { Metric = metric, Value = "0.9", N = 100, EvalSetHash = Set, MethodHash = Set }, 10, uid, onChain: how != "off chain");
        var passport = market.Build();
        var judged = Assert.Single(passport.Attestations, one => one.Entry.Uid == result);
        Assert.Equal(AttestationStanding.Valid, judged.Standing);
        Assert.Contains(why, judged.Why, StringComparison.Ordinal);
        Assert.Equal(DomainBasis.PaidUsage, Assert.Single(passport.Domains).Basis);
    }

    [Fact]
    public void EvaluatorThatCommitsToManySets_AndPublishesOne_IsFlagged()
    {
        var market = new Market(weeks: 8).Honest(3);
        foreach (var set in (string[])["a", "b"]) market.Say(Market.Evaluator, new EvaluationStatement(Market.Model, Market.Domain, "accuracy", "", 0, Keccak256.HashText(set), Hash32.Zero), 5);
        market.Evaluate(Market.Evaluator, 7, "0.9", 100);
        Assert.Equal("It committed to 2 sets, and published nothing of them.", Assert.Single(market.Build().Flags, flag => flag.Id == "results-withheld").Message);
    }

    [Fact]
    public void Evaluations_OfTwoMetricsOnOneSet_CountOnceAndLow()
    {
        var market = new Market(weeks: 8).Honest(3);
        market.Evaluate(Market.Evaluator, 5, "0.9", 100);
        market.Evaluate(Market.Evaluator, 7, "0.6", 50, metric: "exact_match");
        market.Evaluate(Market.Evaluator, 9, "0.655", 100, "other set");
        var standing = Assert.Single(market.Build().Domains);
        // 30 of 50, and 65.5 of 100 rounded half up.
        Assert.Equal((30UL + 66, 150UL), (standing.Successes, standing.Trials));
    }

    private static EvaluationStatement Evaluation(string metric, string value, ulong n) => new(Market.Model, Market.Domain, metric, value, n, Set, Set);

    private sealed record Odd(ModelId Model) : Statement((StatementKind)9)
    {
        public override ModelId? About => Model;
    }
}
