using OpenSettle.Storage;
using System.IO.Compression;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Mirrors;

public sealed class MirrorTests : IAsyncLifetime, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-mirror-").FullName;
    private readonly TestNode _node = new(EpochStepTests.Paid());
    private FakeStore? _store;

    private FakeStore Store => _store ?? throw new InvalidOperationException("The store is not started.");

    private Hash32 Bundle => _node.Epoch(1)!.BundleHash;

    private string Name => $"{Bundle}.bundle.gz";

    public async Task InitializeAsync()
    {
        _store = await FakeStore.StartAsync();
        await _node.RunAsync(5);
    }

    public async Task DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
    }

    public void Dispose()
    {
        _node.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Folder_WithoutTheBundle_GetsItAndHasItWhole()
    {
        var keeper = Keeper(new FolderMirror(_folder));
        Assert.Equal(MirrorKeeper.Idle, await keeper.TurnAsync(CancellationToken.None));
        Assert.Equal([Path.Combine(_folder, Name)], Directory.GetFiles(_folder));
        Assert.Equal(await File.ReadAllBytesAsync(_node.Bundles.PathOf(Bundle)), await File.ReadAllBytesAsync(Path.Combine(_folder, Name)));
        Assert.Empty(_node.State.Alerts.All);
    }

    [Fact]
    public async Task Folder_ThatIsNotThere_IsNotMadeAndRaisesAnAlertUntilItIs()
    {
        var mounted = Path.Combine(_folder, "mounted");
        var keeper = Keeper(new FolderMirror(mounted));
        Assert.Equal(MirrorKeeper.Idle, await keeper.TurnAsync(CancellationToken.None));
        Assert.Equal(MirrorKeeper.Idle * 2, await keeper.TurnAsync(CancellationToken.None));
        Assert.False(Directory.Exists(mounted));
        var alert = Assert.Single(_node.State.Alerts.All);
        Assert.Equal($"mirror {mounted}", alert.Name);
        Assert.Contains("1 bundles are not there", alert.Message, StringComparison.Ordinal);
        Assert.Contains("the folder is not there", alert.Message, StringComparison.Ordinal);

        Directory.CreateDirectory(mounted);
        Assert.Equal(MirrorKeeper.Idle, await keeper.TurnAsync(CancellationToken.None));
        Assert.True(File.Exists(Path.Combine(mounted, Name)));
        Assert.Empty(_node.State.Alerts.All);
    }

    [Fact]
    public async Task BackOff_OfAMirrorThatStaysAway_GrowsToTenMinutes()
    {
        var keeper = Keeper(new FolderMirror(Path.Combine(_folder, "away")));
        var waits = new List<double>();
        for (var i = 0; i < 9; i++) waits.Add((await keeper.TurnAsync(CancellationToken.None)).TotalSeconds);
        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 600, 600], waits);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Folder_WithAnotherFileOfThatName_GetsTheBundleUnlessItIsTheSame(bool same)
    {
        var path = Path.Combine(_folder, Name);
        byte[] other;
        using (var packed = new MemoryStream())
        {
            await using (var gzip = new GZipStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
            await using (var text = same ? _node.Bundles.Open(Bundle) : new MemoryStream([1, 2, 3])) await text.CopyToAsync(gzip);
            other = packed.ToArray();
        }

        await File.WriteAllBytesAsync(path, other);
        await Keeper(new FolderMirror(_folder)).TurnAsync(CancellationToken.None);
        Assert.Equal(same ? other : await File.ReadAllBytesAsync(_node.Bundles.PathOf(Bundle)), await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task Bundle_ThatVanishesFromAMirror_IsBroughtBackAtTheNextLook()
    {
        var keeper = Keeper(new FolderMirror(_folder));
        await keeper.TurnAsync(CancellationToken.None);
        File.Delete(Path.Combine(_folder, Name));
        await keeper.TurnAsync(CancellationToken.None);
        Assert.Empty(Directory.GetFiles(_folder));
        _node.Time.Advance(TimeSpan.FromHours(1));
        await keeper.TurnAsync(CancellationToken.None);
        Assert.True(File.Exists(Path.Combine(_folder, Name)));
    }

    [Fact]
    public async Task Store_ByHttp_GetsTheBundleOnceUnderItsNameAndWithItsPassword()
    {
        var address = new UriBuilder(Store.Address) { UserName = "ada", Password = "5ec2e7%20word", Path = "/bundles/", Query = "sig=c0ffee" }.Uri;
        using var mirror = new HttpMirror(address, TimeProvider.System);
        Assert.Equal($"{Store.Address.GetLeftPart(UriPartial.Authority)}/bundles", mirror.Name);
        var keeper = Keeper(mirror);
        await keeper.TurnAsync(CancellationToken.None);
        await keeper.TurnAsync(CancellationToken.None);
        Assert.Equal(await File.ReadAllBytesAsync(_node.Bundles.PathOf(Bundle)), Store.Files[$"/bundles/{Name}"]);
        // Basic, of "ada:5ec2e7 word".
        Assert.Equal(
            [.. new[] { "HEAD", "PUT", "HEAD" }.Select(method => (method, $"/bundles/{Name}?sig=c0ffee", (string?)"Basic YWRhOjVlYzJlNyB3b3Jk"))], Store.Requests);
        Assert.Empty(_node.State.Alerts.All);
    }

    [Fact]
    public async Task Store_ThatRefuses_RaisesAnAlertWithoutItsSecrets()
    {
        var address = new UriBuilder(Store.Address) { UserName = "ada", Password = "5ec2e7word", Path = "/bundles", Query = "sig=c0ffeec0ffee" }.Uri;
        using var mirror = new HttpMirror(address, TimeProvider.System);
        Store.Refuses = method => method == "PUT" ? HttpStatusCode.Forbidden : null;
        await Keeper(mirror).TurnAsync(CancellationToken.None);
        var alert = Assert.Single(_node.State.Alerts.All);
        Assert.Contains("answers 403 to PUT", alert.Message, StringComparison.Ordinal);
        Assert.All(["5ec2e7", "c0ffee", "ada"], secret => Assert.DoesNotContain(secret, $"{alert}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Store_ThatKeepsLessThanItTook_IsNotBelieved()
    {
        using var mirror = new HttpMirror(Store.Address, TimeProvider.System);
        Store.OnPut = bytes => bytes[..^1];
        var keeper = Keeper(mirror);
        await keeper.TurnAsync(CancellationToken.None);
        Assert.Contains("it took the bundle of epoch 1", Assert.Single(_node.State.Alerts.All).Message, StringComparison.Ordinal);
        Store.OnPut = bytes => bytes;
        await keeper.TurnAsync(CancellationToken.None);
        Assert.Empty(_node.State.Alerts.All);
    }

    [Fact]
    public async Task Store_ThatForgetsAtOnce_IsNotBelieved()
    {
        using var mirror = new HttpMirror(Store.Address, TimeProvider.System);
        Store.OnPut = _ => null;
        await Keeper(mirror).TurnAsync(CancellationToken.None);
        Assert.Contains("and has nothing", Assert.Single(_node.State.Alerts.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_ThatHangs_IsLeftAfterAMinute()
    {
        Store.Hangs = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var time = new TimerTime();
        using var mirror = new HttpMirror(Store.Address, time);
        var turn = Keeper(mirror).TurnAsync(CancellationToken.None);
        await time.FireAsync();
        await turn;
        Assert.Contains("does not answer in 60 s", Assert.Single(_node.State.Alerts.All).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_OfAStoreThatHangs_StopsAndKeepsTheOtherMirror()
    {
        Store.Hangs = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hanging = new HttpMirror(Store.Address, TimeProvider.System);
        using var set = Set(hanging, new FolderMirror(_folder));
        using var worker = new MirrorWorker(set, _node.Books, _node.Bundles, _node.State, TimeProvider.System, Leadership.Alone(TimeProvider.System), NullLogger<MirrorWorker>.Instance);
        await worker.StartAsync(CancellationToken.None);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!File.Exists(Path.Combine(_folder, Name))) await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
        await worker.StopAsync(limit.Token);
        Assert.True(worker.ExecuteTask!.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("cut")]
    [InlineData("changed")]
    public async Task Bundle_ThatIsNotWholeHere_ComesBackFromAMirrorThatHasIt(string how)
    {
        await Keeper(new FolderMirror(_folder)).TurnAsync(CancellationToken.None);
        var whole = await File.ReadAllBytesAsync(_node.Bundles.PathOf(Bundle));
        await DamageAsync(how);
        // The first one has something else under that name.
        var liar = Directory.CreateDirectory(Path.Combine(_folder, "liar"));
        await File.WriteAllBytesAsync(Path.Combine(liar.FullName, Name), [1, 2, 3]);
        using var set = Set(new FolderMirror(Path.Combine(_folder, "nowhere")), new FolderMirror(liar.FullName), new FolderMirror(_folder));
        await set.RestoreLastAsync(_node.Books, CancellationToken.None);
        Assert.Equal(whole, await File.ReadAllBytesAsync(_node.Bundles.PathOf(Bundle)));
        Assert.Equal(_node.Epoch(1)!.Root, _node.Bundles.Read(Bundle).Root);
        Assert.Equal([_node.Bundles.PathOf(Bundle)], Directory.GetFiles(NodeOptionsPaths.In(_node.Options.DataDir).Bundles));
    }

    [Fact]
    public async Task Bundle_ThatNoMirrorHas_RaisesAnAlertAndTouchesNothing()
    {
        await DamageAsync("cut");
        var cut = await File.ReadAllBytesAsync(_node.Bundles.PathOf(Bundle));
        using var http = new HttpMirror(Store.Address, TimeProvider.System);
        using var set = Set(new FolderMirror(_folder), http);
        Assert.False(await set.TryRestoreAsync(Bundle, CancellationToken.None));
        var alert = Assert.Single(_node.State.Alerts.All);
        Assert.Equal($"bundle {Bundle}", alert.Name);
        Assert.Contains("it does not have it", alert.Message, StringComparison.Ordinal);
        Assert.Equal(cut, await File.ReadAllBytesAsync(_node.Bundles.PathOf(Bundle)));
        Assert.Throws<SettlementHaltedException>(() => _node.Bundles.Read(Bundle));
    }

    [Fact]
    public async Task Bundle_ByHttpFromAnotherNode_IsBroughtBack()
    {
        var whole = await File.ReadAllBytesAsync(_node.Bundles.PathOf(Bundle));
        await using var api = await TestApi.StartAsync(_node);
        using var other = new TestNode(EpochStepTests.Paid());
        using var mirror = new HttpMirror(new Uri(api.Http.BaseAddress!, "bundles"), TimeProvider.System);
        using var set = new MirrorSet([mirror], other.Bundles, other.State, NullLogger<MirrorSet>.Instance);
        Assert.True(await set.TryRestoreAsync(Bundle, CancellationToken.None));
        Assert.Equal(whole, await File.ReadAllBytesAsync(other.Bundles.PathOf(Bundle)));
    }

    [Fact]
    public async Task Mirrors_OfDamagedBundles_GetNothingAndTheAlertSaysIt()
    {
        await DamageAsync("changed");
        await Keeper(new FolderMirror(_folder)).TurnAsync(CancellationToken.None);
        Assert.Empty(Directory.GetFiles(_folder));
        Assert.Equal([$"bundle {Bundle}", $"mirror {_folder}"], _node.State.Alerts.All.Select(alert => alert.Name));
    }

    [Fact]
    public async Task Epoch_ThatIsClosedAndNotBuilt_HasNoBundleToKeep()
    {
        var built = _node.Epoch(1)!;
        await _node.Books.WriteAsync(
            session => session.Epochs.Add(built with { Number = 2, State = OpenSettle.Storage.EpochState.Closed, Root = Hash32.Zero, BundleHash = Hash32.Zero }), CancellationToken.None);
        await Keeper(new FolderMirror(_folder)).TurnAsync(CancellationToken.None);
        Assert.Equal([Path.Combine(_folder, Name)], Directory.GetFiles(_folder));
        using var set = Set(new FolderMirror(_folder));
        File.Delete(_node.Bundles.PathOf(Bundle));
        await set.RestoreLastAsync(_node.Books, CancellationToken.None);
        Assert.True(File.Exists(_node.Bundles.PathOf(Bundle)));
        Assert.Empty(_node.State.Alerts.All);
    }

    private async Task DamageAsync(string how)
    {
        var path = _node.Bundles.PathOf(Bundle);
        var bytes = await File.ReadAllBytesAsync(path);
        switch (how)
        {
            case "gone":
                File.Delete(path);
                break;
            case "cut":
                await File.WriteAllBytesAsync(path, bytes[..^20]);
                break;
            default:
                bytes[bytes.Length / 2] ^= 1;
                await File.WriteAllBytesAsync(path, bytes);
                break;
        }
    }

    private MirrorSet Set(params IReadOnlyList<IBundleMirror> mirrors) => new(mirrors, _node.Bundles, _node.State, NullLogger<MirrorSet>.Instance);

    private MirrorKeeper Keeper(IBundleMirror mirror) =>
        new(mirror, $"mirror {mirror.Name}", Set(mirror), _node.Books, _node.Bundles, _node.State, _node.Time, NullLogger.Instance);

    /// <summary>Timers run out when a test says so.</summary>
    private sealed class TimerTime : TimeProvider
    {
        private readonly TaskCompletionSource<Action> _made = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task FireAsync() => (await _made.Task)();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _made.TrySetResult(() => callback(state));
            return new Timer();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
