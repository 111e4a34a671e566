using System.Net;
using System.Text.Json;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

/// <summary>Documents by their hash, and passports in others' forms.</summary>
public sealed class DocumentEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly TestModel Small = Model("small");
    private static readonly byte[] Document = new ModelDocument { Name = "Contracts 7B", License = new ModelLicense("mit", null, null) }.ToBytes();
    private static readonly Hash32 Hash = Keccak256.Hash(Document);

    private readonly FakeChain _chain = new();
    private readonly TestNode _node;
    private TestApi? _api;

    public DocumentEndpointsTests()
    {
        _chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small));
        _node = new TestNode(_chain);
    }

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    public async Task InitializeAsync() => _api = await TestApi.StartAsync(_node);

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Document_ThatAModelNames_IsTakenOnceAndShownInItsPassport()
    {
        await _node.WatchAsync();
        using (var early = await PutAsync(Hash, Document)) await TestApi.AssertProblemAsync(early, HttpStatusCode.NotFound, "final block");
        _chain.Mine(block => block.SetMetadata(Small, Hash, "https://example.org/m"));
        _chain.MineEmpty(3);
        await _node.WatchAsync();
        Assert.False((await PassportAsync()).GetProperty("metadata").TryGetProperty("document", out _));
        await Api.AssertProblemAsync($"/api/v1/documents/{Hash}", HttpStatusCode.NotFound, "opensettle model publish");
        using (var first = await PutAsync(Hash, Document)) Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        using (var again = await PutAsync(Hash, Document)) Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        using var got = await Api.Http.GetAsync(new Uri($"/api/v1/documents/{Hash}", UriKind.Relative));
        Assert.Equal(Document, await got.Content.ReadAsByteArrayAsync());
        Assert.Equal("nosniff", got.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("immutable", got.Headers.GetValues("Cache-Control").Single(), StringComparison.Ordinal);
        var metadata = (await PassportAsync()).GetProperty("metadata");
        Assert.Equal(("Contracts 7B", "selfReported"), (metadata.GetProperty("document").GetProperty("name").GetString(), metadata.GetProperty("level").GetString()));
    }

    [Fact]
    public async Task Document_ThatIsAnotherOrNoneOrTooLarge_IsRefused()
    {
        var none = "[1]"u8.ToArray();
        _chain.Mine(block => block.SetMetadata(Small, Hash, ""));
        _chain.Mine(block => block.SetMetadata(Small, Keccak256.Hash(none), ""));
        _chain.MineEmpty(3);
        await _node.WatchAsync();
        using (var other = await PutAsync(Hash, [.. Document, (byte)' '])) await TestApi.AssertProblemAsync(other, HttpStatusCode.BadRequest, "byte for byte");
        using (var list = await PutAsync(Keccak256.Hash(none), none)) await TestApi.AssertProblemAsync(list, HttpStatusCode.BadRequest, "docs/passport.md");
        using (var large = await PutAsync(Hash, new byte[ModelDocument.MostBytes + 1])) await TestApi.AssertProblemAsync(large, HttpStatusCode.RequestEntityTooLarge, "at most");
        using (var bad = await Api.Http.PutAsync(new Uri("/api/v1/documents/0x12", UriKind.Relative), new ByteArrayContent(Document))) await TestApi.AssertProblemAsync(bad, HttpStatusCode.BadRequest, "64 hexadecimal");
        await Api.AssertProblemAsync($"/api/v1/documents/{Hash}", HttpStatusCode.NotFound, "publish");
    }

    [Fact]
    public async Task Export_InEachForm_IsThePassportsAndNamesWhatItLeavesOut()
    {
        _chain.MineEmpty(3);
        await _node.WatchAsync();
        var file = PassportJson.Read(await Api.Http.GetByteArrayAsync(new Uri($"/api/v1/models/{Small.Id}/passport", UriKind.Relative)));
        foreach (var format in PassportExports.Formats)
        {
            using var answer = await Api.Http.GetAsync(new Uri($"/api/v1/models/{Small.Id}/export?format={format}", UriKind.Relative));
            var expected = PassportExports.Write(file, format);
            Assert.Equal(expected.Content, await answer.Content.ReadAsByteArrayAsync());
            Assert.Equal(expected.Omitted, JsonSerializer.Deserialize<string[]>(answer.Headers.GetValues("OpenSettle-Omitted").Single()));
            Assert.Equal("attachment", answer.Content.Headers.ContentDisposition?.DispositionType);
        }

        var eas = await Api.GetAsync($"/api/v1/models/{Small.Id}/export?format=eas");
        Assert.Equal(("opensettle-attestations/1", 0), (eas.GetProperty("format").GetString(), eas.GetProperty("onChain").GetArrayLength()));
        await Api.AssertProblemAsync($"/api/v1/models/{Small.Id}/export", HttpStatusCode.BadRequest, "cyclonedx-1.6");
        await Api.AssertProblemAsync($"/api/v1/models/{Small.Id}/export?format=pdf", HttpStatusCode.BadRequest, "cyclonedx-1.6");
        await Api.AssertProblemAsync($"/api/v1/models/{Small.Id}/export?format=eas&block=1", HttpStatusCode.BadRequest, "as they are now");
        await Api.AssertProblemAsync($"/api/v1/models/{Hash}/export?format=csv", HttpStatusCode.NotFound, "/api/v1/models");
    }

    private Task<JsonElement> PassportAsync() => Api.GetAsync($"/api/v1/models/{Small.Id}/passport");

    private Task<HttpResponseMessage> PutAsync(Hash32 hash, byte[] text) => Api.Http.PutAsync(new Uri($"/api/v1/documents/{hash}", UriKind.Relative), new ByteArrayContent(text));
}
