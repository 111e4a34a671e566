using System.IO.Compression;
using System.Net;
using System.Text;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Verify;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Verification;

/// <summary>The gateway's signature decides, whatever a place gives.</summary>
public sealed class BatchSourceTests : IDisposable
{
    private const string OnChain = "https://node.example/settle/bundles/0x12";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opensettle-pull-");
    private readonly StubWeb _web = new();
    private readonly BatchSigner _signer = new(Provider.SignerFromPrivateKey(Keccak256.HashText("gateway")), ChainId, World.Registry);

    private Address Gateway => _signer.Gateway;

    public void Dispose()
    {
        _web.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Batch_OfTheNodeThatPublishedTheBundle_IsTaken()
    {
        _web.Serve($"https://node.example/settle/api/v1/batches/{Gateway}/1", await BatchAsync(3));
        var (batch, why) = await FetchAsync([], OnChain);
        Assert.Equal((string.Empty, 3), (why, batch!.Batch.Events.Count));
    }

    [Fact]
    public async Task Batch_WithAPlaceGiven_IsAskedForThereAlone()
    {
        var (batch, why) = await FetchAsync(["https://one.example"], OnChain);
        Assert.Null(batch);
        Assert.Equal("https://one.example: it does not have it", why);
        Assert.Equal([$"https://one.example/api/v1/batches/{Gateway}/1"], _web.Asked);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Batch_InAFolder_IsTakenCompressedOrNot(bool packed)
    {
        var folder = _folder.CreateSubdirectory(Gateway.ToString());
        var bytes = await BatchAsync(2);
        if (packed)
        {
            using var gzip = new GZipStream(File.Create(Path.Combine(folder.FullName, "1.gz")), CompressionLevel.Fastest);
            gzip.Write(bytes);
        }
        else
        {
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "1"), bytes);
        }

        Assert.NotNull((await FetchAsync([_folder.FullName], OnChain)).Batch);
    }

    [Fact]
    public async Task Batch_OfADishonestPlace_IsTakenFromTheNext()
    {
        var bytes = await BatchAsync(2);
        _web.Serve($"https://one.example/api/v1/batches/{Gateway}/1", Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("\"ok\",1,", "\"ok\",9,", StringComparison.Ordinal)));
        _web.Answer($"https://two.example/api/v1/batches/{Gateway}/1", HttpStatusCode.Gone);
        _web.Serve($"https://three.example/api/v1/batches/{Gateway}/1", bytes);
        Assert.NotNull((await FetchAsync(["https://one.example", "https://two.example", "https://three.example"], OnChain)).Batch);

        var (_, why) = await FetchAsync(["https://one.example", "https://two.example"], OnChain);
        Assert.Contains("https://one.example: its events give root 0x", why, StringComparison.Ordinal);
        Assert.EndsWith("; https://two.example: it answers 410", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///tmp/x")]
    [InlineData("")]
    public async Task Batch_WhereNoNodeIsNamed_HasNoPlaceToBeAskedFor(string address) =>
        Assert.Equal((null, "there was no place to ask"), await FetchAsync([], address));

    [Fact]
    public async Task Feed_OfManyBatches_GivesThemInTheBundlesOrder()
    {
        var named = await ServeAsync(40);
        ulong counted = 0;
        var feed = Feed(named, events => counted += events, CancellationToken.None);
        Assert.Equal(named.Select(batch => (batch.Number, batch.Root)), feed.Select(batch => (batch.Number, batch.Root())));
        Assert.Equal(80UL, counted);
    }

    [Fact]
    public async Task Feed_WithAMissingBatch_NamesIt()
    {
        var named = await ServeAsync(20);
        _web.Answer($"https://node.example/settle/api/v1/batches/{Gateway}/13", HttpStatusCode.NotFound);
        var missing = Assert.Throws<UsageMissingException>(() => Feed(named, _ => { }, CancellationToken.None).Count());
        Assert.Equal($"batch 13 of gateway {Gateway.ToChecksumString()} cannot be had: https://node.example/settle: it does not have it", missing.Message);
    }

    [Fact]
    public async Task Feed_ThatIsCancelled_EndsWithoutGivingMore()
    {
        var named = await ServeAsync(20);
        using var stop = new CancellationTokenSource();
        var given = 0;
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var _ in Feed(named, _ => { }, stop.Token))
            {
                given++;
                stop.Cancel();
            }
        });
        Assert.Equal(1, given);
    }

    private UsageFeed Feed(IReadOnlyList<BatchRoot> named, Action<ulong> taken, CancellationToken cancellation)
    {
        var source = Source([]);
        return new UsageFeed(source, source.PlacesFor(OnChain), named, taken, cancellation);
    }

    private async Task<List<BatchRoot>> ServeAsync(int batches)
    {
        var named = new List<BatchRoot>();
        for (ulong number = 1; number <= (ulong)batches; number++)
        {
            var bytes = await BatchAsync(2, number);
            _web.Serve($"https://node.example/settle/api/v1/batches/{Gateway}/{number}", bytes);
            var (batch, _) = BatchFile.Read(bytes, ChainId, World.Registry, (Gateway, number), Provider.Recover);
            named.Add(new BatchRoot(Gateway, number, batch!.Signed.Statement.Root, 2));
        }

        return named;
    }

    private BatchSource Source(IReadOnlyList<string> places) =>
        new([.. places.Select(place => _web.PlaceAt(place))], Deployment, Provider.Recover, _web.Client, new ManualTime());

    private Task<(PulledBatch? Batch, string Why)> FetchAsync(IReadOnlyList<string> places, string onChain)
    {
        var source = Source(places);
        return source.FetchAsync(source.PlacesFor(onChain), Gateway, 1, CancellationToken.None);
    }

    private async Task<byte[]> BatchAsync(int events, ulong number = 1)
    {
        var made = Enumerable.Range(0, events).Select(i => new BatchedEvent(
            Keccak256.HashText($"event {number} {i}"), default, new ModelId(Keccak256.HashText("model")), "text", "ok", (ulong)i + 1, 1_795_176_000, default, default, [])).ToArray();
        var signed = await _signer.SignAsync(made, CancellationToken.None);
        _signer.Taken(signed);
        return [.. BatchFile.Head(ChainId, World.Registry, signed), .. made.SelectMany(e => e.ToText().Append((byte)'\n'))];
    }
}
