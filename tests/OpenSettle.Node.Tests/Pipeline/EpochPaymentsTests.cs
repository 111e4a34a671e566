using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>An epoch's payments, out of the books while they are divided.</summary>
public sealed class EpochPaymentsTests
{
    private static readonly TestModel Small = Model("small");

    // What BlockWriter.Pay names.
    private static readonly Hash32 Reference = Keccak256.HashText("use");

    private readonly TestGateway _gateway = new("eu");

    [Fact]
    public async Task Bundle_OfPaymentsFromTheBooks_IsTheBundleOfAList()
    {
        using var node = await BuiltAsync();
        var epoch = node.Epoch(1)!;

        // As it was before payments were read one by one: all of them in a list, named and resolved first.
        var settled = node.Books.Read(session => session.Payments.Undivided(epoch.LastBlock));
        var tally = new UsageTally(node.State.Registry, epoch.FirstBlock, epoch.LastBlock);
        new EpochIntake(node.Usage).Fill(tally, 0, epoch.UsagePosition);
        var resolver = new TermsResolver(node.State.Registry);
        var divided = settled.Select(payment =>
        {
            var terms = resolver.Resolve(payment.Payment.Model, payment.Payment.Block);
            return new DividedPayment(payment, terms, tally.Name(payment, terms));
        }).ToList();
        var result = EpochBuilder.Build(new EpochInput(
            1, epoch.FirstBlock, epoch.LastBlock, default, epoch.LastBlockHash, default, SettlementState.Empty, node.Books.Read(session => session.Chain.ListedTokens(epoch.LastBlock)),
            resolver.All, divided, tally.Finish(), []));
        Assert.Equal(epoch.BundleHash, BundleWriter.Write(Bundle.Of(Deployment, result, default), Stream.Null));
        Assert.Equal((4, 4), (epoch.Payments, divided.Count));
        Assert.Equal(new ulong[] { 0, 0, 1, 1 }, divided.Select(payment => payment.Named).Order());
        Assert.True(divided.Select(payment => payment.Terms.Id).Distinct().Count() > 1);
    }

    [Fact]
    public async Task Payments_ThatChangeBetweenDividingAndWriting_AreRefused()
    {
        using var node = await BuiltAsync();
        var last = node.Epoch(1)!.LastBlock;
        foreach (var mark in (ulong[])[last, last - 1])
        {
            var resolver = new TermsResolver(node.State.Registry);
            var payments = new EpochPayments(node.Books, last, resolver, CancellationToken.None);
            payments.Divide(new UsageTally(node.State.Registry, 1, last));
            var known = payments.Count;
            Assert.Equal(known, payments.ToList().Count);
            var more = new Payment(new LogPosition(mark, 77), 1, Reference, Small.ModelId, Dollar, 5, Payer, default, PaymentRoute.Rail);
            await node.Books.WriteAsync(session => session.Payments.Add(more), CancellationToken.None);
            var refused = Assert.Throws<StorageException>(() => payments.ToList());
            Assert.Equal(StorageErrorKind.Inconsistent, refused.Kind);
        }
    }

    [Fact]
    public async Task Payments_WhileTheNodeStops_AreNotGoneThrough()
    {
        using var node = await BuiltAsync();
        var payments = new EpochPayments(node.Books, node.Epoch(1)!.LastBlock, new TermsResolver(node.State.Registry), new CancellationToken(canceled: true));
        Assert.Throws<OperationCanceledException>(() => payments.Divide(new UsageTally(node.State.Registry, 1, 100)));
    }

    /// <summary>Two models, a pool, payments by rail and by transfer, a change of terms between them, and events that name some.</summary>
    private async Task<TestNode> BuiltAsync()
    {
        var chain = WatchStepTests.Listed();
        chain.Mine(block => block.SetSplit(Small, 2, 0, [(Alice, 1)], 3, [(Bob, 1)]), block => block.SetGateway(Small, _gateway.Address, listed: true));
        var node = new TestNode(chain, epochSeconds: 20 * FakeChain.BlockTime);
        await _gateway.SendAsync(node, _gateway.Use(Small, 100, Reference, (Carol, 3), (Bob, 1)), _gateway.Use(Small, 40, default, (Carol, 7)));
        chain.Mine(block => block.Send(Small, Dollar, 51), block => block.Pay(Small, Dollar, 100));
        chain.Mine(block => block.SetSplit(Small, 3, 0, [(Bob, 1)]));
        chain.Mine(block => block.Pay(Small, Dollar, 33), block => block.Send(Small, Dollar, 7));
        while (node.Epoch(1)?.State is null or EpochState.Closed)
        {
            await node.TickAsync();
            chain.Mine();
        }

        return node;
    }
}
