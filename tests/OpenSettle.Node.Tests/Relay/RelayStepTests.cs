using OpenSettle.Node.Relay;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Relay.RelayStage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Relay;

/// <summary>From a signed claim that was taken to what became of it.</summary>
public sealed class RelayStepTests
{
    [Fact]
    public async Task Claims_OfTwoKeysAndAWallet_GoInOneTransactionAndArePaid()
    {
        using var stage = await StartAsync();
        Hash32[] ids = [await stage.TakeAsync(stage.Signed(Ann, Alice)), await stage.TakeAsync(stage.Signed(Ben, Bob)), await stage.TakeAsync(stage.OfWallet(Carol))];
        var before = stage.Chain.Mined.Count();
        await stage.Node.RunAsync(6);
        var (transaction, receipt) = Assert.Single(stage.Chain.Mined.Skip(before));
        Assert.Equal(World.ClaimRelay, transaction.To);
        Assert.Equal(["relay claims 1"], stage.Node.Outbox().Select(item => item.Purpose).Where(purpose => purpose.StartsWith("relay", StringComparison.Ordinal)));
        foreach (var (id, amount) in ids.Zip([500UL, 300UL, 200UL]))
        {
            var claim = stage.Find(id);
            Assert.Equal((RelayState.Paid, (UInt256?)amount, (ulong?)receipt.BlockNumber, (Hash32?)transaction.Hash), (claim.State, claim.Outcome?.Amount, claim.Outcome?.Block, claim.Outcome?.Transaction));
        }

        Assert.Equal(((UInt256)500UL, (UInt256)300UL, (UInt256)200UL), (stage.ClaimedBy(Ann.Address), stage.ClaimedBy(Ben.Address), stage.ClaimedBy(Wallet)));
        Assert.Null(stage.Node.Books.Read(session => session.Ledger.CheckAgainstEntries()));
    }

    [Fact]
    public async Task Claims_OfOneAccountToTwoRecipients_AreNotToldEachOthersMoney()
    {
        using var stage = await StartAsync(Open with { PerAccount = TimeSpan.Zero });
        Hash32[] ids = [await stage.TakeAsync(stage.Signed(Ann, Alice)), await stage.TakeAsync(stage.Signed(Ann, Bob))];
        await stage.Node.RunAsync(10);
        var claims = ids.Select(stage.Find).OrderBy(claim => claim.Outcome?.Amount is null).ToList();
        Assert.Equal([(RelayState.Paid, (UInt256?)500UL), (RelayState.Paid, null)], claims.Select(claim => (claim.State, claim.Outcome?.Amount)));
        Assert.Equal((UInt256)500UL, stage.ClaimedBy(Ann.Address));
        Assert.Equal(1, claims[0].Tries);
        Assert.Equal(0, claims[1].Tries);
    }

    [Fact]
    public async Task Claim_ThatIsAlone_WaitsForOthersItsTime()
    {
        using var stage = await StartAsync(Open with { BatchAfter = TimeSpan.FromMinutes(2) });
        await stage.TakeAsync(stage.Signed(Ann, Alice));
        // Fifteen seconds each.
        await stage.Node.RunAsync(7);
        Assert.Equal(UInt256.Zero, stage.ClaimedBy(Ann.Address));
        await stage.TakeAsync(stage.Signed(Ben, Bob));
        await stage.Node.RunAsync(3);
        Assert.Equal(((UInt256)500UL, (UInt256)300UL), (stage.ClaimedBy(Ann.Address), stage.ClaimedBy(Ben.Address)));
        Assert.NotNull(stage.Node.Find("relay claims 1"));
        Assert.Null(stage.Node.Find("relay claims 2"));
    }

    [Fact]
    public async Task Deployment_WithoutTheRelay_SendsEachClaimByItself()
    {
        using var stage = await StartAsync(contract: false);
        Hash32[] ids = [await stage.TakeAsync(stage.Signed(Ann, Alice)), await stage.TakeAsync(stage.OfWallet(Carol))];
        await stage.Node.RunAsync(8);
        Assert.All(ids, id => Assert.Equal(RelayState.Paid, stage.Find(id).State));
        Assert.All(["relay claims 1", "relay claims 2"], purpose => Assert.Equal((OutboxState.Done, Vault), stage.Node.Find(purpose) is { } item ? (item.State, item.To) : default));
    }

