using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Tests.Verification;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Witness;

/// <summary>A watchtower recomputes each proposal from the chain, the bundles and the usage, and vetoes what differs.</summary>
public sealed class WatchtowerTests
{
    [Fact]
    public async Task History_ThatIsHonest_AgreesAndGivesTheSameBooks()
    {
        using var stage = await VerifyStage.SettledAsync(pushAbove: 50);
        using var witness = Watchtower(stage);
        await witness.RunAsync(3);
        Assert.Equal([(2UL, true), (1UL, true)], witness.Verdicts.Select(verdict => (verdict.Epoch, verdict.Agrees)));
        Assert.Equal(Ledger(stage.Node.Books), Ledger(witness.Books));
        Assert.Empty(witness.State.Alerts.All);
        Assert.Empty(witness.Books.Read(session => session.Outbox.Recent(10)));
    }

    [Fact]
    public async Task Epochs_SettledWhileItWatches_AreJudgedOnceAndLeftAlone()
    {
        using var stage = await VerifyStage.SettledAsync();
        using var witness = Watchtower(stage);
        await witness.RunAsync(1);
        stage.Chain.Mine(block => block.Pay(VerifyStage.Small, Dollar, 700));
        for (var i = 0; i < 24; i++)
        {
            await stage.Node.RunAsync(1);
            stage.Publish();
            await witness.TickAsync();
            if (i % 5 == 0) witness.Restart();
        }

        await witness.RunAsync(2);
        Assert.Equal(3UL, stage.Chain.State.Epoch);
        Assert.Equal([3UL, 2, 1], witness.Verdicts.Select(verdict => verdict.Epoch));
        Assert.All(witness.Verdicts, verdict => Assert.True(verdict.Agrees, verdict.Difference));
        Assert.Equal(Ledger(stage.Node.Books), Ledger(witness.Books));
    }

    [Fact]
    public async Task Proposal_WithALeafThatWasChanged_IsVetoedOnceInItsWindow()
    {
        using var stage = await VerifyStage.SettledAsync();
        using var witness = Watchtower(stage);
        await witness.RunAsync(1);
        await stage.ProposeForgedAsync(bundle => bundle with
        {
            After = bundle.After with
            {
                Accounts = [.. bundle.After.Accounts.Select(account => account.Account == Bob ? Plus(account, 1) : account.Account == Carol ? Plus(account, -1) : account)],
            },
        });
        stage.Chain.TakesFromPool = true;
        await witness.TickAsync();
        witness.Restart();
        await witness.TickAsync();
        Assert.Equal(3UL, stage.Chain.State.Open!.Epoch);
        await witness.RunAsync(6);
        Assert.Null(stage.Chain.State.Open);
        Assert.Equal((2UL, 1U), (stage.Chain.State.Epoch, stage.Chain.State.Attempt));
        var verdict = witness.Verdicts[0];
        Assert.Equal($"account {Carol}, token {Dollar}: what it had fell", verdict.Difference);
        Assert.Equal(OutboxState.Done, Assert.Single(witness.Books.Read(session => session.Outbox.Recent(10))).State);
    }

    [Fact]
    public async Task Batch_LeftOutBeforeOneThatCounts_IsADifference()
    {
        using var stage = await VerifyStage.SettledAsync();
        using var witness = Watchtower(stage, guards: false);
        await witness.RunAsync(1);
        var gateway = stage.Gateway.Address;
        await stage.ProposeForgedAsync(bundle => bundle with { Usage = bundle.Usage with { Batches = [new BatchRoot(gateway, 4, Keccak256.HashText("four"), 1)] } });
        await witness.TickAsync();
        Assert.Equal($"batch 3 of gateway {gateway.ToChecksumString()} is left out, and batch 4, which came after it, is counted", witness.Verdicts[0].Difference);
    }

