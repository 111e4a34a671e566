using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Passports;

/// <summary>Who tries to look better than the honest market is lowered in what he tries to raise, or flagged.</summary>
public sealed class GamingTests
{
    private static readonly string[] BadFlags = ["self-payment", "rebate", "incentive", "burst", "unpaid-usage", "evaluator-benefits", "concentrated", "late-settlement"];

    public static TheoryData<int> Seeds => [1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void HonestMarket_OfManyBuyers_HasNoFlagAndNoWash(int seed)
    {
        var passport = new Market(seed).Honest().Build();
        Assert.DoesNotContain(passport.Flags, flag => BadFlags.Contains(flag.Id));
        Assert.Equal("0.000000", passport.Figure("wash.share").Value);
        Assert.Equal("1.000000", passport.Figure("dependency.unsubsidised").Value);
        Assert.InRange(passport.Millionths("wash.costToFake"), 300_000, 300_100);
        Assert.Equal("30", passport.Figure("buyers.clusters").Value);
        Assert.Equal(passport.Amount("revenue.settled"), passport.Amount("revenue.washAdjusted"));
        Assert.True(passport.Millionths("retention.repeatShare") > 500_000);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void OwnerThroughTenWallets_RaisesRevenue_AndNothingThatRanks(int seed)
    {
        var honest = new Market(seed).Honest().Build();
        var market = new Market(seed).Honest();
        for (var i = 0; i < 10; i++)
        {
            // One of them gets it through two others.
            var wallet = World.Name("sock", i);
            var (hop, next) = (World.Name("hop", i), World.Name("hop2", i));
            market.Send(Market.Owner, hop, 0, 200_000);
            market.Send(hop, i % 2 == 0 ? next : wallet, 0, 200_000);
            if (i % 2 == 0) market.Send(next, wallet, 0, 200_000);
            for (var day = i % 7; day < market.Weeks * 7; day += 7) market.Pay(wallet, day, 5_000, 20, 20);
        }

        var gamed = market.Build();
        Assert.True(gamed.Has("self-payment"));
        Assert.True(gamed.Millionths("wash.share") > 400_000);
        Assert.True(gamed.Millionths("retention.repeatShare") < honest.Millionths("retention.repeatShare"));
        Assert.True(gamed.Millionths("concentration.effectiveBuyersClustered") < honest.Millionths("concentration.effectiveBuyersClustered"));
        Assert.True(gamed.Millionths("dependency.unsubsidised") < honest.Millionths("dependency.unsubsidised"));
        Assert.Equal("31", gamed.Figure("buyers.clusters").Value);
        // What it costs to fake is what the others get of it.
        Assert.InRange(gamed.Millionths("wash.costToFake"), 300_000, 300_100);
        Assert.True(Low(gamed) <= Low(honest), $"{Low(gamed)} is more than {Low(honest)}");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void RebateToPayers_WithinDays_IsTakenOffAndFlagged(int seed)
    {
        var market = new Market(seed).Honest();
        for (var i = 0; i < 5; i++)
        {
            // They have money of their own, so nothing but the rebate tells.
            var payer = World.Name("friend", i);
            market.Send(World.Name("bank", i), payer, 0, 10_000_000);
            for (var day = i; day < market.Weeks * 7 - 7; day += 7)
            {
                market.Pay(payer, day, 4_000, 5, 5);
                market.Send(Market.Owner, payer, day + 5, 3_600);
            }
        }

        var (honest, gamed) = (new Market(seed).Honest().Build(), market.Build());
        Assert.True(gamed.Has("rebate"));
        Assert.False(gamed.Has("self-payment"));
        Assert.True(gamed.Millionths("wash.share") > 400_000);
        Assert.True(gamed.Amount("revenue.washAdjusted") < gamed.Amount("revenue.settled") - gamed.Amount("revenue.settled") / 3);
        Assert.True(gamed.Millionths("wash.costToFake") < honest.Millionths("wash.costToFake"));
        Assert.True(gamed.Millionths("retention.repeatShare") < honest.Millionths("retention.repeatShare"));
        Assert.True(Low(gamed) <= Low(honest));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void BurstUnderAnIncentive_OfBuyersThatDoNotComeBack_IsFlagged(int seed)
    {
        var market = new Market(seed).Honest();
        for (var i = 0; i < 60; i++)
        {
            var payer = World.Name("hunter", i);
            market.Send(World.Name("bank", i), payer, 0, 1_000_000);
            // Paid by the owner some time before.
            market.Send(Market.Owner, payer, 130, 2_000);
            market.Pay(payer, 26 * 7 + i % 7, 6_000, 5, 5);
        }

        var (honest, gamed) = (new Market(seed).Honest().Build(), market.Build());
        Assert.True(gamed.Has("burst"));
        Assert.True(gamed.Has("incentive"));
        Assert.True(gamed.Millionths("retention.repeatShare") < honest.Millionths("retention.repeatShare"));
        Assert.True(gamed.Millionths("dependency.unsubsidised") < honest.Millionths("dependency.unsubsidised"));
    }

    [Fact]
    public void Burst_WithoutAnyGift_IsStillNoOwnRevenue()
    {
        var market = new Market().Honest();
        for (var i = 0; i < 60; i++) market.Pay(World.Name("hunter", i), 26 * 7, 6_000);
        var passport = market.Build();
        Assert.True(passport.Has("burst"));
        Assert.False(passport.Has("incentive"));
        Assert.True(passport.Millionths("dependency.unsubsidised") < 700_000);
    }

    [Theory]
    [InlineData("row")]
    [InlineData("wages")]
    [InlineData("owner")]
    public void EvaluatorOnThePayroll_Glowing_DoesNotRank(string how)
    {
        var market = new Market().Honest();
        var evaluator = how == "owner" ? Market.Owner : Market.Evaluator;
        market.Evaluators.Add(evaluator);
        if (how == "row") market.Row(evaluator, 5, "evaluation");
        if (how == "wages") market.Send(Market.Owner, evaluator, 3, 50_000);
        market.Evaluate(evaluator, 50, "0.999", 1000);
        var (gamed, honest) = (market.Build(), new Market().Honest().Build());
        var standing = Assert.Single(gamed.Domains);
        Assert.Equal(DomainBasis.PaidUsage, standing.Basis);
        Assert.Equal(Low(honest), Low(gamed));
        Assert.True(gamed.Has("evaluator-benefits"));
        Assert.True(Assert.Single(gamed.Attestations, one => one.Why is not null && one.Benefits && one.Why.Contains("gains", StringComparison.Ordinal)).Benefits);
    }

    [Fact]
    public void Evaluator_WithoutTies_Ranks()
    {
        var market = new Market().Honest();
        market.Evaluate(Market.Evaluator, 50, "0.87", 100);
        var standing = Assert.Single(market.Build().Domains);
        Assert.Equal((DomainBasis.Evaluated, 87UL, 100UL, "0.790196", "0.922428"), (standing.Basis, standing.Successes, standing.Trials, standing.Low, standing.High));
    }

    [Fact]
    public void Owner_ThatGivesACriticACrumb_DoesNotSilenceIt()
    {
        var market = new Market().Honest();
        market.Evaluate(Market.Evaluator, 50, "0.31", 500);
        // A row of less than a hundredth, a gift of dust, and a large row after the word was said.
        market.Row(Market.Evaluator, 0x1, "thanks");
        market.Row(World.Name("more", 1), 900, "data");
        market.Send(World.Name("bank", 1), Market.Evaluator, 1, 1_000_000);
        market.Send(Market.Owner, Market.Evaluator, 2, 1);
        market.Later(new OpenSettle.Registry.SplitSet(
            new(Market.Block(100), 0), Market.Time(100), Market.Model, Market.Time(100), new OpenSettle.Registry.SplitTable(2, [new(null, 1, "x"), new(Market.Evaluator, 1, "x")])));
        var passport = market.Build();
        var standing = Assert.Single(passport.Domains);
        Assert.Equal((DomainBasis.Evaluated, 155UL), (standing.Basis, standing.Successes));
        Assert.False(passport.Has("evaluator-benefits"));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Gateway_ThatInventsUsage_RaisesNothingThatRanks(int seed)
    {
        var market = new Market(seed).Honest();
        for (var day = 0; day < market.Weeks * 7; day++) market.Use(day, 10_000, 10_000, paid: false);
        var (honest, gamed) = (new Market(seed).Honest().Build(), market.Build());
        Assert.True(gamed.Has("unpaid-usage"));
        Assert.Equal(Low(honest), Low(gamed));
        Assert.True(gamed.Millionths("usage.paidShare") < 10_000);
        Assert.Equal(FigureLevel.Attested, gamed.Figure("usage.uses").Level);
        Assert.Contains("name no payment", gamed.Figure("price.perUse").Note, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Stranger_ThatSendsDustToBuyersAndOwner_ChangesNothing(int seed)
    {
        var market = new Market(seed).Honest();
        var griefer = World.Name("griefer", 1);
        for (var i = 0; i < 30; i++) market.Send(griefer, World.Name("buyer", i), i, 1);
        foreach (var account in (Address[])[Market.Owner, Market.DataPeople, Market.ParentOwner]) market.Send(griefer, account, 1, 3);
        Assert.Equal(new Market(seed).Honest().Build().Print(), market.Build().Print());
    }

    [Fact]
    public void Stranger_ThatEvaluates_JoinsNoBuyers()
    {
        // Two buyers stand four and three steps below one source; an evaluator stands one step below it.
        Market Chain()
        {
            var chained = new Market().Honest();
            foreach (var (from, to) in ((string, string)[])[("source", "one"), ("one", "two"), ("two", "three"), ("three", "far"), ("source", "near")])
                chained.Send(World.Name(from, 1), World.Name(to, 1), 0, 100_000);
            chained.Send(World.Name("two", 1), Market.Evaluator, 1, 10_000);
            foreach (var buyer in (string[])["far", "near"]) chained.Pay(World.Name(buyer, 1), 20, 1_000);
            return chained;
        }

        var (before, market) = (Chain().Build(), Chain());
        market.Evaluate(Market.Evaluator, 50, "0.1", 100);
        Assert.Equal("32", before.Figure("buyers.clusters").Value);
        Assert.Equal("32", market.Build().Figure("buyers.clusters").Value);
    }

    [Fact]
    public void OffChainPraise_OfWhoGains_RaisesNoFlagAndNoRank()
    {
        var market = new Market().Honest();
        market.Evaluators.Add(Market.Owner);
        market.Say(Market.Owner, new EvaluationStatement(Market.Model, Market.Domain, "accuracy", "1", 1000, Market.Identity, Hash32.Zero), 50, onChain: false);
        var passport = market.Build();
        Assert.False(passport.Has("evaluator-benefits"));
        Assert.Equal(DomainBasis.PaidUsage, Assert.Single(passport.Domains).Basis);
    }

    [Fact]
    public void Evaluations_ThatPayingBuyersContradict_AreFlagged()
    {
        var market = new Market().Honest();
        market.Evaluate(Market.Evaluator, 50, "0.99", 1000);
        Assert.True(market.Build().Has("evaluation-contradicted"));
    }

    [Fact]
    public void TransfersThatNobodyRead_AreFlagged()
    {
        var market = new Market().Honest();
        market.FlowsKnown = false;
        Assert.True(market.Build().Has("transfers-not-read"));
    }

    [Fact]
    public void Exchange_ThatIsPublic_JoinsNobody()
    {
        var market = new Market().Honest();
        Assert.Equal("30", market.Build().Figure("buyers.clusters").Value);
        // Not known as one, it looks like one buyer: its fifteen customers.
        market.PublicSources.Clear();
        Assert.Equal("16", market.Build().Figure("buyers.clusters").Value);
    }

    [Fact]
    public void Evaluator_ThatWritesAHugeN_IsWorthAThousand()
    {
        var market = new Market().Honest();
        var (loud, sober) = (World.Name("evaluator", 2), Market.Evaluator);
        market.Evaluators.Add(loud);
        market.Evaluate(loud, 50, "1", 1_000_000_000, "own set");
        market.Evaluate(sober, 60, "0.5", 1000);
        var standing = Assert.Single(market.Build().Domains);
        Assert.Equal((1500UL, 2000UL), (standing.Successes, standing.Trials));
    }

    private static long Low(Passport passport) =>
        long.Parse(Assert.Single(passport.Domains).Low.Replace(".", string.Empty, StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);
}