    [Fact]
    public async Task Crash_BetweenTheSteps_LosesNothingAndPaysNothingTwice()
    {
        using var stage = await StartAsync();
        var id = await stage.TakeAsync(stage.Signed(Ann, Alice));
        stage.Node.Restart();
        stage.Chain.TakesFromPool = false;
        await stage.Node.RunAsync(3);
        Assert.Equal(RelayState.Batched, stage.Find(id).State);
        stage.Node.Restart();
        stage.Chain.DropPool();
        stage.Chain.TakesFromPool = true;
        await stage.Node.RunAsync(4);
        stage.Node.Restart();
        await stage.Node.RunAsync(3);
        Assert.Equal((RelayState.Paid, (UInt256?)500UL), (stage.Find(id).State, stage.Find(id).Outcome?.Amount));
        Assert.Single(stage.Chain.Mined, item => item.Transaction.To == World.ClaimRelay);
    }

    [Fact]
    public async Task Claim_ThatSomebodyBringsFirst_IsToldAsPaidAndCostsNothing()
    {
        using var stage = await StartAsync();
        var id = await stage.TakeAsync(stage.Signed(Ann, Alice));
        stage.Chain.Mine(block => block.Claim(stage.Leaf(Ann.Address)));
        await stage.Node.RunAsync(5);
        Assert.Equal((RelayState.Paid, (UInt256?)null, (Hash32?)null), (stage.Find(id).State, stage.Find(id).Outcome?.Amount, stage.Find(id).Outcome?.Transaction));
        Assert.DoesNotContain(stage.Chain.Mined, item => item.Transaction.To == World.ClaimRelay);
    }

    [Fact]
    public async Task Claim_ThatSomebodyBringsWhileItIsOnItsWay_IsToldAsPaid()
    {
        using var stage = await StartAsync();
        var (ann, ben) = (await stage.TakeAsync(stage.Signed(Ann, Alice)), await stage.TakeAsync(stage.Signed(Ben, Bob)));
        // The acts of a block go before its transactions.
        while (stage.Chain.Pool.Count == 0) await stage.Node.TickAsync();
        stage.Chain.Mine(block => block.Claim(stage.Leaf(Ann.Address)));
        await stage.Node.RunAsync(3);
        Assert.Equal((RelayState.Paid, (UInt256?)null), (stage.Find(ann).State, stage.Find(ann).Outcome?.Amount));
        Assert.Equal((RelayState.Paid, (UInt256?)300UL), (stage.Find(ben).State, stage.Find(ben).Outcome?.Amount));
    }

    [Fact]
    public async Task Claim_ThatTurnsBadBeforeItIsSent_IsDeclinedAndTheOthersGo()
    {
        using var stage = await StartAsync();
        var (ann, ben) = (await stage.TakeAsync(stage.Signed(Ann, Alice)), await stage.TakeAsync(stage.Signed(Ben, Bob)));
        stage.Chain.Mine(block => block.SetRecipient(Ann.Address, Carol));
        await stage.Node.RunAsync(6);
        Assert.Equal((RelayState.Declined, RelayCode.BadSignature), (stage.Find(ann).State, stage.Find(ann).Outcome?.Code));
        Assert.Equal(RelayState.Paid, stage.Find(ben).State);
        // It costs the account no turn: signed anew, it goes.
        var again = await stage.TakeAsync(stage.Signed(Ann, Alice, nonce: 1));
        await stage.Node.RunAsync(6);
        Assert.Equal(RelayState.Paid, stage.Find(again).State);
    }

    [Fact]
    public async Task Claim_ThatTheVaultRefusesOnTheWay_IsDeclinedForItsReasonAndTheOthersArePaid()
    {
        using var stage = await StartAsync();
        var (ann, ben) = (await stage.TakeAsync(stage.Signed(Ann, Alice)), await stage.TakeAsync(stage.Signed(Ben, Bob)));
        while (stage.Chain.Pool.Count == 0) await stage.Node.TickAsync();
        stage.Chain.Mine(block => block.Refuse(Alice));
        await stage.Node.RunAsync(3);
        Assert.Equal((RelayState.Declined, RelayCode.WouldRevert), (stage.Find(ann).State, stage.Find(ann).Outcome?.Code));
        Assert.Contains("TransferFailed", stage.Find(ann).Outcome?.Words, StringComparison.Ordinal);
        Assert.Equal(RelayState.Paid, stage.Find(ben).State);
        // It did cost something: the account has had its turn.
        Assert.Equal(RelayCode.TooOften, (await stage.DeclineAsync(stage.Signed(Ann, Bob))).Code);
    }