    /// <summary>What no reader of numbers foresaw must not end the watch.</summary>
    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue)]
    public async Task Batch_OfANumberThatThereIsNot_IsADifferenceAndVetoed(ulong number)
    {
        using var stage = await VerifyStage.SettledAsync();
        using var witness = Watchtower(stage);
        await witness.RunAsync(1);
        await stage.ProposeForgedAsync(bundle => bundle with { Usage = bundle.Usage with { Batches = [new BatchRoot(stage.Gateway.Address, number, Keccak256.HashText("none"), 1)] } });
        stage.Chain.TakesFromPool = true;
        await witness.RunAsync(3);
        Assert.Equal($"it names batch {number} of gateway {stage.Gateway.Address.ToChecksumString()}, and no batch has that number", witness.Verdicts[0].Difference);
        Assert.Equal((2UL, 1U), (stage.Chain.State.Epoch, stage.Chain.State.Attempt));
    }

    /// <summary>Its endpoint shows blocks of an hour ago: what is published now has not to be in an epoch of half an hour ago.</summary>
    [Fact]
    public async Task Batch_PulledWhileBlocksWereOld_CondemnsNoEarlierEpoch()
    {
        using var stage = await VerifyStage.SettledAsync();
        using var witness = Watchtower(stage);
        await witness.RunAsync(1);
        witness.ClockAhead = 3_600;
        var use = stage.Gateway.Use(VerifyStage.Small, 9);
        stage.Publish(await stage.Gateway.SignAsync(use), [use]);
        await witness.TickAsync();
        Assert.NotNull(witness.Held.Find(stage.Gateway.Address, 3));
        witness.ClockAhead = 0;
        await ProposedAsync(stage);
        stage.Publish();
        await witness.TickAsync();
        Assert.Equal((3UL, null), (witness.Verdicts[0].Epoch, witness.Verdicts[0].Difference));
        Assert.Empty(witness.Books.Read(session => session.Outbox.Recent(10)));
    }

    /// <summary>Late is reason for a veto. Where nobody had the key, and the bundle came after all, it is an honest epoch.</summary>
    [Fact]
    public async Task Bundle_ThatCameAfterTheWindow_IsRecomputedAllTheSame()
    {
        using var stage = await VerifyStage.SettledAsync();
        using var witness = Watchtower(stage, guards: false);
        await witness.RunAsync(1);
        await ProposedAsync(stage);
        while (stage.Chain.State.Open is { } open && stage.Chain.State.ReadyAt > stage.Chain.HeadBlock.Timestamp + FakeChain.BlockTime && open.Epoch == 3) await witness.RunAsync(1);
        Assert.StartsWith("not all could be recomputed in time: its bundle", witness.Verdicts[0].Difference, StringComparison.Ordinal);
        while (stage.Chain.State.Epoch < 3) await stage.Node.RunAsync(1);
        await stage.Node.RunAsync(6);
        for (var i = 0; i < 3; i++) await witness.TickAsync();
        Assert.True(witness.State.WitnessWaits);
        stage.Publish();
        await witness.RunAsync(3);
        Assert.Equal((3UL, null), (witness.Verdicts[0].Epoch, witness.Verdicts[0].Difference));
        Assert.Equal(Ledger(stage.Node.Books), Ledger(witness.Books));
    }

    /// <summary>A witness that begins late has all windows behind it: what it cannot have says nothing of those who settled.</summary>
    [Fact]
    public async Task Bundle_OfAnEpochThatIsActive_IsWaitedForAndNeverADifference()
    {
        using var stage = await VerifyStage.SettledAsync();
        var (path, aside) = (stage.BundlePath(1), stage.BundlePath(1) + ".aside");
        File.Move(path, aside);
        using var witness = Watchtower(stage);
        for (var i = 0; i < 5; i++) await witness.TickAsync();
        Assert.Empty(witness.Verdicts);
        Assert.True(witness.State.WitnessWaits);
        Assert.Contains("cannot be recomputed yet: its bundle", Assert.Single(witness.State.Alerts.All).Message, StringComparison.Ordinal);
        File.Move(aside, path);
        await witness.RunAsync(2);
        Assert.Equal([(2UL, true), (1UL, true)], witness.Verdicts.Select(verdict => (verdict.Epoch, verdict.Agrees)));
        Assert.False(witness.State.WitnessWaits);
        Assert.Empty(witness.State.Alerts.All);
    }

    [Fact]
    public async Task Proposal_ThatDiffersAndBecameActive_HaltsTheWitnessAndNamesIt()
    {
        using var stage = await VerifyStage.SettledAsync();
        using var witness = Watchtower(stage, guards: false);
        await witness.RunAsync(1);
        await stage.ProposeForgedAsync(bundle => bundle with { Payments = [] });
        await witness.TickAsync();
        Assert.Contains("differs", Assert.Single(witness.State.Alerts.All).Message, StringComparison.Ordinal);
        Assert.Empty(witness.Books.Read(session => session.Outbox.Recent(10)));
        stage.Chain.MineEmpty((int)(BlockWriter.Window / FakeChain.BlockTime) + 1);
        stage.Chain.Mine(block => block.Activate());
        var halted = await Assert.ThrowsAsync<SettlementHaltedException>(() => witness.RunAsync(3));
        Assert.Contains("Epoch 3 is active, and differs: payment", halted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guardian_ThatIsAnother_IsToldBeforeAVetoIsNeededAndNothingIsSent()
    {
        using var stage = await VerifyStage.SettledAsync();
        using var witness = Watchtower(stage);
        stage.Chain.Vault.Guardian = Alice;
        await witness.RunAsync(1);
        Assert.Contains($"The vault's guardian is {Alice.ToChecksumString()}", Assert.Single(witness.State.Alerts.All).Message, StringComparison.Ordinal);
        await stage.ProposeForgedAsync(bundle => bundle with { Payments = [] });
        await witness.TickAsync();
        Assert.Empty(witness.Books.Read(session => session.Outbox.Recent(10)));
        // Its key is the guardian's again, and the window runs.
        stage.Chain.Vault.Guardian = Guardian;
        stage.Chain.TakesFromPool = true;
        await witness.RunAsync(2);
        Assert.Null(stage.Chain.State.Open);
    }

    /// <summary>A third epoch is paid for and proposed; its bundle is not published yet.</summary>
    private static async Task ProposedAsync(VerifyStage stage)
    {
        stage.Chain.Mine(block => block.Pay(VerifyStage.Small, Dollar, 700));
        for (var i = 0; i < 24 && stage.Chain.State.Open is null; i++) await stage.Node.RunAsync(1);
        Assert.Equal(3UL, stage.Chain.State.Open!.Epoch);
    }

    private static TestWitness Watchtower(VerifyStage stage, bool guards = true) => new(stage.Chain, stage.Bundles, stage.Usage, guards);

    private static AccountState Plus(AccountState state, int units) => units > 0
        ? state with { Earned = state.Earned + (UInt256)(ulong)units, Leaf = state.Leaf + (UInt256)(ulong)units }
        : state with { Earned = state.Earned - (UInt256)(ulong)-units, Leaf = state.Leaf - (UInt256)(ulong)-units };

    private static string Ledger(IBooks books) => books.Read(session => string.Join('\n',
    [
        .. Enum.GetValues<Ledger.AccountKind>().SelectMany(kind => session.Ledger.All(kind)).Select(row => $"account {row.Account} {row.Token} {row.Totals.Out} {row.Totals.In}"),
        .. session.Ledger.TrialBalances().Select(balance => $"balance {balance}"),
    ]));
}
