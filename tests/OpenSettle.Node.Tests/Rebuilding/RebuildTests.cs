using OpenSettle.Epochs;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Rebuilding;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Verification;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;
using static OpenSettle.Node.Tests.Support.World;
using SplitRow = OpenSettle.Registry.SplitRow;
using SplitTable = OpenSettle.Registry.SplitTable;

namespace OpenSettle.Node.Tests.Rebuilding;

public sealed class RebuildTests : IDisposable
{
    private static readonly TestModel Small = Model("small");

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-rebuild-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Books_OfAllThatCanHappen_AreRebuiltToTheSameDigest()
    {
        var (chain, node) = await SettledAsync();
        using (node)
        {
            var before = BooksDigest.Of(node.Books);
            var rebuilt = await RebuildAsync(chain, node.Options.DataDir + "/bundles");
            using var books = SqliteBooks.Open(Path.Combine(_folder, "books.sqlite"), World.Deployment);
            var after = BooksDigest.Of(books);
            Assert.Equal(before.Parts, after.Parts);
            Assert.Equal((before.All, rebuilt.Digest), (after.All, rebuilt.Digest));
            Assert.Null(books.Read(session => session.Ledger.CheckAgainstEntries()));
            Assert.Null(books.Read(PassportFill.AttestationsFrom));
            Assert.True(before.Parts.Where(part => part.Part is not "revoked").All(part => part.Rows > 0), string.Join(", ", before.Parts.Where(part => part.Rows == 0).Select(part => part.Part)));
        }
    }

    [Fact]
    public async Task Rebuild_EndedAtAnyRange_GoesOnToTheSameBooks()
    {
        var (chain, node) = await SettledAsync();
        using (node)
        {
            var calls = 0;
            for (var at = 3;; at += 7)
            {
                var left = at;
                chain.OnCall = (_, _) =>
                {
                    if (left-- == 0) throw new OperationCanceledException("ended");
                };
                try
                {
                    await RebuildAsync(chain, node.Options.DataDir + "/bundles", blocksAtOnce: 5);
                    break;
                }
                catch (OperationCanceledException)
                {
                    calls++;
                }
            }

            chain.OnCall = (_, _) => { };
            Assert.True(calls > 3, $"It was ended {calls} times.");
            using var books = SqliteBooks.Open(Path.Combine(_folder, "books.sqlite"), World.Deployment);
            Assert.Equal(BooksDigest.Of(node.Books).Parts, BooksDigest.Of(books).Parts);
        }
    }

    [Fact]
    public async Task Bundle_Missing_IsNamedAndBroughtLater()
    {
        var (chain, node) = await SettledAsync();
        using (node)
        {
            var path = node.Bundles.PathOf(node.Epoch(1)!.BundleHash);
            File.Move(path, path + ".away");
            var e = await Assert.ThrowsAsync<RebuildException>(() => RebuildAsync(chain, node.Options.DataDir + "/bundles"));
            Assert.Contains($"bundle {node.Epoch(1)!.BundleHash} of epoch 1", e.Message, StringComparison.Ordinal);
            Assert.Contains("--bundles", e.Message, StringComparison.Ordinal);
            File.Move(path + ".away", path);
            await RebuildAsync(chain, node.Options.DataDir + "/bundles");
            Assert.True(File.Exists(Path.Combine(_folder, "books.sqlite")));
        }
    }

