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
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 10), block => block.Register(First));
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(First, Address.Zero, 100_000_000));
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

    [Fact]
    public async Task Coin_BelowWhatItsSweepMayCost_WaitsAndTheStatusSaysWhy()
    {
        // One address costs 54,000 gas at 8 wei, and may cost a twentieth of what it brings.
        const ulong Least = 54_000 * 8 * 20;
        var chain = Chain();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(First, Address.Zero, Least - 1));
        await node.TickAsync();
        Assert.Empty(node.Outbox());
        var view = Assert.Single(node.State.Sweeps);
        Assert.Equal((Address.Zero, (UInt256)(Least - 1), 1, (UInt256)(54_000 * 8), node.Time.GetUtcNow() + TimeSpan.FromMinutes(1)), (view.Token, view.Amount, view.Models, view.Cost, view.NextLook));
        Assert.Contains("sweepMaxCostPercent", view.Why, StringComparison.Ordinal);

        // Gas becomes cheaper, and no block comes: the next look finds it worth its sweep.
        chain.Tip = 0;
        await node.TickAsync();
        Assert.Empty(node.Outbox());
        node.Between = TimeSpan.FromMinutes(1);
        await node.TickAsync();
        Assert.Equal($"sweep {Address.Zero} at 2", Assert.Single(node.Outbox()).Purpose);
        Assert.Contains("on its way", Assert.Single(node.State.Sweeps).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Coin_OfManyAddresses_IsSweptWhereItsPartIsWorthIt()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        // Two share the transaction: 34,000 gas each.
        const ulong Least = 34_000 * 8 * 20;
        chain.Mine(block => block.Send(First, Address.Zero, Least), block => block.Send(Second, Address.Zero, Least - 1));
        await node.TickAsync();
        Assert.Empty(node.Outbox());
        chain.Mine(block => block.Send(Second, Address.Zero, 1));
        await node.TickAsync();
        Assert.True(Assert.Single(node.Outbox()).Data.Span.SequenceEqual(
            new RoyaltySplit.SweepCall([new SweepOrder(Address.Zero, [.. new[] { First.Id, Second.Id }.Order()])]).Data.Span));
    }

    [Fact]
    public async Task Token_WithAPrice_IsSweptOnceItIsWorthIt()
    {
        var chain = Chain();
        // A millionth of a dollar is 100 wei.
        using var node = new TestNode(chain, tokenPrices: $"{Dollar}=0.0000000001");
        const ulong Least = 54_000 * 8 * 20 / 100;
        chain.Mine(block => block.Send(First, Dollar, Least - 1));
        await node.TickAsync();
        Assert.Empty(node.Outbox());
        chain.Mine(block => block.Send(First, Dollar, 1));
        await node.TickAsync();
        Assert.StartsWith($"sweep {Dollar} ", Assert.Single(node.Outbox()).Purpose, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_ForLong_IsSweptThoughItIsNotWorthIt()
    {
        var chain = Chain();
        using var node = new TestNode(chain, tokenPrices: $"{Dollar}=0.0000000001");
        chain.Mine(block => block.Send(First, Dollar, 10), block => block.Send(Second, Dollar, 9));
        // A week is 168 hours, and a block 12 seconds.
        chain.MineEmpty(168 * 300 - 1);
        await node.TickAsync();
        Assert.Empty(node.Outbox());
        chain.Mine();
        await node.TickAsync();
        // The other one has less than the smallest leaf: a sweep would make nobody richer.
        Assert.True(Assert.Single(node.Outbox()).Data.Span.SequenceEqual(new RoyaltySplit.SweepCall([new SweepOrder(Dollar, [First.Id])]).Data.Span));
    }

    [Fact]
    public async Task Gas_DearerThanAllowed_KeepsSweepsUnplanned()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        chain.BaseFee = 100;
        chain.Mine(block => block.Send(First, Dollar, 10));
        await node.TickAsync();
        Assert.Empty(node.Outbox());
        Assert.Contains("101 wei, more than maxFeeGwei", Assert.Single(node.State.Sweeps).Why, StringComparison.Ordinal);
        chain.BaseFee = 99;
        chain.Mine();
        await node.TickAsync();
        Assert.Single(node.Outbox());
    }

    [Fact]
    public async Task Rollup_WhoseDataCosts_HasThatInTheCost()
    {
        var chain = Chain();
        chain.DataFee = 80_000;
        using var node = new TestNode(chain);
        // A quarter more, in case it rises.
        const ulong Least = (54_000 * 8 + 100_000) * 20;
        chain.Mine(block => block.Send(First, Address.Zero, Least - 1));
        await node.TickAsync();
        Assert.Empty(node.Outbox());
        chain.Mine(block => block.Send(First, Address.Zero, 1));
        await node.TickAsync();
        Assert.Single(node.Outbox());
    }

    [Fact]
    public async Task Status_OfWhatIsTooLittle_SaysSo()
    {
        var chain = Chain();
        using var node = new TestNode(chain);
        chain.Mine(block => block.Send(First, Dollar, 9), block => block.Send(Second, Dollar, 8));
        await node.TickAsync();
        var view = Assert.Single(node.State.Sweeps);
        Assert.Equal(((UInt256)17, 2, (UInt256?)null), (view.Amount, view.Models, view.Cost));
        Assert.Contains("smallest payable leaf, 10", view.Why, StringComparison.Ordinal);
    }

    private static FakeChain Chain()
    {
        var chain = new FakeChain();
        chain.Mine(
            block => block.List(Dollar, 10), block => block.List(Euro, 1), block => block.Register(First), block => block.Register(Second), block => block.List(Address.Zero, 5));
        return chain;
    }
}
