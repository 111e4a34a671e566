using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Send;

/// <summary>Each property of the decision, one by one. Fees are in wei, the cap is 1000, a bump is an eighth.</summary>
public sealed class SendDecisionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly SendPolicy Policy = new(1000, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15));

    private static readonly SendItem Planned = new(null, [], Obsolete: false);

    private static readonly SendView View = new()
    {
        Now = Noon, NextNonce = 5, NextSince = Noon.AddHours(-1), FreeNonce = 7, BaseFee = 100, Tip = 10, Budget = 1_000_000_000,
        Call = new GasEstimate(40_000, 0), Filler = new GasEstimate(21_000, 0),
    };

    [Fact]
    public void Sign_FirstVersion_TakesTheFreeNonceTwiceTheBaseFeeAndAQuarterMoreGas() =>
        Assert.Equal(new SendAction.Sign(7, new GasFee(10, 210), 50_000, 0, Fills: false), Decide(Planned, View));

    [Fact]
    public void Sign_BeforeTheGasIsKnown_AsksForIt() => Assert.Equal(new SendAction.Estimate(Fills: false), Decide(Planned, View with { Call = null }));

    [Theory]
    [InlineData(991, 10, 0)]
    [InlineData(990, 10, 1000)]
    [InlineData(600, 10, 1000)]
    [InlineData(400, 10, 810)]
    public void Sign_NeverAboveTheCap_WaitsWhereOneGasCostsMore(ulong baseFee, ulong tip, ulong cap)
    {
        var action = Decide(Planned, View with { BaseFee = baseFee, Tip = tip });
        if (cap == 0) Assert.Equal(new SendAction.Wait(SendWait.FeeAboveCap), action);
        else Assert.Equal(new GasFee(tip, cap), Assert.IsType<SendAction.Sign>(action).Fee);
    }

    [Fact]
    public void Sign_WithFeesBeyondAllReason_Waits()
    {
        foreach (var (baseFee, tip) in new (UInt256, UInt256)[] { (UInt256.MaxValue, 1), (1, UInt256.MaxValue), (UInt256.MaxValue, UInt256.MaxValue) })
            Assert.Equal(new SendAction.Wait(SendWait.FeeAboveCap), Decide(Planned, View with { BaseFee = baseFee, Tip = tip }));
    }

    [Fact]
    public void Sign_NeverAboveTheBudget_Waits()
    {
        Assert.IsType<SendAction.Sign>(Decide(Planned, View with { Budget = 50_000 * 210 }));
        Assert.Equal(new SendAction.Wait(SendWait.CostAboveCap), Decide(Planned, View with { Budget = 50_000 * 210 - 1 }));
        Assert.Equal(new SendAction.Wait(SendWait.CostAboveCap), Decide(Planned, View with { Budget = 50_000 * 210, Call = new GasEstimate(40_000, 1) }));
        Assert.Equal(new SendAction.Wait(SendWait.CostAboveCap), Decide(Planned, View with { Call = new GasEstimate(ulong.MaxValue, UInt256.MaxValue) }));
        Assert.Equal(new SendAction.Wait(SendWait.CostAboveCap), Decide(Planned, View with { Call = new GasEstimate(ulong.MaxValue, 0) }));
    }

    [Theory]
    [InlineData(ChainErrorKind.Reverted, SendWait.Reverts)]
    [InlineData(ChainErrorKind.InsufficientFunds, SendWait.NoFunds)]
    public void Sign_OfWhatWouldFail_Waits(ChainErrorKind refusal, SendWait why) =>
        Assert.Equal(new SendAction.Wait(why), Decide(Planned, View with { Call = new GasEstimate(0, 0, refusal) }));

    [Fact]
    public void Sign_WithTooManyNoncesOpen_Waits() => Assert.Equal(new SendAction.Wait(SendWait.TooManyOpen), Decide(Planned, View with { FreeNonce = null }));

    [Fact]
    public void GiveUp_OnlyOfWhatIsObsoleteAndWasNeverSignedWithAnOpenNonce()
    {
        Assert.Equal(new SendAction.GiveUp(), Decide(Planned with { Obsolete = true }, View));
        Assert.IsNotType<SendAction.GiveUp>(Decide(Item(5, Sent(1)) with { Obsolete = true }, View));
    }

    [Fact]
    public void Filler_OfANonceThatTheChainHasPassed_IsGivenUp()
    {
        Assert.Equal(6UL, Assert.IsType<SendAction.Sign>(Decide(Planned with { Nonce = 6 }, View)).Nonce);
        Assert.Equal(new SendAction.GiveUp(), Decide(Planned with { Nonce = 4 }, View));
    }

    [Fact]
    public void Stored_AndNeverSent_IsSentAsItIs()
    {
        var version = Version(1, null);
        Assert.Equal(new SendAction.Send(version), Decide(Item(5, version), View));
        // Also where fees have moved: the bytes were there first.
        Assert.Equal(new SendAction.Send(version), Decide(Item(5, version), View with { BaseFee = 5000 }));
        Assert.Equal(new SendAction.Send(version), Decide(Item(9, version), View));
    }

    [Fact]
    public void Sent_IsSentAgainAsItIsInItsTime()
    {
        var version = Sent(14);
        Assert.Equal(new SendAction.Wait(SendWait.Sent), Decide(Item(5, version), View));
        Assert.Equal(new SendAction.Wait(SendWait.Behind), Decide(Item(6, version), View));
        version = Sent(15);
        Assert.Equal(new SendAction.Send(version), Decide(Item(5, version), View));
        Assert.Equal(new SendAction.Send(version), Decide(Item(6, version), View));
    }

    [Fact]
    public void Sent_WithAClockThatWasSetBack_IsSentAgain()
    {
        var version = Sent(-3600);
        Assert.Equal(new SendAction.Send(version), Decide(Item(6, version), View));
    }

    [Fact]
    public void Better_Offer_RaisesTipAndCapByAnEighthRoundedUp()
    {
        var action = Decide(Item(5, Sent(60, tip: 11, cap: 301)), View);
        Assert.Equal(new SendAction.Sign(5, new GasFee(13, 339), 50_000, 0, Fills: false), action);
    }

    [Fact]
    public void Better_Offer_FollowsTheMarketWhereThatIsHigher() =>
        Assert.Equal(new GasFee(20, 620), Assert.IsType<SendAction.Sign>(Decide(Item(5, Sent(60)), View with { BaseFee = 300, Tip = 20 })).Fee);

    [Fact]
    public void Better_Offer_OfNothing_IsOneMore() =>
        Assert.Equal(new GasFee(1, 1), Assert.IsType<SendAction.Sign>(Decide(Item(5, Sent(60, tip: 0, cap: 0)), View with { BaseFee = 0, Tip = 0 })).Fee);

    [Fact]
    public void Better_Offer_NeverAboveTheCap_StaysAndIsSentAgain()
    {
        Assert.Equal(new GasFee(12, 999), Assert.IsType<SendAction.Sign>(Decide(Item(5, Sent(60, cap: 888)), View)).Fee);
        var version = Sent(60, cap: 889);
        Assert.Equal(new SendAction.Send(version), Decide(Item(5, version), View));
        version = version with { LastSent = Noon };
        Assert.Equal(new SendAction.Wait(SendWait.StuckAtCap), Decide(Item(5, version), View));
        Assert.Equal(new SendAction.Wait(SendWait.FeeAboveCap), Decide(Item(5, version), View with { BaseFee = 995 }));
    }

    [Fact]
    public void Better_Offer_NeverAboveTheBudget_StaysAndIsSentAgain()
    {
        var version = Sent(60) with { LastSent = Noon };
        Assert.IsType<SendAction.Sign>(Decide(Item(5, version), View with { Budget = 50_000 * 237 }));
        Assert.Equal(new SendAction.Wait(SendWait.CostAboveCap), Decide(Item(5, version), View with { Budget = 50_000 * 237 - 1 }));
    }

    [Fact]
    public void Better_Offer_IsMadeOnlyForWhatIsNextAndHasBeenForLong()
    {
        var version = Sent(60) with { LastSent = Noon };
        Assert.Equal(new SendAction.Wait(SendWait.Behind), Decide(Item(6, version), View));
        Assert.Equal(new SendAction.Wait(SendWait.Sent), Decide(Item(5, version), View with { NextSince = Noon.AddSeconds(-59) }));
        Assert.Equal(new SendAction.Wait(SendWait.Sent), Decide(Item(5, version), View with { NextSince = Noon, BaseFee = 200 }));
        Assert.IsType<SendAction.Sign>(Decide(Item(5, version), View with { NextSince = Noon, BaseFee = 201 }));
        Assert.Equal(new SendAction.Wait(SendWait.Sent), Decide(Item(5, version with { FirstSent = Noon.AddSeconds(-59) }), View));
        Assert.IsType<SendAction.Sign>(Decide(Item(5, version), View));
    }

    [Theory]
    [InlineData(ChainErrorKind.Underpriced)]
    [InlineData(ChainErrorKind.ReplacementUnderpriced)]
    public void Refused_ForItsFee_IsOfferedForMoreButNotAtOnce(ChainErrorKind kind)
    {
        var item = Item(5, Version(1, null));
        Assert.Equal(new SendAction.Wait(SendWait.Refused), Decide(item, View with { Refusal = new SendRefusal(kind, "", Noon.AddSeconds(-14)) }));
        Assert.IsType<SendAction.Sign>(Decide(item, View with { Refusal = new SendRefusal(kind, "", Noon.AddSeconds(-15)) }));
    }

    [Theory]
    [InlineData(ChainErrorKind.InsufficientFunds)]
    [InlineData(ChainErrorKind.PoolFull)]
    [InlineData(ChainErrorKind.NonceTooHigh)]
    [InlineData(ChainErrorKind.Unknown)]
    public void Refused_ForAnythingElse_IsSentAgainAsItIs(ChainErrorKind kind)
    {
        var item = Item(5, Version(1, null));
        Assert.Equal(new SendAction.Wait(SendWait.Refused), Decide(item, View with { Refusal = new SendRefusal(kind, "", Noon) }));
        Assert.Equal(new SendAction.Send(item.Versions[0]), Decide(item, View with { Refusal = new SendRefusal(kind, "", Noon.AddSeconds(-15)) }));
    }

    [Fact]
    public void Refused_ForItsGasLimit_IsOfferedWithWhatItTakesNow()
    {
        var item = Item(5, Version(1, null) with { GasLimit = 90_000 });
        var action = Decide(item, View with { Refusal = new SendRefusal(ChainErrorKind.GasLimit, "", Noon.AddSeconds(-15)) });
        Assert.Equal(50_000UL, Assert.IsType<SendAction.Sign>(action).GasLimit);
    }

    [Fact]
    public void Fill_OnlyWhereNobodyNeedsItAndSomethingWaitsBehind()
    {
        var obsolete = Item(5, Sent(60) with { LastSent = Noon }) with { Obsolete = true };
        Assert.Equal(new SendAction.Wait(SendWait.Reverts), Decide(obsolete, View));
        Assert.Equal(new SendAction.Sign(5, new GasFee(12, 237), 26_250, 0, Fills: true), Decide(obsolete, View with { HoldsUp = true }));
        var reverting = View with { Call = new GasEstimate(0, 0, ChainErrorKind.Reverted) };
        Assert.Equal(new SendAction.Wait(SendWait.Reverts), Decide(Item(5, Sent(60) with { LastSent = Noon }), reverting));
        Assert.True(Assert.IsType<SendAction.Sign>(Decide(Item(5, Sent(60)), reverting with { HoldsUp = true })).Fills);
        Assert.Equal(new SendAction.Estimate(Fills: true), Decide(Item(5, Sent(60)), reverting with { HoldsUp = true, Filler = null }));
    }

    [Fact]
    public void Yield_OfWhatMayNotOfferEnough_OnlyWhereOthersWaitBehindIt()
    {
        var yields = Policy with { MaxFeePerGas = 220, YieldFeePerGas = 1000 };
        var dear = View with { BaseFee = 400 };
        var stuck = Item(5, Sent(60) with { LastSent = Noon });
        Assert.Equal(new SendAction.Wait(SendWait.FeeAboveCap), SendDecision.Decide(stuck, dear, yields));
        var filler = Assert.IsType<SendAction.Sign>(SendDecision.Decide(stuck, dear with { HoldsUp = true }, yields));
        Assert.Equal((true, new GasFee(12, 810)), (filler.Fills, filler.Fee));
        // Who yields to nobody stays in the way, as pushes do.
        Assert.Equal(new SendAction.Wait(SendWait.FeeAboveCap), SendDecision.Decide(stuck, dear with { HoldsUp = true }, yields with { YieldFeePerGas = null }));
        // While it can still offer more for itself, it does.
        var first = Item(5, Sent(60, cap: 150) with { LastSent = Noon });
        Assert.False(Assert.IsType<SendAction.Sign>(SendDecision.Decide(first, View with { HoldsUp = true }, yields)).Fills);
    }

    [Fact]
    public void Yield_IsPaidForFromItsOwnBudget()
    {
        var yields = Policy with { MaxFeePerGas = 220, YieldFeePerGas = 1000 };
        var stuck = Item(5, Sent(60) with { LastSent = Noon });
        var poor = View with { BaseFee = 400, HoldsUp = true, Budget = 1 };
        Assert.Equal(new SendAction.Wait(SendWait.CostAboveCap), SendDecision.Decide(stuck, poor, yields));
        Assert.True(Assert.IsType<SendAction.Sign>(SendDecision.Decide(stuck, poor with { FillBudget = 100_000_000 }, yields)).Fills);
    }

    [Fact]
    public void Fill_ThatIsNotMined_IsOfferedForMoreAsAFill()
    {
        var filler = Sent(60) with { Fills = true, GasLimit = 26_250 };
        Assert.Equal(new SendAction.Sign(5, new GasFee(12, 237), 26_250, 0, Fills: true), Decide(Item(5, filler), View));
    }

    [Fact]
    public void Mined_InABlockThatMayStillGo_IsWaitedFor()
    {
        var item = Item(5, Version(1, Noon.AddHours(-1)), Sent(600, number: 2));
        Assert.Equal(new SendAction.Wait(SendWait.Mined), Decide(item, View with { NextNonce = 6, Mined = new MinedVersion(1, Final: false) }));
    }

    [Fact]
    public void Mined_InAFinalBlock_SettlesWithTheVersionThatWasMined()
    {
        var item = Item(5, Version(1, Noon.AddHours(-1)), Sent(600, number: 2));
        Assert.Equal(new SendAction.Settle(item.Versions[0]), Decide(item, View with { NextNonce = 6, Mined = new MinedVersion(1, Final: true) }));
        Assert.Equal(new SendAction.Settle(item.Versions[1]), Decide(item, View with { NextNonce = 6, Mined = new MinedVersion(2, Final: true) }));
    }

    [Fact]
    public void Nonce_UsedByWhatIsNotKnown_IsNeitherSentNorReplacedNorReleased()
    {
        foreach (var now in new[] { Noon, Noon.AddDays(1) })
            Assert.Equal(new SendAction.Wait(SendWait.NonceUsed), Decide(Item(5, Sent(600)), View with { Now = now, NextNonce = 6 }));
    }

    [Fact]
    public void Nonce_SpentByAnotherInAFinalBlock_IsReleased() =>
        Assert.Equal(new SendAction.Release(), Decide(Item(5, Sent(600)), View with { NextNonce = 6, SpentByAnother = true }));

    private static SendAction Decide(SendItem item, SendView view) => SendDecision.Decide(item, view, Policy);

    private static SendItem Item(ulong nonce, params SignedVersion[] versions) => new(nonce, versions, Obsolete: false);

    private static SignedVersion Sent(int secondsAgo, uint number = 1, ulong tip = 10, ulong cap = 210) => Version(number, Noon.AddSeconds(-secondsAgo), tip, cap);

    private static SignedVersion Version(uint number, DateTimeOffset? sent, ulong tip = 10, ulong cap = 210) =>
        new(number, Keccak256.HashText($"{number}"), new GasFee(tip, cap), 50_000, 0, Fills: false, sent, sent);
}
