using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class SweepStepTests
{
    private static readonly TestModel First = Model("small");
    private static readonly TestModel Second = Model("second");

    [Fact]
    public async Task Waiting_ReachingTheSmallestLeaf_IsSweptInOneTransactionPerToken()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        chain.Mine(
            block => block.Send(First, Dollar, 10), block => block.Send(Second, Dollar, 6), block => block.Send(Second, Dollar, 5), block => block.Send(First, Euro, 1));
        await node.WatchAsync();
        await node.Sweep.RunAsync(CancellationToken.None);

        Hash32[] both = [.. new[] { First.Id, Second.Id }.Order()];
        var planned = node.Outbox();
        Assert.Equal(2, planned.Count);
        Assert.All(planned, item => Assert.Equal((Vault, OutboxState.Planned), (item.To, item.State)));
        Assert.Contains(planned, item => item.Data.Span.SequenceEqual(new RoyaltySplit.SweepCall([new SweepOrder(Dollar, both)]).Data.Span));
        Assert.Contains(planned, item => item.Data.Span.SequenceEqual(new RoyaltySplit.SweepCall([new SweepOrder(Euro, [First.Id])]).Data.Span));
    }

    [Fact]
    public async Task Waiting_BelowTheSmallestLeaf_IsNotSwept()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(First, Dollar, 9), block => block.Send(Second, Dollar, 9));
        await node.WatchAsync();
        await node.Sweep.RunAsync(CancellationToken.None);
        Assert.Empty(node.Outbox());
        chain.Mine(block => block.Send(First, Dollar, 1));
        await node.WatchAsync();
        await node.Sweep.RunAsync(CancellationToken.None);
        Assert.True(Assert.Single(node.Outbox()).Data.Span.SequenceEqual(new RoyaltySplit.SweepCall([new SweepOrder(Dollar, [First.Id])]).Data.Span));
    }

    [Fact]
    public async Task Waiting_OfATokenThatIsNotListed_IsNotSwept()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(First, Address.Zero, 1_000_000));
        await node.WatchAsync();
        await node.Sweep.RunAsync(CancellationToken.None);
        Assert.Empty(node.Outbox());
    }

    [Fact]
    public async Task Sweep_UnderWay_KeepsAnotherOfThatTokenBack()
    {
        var chain = Chain();
        chain.TakesFromPool = false;
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(First, Dollar, 10));
        await node.TickAsync();
        chain.Mine(block => block.Send(Second, Dollar, 10), block => block.Send(First, Euro, 10));
        await node.TickAsync();
        Assert.Equal([$"sweep {Euro} at 3", $"sweep {Dollar} at 2"], node.Outbox().Select(item => item.Purpose));

        // Once the first one is final, the next takes what has come since.
        chain.TakesFromPool = true;
        chain.Mine();
        await node.TickAsync();
        await node.TickAsync();
        Assert.Equal(OutboxState.Done, node.Find($"sweep {Dollar} at 2")!.State);
        var next = Assert.Single(node.Outbox(), item => item.Purpose.StartsWith($"sweep {Dollar} at", StringComparison.Ordinal) && item.State != OutboxState.Done);
        Assert.True(next.Data.Span.SequenceEqual(new RoyaltySplit.SweepCall([new SweepOrder(Dollar, [Second.Id])]).Data.Span));
    }

    [Fact]
    public async Task Sweep_ThatSomebodyElseDid_IsDoneWithoutHarm()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(First, Dollar, 10));
        await node.TickAsync();
        chain.Mine(block => block.Sweep(Dollar, First.Id));
        await node.RunAsync(3);
        Assert.Equal((UInt256)10, Assert.Single(node.Books.Read(session => session.Ledger.TrialBalances())).Undivided);
        Assert.All(node.Outbox(), item => Assert.Equal(OutboxState.Done, item.State));
    }

    private static FakeChain Chain()
    {
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 10), block => block.List(Euro, 1), block => block.Register(First), block => block.Register(Second));
        return chain;
    }
}