    [Fact]
    public async Task Transaction_ThatReverts_IsTriedAgainAndNotForEver()
    {
        using var stage = await StartAsync();
        var id = await stage.TakeAsync(stage.Signed(Ann, Alice));
        stage.Chain.RevertsWhenMined = transaction => transaction.To == World.ClaimRelay;
        await stage.Node.RunAsync(16);
        Assert.Equal((RelayState.Declined, RelayCode.WouldRevert, 3), (stage.Find(id).State, stage.Find(id).Outcome?.Code, stage.Find(id).Tries));
        Assert.Equal(3, stage.Chain.Mined.Count(item => item.Transaction.To == World.ClaimRelay));
    }

    [Fact]
    public async Task Deadline_ThatPassesWhileAClaimWaits_EndsIt()
    {
        using var stage = await StartAsync();
        var soon = stage.Chain.HeadBlock.Timestamp + stage.Node.Desk.LeastSecondsLeft;
        var id = await stage.TakeAsync(stage.Signed(Ann, Alice, deadline: soon));
        stage.Chain.BaseFee = 60;
        await stage.Node.RunAsync(2);
        Assert.Contains("relayMaxFeeGwei", stage.Node.State.RelayWaits, StringComparison.Ordinal);
        stage.Chain.NextTime = stage.Node.Desk.LeastSecondsLeft;
        await stage.Node.RunAsync(3);
        Assert.Equal((RelayState.Declined, RelayCode.Expired), (stage.Find(id).State, stage.Find(id).Outcome?.Code));
        Assert.Null(stage.Node.State.RelayWaits);
    }

    [Fact]
    public async Task Budget_CountsWhatWasSpentAndHoldsForADay()
    {
        // What one may cost is 600,000 gas and a quarter more, at 15 wei; what it does cost, 50,000 at 8.
        using var stage = await StartAsync(Open with { Budget = 11_500_000, PerAccount = TimeSpan.Zero });
        await stage.TakeAsync(stage.Signed(Ann, Alice));
        Assert.Equal(RelayCode.Budget, (await stage.DeclineAsync(stage.Signed(Ben, Bob))).Code);
        await stage.Node.RunAsync(6);
        UInt256 Left() => stage.Node.Books.Read(session => RelayBudget.Left(session, stage.Node.Options.Relay, stage.Node.Time.GetUtcNow()));
        Assert.Equal((UInt256)(11_500_000 - 400_000), Left());
        Assert.Equal(RelayCode.Budget, (await stage.DeclineAsync(stage.Signed(Ben, Bob))).Code);
        stage.Node.Time.Advance(RelayBudget.Window);
        Assert.Equal((UInt256)11_500_000UL, Left());
        var id = await stage.TakeAsync(stage.Signed(Ben, Bob));
        await stage.Node.RunAsync(6);
        Assert.Equal(RelayState.Paid, stage.Find(id).State);
    }

    [Fact]
    public async Task Gas_ThatRisesWhileATransactionIsOnItsWay_HoldsUpNothingOfSettlement()
    {
        using var stage = await StartAsync();
        var id = await stage.TakeAsync(stage.Signed(Ann, Alice));
        stage.Chain.TakesFromPool = false;
        while (stage.Chain.Pool.Count == 0) await stage.Node.TickAsync();
        // Dearer than a relayed claim may be, and not than the rest: an epoch wants to go on, with the next nonce.
        stage.Chain.BaseFee = 60;
        stage.Chain.TakesFromPool = true;
        stage.Node.Between = TimeSpan.FromMinutes(11);
        await stage.PayAsync(500);
        Assert.Equal(2UL, stage.Chain.State.Epoch);
        Assert.Equal(UInt256.Zero, stage.ClaimedBy(Ann.Address));
        Assert.Equal(OutboxState.Planned, stage.Node.Find("relay claims 1")?.State);
        // It has lost its nonce, not its place. What was signed is of the root before, which still counts.
        stage.Chain.BaseFee = 7;
        Assert.Equal(RelayState.Batched, stage.Find(id).State);
    }
}
