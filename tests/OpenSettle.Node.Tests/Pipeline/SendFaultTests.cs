using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>What the sender does where a chain or an endpoint does not do its part.</summary>
public sealed class SendFaultTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(11);

    [Fact]
    public async Task Swallowed_WithAFriendlyAnswer_IsSentAgainWithTheSameBytes()
    {
        var chain = Started();
        using var node = await PlannedAsync(chain, 1);
        chain.Swallows = _ => true;
        await node.SendAsync();
        Assert.Empty(chain.Pool);
        chain.Swallows = _ => false;
        await node.SendAsync();
        Assert.Single(chain.Pool);
        Assert.Equal(2, chain.Broadcasts.Count);
        Assert.Equal(chain.Broadcasts[0], chain.Broadcasts[1]);
    }

    [Fact]
    public async Task Sent_AMomentAgo_IsNotSentAgain()
    {
        var chain = Started();
        using var node = await PlannedAsync(chain, 1);
        node.Between = TimeSpan.FromSeconds(1);
        for (var i = 0; i < 5; i++) await node.SendAsync();
        Assert.Single(chain.Broadcasts);
    }

    [Fact]
    public async Task Unmined_ForLong_IsOfferedForMoreAndSettledByTheVersionThatIsMined()
    {
        var chain = Started();
        chain.LeastTip = 2;
        using var node = await PlannedAsync(chain, 1);
        node.Between = Long;
        for (var i = 0; i < 4; i++)
        {
            await node.SendAsync();
            chain.Mine();
        }

        await node.SendAsync();
        var item = node.Find("count 0")!;
        Assert.Equal((OutboxState.Done, 2U), (item.State, item.Mined!.Number));
        Assert.Equal((UInt256)2, chain.Mined.Single().Transaction.Tip);
    }

    [Fact]
    public async Task Older_VersionThatIsMinedAfterAll_SettlesTheIntent()
    {
        var chain = Started();
        chain.LeastTip = 2;
        using var node = await PlannedAsync(chain, 1);
        node.Between = Long;
        chain.Swallows = transaction => transaction.Tip > 1;
        while (node.Find("count 0")!.Versions.Count < 2) await node.SendAsync();
        chain.LeastTip = 0;
        await MineAndLookAsync(node, 3);
        Assert.Equal((OutboxState.Done, 1U), (node.Find("count 0")!.State, node.Find("count 0")!.Mined!.Number));
        Assert.Single(chain.Mined);
    }

    [Fact]
    public async Task Gap_LeftByAReorganisation_IsFilledWithATransferOfNothing()
    {
        var chain = Started();
        chain.FinalLag = 3;
        chain.TakesFromPool = false;
        chain.Mine(block => block.UseNonce(Operator));
        using var node = await PlannedAsync(chain, 1);
        await node.SendAsync();
        Assert.Equal(1UL, node.Find("count 0")!.Nonce);
        chain.Reorganise(1);
        chain.TakesFromPool = true;
        await MineAndLookAsync(node, 8);
        Assert.Equal([(Operator, 0UL), (Counter, 1UL)], chain.Mined.Select(mined => (mined.Transaction.To, mined.Transaction.Nonce)));
        Assert.Equal((OutboxState.Done, OutboxState.Done), (node.Find("fill nonce 0")!.State, node.Find("count 0")!.State));
    }

    [Fact]
    public async Task Nonce_LostInTheMiddle_ComesAgainWithAnotherAndTheOthersGoOn()
    {
        var chain = Started();
        chain.FinalLag = 1;
        chain.TakesFromPool = false;
        using var node = await PlannedAsync(chain, 3);
        await node.SendAsync();
        Assert.Equal([0UL, 1UL, 2UL], chain.Pool.Select(transaction => transaction.Nonce).Order());
        chain.Mine(block => block.UseNonce(Operator));
        chain.TakesFromPool = true;
        await MineAndLookAsync(node, 8);
        Assert.Equal([("count 0", 3UL), ("count 1", 1UL), ("count 2", 2UL)], Enumerable.Range(0, 3).Select(i => ($"count {i}", node.Find($"count {i}")!.Nonce!.Value)));
        Assert.Equal(3, chain.Mined.Count());
    }

    [Fact]
    public async Task Obsolete_AndHoldingOthersUp_IsFilledAndGivenUp()
    {
        var chain = EpochStepTests.Paid();
        chain.TakesFromPool = false;
        using var node = new TestNode(chain);
        await node.RunAsync(4);
        var (proposal, signatures) = Calldata.ReadProposal(chain.Pool.Single().Data)!.Value;
        chain.DropPool();
        chain.Mine(block => block.Propose(proposal, signatures), block => block.Send(Model("small"), Dollar, 100));
        await node.TickAsync();
        node.Between = Long;
        await node.TickAsync();
        await node.TickAsync();
        var propose = node.Find("propose epoch 1.0")!;
        Assert.True(propose.Versions[^1].Fills);
        chain.TakesFromPool = true;
        await MineAndLookAsync(node, 3);
        Assert.Equal(OutboxState.GivenUp, node.Find("propose epoch 1.0")!.State);
        Assert.Equal([Operator, Vault], chain.Mined.Select(mined => mined.Transaction.To));
        // A base fee of 7, and the tip that was raised twice from 1.
        Assert.Equal(new OutboxOutcome(21_000, 10, 0), node.Find("propose epoch 1.0")!.Mined!.Outcome);
    }

    [Fact]
    public async Task OpenNonces_AreNoMoreThanAPoolKeeps()
    {
        var chain = Started();
        chain.TakesFromPool = false;
        using var node = await PlannedAsync(chain, 20);
        await node.SendAsync();
        Assert.Equal(Enumerable.Range(0, 16).Select(nonce => (ulong)nonce), chain.Pool.Select(transaction => transaction.Nonce).Order());
        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"count {i}"), node.Outbox().Where(item => item.Nonce is not null).OrderBy(item => item.Nonce).Select(item => item.Purpose));
        Assert.Contains("as many are open as may be", node.State.Waiting["count 19"], StringComparison.Ordinal);
        chain.TakesFromPool = true;
        await MineAndLookAsync(node, 4);
        Assert.Empty(node.Books.Read(session => session.Outbox.Open()));
    }

    [Fact]
    public async Task Cost_AboveTheEpochsCap_WaitsAndNamesTheSetting()
    {
        var chain = Started();
        // 50000 gas at 15 wei for each that is open; 400000 each once it is known.
        using var node = await PlannedAsync(chain, 3, maxEpochCost: 1_150_000);
        await node.SendAsync();
        Assert.Equal(OutboxState.Planned, node.Find("count 1")!.State);
        Assert.Contains("maxEpochCost", node.State.Waiting["count 1"], StringComparison.Ordinal);
        await MineAndLookAsync(node, 3);
        Assert.Equal((OutboxState.Done, OutboxState.Planned), (node.Find("count 1")!.State, node.Find("count 2")!.State));
        Assert.Equal(800_000UL, node.Books.Read(session => (ulong)session.Outbox.CostOf(1)));
        await MineAndLookAsync(node, 3);
        Assert.Equal(OutboxState.Planned, node.Find("count 2")!.State);
    }

    [Fact]
    public async Task DataFee_OfARollup_IsCountedBeforeAndRecordedAfter()
    {
        var chain = Started();
        chain.DataFee = 400_000;
        using var node = await PlannedAsync(chain, 2, maxEpochCost: 1_250_000);
        await node.SendAsync();
        Assert.Equal((UInt256)500_000, node.Find("count 0")!.Versions.Single().DataFee);
        Assert.Contains("maxEpochCost", node.State.Waiting["count 1"], StringComparison.Ordinal);
        await MineAndLookAsync(node, 1);
        Assert.Equal(new OutboxOutcome(50_000, 8, 400_000), node.Find("count 0")!.Mined!.Outcome);
        Assert.Equal(800_000UL, node.Books.Read(session => (ulong)session.Outbox.CostOf(1)));
    }

    [Fact]
    public async Task Receipt_ThatTakesMoreThanWasSigned_IsNotBelieved()
    {
        var chain = Started();
        using var node = await PlannedAsync(chain, 1);
        await node.SendAsync();
        chain.Mine();
        foreach (var lie in new Func<TransactionReceipt, TransactionReceipt>[]
        {
            receipt => receipt with { EffectiveGasPrice = UInt256.MaxValue }, receipt => receipt with { GasUsed = ulong.MaxValue }, receipt => receipt with { DataFee = UInt256.MaxValue },
        })
        {
            chain.OnReceipt = lie;
            Assert.Equal(ChainErrorKind.BadReply, (await Assert.ThrowsAsync<ChainException>(node.SendAsync)).Kind);
            Assert.Equal(OutboxState.Signed, node.Find("count 0")!.State);
        }

        chain.OnReceipt = receipt => receipt;
        await node.SendAsync();
        Assert.Equal(OutboxState.Done, node.Find("count 0")!.State);
    }

    [Theory]
    [InlineData(ChainErrorKind.Unreachable)]
    [InlineData(ChainErrorKind.BadReply)]
    public async Task Broadcast_ThatMayHaveBeenTaken_HoldsNobodyUpAndIsRepeatedInItsTime(ChainErrorKind kind)
    {
        var chain = Started();
        using var node = await PlannedAsync(chain, 2);
        var failures = 1;
        chain.OnCall = (method, after) =>
        {
            if (after && method == "eth_sendRawTransaction" && failures-- > 0) throw new ChainException(kind, "fake", method, "the connection broke");
        };
        await node.SendAsync();
        Assert.Contains("the connection broke", node.State.Waiting["count 0"], StringComparison.Ordinal);
        Assert.Equal(2, chain.Pool.Count);
        await node.SendAsync();
        Assert.Empty(node.State.Waiting);
        await MineAndLookAsync(node, 2);
        Assert.Equal(2, chain.Mined.Count());
        Assert.Empty(node.Books.Read(session => session.Outbox.Open()));
    }

    [Fact]
    public async Task Endpoint_ThatInventsAHighNonce_IsNotFollowed()
    {
        var chain = Started();
        using var node = await PlannedAsync(chain, 1);
        chain.OnNonce = nonce => nonce + 65;
        await node.SendAsync();
        Assert.Equal(OutboxState.Planned, node.Find("count 0")!.State);
        chain.OnNonce = nonce => nonce;
        await node.SendAsync();
        Assert.Equal(0UL, node.Find("count 0")!.Nonce);
    }

    [Fact]
    public async Task Endpoints_ThatKeepNoOldState_SendAllTheSame()
    {
        var chain = Started();
        chain.Mine(block => block.UseNonce(Operator));
        using var node = await PlannedAsync(chain, 1);
        chain.OnCall = (method, _) =>
        {
            if (method == "agreed nonce") throw new ChainException(ChainErrorKind.UnknownBlock, "fake", "eth_getTransactionCount", "missing trie node");
        };
        await MineAndLookAsync(node, 3);
        Assert.Equal((OutboxState.Done, 1UL), (node.Find("count 0")!.State, node.Find("count 0")!.Nonce!.Value));
    }

    [Fact]
    public async Task RandomFaults_WhateverTheyAre_LeaveEachIntentDoneOnce()
    {
        var nightly = Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") is not null;
        for (var seed = 1; seed <= (nightly ? 60 : 6); seed++) await new SendChaos(seed).RunAsync(30);
    }

    [Fact]
    public async Task Crash_AtAnyPointOfAReplacementAndALostNonce_LeavesEachIntentDoneOnce()
    {
        var points = await SendChaos.PlayWithKillAsync(0);
        Assert.True(points > 100, $"{points} points");
        var step = Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") is null ? 4 : 1;
        for (var point = 1; point <= points; point += step) await SendChaos.PlayWithKillAsync(point);
    }

    internal static FakeChain Started()
    {
        var chain = new FakeChain();
        chain.MineEmpty(3);
        return chain;
    }

    internal static async Task<TestNode> PlannedAsync(FakeChain chain, int intents, UInt256? maxEpochCost = null, Action<string>? onPoint = null)
    {
        var node = new TestNode(chain, onPoint: onPoint, maxEpochCost: maxEpochCost);
        await node.Books.WriteAsync(
            session =>
            {
                for (var i = 0; i < intents; i++) session.Outbox.Plan($"count {i}", Counter, Keccak256.HashText($"intent {i}").ToArray(), 1);
            },
            CancellationToken.None);
        return node;
    }

    private static async Task MineAndLookAsync(TestNode node, int times)
    {
        for (var i = 0; i < times; i++)
        {
            node.Chain.Mine();
            await node.SendAsync();
        }
    }
}
