using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Verify;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>Pools that signed usage divides.</summary>
public sealed class EpochUsageTests
{
    private static readonly TestModel Small = Model("small");

    // What BlockWriter.Pay names.
    private static readonly Hash32 Reference = Keccak256.HashText("use");

    private readonly TestGateway _gateway = new("eu");

    [Fact]
    public async Task Pool_WithSignedWeights_IsDividedByThemForNamedAndOtherPayments()
    {
        var chain = Pooled(_gateway);
        using var node = new TestNode(chain);
        await _gateway.SendAsync(node, _gateway.Use(Small, 100, Reference, (Carol, 3), (Bob, 1)), _gateway.Use(Small, 5));
        await _gateway.SendAsync(node, _gateway.Use(Small, 40, default, (Carol, 7)));
        await TestGateway.SendUnsignedAsync(node, _gateway.Use(Small, 1000, default, (Payer, 1)));
        chain.Mine(block => block.Pay(Small, Dollar, 100), block => block.Send(Small, Dollar, 100));
        await node.RunAsync(20);

        // Of 200 a quarter is Alice's; of the pool's 150 half is named, in parts of 3 and 1, and half is open: Carol's.
        Assert.Equal(Leaves((Alice, 50), (Carol, 56 + 75), (Bob, 18)), Leaves(node));
        var epoch = node.Epoch(1)!;
        Assert.Equal((4L, 4L, node.Usage.Sealed.Chain), (epoch.UsageEvents, epoch.UsagePosition, epoch.UsageChain));
        var usage = node.Bundles.Read(epoch.BundleHash).Usage;
        Assert.Equal([new UsageCount(Small.ModelId, 4, 3, 145)], usage.Counts);
        Assert.Equal([(1UL, 2UL), (2UL, 1UL)], usage.Batches.Select(batch => (batch.Number, batch.Events)));
        AssertSumsVerify(node, 1);
    }

    [Fact]
    public async Task Usage_OfAGatewayThatTheModelDoesNotList_DividesNothing()
    {
        var chain = Pooled(_gateway);
        var other = new TestGateway("other");
        using var node = new TestNode(chain);
        await other.SendAsync(node, other.Use(Small, 100, Reference, (Carol, 1)), other.Use(Small, 100, default, (Carol, 1)));
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(20);

        // The fallback row gets the pool.
        Assert.Equal(Leaves((Alice, 25), (Bob, 75)), Leaves(node));
        Assert.Equal([new UsageCount(Small.ModelId, 2)], node.Bundles.Read(node.Epoch(1)!.BundleHash).Usage.Counts);
        AssertSumsVerify(node, 1);
    }

    [Fact]
    public async Task Usage_WithoutUnitsOrWeights_DividesNothing()
    {
        var chain = Pooled(_gateway);
        using var node = new TestNode(chain);
        await _gateway.SendAsync(node, _gateway.Use(Small, 0, Reference, (Carol, 1)), _gateway.Use(Small, 100, Reference));
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(20);
        Assert.Equal(Leaves((Alice, 25), (Bob, 75)), Leaves(node));
        AssertSumsVerify(node, 1);
    }

    [Fact]
    public async Task Usage_AfterTheCut_IsTheNextEpochs()
    {
        var chain = Pooled(_gateway);
        using var node = new TestNode(chain);
        await _gateway.SendAsync(node, _gateway.Use(Small, 1, default, (Carol, 1)));
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        while (node.Epoch(1) is null)
        {
            await node.TickAsync();
            chain.Mine();
        }

        await _gateway.SendAsync(node, _gateway.Use(Small, 1, default, (Payer, 1)));
        await node.RunAsync(20);
        Assert.Equal(Leaves((Alice, 25), (Carol, 75)), Leaves(node));
        node.Restart();
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(20);

        Assert.Equal(Leaves((Alice, 50), (Carol, 75), (Payer, 75)), Leaves(node));
        Assert.Equal([(1L, 1L), (1L, 2L)], new[] { node.Epoch(1)!, node.Epoch(2)! }.Select(epoch => (epoch.UsageEvents, epoch.UsagePosition)));
        Assert.Equal([2UL], node.Bundles.Read(node.Epoch(2)!.BundleHash).Usage.Batches.Select(batch => batch.Number));
        AssertSumsVerify(node, 2);
    }

    [Fact]
    public async Task Start_WithTheUsageFileOfTheBooks_IsAllowed()
    {
        using var node = await SettledAsync();
        UsageCut.Require(node.Epoch(1), node.Usage, "usage.sqlite");
        UsageCut.Require(null, node.Usage, "usage.sqlite");
        await TestGateway.SendUnsignedAsync(node, _gateway.Use(Small));
        UsageCut.Require(node.Epoch(1), node.Usage, "usage.sqlite");
    }