    [Fact]
    public async Task Epoch_ThatDoesNotFollowFromTheChain_IsNotTakenIn()
    {
        var (chain, node) = await SettledAsync();
        using (node)
        {
            // The attestors of this chain signed an epoch that gives Alice what is Bob's.
            chain.Mine(block => block.Pay(Small, Dollar, 100));
            await node.RunAsync(3);
            var lying = new BundleFolder(NodeOptionsPaths.In(_folder));
            var before = node.Epoch(node.Books.Read(session => session.Epochs.LatestActive()!.Number))!;
            var forged = Forged(node, before, lying);
            chain.TakesFromPool = false;
            chain.DropPool();
            chain.Mine(block => block.ProposeSigned(forged));
            chain.MineEmpty(10);
            chain.Mine(block => block.Activate());
            chain.MineEmpty(4);
            Assert.Equal(forged.Epoch, chain.State.Epoch);
            var e = await Assert.ThrowsAsync<SettlementHaltedException>(() => RebuildAsync(chain, node.Options.DataDir + "/bundles"));
            Assert.Contains($"Epoch {forged.Epoch} is active, and its bundle is not what follows from the chain", e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Several epochs, with a pool's table published late, a veto, claims, pushes that are paid, refused and taken, a pause.</summary>
    private static async Task<(FakeChain Chain, TestNode Node)> SettledAsync()
    {
        var chain = EpochStepTests.Paid();
        var node = new TestNode(chain, pushAbove: 60, eas: World.Eas);
        await node.RunAsync(15);
        chain.Mine(block => block.Claim(new CumulativeLeaf(Small.Creator, Dollar, 25)), block => block.SetRecipient(Bob, Alice));
        var uid = default(Primitives.Hash32);
        chain.Mine(
            block => block.SetStatus(Small, Ethereum.Contracts.ModelStatus.Deprecated), block => block.SetEvaluator(Carol, registered: true), block => block.AttestRecord(1, Small),
            block => uid = block.Attest(Small.Creator, new OpenSettle.Passports.LineageStatement(Small.ModelId, [], 1)));
        chain.Mine(block => block.Revoke(uid));
        chain.Mine(block => block.Pay(Small, Dollar, 200), block => block.Send(Small, Dollar, 33), block => block.Refuse(Alice));
        await node.RunAsync(6);
        while (node.Epoch(2)?.State != EpochState.Proposed)
        {
            await node.TickAsync();
            chain.Mine();
        }

        chain.Mine(block => block.Veto());
        await node.TickAsync();
        new Resume(2, 0, true).Leave(node.Options.DataDir);
        var hidden = new SplitTable(2, [new SplitRow(Bob, 1, "data")]);
        chain.Mine(block => block.CommitSplit(Small, 2, 0, TableText.Commit(hidden)));
        await node.RunAsync(3);
        while (node.Epoch(2)?.State != EpochState.Proposed)
        {
            await node.TickAsync();
            chain.Mine();
        }

        chain.Mine(block => block.Pause(20));
        await node.RunAsync(15);
        var refused = node.Books.Read(session => session.Pushes.Refused(1)).Single();
        chain.Mine(block => block.TakePush(refused.Epoch, refused.Index, refused.Account, Bob, refused.Amount), block => block.Allow(Alice));
        chain.Mine(block => block.Pay(Small, Dollar, 300));
        node.State.AddTable(hidden);
        await node.Books.WriteAsync(session => session.Chain.AddTable(hidden), CancellationToken.None);
        await node.RunAsync(20);
        await node.WatchAsync();
        Assert.Equal((3UL, EpochState.Pushed), (chain.State.Epoch, node.Epoch(3)!.State));
        return (chain, node);
    }

    private static Ethereum.Contracts.Proposal Forged(TestNode node, SettledEpoch before, BundleFolder folder)
    {
        var books = node.Bundles.Read(before.BundleHash).After;
        var resolver = new TermsResolver(node.State.Registry, node.State.Tables);
        var payments = node.Books.Read(session => session.Payments.Undivided(long.MaxValue)).Select(payment => new DividedPayment(payment, resolver.Resolve(payment.Payment.Model, payment.Payment.Block))).ToList();
        var terms = resolver.All.Select(item => item with { Split = new SplitTable(item.Split.Version, [new SplitRow(Alice, 1, "data")]) }).ToList();
        var cursor = node.Books.Read(session => session.Chain.Cursor())!;
        var result = EpochBuilder.Build(new EpochInput(
            before.Number + 1, before.LastBlock + 1, cursor.Block, before.LastBlockHash, cursor.Hash, before.Root, books, node.Books.Read(session => session.Chain.ListedTokens()), terms,
            payments.Select(payment => payment with { Terms = terms[payment.Terms.Id], Settled = payment.Settled }).Select(payment => payment with { Terms = terms[0] }), EpochUsage.None, []));
        var bundle = Bundle.Of(World.Deployment, result, before.BundleHash);
        return new Ethereum.Contracts.Proposal(
            bundle.Number, 0, 1, bundle.PreviousRoot, bundle.Root, bundle.PushRoot, bundle.RecordRoot, folder.Write(bundle), bundle.LastBlock, bundle.LastBlockHash,
            [.. result.Changed.Select(total => new Ethereum.Contracts.TokenTotal(total.Token, total.Total))], [], "https://bundles.example/forged");
    }

    private async Task<RebuildReport> RebuildAsync(FakeChain chain, string bundles, ulong blocksAtOnce = 500)
    {
        using var http = Place.NewClient(TimeProvider.System);
        var time = new ManualTime();
        var options = TestNode.MakeOptions(_folder, blocksAtOnce, eas: World.Eas);
        var rebuild = new NodeRebuild(
            options, new VerificationChain(chain, chain, new AgreedRanges(() => [chain, chain])), new BundleSource([Place.Parse(bundles, http, time)], http, time), Provider, time);
        return await rebuild.RunAsync(NodeOptionsPaths.In(_folder), DataPaths.In(_folder, Path.Combine(_folder, "archive")), null, _ => { }, CancellationToken.None);
    }
}
