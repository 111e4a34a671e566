using Microsoft.Data.Sqlite;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ledger;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class WatchStepTests
{
    private static readonly TestModel Small = Model("small");

    [Fact]
    public async Task Range_WithFacts_BringsCursorFactsAndPostingsTogether()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Pay(Small, Dollar, 100), block => block.Send(Small, Dollar, 40));
        await node.StepAsync();

        var (cursor, balance, payments) = node.Books.Read(session => (
            session.Chain.Cursor(), session.Ledger.TrialBalances(), session.Payments.Recent(10)));
        Assert.Equal(new ChainCursor(chain.Head, chain.HeadBlock.Hash, chain.HeadBlock.Timestamp), cursor);
        Assert.Equal([new TrialBalance(Dollar, 140, 40, 100, 0, 0, 0, 0)], balance);
        Assert.Equal([PaymentRoute.PayAddress, PaymentRoute.Rail], payments.Select(row => row.Payment.Route));
        Assert.True(node.State.Registry.TryGet(Small.ModelId, out _));
        Assert.Equal((chain.Head, chain.Head), node.State.Chain);
    }

    [Fact]
    public async Task Range_WithAFailureAtAnyCall_IsInTheBooksWholeOrNotAtAll()
    {
        var calls = 0;
        for (var failing = 1; ; failing++)
        {
            var chain = Listed();
            using var node = new TestNode(chain);
            await node.WatchAsync();
            chain.Mine(block => block.Pay(Small, Dollar, 100), block => block.Send(Small, Dollar, 1));
            var before = node.Describe();
            calls = 0;
            chain.OnCall = (method, after) =>
            {
                if (!after && ++calls == failing) throw new ChainException(ChainErrorKind.Unreachable, "fake", method, "no connection");
            };
            var failure = await Record.ExceptionAsync(node.WatchAsync);
            var afterwards = node.Describe();
            chain.OnCall = (_, _) => { };
            await node.WatchAsync();
            Assert.Equal(2, node.Books.Read(session => session.Payments.Count()));
            if (failure is null) break;
            Assert.IsType<ChainException>(failure);
            Assert.Contains(afterwards, new[] { before, node.Describe() });
        }

        Assert.True(calls > 5, $"{calls} calls");
    }

    [Fact]
    public async Task Range_ThatContradictsTheBooks_IsWrittenNotEvenInPart()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        await node.WatchAsync();
        var before = node.Describe();
        // A payout of money that nobody was promised: the last fact of the range breaks, so the payment before it must not stay.
        chain.Mine(block => block.Pay(Small, Dollar, 100), block => block.Claim(new Epochs.CumulativeLeaf(Carol, Dollar, 5)));
        var refused = await Assert.ThrowsAsync<StorageException>(node.WatchAsync);
        Assert.Equal(StorageErrorKind.Inconsistent, refused.Kind);
        Assert.Equal(before, node.Describe());
    }

    [Fact]
    public async Task Final_BehindTheHead_IsWhereReadingEnds()
    {
        var chain = Listed();
        chain.FinalLag = 3;
        using var node = new TestNode(chain);
        chain.MineEmpty(3);
        await node.WatchAsync();
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        chain.MineEmpty(2);
        await node.WatchAsync();
        Assert.Equal(0, node.Books.Read(session => session.Payments.Count()));
        chain.MineEmpty(1);
        await node.WatchAsync();
        Assert.Equal(1, node.Books.Read(session => session.Payments.Count()));
        Assert.Equal((chain.Head, chain.Head - 3), node.State.Chain);
    }

    [Fact]
    public async Task Reorganisation_BeforeFinality_LeavesNoTrace()
    {
        var chain = Listed();
        chain.FinalLag = 3;
        using var node = new TestNode(chain);
        chain.MineEmpty(5);
        await node.WatchAsync();
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.WatchAsync();
        chain.Reorganise(1);
        chain.Mine(block => block.Pay(Small, Dollar, 7));
        chain.MineEmpty(3);
        await node.WatchAsync();
        Assert.Equal((UInt256)7, Assert.Single(node.Books.Read(session => session.Payments.Recent(9))).Payment.Amount);
    }

    [Fact]
    public async Task Range_TooLargeForTheEndpoint_IsReadInSmallerOnes()
    {
        var chain = Listed();
        chain.MineEmpty(20);
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        using var node = new TestNode(chain);
        var ranges = 0;
        chain.OnCall = (called, after) =>
        {
            // The endpoint refuses the first three requests for logs.
            if (!after && called == "eth_getLogs" && ++ranges <= 3) throw new ChainException(ChainErrorKind.RangeTooLarge, "fake", called, "more than 5 blocks");
        };
        await node.WatchAsync();
        // Halved until it was served, and then in as many ranges as that takes.
        Assert.InRange(ranges, 7, 60);
        Assert.Equal(chain.Head, node.Books.Read(session => session.Chain.Cursor())!.Block);
        Assert.Equal(1, node.Books.Read(session => session.Payments.Count()));
    }

    [Fact]
    public async Task Header_ThatOneEndpointDoesNotHaveYet_IsAskedForAgain()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        await node.WatchAsync();
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        chain.MineEmpty(2);
        var before = node.Describe();
        var lagging = chain.Head - 1;
        chain.OnHeader = header => header.Number == lagging ? null : header;
        var transient = await Assert.ThrowsAsync<ChainException>(node.WatchAsync);
        Assert.True(transient.IsTransient);
        Assert.Equal(before, node.Describe());

        chain.OnHeader = header => header;
        await node.WatchAsync();
        Assert.Equal(1, node.Books.Read(session => session.Payments.Count()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(500)]
    public async Task Transfer_BeforeItsTokenIsListed_IsAnExcessOfTheSweepHoweverBlocksAreCut(ulong blocksAtOnce)
    {
        var chain = new FakeChain();
        chain.Mine(block => block.Register(Small));
        chain.Mine(block => block.Send(Small, Dollar, 40));
        chain.Mine(block =>
        {
            block.Send(Small, Dollar, 2);
            block.List(Dollar, 1);
            block.Send(Small, Dollar, 3);
        });
        chain.Mine(block => block.Sweep(Dollar, [Small.Id]));
        using var node = new TestNode(chain, blocksAtOnce);
        await node.WatchAsync();
        var payments = node.Books.Read(session => session.Payments.Recent(9));
        Assert.Equal(
            [(PaymentRoute.Excess, (UInt256)42, 4UL), (PaymentRoute.PayAddress, (UInt256)3, 3UL)],
            payments.Select(row => (row.Payment.Route, row.Settled!.Value, row.Payment.At.Block)));
    }

    [Fact]
    public async Task FinalBlock_ThatChanged_HaltsAndLeavesTheBooks()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.WatchAsync();
        var before = node.Describe();
        chain.Reorganise(1);
        chain.Mine();
        chain.Mine();
        var halted = await Assert.ThrowsAsync<SettlementHaltedException>(node.WatchAsync);
        Assert.Contains("reorganised", halted.Message, StringComparison.Ordinal);
        Assert.Equal(before, node.Describe());
        // And it stays so, whoever asks again.
        node.Restart();
        await Assert.ThrowsAsync<SettlementHaltedException>(node.WatchAsync);
        Assert.Equal(before, node.Describe());
    }

    [Fact]
    [Trait("Books", "Files")]
    public async Task Books_FromBeforeThereWasAJournal_GoOnWhereTheyEnded()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.WatchAsync();
        using (var file = new SqliteConnection($"Data Source={node.DatabaseFile};Pooling=False"))
        {
            await file.OpenAsync();
            using var command = file.CreateCommand();
            command.CommandText = "DELETE FROM journal_cursor; DELETE FROM journal_blocks; DELETE FROM journal_logs";
            await command.ExecuteNonQueryAsync();
        }

        node.Restart();
        // Its pay address and its token are known from the books alone.
        chain.Mine(block => block.Send(Small, Dollar, 7));
        await node.WatchAsync();
        Assert.Equal([7, 100], node.Books.Read(session => session.Payments.Recent(9)).Select(row => row.Payment.Amount));
        chain.Reorganise(1);
        chain.Mine();
        await Assert.ThrowsAsync<SettlementHaltedException>(node.WatchAsync);
    }

    [Fact]
    public async Task Head_GoingBack_IsNoReorganisation()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        chain.MineEmpty(4);
        await node.WatchAsync();
        var before = node.Describe();
        chain.ShownHead = chain.Head - 4;
        await node.StepAsync();
        Assert.Equal(before, node.Describe());
        chain.ShownHead = null;
        chain.Mine(block => block.Pay(Small, Dollar, 1));
        await node.WatchAsync();
        Assert.Equal(2, node.Books.Read(session => session.Payments.Count()));
    }

    [Fact]
    public async Task Terms_OfEveryForm_AreReadFromTheLogs()
    {
        var chain = Listed();
        var other = Model("other");
        chain.Mine(block => block.Register(other, (Small, 250_000)));
        var committed = new TableCommitment(Keccak256.HashText("table"), 9, 77);
        chain.Mine(
            block => block.SetSplit(other, 2, 0, [(Alice, 1), (null, 2)], 3, [(Bob, 4)]),
            block => block.SetLineage(other, 2, 0), block => block.CancelLineage(other, 2));
        chain.Mine(block => block.CommitSplit(other, 3, 0, committed), block => block.SetLineage(other, 3, 0, (Small, 7)));
        chain.Mine();
        using var node = new TestNode(chain);
        await node.WatchAsync();
        node.Restart();
        var model = node.State.Registry.Get(other.ModelId);
        BlockPoint At(ulong block) => new(block, FakeChain.FirstTime + block * FakeChain.BlockTime);

        var pooled = model.SplitAt(At(chain.Head - 1));
        Assert.Equal((2U, (UInt128)3, true), (pooled.Version, pooled.PoolWeight, pooled.AtHand));
        Assert.Equal([(Alice, 1), (null, 2)], pooled.Rows.Select(row => (row.Account, (int)row.Weight)));
        Assert.Equal([(Bob, 4)], pooled.Fallback.Select(row => (row.Account, (int)row.Weight)));
        // The second lineage was cancelled in the block that set it.
        Assert.Equal((1U, 250_000U), (model.LineageAt(At(chain.Head - 1)).Version, Assert.Single(model.LineageAt(At(chain.Head - 1)).Parents).Share));
        var last = model.SplitAt(At(chain.Head));
        Assert.Equal((3U, committed, false), (last.Version, last.Commitment, last.AtHand));
        Assert.Equal((3U, 7U), (model.LineageAt(At(chain.Head)).Version, Assert.Single(model.LineageAt(At(chain.Head)).Parents).Share));
    }

    [Fact]
    public async Task Logs_OfAnotherForksBlock_AreRefused()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        await node.WatchAsync();
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        var before = node.Describe();
        chain.OnLog = log => log with { BlockHash = Keccak256.HashText("another fork") };
        var refused = await Assert.ThrowsAsync<ChainException>(node.WatchAsync);
        Assert.True(refused.IsTransient);
        Assert.Equal(before, node.Describe());
    }

    [Fact]
    public async Task Headers_OfTwoForksInOneReply_AreRefused()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        await node.WatchAsync();
        chain.MineEmpty(3);
        var odd = chain.Head - 1;
        chain.OnHeader = header => header.Number == odd ? header with { ParentHash = Keccak256.HashText("another fork") } : header;
        var refused = await Assert.ThrowsAsync<ChainException>(node.WatchAsync);
        Assert.True(refused.IsTransient);
        Assert.Equal(odd - 2, node.Books.Read(session => session.Chain.Cursor())!.Block);
        chain.OnHeader = header => header;
        await node.WatchAsync();
        Assert.Equal(chain.Head, node.Books.Read(session => session.Chain.Cursor())!.Block);
    }

    [Fact]
    public async Task Sweep_OfWhatWaits_SettlesIt()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(Small, Dollar, 30), block => block.Send(Small, Dollar, 12), block => block.Send(Small, Address.Zero, 5));
        chain.Mine(block => block.Sweep(Dollar, Small.Id));
        await node.WatchAsync();
        Assert.Equal([30, 12], Undivided(node).Select(payment => payment.Settled));
        Assert.Equal([new TrialBalance(Address.Zero, 5, 5, 0, 0, 0, 0, 0), new TrialBalance(Dollar, 42, 0, 42, 0, 0, 0, 0)], Balances(node));
    }

    [Fact]
    public async Task Sweep_OfMoreThanWasLogged_BringsAnAnonymousPayment()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(Small, Dollar, 30), block => block.Put(Small, Dollar, 5));
        chain.Mine(block => block.Sweep(Dollar, Small.Id));
        await node.WatchAsync();
        var settled = Undivided(node);
        Assert.Equal([30, 5], settled.Select(payment => payment.Settled));
        Assert.Equal((PaymentRoute.Excess, Address.Zero, chain.Head), (settled[1].Payment.Route, settled[1].Payment.Payer, settled[1].Payment.At.Block));
        Assert.Equal([new TrialBalance(Dollar, 35, 0, 35, 0, 0, 0, 0)], Balances(node));
    }

    [Fact]
    public async Task Sweep_OfLessThanWasLogged_IsSharedProRata()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(Small, Dollar, 10), block => block.Send(Small, Dollar, 20), block => block.Take(Small, Dollar, 15));
        chain.Mine(block => block.Sweep(Dollar, Small.Id));
        await node.WatchAsync();
        Assert.Equal([5, 10], Undivided(node).Select(payment => payment.Settled));
        Assert.Equal([new TrialBalance(Dollar, 15, 0, 15, 0, 0, 0, 0)], Balances(node));
    }

    [Fact]
    public async Task Transfer_BeforeTheModelsRegistration_IsFoundByTheSweepOnly()
    {
        var late = Model("late");
        var chain = Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(late, Dollar, 9));
        chain.Mine(block => block.Register(late), block => block.Send(late, Dollar, 4));
        await node.WatchAsync();
        Assert.Equal((UInt256)4, Assert.Single(node.Books.Read(session => session.Payments.Recent(9))).Payment.Amount);
        chain.Mine(block => block.Sweep(Dollar, late.Id));
        await node.WatchAsync();
        Assert.Equal([(PaymentRoute.PayAddress, (UInt256)4), (PaymentRoute.Excess, (UInt256)9)], Undivided(node).Select(payment => (payment.Payment.Route, payment.Settled)));
    }

    [Fact]
    public async Task Transfer_OfNothing_IsNoPayment()
    {
        var chain = Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(Small, Dollar, 0));
        await node.WatchAsync();
        Assert.Empty(node.Books.Read(session => session.Payments.Recent(9)));
    }

    [Fact]
    public async Task Chain_NotYetAtTheDeployment_LeavesTheBooksEmpty()
    {
        var chain = new FakeChain();
        using var node = new TestNode(chain);
        await node.StepAsync();
        Assert.Null(node.Books.Read(session => session.Chain.Cursor()));
    }

    internal static FakeChain Listed()
    {
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small));
        return chain;
    }

    private static IReadOnlyList<SettledPayment> Undivided(TestNode node) => node.Books.Read(session => session.Payments.Undivided(long.MaxValue));

    private static IReadOnlyList<TrialBalance> Balances(TestNode node) => node.Books.Read(session => session.Ledger.TrialBalances());
}