    [Fact]
    public async Task Start_WithAUsageFileThatEndsBeforeTheCut_IsRefusedWithTheRemedy()
    {
        using var node = await SettledAsync();
        using var older = new TestNode(Pooled(_gateway));
        var refused = Assert.Throws<Node.Pipeline.StartRefusedException>(() => UsageCut.Require(node.Epoch(1), older.Usage, "usage.sqlite"));
        Assert.Equal("usage.sqlite ends with event 0, and epoch 1 took events up to 2. Restore it from a backup that is as new as the books; or put the books aside, and 'opensettle rebuild' makes both anew.", refused.Message);
    }

    [Fact]
    public async Task Start_WithAnotherUsageFile_IsRefusedWithTheRemedy()
    {
        using var node = await SettledAsync();
        using var other = new TestNode(Pooled(_gateway));
        var gateway = new TestGateway("another");
        await TestGateway.SendUnsignedAsync(other, gateway.Use(Small), gateway.Use(Small));
        var refused = Assert.Throws<Node.Pipeline.StartRefusedException>(() => UsageCut.Require(node.Epoch(1), other.Usage, "usage.sqlite"));
        Assert.Contains("other events up to 2", refused.Message, StringComparison.Ordinal);
        // The cut has to be a seal, too.
        await TestGateway.SendUnsignedAsync(other, gateway.Use(Small), gateway.Use(Small), gateway.Use(Small));
        Assert.Throws<Node.Pipeline.StartRefusedException>(() => UsageCut.Require(node.Epoch(1)! with { UsagePosition = 3 }, other.Usage, "usage.sqlite"));
    }

    private async Task<TestNode> SettledAsync()
    {
        var chain = Pooled(_gateway);
        var node = new TestNode(chain);
        await _gateway.SendAsync(node, _gateway.Use(Small, 1, default, (Carol, 1)), _gateway.Use(Small));
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(10);
        Assert.NotNull(node.Epoch(1));
        return node;
    }

    /// <summary>A model of which Alice has a quarter and a pool three, Bob's where nothing is measured.</summary>
    internal static FakeChain Pooled(TestGateway gateway)
    {
        var chain = WatchStepTests.Listed();
        chain.Mine(block => block.SetSplit(Small, 2, 0, [(Alice, 1)], 3, [(Bob, 1)]), block => block.SetGateway(Small, gateway.Address, listed: true));
        return chain;
    }

    private static IEnumerable<(Address Account, UInt256 Amount)> Leaves(TestNode node) => node.State.Active!.Tree!.Leaves.Select(leaf => (leaf.Account, leaf.Amount));

    private static IEnumerable<(Address Account, UInt256 Amount)> Leaves(params (Address Account, UInt256 Amount)[] leaves) => leaves.OrderBy(leaf => leaf.Account);

    /// <summary>Every epoch follows from its bundle, and the bundle's sums from the batches, which are read as somebody else would.</summary>
    internal static void AssertSumsVerify(TestNode node, ulong upTo)
    {
        VerifiedEpoch? previous = null;
        long after = 0;
        for (ulong number = 1; number <= upTo; number++)
        {
            var epoch = node.Epoch(number)!;
            var batches = node.Usage.Batches(after, epoch.UsagePosition).Select(batch => new UsageBatch(
                batch.Signed.Statement.Gateway, batch.Signed.Statement.Number,
                [.. node.Usage.Events(batch.FirstPosition - 1, (int)batch.Signed.Statement.Count).Select(e => e.Event.ToBatched())])).ToList();
            var view = new ChainView(
                Deployment, epoch.FirstBlock, epoch.LastBlockHash, node.State.Registry, node.State.Tables, node.Books.Read(session => session.Chain.ListedTokens()),
                [], new Dictionary<Address, UInt256> { [Dollar] = UInt256.MaxAmount }, new Dictionary<Address, Address>());
            using var bytes = node.Bundles.Open(epoch.BundleHash);
            var (report, verified) = EpochVerifier.Verify(bytes, previous, new EpochOnChain(number, epoch.Root, epoch.BundleHash, epoch.LastBlock, epoch.RecordRoot), view, batches);
            Assert.Equal((VerifyOutcome.Agrees, VerifyOutcome.Agrees), (report[VerifyLevel.Pools], report[VerifyLevel.Sums]));
            (previous, after) = (verified, epoch.UsagePosition);
        }

        Assert.Null(node.Books.Read(session => session.Ledger.CheckAgainstEntries()));
    }
}
