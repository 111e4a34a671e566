using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class SendStepTests
{
    private const string Propose = "propose epoch 1.0";

    [Fact]
    public async Task Killed_BetweenStoringAndSending_SendsTheVerySameBytes()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        chain.MineEmpty(3);
        chain.OnCall = (method, after) =>
        {
            if (!after && method == "eth_sendRawTransaction") throw new ProcessKilledException();
        };
        await Assert.ThrowsAsync<ProcessKilledException>(node.TickAsync);
        var stored = node.Find(Propose)!;
        Assert.Equal((OutboxState.Signed, 0UL), (stored.State, stored.Nonce!.Value));
        Assert.Empty(chain.Broadcasts);

        chain.OnCall = (_, _) => { };
        node.Restart();
        await node.TickAsync();
        Assert.Equal(stored.Versions.Single().Raw.ToArray(), Assert.Single(chain.Broadcasts));
        Assert.Equal(stored.Hash, Assert.Single(chain.Pool).Hash);
    }

    [Fact]
    public async Task Killed_AfterSendingBeforeTheAnswer_SendsTheVerySameBytesAgain()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        chain.MineEmpty(3);
        chain.OnCall = (method, after) =>
        {
            if (after && method == "eth_sendRawTransaction") throw new ProcessKilledException();
        };
        await Assert.ThrowsAsync<ProcessKilledException>(node.TickAsync);
        chain.OnCall = (_, _) => { };
        node.Restart();
        await node.TickAsync();
        Assert.Equal(2, chain.Broadcasts.Count);
        Assert.Equal(chain.Broadcasts[0], chain.Broadcasts[1]);
        Assert.Single(chain.Pool);
    }

    [Fact]
    public async Task Dropped_FromThePool_IsSentAgainWithTheSameBytes()
    {
        var chain = EpochStepTests.Paid();
        chain.TakesFromPool = false;
        using var node = new TestNode(chain);
        await node.RunAsync(4);
        var first = chain.Broadcasts[0];
        chain.DropPool();
        // Fees have moved meanwhile: the bytes have not.
        chain.BaseFee = 20;
        chain.Mine();
        await node.TickAsync();
        Assert.Single(chain.Pool);
        Assert.All(chain.Broadcasts, bytes => Assert.Equal(first, bytes));
    }

    [Fact]
    public async Task Mined_InABlockThatIsNotFinal_IsNotSettled()
    {
        var chain = EpochStepTests.Paid();
        chain.FinalLag = 2;
        using var node = new TestNode(chain);
        while (!chain.Mined.Any())
        {
            await node.TickAsync();
            chain.Mine();
        }

        for (var confirmations = 0; confirmations < 2; confirmations++)
        {
            await node.TickAsync();
            Assert.Equal(OutboxState.Signed, node.Find(Propose)!.State);
            Assert.Equal(EpochState.Signed, node.Epoch(1)!.State);
            chain.Mine();
        }

        await node.TickAsync();
        Assert.Equal((OutboxState.Done, new OutboxOutcome(50_000, 8, 0)), (node.Find(Propose)!.State, node.Find(Propose)!.Mined!.Outcome));
        Assert.Equal(400_000UL, node.Books.Read(session => session.Outbox.CostOf(1)));
        Assert.Equal(EpochState.Proposed, node.Epoch(1)!.State);
    }

    [Fact]
    public async Task Mined_InABlockThatIsTakenBack_IsSettledInTheOneThatStays()
    {
        var chain = EpochStepTests.Paid();
        chain.FinalLag = 3;
        using var node = new TestNode(chain);
        while (!chain.Mined.Any())
        {
            await node.TickAsync();
            chain.Mine();
        }

        var taken = chain.Mined.Single().Receipt.BlockHash;
        chain.Reorganise(1);
        chain.DropPool();
        chain.Mine();
        await node.RunAsync(6);
        Assert.Equal(OutboxState.Done, node.Find(Propose)!.State);
        Assert.NotEqual(taken, chain.Mined.First().Receipt.BlockHash);
        Assert.All(chain.Broadcasts, bytes => Assert.Equal(chain.Broadcasts[0], bytes));
    }

    [Fact]
    public async Task Receipt_OfABlockThatIsNotCanonical_IsNotSettled()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(3);
        chain.OnReceipt = receipt => receipt with { BlockHash = Keccak256.HashText("another fork") };
        await node.RunAsync(4);
        Assert.Equal(OutboxState.Signed, node.Find(Propose)!.State);
        chain.OnReceipt = receipt => receipt;
        await node.TickAsync();
        Assert.Equal(OutboxState.Done, node.Find(Propose)!.State);
    }

    [Fact]
    public async Task Nonce_UsedByAForeignTransaction_IsToldAndReplacedOnlyOnceThatIsFinal()
    {
        var chain = EpochStepTests.Paid();
        chain.FinalLag = 2;
        chain.TakesFromPool = false;
        using var node = new TestNode(chain);
        await node.RunAsync(6);
        var first = node.Find(Propose)!;
        Assert.Equal((OutboxState.Signed, 0UL), (first.State, first.Nonce!.Value));
        chain.DropPool();
        chain.Mine(block => block.UseNonce(Operator));
        for (var confirmations = 0; confirmations < 2; confirmations++)
        {
            await node.TickAsync();
            Assert.Contains($"nonce 0 of {Operator.ToChecksumString()}", node.State.Waiting[Propose], StringComparison.Ordinal);
            Assert.Equal(0UL, node.Find(Propose)!.Nonce);
            chain.Mine();
        }

        await node.TickAsync();
        Assert.Equal(OutboxState.Planned, node.Find(Propose)!.State);
        chain.TakesFromPool = true;
        await node.RunAsync(6);
        Assert.Equal((OutboxState.Done, 1UL), (node.Find(Propose)!.State, node.Find(Propose)!.Nonce!.Value));
        Assert.Single(chain.Mined, mined => Calldata.ReadProposal(mined.Transaction.Data) is not null);
        Assert.Empty(node.State.Waiting);
    }

    [Fact]
    public async Task Nonce_UsedByAForeignTransaction_WithoutAQuorumThatSaysSo_IsNotReplaced()
    {
        var chain = EpochStepTests.Paid();
        chain.TakesFromPool = false;
        using var node = new TestNode(chain);
        await node.RunAsync(4);
        chain.DropPool();
        chain.Mine(block => block.UseNonce(Operator));
        chain.QuorumAnswers = false;
        await node.RunAsync(10);
        Assert.Equal((OutboxState.Signed, 0UL), (node.Find(Propose)!.State, node.Find(Propose)!.Nonce!.Value));
        chain.QuorumAnswers = true;
        chain.TakesFromPool = true;
        await node.RunAsync(4);
        Assert.Equal((OutboxState.Done, 1UL), (node.Find(Propose)!.State, node.Find(Propose)!.Nonce!.Value));
    }

    [Fact]
    public async Task Nonce_UsedBeforeAnythingWasSigned_IsPassedOver()
    {
        var chain = EpochStepTests.Paid();
        chain.Mine(block => block.UseNonce(Operator), block => block.UseNonce(Operator));
        using var node = new TestNode(chain);
        await node.RunAsync(4);
        Assert.Equal(2UL, node.Find(Propose)!.Nonce);
        Assert.Equal(2UL, Assert.Single(chain.Mined).Transaction.Nonce);
    }

    [Fact]
    public async Task Fee_AboveTheLimit_WaitsAndSaysWhy()
    {
        var chain = EpochStepTests.Paid();
        chain.MineEmpty(3);
        chain.BaseFee = 100;
        chain.Mine();
        using var node = new TestNode(chain);
        await node.TickAsync();
        Assert.Equal(OutboxState.Planned, node.Find(Propose)!.State);
        Assert.Contains("101 wei", node.State.Waiting[Propose], StringComparison.Ordinal);
        Assert.Contains("maxFeeGwei", node.State.Waiting[Propose], StringComparison.Ordinal);
        Assert.Empty(chain.Broadcasts);

        chain.BaseFee = 60;
        chain.Mine();
        await node.TickAsync();
        Assert.Empty(node.State.Waiting);
        // Twice the base fee would be above the limit.
        Assert.Equal(((UInt256)100, (UInt256)1, 50_000UL), (chain.Pool.Single().MaxFee, chain.Pool.Single().Tip, chain.Pool.Single().Gas));
    }

    [Fact]
    public async Task Sender_WithoutMoney_WaitsAndSaysWho()
    {
        var chain = EpochStepTests.Paid();
        chain.MineEmpty(3);
        chain.SenderHasMoney = false;
        using var node = new TestNode(chain);
        await node.TickAsync();
        Assert.Contains(Operator.ToChecksumString(), node.State.Waiting[Propose], StringComparison.Ordinal);
        Assert.Equal(OutboxState.Planned, node.Find(Propose)!.State);
        chain.SenderHasMoney = true;
        await node.RunAsync(2);
        Assert.Equal(OutboxState.Done, node.Find(Propose)!.State);
        Assert.Empty(node.State.Waiting);
    }

    [Fact]
    public async Task Sender_LosingTheMoneyAfterSigning_WaitsWithTheSameBytes()
    {
        var chain = EpochStepTests.Paid();
        chain.TakesFromPool = false;
        using var node = new TestNode(chain);
        await node.RunAsync(4);
        chain.DropPool();
        chain.SenderHasMoney = false;
        await node.TickAsync();
        Assert.Contains("insufficient funds", node.State.Waiting[Propose], StringComparison.Ordinal);
        chain.SenderHasMoney = true;
        await node.TickAsync();
        Assert.Empty(node.State.Waiting);
        chain.TakesFromPool = true;
        await node.RunAsync(3);
        Assert.Equal(OutboxState.Done, node.Find(Propose)!.State);
        Assert.Empty(node.State.Waiting);
        Assert.All(chain.Broadcasts, bytes => Assert.Equal(chain.Broadcasts[0], bytes));
    }

    [Fact]
    public async Task Proposal_ThatReverts_HaltsAlsoAfterARestart()
    {
        var chain = EpochStepTests.Paid();
        chain.RevertsWhenMined = _ => true;
        using var node = new TestNode(chain);
        var halted = await Assert.ThrowsAsync<SettlementHaltedException>(() => node.RunAsync(20));
        Assert.Contains(Propose, halted.Message, StringComparison.Ordinal);
        Assert.Equal(OutboxState.Reverted, node.Find(Propose)!.State);
        node.Restart();
        var again = await Assert.ThrowsAsync<SettlementHaltedException>(node.TickAsync);
        Assert.Contains(Propose, again.Message, StringComparison.Ordinal);
        Assert.Equal(3, chain.Mined.Count());
    }

    [Fact]
    public async Task Proposal_ThatSomebodyElseBroughtFirst_IsAsGoodAsOurs()
    {
        var chain = EpochStepTests.Paid();
        chain.TakesFromPool = false;
        using var node = new TestNode(chain);
        await node.RunAsync(4);
        // Anybody who sees it in the pool can copy its calldata and pay more.
        var (proposal, signatures) = Calldata.ReadProposal(chain.Pool.Single().Data)!.Value;
        chain.Mine(block => block.Propose(proposal, signatures));
        chain.TakesFromPool = true;
        await node.RunAsync(12);
        Assert.Equal(OutboxState.Reverted, node.Find(Propose)!.State);
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
    }

    [Fact]
    public async Task Proposal_ThatWouldRevert_WaitsAndSaysWhy()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        chain.MineEmpty(3);
        chain.State.Attempt = 7;
        await node.TickAsync();
        Assert.Contains("WrongAttempt(given: 0, expected: 7)", node.State.Waiting[Propose], StringComparison.Ordinal);
        Assert.Empty(chain.Broadcasts);
    }

    [Fact]
    public async Task Endpoint_LaggingBehind_GivesNoNonceOutTwice()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        while (node.Find(Propose)?.State != OutboxState.Done)
        {
            await node.TickAsync();
            chain.Mine();
        }

        chain.Mine(block => block.Send(Model("small"), Dollar, 100));
        await node.WatchAsync();
        await node.Sweep.RunAsync(CancellationToken.None);
        chain.ShownHead = 2;
        await node.Sending.RunAsync(CancellationToken.None);
        Assert.Equal([1UL, 0UL], node.Outbox().Select(item => item.Nonce!.Value));
    }

    [Fact]
    public async Task Transient_Failure_LeavesTheOutboxAsItWas()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        chain.MineEmpty(3);
        foreach (var method in new[] { "eth_estimateGas", "eth_maxPriorityFeePerGas", "eth_getTransactionCount" })
        {
            chain.OnCall = (called, _) =>
            {
                if (called == method) throw new ChainException(ChainErrorKind.RateLimited, "fake", method, "slower");
            };
            await Assert.ThrowsAsync<ChainException>(node.TickAsync);
            Assert.Equal(OutboxState.Planned, node.Find(Propose)!.State);
        }

        chain.OnCall = (_, _) => { };
        await node.RunAsync(2);
        Assert.Equal(OutboxState.Done, node.Find(Propose)!.State);
    }
}
