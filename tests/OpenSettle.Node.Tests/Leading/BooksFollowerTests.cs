using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Leading;

/// <summary>What a node knows that only reads the books which another one writes.</summary>
public sealed class BooksFollowerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-follower-").FullName;
    private readonly TestNode _leader = new(EpochStepTests.Paid());
    private readonly NodeState _state;
    private readonly BundleFolder _bundles;
    private readonly MirrorSet _mirrors;
    private readonly BooksFollower _follower;

    public BooksFollowerTests()
    {
        _state = new NodeState(time: _leader.Time);
        _bundles = new BundleFolder(new NodeOptionsPaths(string.Empty, string.Empty, Path.Combine(_folder, "bundles")));
        // Where the leader's bundles are is where this node finds them.
        var mirror = Path.GetDirectoryName(_leader.Bundles.PathOf(Hash32.Zero))!;
        _mirrors = new MirrorSet([MirrorSet.Open(mirror, _leader.Time)], _bundles, _state, NullLogger<MirrorSet>.Instance);
        _follower = new BooksFollower(_leader.Options, _leader.Books, _state, new EpochReplays(_bundles), _bundles, _mirrors, _leader.Time);
    }

    public void Dispose()
    {
        _follower.Dispose();
        _mirrors.Dispose();
        _leader.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Look_WhileTheLeaderSettles_SeesAllThatItKnows()
    {
        await _follower.LookAsync(CancellationToken.None);
        Assert.Equal((0, null, null), (_state.Registry.Count, _state.Posted, _state.Active));
        for (var block = 0; block < 14; block++)
        {
            await _leader.RunAsync(1);
            _leader.Time.Advance(TimeSpan.FromSeconds(10));
            await _follower.LookAsync(CancellationToken.None);
            AssertSame();
            // Of whatever epoch has a bundle, it is here too.
            if (_leader.Epoch(1) is { BundleHash.IsZero: false } epoch) Assert.True(File.Exists(_bundles.PathOf(epoch.BundleHash)), $"block {block}");
        }

        Assert.Equal((1UL, 1UL), (_state.Active?.Epoch, _leader.State.Active?.Epoch));
        Assert.Equal(_leader.State.Active!.Tree!.Root, _state.Active!.Tree!.Root);
        Assert.True(_bundles.IsWhole(_leader.Epoch(1)!.BundleHash, CancellationToken.None));
        Assert.Empty(_state.Alerts.All);
    }

    [Fact]
    public async Task Look_AfterATableWasPublishedElsewhere_HasItAlsoWhileItLeads()
    {
        await _leader.RunAsync(2);
        await _follower.CatchUpAsync(CancellationToken.None);
        var table = new SplitTable(1, [new SplitRow(Alice, 1, "data")]);
        await _leader.Books.WriteAsync(session => { session.Chain.AddTable(table); return 0; }, CancellationToken.None);
        await _follower.LookAsync(CancellationToken.None);
        Assert.NotNull(_state.Tables.Find(new SplitTable(1, []) { Commitment = TableText.Commit(table) }));
    }

    [Fact]
    public async Task Look_OnceItLeads_LeavesTheChainToThePipeline()
    {
        await _leader.RunAsync(2);
        await _follower.CatchUpAsync(CancellationToken.None);
        var posted = _state.Posted;
        Assert.NotNull(posted);
        await _leader.RunAsync(3);
        await _follower.LookAsync(CancellationToken.None);
        Assert.Equal(posted, _state.Posted);
    }

    [Fact]
    public async Task Look_WithoutTheBundle_SaysWhichIsMissingAndShowsItOnceItComes()
    {
        await _leader.RunAsync(12);
        var bundle = _leader.Bundles.PathOf(_leader.Epoch(1)!.BundleHash);
        File.Move(bundle, bundle + ".away");
        await _follower.LookAsync(CancellationToken.None);
        Assert.Null(_state.Active);
        Assert.Contains("no mirror gave it", Assert.Single(_state.Alerts.All).Message, StringComparison.Ordinal);
        File.Move(bundle + ".away", bundle);
        _leader.Time.Advance(TimeSpan.FromSeconds(10));
        await _follower.LookAsync(CancellationToken.None);
        Assert.Equal(1UL, _state.Active?.Epoch);
        Assert.Empty(_state.Alerts.All);
    }

    private void AssertSame()
    {
        Assert.Equal(_leader.State.Posted, _state.Posted);
        Assert.Equal(_leader.State.Registry.Models.Select(model => (model.Id, model.PayAddress, model.Splits.Count())), _state.Registry.Models.Select(model => (model.Id, model.PayAddress, model.Splits.Count())));
        Assert.Equal(_leader.State.Pending.Payments, _state.Pending.Payments);
        Assert.Equal(_leader.State.Chain?.Final, _state.Chain?.Final);
    }
}
