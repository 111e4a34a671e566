using System.Net;
using System.Net.Http.Headers;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Http;

public sealed class BundleEndpointsTests : IAsyncLifetime, IDisposable
{
    private readonly TestNode _node = new(EpochStepTests.Paid());
    private TestApi? _api;

    private HttpClient Http => _api?.Http ?? throw new InvalidOperationException("The server is not started.");

    private Hash32 Hash => _node.Epoch(1)!.BundleHash;

    public static TheoryData<string, string?> Representations => new() { { "text", null }, { "text", "gzip" }, { "file", null }, { "file", "gzip" } };

    public async Task InitializeAsync()
    {
        await _node.RunAsync(5);
        _api = await TestApi.StartAsync(_node);
    }

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [MemberData(nameof(Representations))]
    public async Task Parts_OfAnyPlace_AreThoseOfTheWhole(string kind, string? accept)
    {
        using var answer = await AskAsync(HttpMethod.Get, kind, accept);
        var whole = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(whole.Length, answer.Content.Headers.ContentLength);
        Assert.Equal(["bytes"], answer.Headers.AcceptRanges);
        (long? From, long? To)[] ranges = [(0, 0), (0, whole.Length - 1), (10, 29), (whole.Length - 1, null), (whole.Length / 2, null), (null, 1), (null, whole.Length + 5), (5, whole.Length + 100)];
        foreach (var (from, to) in ranges)
        {
            using var part = await AskAsync(HttpMethod.Get, kind, accept, request => request.Headers.Range = new RangeHeaderValue(from, to));
            var first = from ?? Math.Max(0, whole.Length - to!.Value);
            var last = from is null ? whole.Length - 1 : Math.Min(to ?? whole.Length - 1, whole.Length - 1);
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal(new ContentRangeHeaderValue(first, last, whole.Length), part.Content.Headers.ContentRange);
            Assert.Equal(whole[(int)first..((int)last + 1)], await part.Content.ReadAsByteArrayAsync());
            Assert.Equal(answer.Headers.ETag, part.Headers.ETag);
        }
    }

    [Theory]
    [MemberData(nameof(Representations))]
    public async Task Range_BeyondTheEnd_Is416WithTheLength(string kind, string? accept)
    {
        using var answer = await AskAsync(HttpMethod.Get, kind, accept);
        var length = (await answer.Content.ReadAsByteArrayAsync()).Length;
        using var beyond = await AskAsync(HttpMethod.Get, kind, accept, request => request.Headers.Range = new RangeHeaderValue(length, null));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, new ContentRangeHeaderValue(length)), (beyond.StatusCode, beyond.Content.Headers.ContentRange));
        Assert.Empty(await beyond.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [MemberData(nameof(Representations))]
    public async Task Range_OfAnotherVersion_GivesTheWhole(string kind, string? accept)
    {
        using var answer = await AskAsync(HttpMethod.Get, kind, accept);
        var whole = await answer.Content.ReadAsByteArrayAsync();
        async Task<(HttpStatusCode Status, int Length)> AskIfAsync(string tag)
        {
            using var part = await AskAsync(HttpMethod.Get, kind, accept, request =>
            {
                request.Headers.Range = new RangeHeaderValue(0, 9);
                request.Headers.IfRange = new RangeConditionHeaderValue(tag);
            });
            return (part.StatusCode, (await part.Content.ReadAsByteArrayAsync()).Length);
        }

        Assert.Equal((HttpStatusCode.PartialContent, 10), await AskIfAsync(answer.Headers.ETag!.Tag));
        Assert.Equal((HttpStatusCode.OK, whole.Length), await AskIfAsync("\"another\""));
    }

    [Theory]
    [MemberData(nameof(Representations))]
    public async Task Head_OfABundle_HasTheHeadersOfGetAndNoBody(string kind, string? accept)
    {
        using var get = await AskAsync(HttpMethod.Get, kind, accept);
        using var head = await AskAsync(HttpMethod.Head, kind, accept);
        Assert.Equal((HttpStatusCode.OK, get.Content.Headers.ContentLength, get.Headers.ETag), (head.StatusCode, head.Content.Headers.ContentLength, head.Headers.ETag));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        var cache = head.Headers.CacheControl;
        Assert.Equal((true, TimeSpan.FromDays(365), "immutable"), (cache!.Public, cache.MaxAge, Assert.Single(cache.Extensions).Name));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task File_ByItsName_IsTheFileHoweverItIsAsked(string? accept)
    {
        using var answer = await AskAsync(HttpMethod.Get, "file", accept);
        Assert.Equal(await File.ReadAllBytesAsync(_node.Bundles.PathOf(Hash)), await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(("application/gzip", 0), (answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentEncoding.Count));
        Assert.Empty(answer.Headers.Vary);
    }

    [Fact]
    public async Task Representations_OfOneBundle_HaveTagsOfTheirOwn()
    {
        using var text = await AskAsync(HttpMethod.Head, "text", null);
        using var packed = await AskAsync(HttpMethod.Head, "text", "gzip");
        Assert.Equal($"\"{Hash}\"", text.Headers.ETag?.Tag);
        Assert.NotEqual(text.Headers.ETag, packed.Headers.ETag);
        // The file is written anew: other bytes may be in it.
        File.SetLastWriteTimeUtc(_node.Bundles.PathOf(Hash), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        using var later = await AskAsync(HttpMethod.Head, "text", "gzip");
        Assert.NotEqual(packed.Headers.ETag, later.Headers.ETag);
    }

    [Theory]
    [InlineData("0x1111111111111111111111111111111111111111111111111111111111111111.bundle.gz", HttpStatusCode.NotFound)]
    [InlineData("0x1111111111111111111111111111111111111111111111111111111111111111.bundle", HttpStatusCode.BadRequest)]
    [InlineData(".bundle.gz", HttpStatusCode.BadRequest)]
    public async Task Name_OfNoBundle_IsAProblem(string name, HttpStatusCode status)
    {
        using var answer = await Http.GetAsync(new Uri($"/bundles/{name}", UriKind.Relative));
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Null(answer.Headers.CacheControl);
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string kind, string? accept, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri($"/bundles/{Hash}{(kind == "file" ? ".bundle.gz" : "")}", UriKind.Relative));
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept-Encoding", accept);
        change?.Invoke(request);
        return await Http.SendAsync(request);
    }
}
