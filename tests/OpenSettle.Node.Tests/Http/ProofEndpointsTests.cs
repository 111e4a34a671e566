using System.Net;
using System.Text;
using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class ProofEndpointsTests
{
    private static readonly TestModel Small = Model("small");

    private readonly TestGateway _gateway = new("eu");

    [Fact]
    public async Task Proof_OfASignedEvent_LeadsFromItsLineToItsGateway()
    {
        using var node = new TestNode(new FakeChain());
        var events = Enumerable.Range(0, 5).Select(_ => _gateway.Use(Small)).ToArray();
        await _gateway.SendAsync(node, _gateway.Use(Small));
        var signed = await _gateway.SendAsync(node, events);
        await using var api = await TestApi.StartAsync(node);
        for (var i = 0; i < events.Length; i++)
        {
            var answer = await api.GetAsync(PathOf(events[i].Source, events[i].Id));
            Assert.Equal((true, 2L + i, i), (answer.GetProperty("signed").GetBoolean(), answer.GetProperty("position").GetInt64(), answer.GetProperty("proof").GetProperty("index").GetInt32()));
            // All of it is checked from the answer alone.
            var line = Encoding.UTF8.GetBytes(Text(answer, "line"));
            Assert.Equal(events[i].ToBatched().Id, BatchedEvent.Parse(line).Id);
            var (proof, batch) = (answer.GetProperty("proof"), answer.GetProperty("proof").GetProperty("batch"));
            Assert.Equal(Text(proof, "leaf"), BatchTree.LeafOf(line).ToString());
            Assert.True(BatchTree.Verify(line, [.. proof.GetProperty("path").EnumerateArray().Select(node => Hash32.Parse(node.GetString()!))], Word(batch, "root")));
            var statement = new BatchStatement(
                Address.Parse(Text(batch, "gateway")), batch.GetProperty("number").GetUInt64(), Word(batch, "root"), batch.GetProperty("count").GetUInt64(),
                batch.GetProperty("firstTime").GetUInt64(), batch.GetProperty("lastTime").GetUInt64(), Word(batch, "previous"));
            Assert.Equal(signed.Statement, statement);
            var digest = UsageBatchTypedData.Of(batch.GetProperty("chainId").GetUInt64(), Address.Parse(Text(batch, "registry")), statement).Digest();
            Assert.Equal((digest, (Address?)_gateway.Address), (Word(batch, "digest"), Provider.Recover(digest, Signature(batch))));
            Assert.Equal((6L, node.Usage.Sealed.Chain), (answer.GetProperty("seal").GetProperty("position").GetInt64(), Word(answer.GetProperty("seal"), "chain")));
        }
    }

    [Theory]
    [InlineData("urn:gateway:eu-1", "chatcmpl-123")]
    [InlineData("https://gw.example/eu/1?a=b", "a/b")]
    [InlineData("//x/../y/", "proof")]
    [InlineData("100% für 合同", "a%2Fb +c")]
    [InlineData("/", "%")]
    public async Task Proof_OfASourceAndIdOfAnyCharacters_IsFound(string source, string id)
    {
        using var node = new TestNode(new FakeChain());
        await _gateway.SendAsync(node, _gateway.Use(Small) with { Source = source, Id = id });
        await using var api = await TestApi.StartAsync(node);
        var answer = await api.GetAsync(PathOf(source, id));
        Assert.Equal((source, id, true), (Text(answer, "source"), Text(answer, "id"), answer.GetProperty("signed").GetBoolean()));
    }

    [Fact]
    public async Task Proof_OfASourceWhoseSlashesStand_IsFoundToo()
    {
        using var node = new TestNode(new FakeChain());
        await _gateway.SendAsync(node, _gateway.Use(Small) with { Source = "https://gw.example/eu", Id = "1" });
        await using var api = await TestApi.StartAsync(node);
        Assert.Equal("1", Text(await api.GetAsync("/api/v1/events/https://gw.example/eu/1/proof?x=/proof"), "id"));
    }

    [Fact]
    public async Task Proof_OfAnUnsignedEvent_SaysThatThereIsNone()
    {
        using var node = new TestNode(new FakeChain());
        var e = _gateway.Use(Small);
        await TestGateway.SendUnsignedAsync(node, e);
        await using var api = await TestApi.StartAsync(node);
        var answer = await api.GetAsync(PathOf(e.Source, e.Id));
        Assert.False(answer.GetProperty("signed").GetBoolean());
        Assert.Contains("no signed batch", Text(answer, "reason"), StringComparison.Ordinal);
        Assert.Equal((Encoding.UTF8.GetString(e.ToBatched().ToText()), 1L), (Text(answer, "line"), answer.GetProperty("position").GetInt64()));
        Assert.False(answer.TryGetProperty("proof", out _));
        Assert.False(answer.TryGetProperty("held", out _));
    }

    [Fact]
    public async Task Proof_OfAnEventThatWaits_SaysWhy()
    {
        using var node = new TestNode(new FakeChain());
        var e = _gateway.Use(Small);
        var (bodies, events) = TestGateway.Encode([e], Hold.UnlistedGateway);
        await node.Usage.AppendAsync(new UsageAppend(1, bodies, events));
        await using var api = await TestApi.StartAsync(node);
        Assert.Equal("unlistedGateway", Text(await api.GetAsync(PathOf(e.Source, e.Id)), "held"));
    }

    [Theory]
    [InlineData("/api/v1/events/a/b/proof", "Check source and id")]
    [InlineData("/api/v1/events/a/b", "percent-encoded")]
    [InlineData("/api/v1/events/a/proof", "percent-encoded")]
    [InlineData("/api/v1/events//b/proof", "percent-encoded")]
    [InlineData("/api/v1/events/a//proof", "percent-encoded")]
    [InlineData("/api/v1/events/proof", "percent-encoded")]
    [InlineData("/api/v1/batches/0x1111111111111111111111111111111111111111/1", "tells the last one")]
    [InlineData("/api/v1/batches/0x1111111111111111111111111111111111111111/0", "tells the last one")]
    [InlineData("/api/v1/batches/0x1111111111111111111111111111111111111111/18446744073709551615", "tells the last one")]
    public async Task Unknown_OfAnything_IsNotFound(string path, string remedy)
    {
        using var node = new TestNode(new FakeChain());
        await using var api = await TestApi.StartAsync(node);
        await api.AssertProblemAsync(path, HttpStatusCode.NotFound, remedy);
    }

    [Theory]
    [InlineData("/api/v1/batches/eu", "0x and 40")]
    [InlineData("/api/v1/batches/eu/1", "0x and 40")]
    [InlineData("/api/v1/batches/0x1111111111111111111111111111111111111111/x", "whole number")]
    [InlineData("/api/v1/batches/0x1111111111111111111111111111111111111111/-1", "whole number")]
    public async Task Batch_ThatCannotBeOne_IsABadRequest(string path, string remedy)
    {
        using var node = new TestNode(new FakeChain());
        await using var api = await TestApi.StartAsync(node);
        await api.AssertProblemAsync(path, HttpStatusCode.BadRequest, remedy);
    }

    [Fact]
    public async Task LastBatch_OfAGateway_IsWhatTheNextOneNames()
    {
        using var node = new TestNode(new FakeChain());
        await using var api = await TestApi.StartAsync(node);
        var none = await api.GetAsync($"/api/v1/batches/{_gateway.Address}");
        Assert.Equal((0UL, Hash32.Zero), (none.GetProperty("number").GetUInt64(), Word(none, "digest")));
        await _gateway.SendAsync(node, _gateway.Use(Small));
        var second = await _gateway.SendAsync(node, _gateway.Use(Small));
        var last = await api.GetAsync($"/api/v1/batches/{_gateway.Address.ToChecksumString()}");
        Assert.Equal((2UL, second.Digest, _gateway.Address.ToChecksumString()), (last.GetProperty("number").GetUInt64(), Word(last, "digest"), Text(last, "gateway")));
    }

    [Fact]
    public async Task Batch_ThatWasLostAfterAnEpochSettledIt_IsToldApart()
    {
        using var node = new TestNode(new FakeChain());
        await TestGateway.SendUnsignedAsync(node, _gateway.Use(Small));
        var settled = Enumerable.Range(1, 4).Select(number => new SettledBatch(7, _gateway.Address, (ulong)number, Hash32.Zero, 5)).ToArray();
        new UsageFromArchives(DataPaths.In(node.Options.DataDir), World.Deployment, [new SettledUsage(7, 20, settled)], (_, _) => throw new InvalidOperationException(), _ => { }).Run(CancellationToken.None);
        await using var api = await TestApi.StartAsync(node);
        var last = await api.GetAsync($"/api/v1/batches/{_gateway.Address}");
        Assert.Equal((4UL, Hash32.Zero, 7UL), (last.GetProperty("number").GetUInt64(), Word(last, "digest"), last.GetProperty("settledBy").GetUInt64()));
        await api.AssertProblemAsync($"/api/v1/batches/{_gateway.Address}/4", HttpStatusCode.NotFound, "settled batch 4");
        await api.AssertProblemAsync($"/api/v1/batches/{_gateway.Address}/5", HttpStatusCode.NotFound, "tells the last one");
    }

    [Fact]
    public async Task Batch_Pulled_IsWhatItsGatewaySigned()
    {
        using var node = new TestNode(new FakeChain());
        await _gateway.SendAsync(node, _gateway.Use(Small));
        // More than a page, with texts and weights.
        var events = Enumerable.Range(0, 600).Select(i => _gateway.Use(Small, (ulong)i, default, (Alice, 3), (Bob, 1)) with { Domain = "für \"合同\"" }).ToArray();
        var signed = await _gateway.SendAsync(node, events);
        await using var api = await TestApi.StartAsync(node);
        var path = new Uri($"/api/v1/batches/{_gateway.Address}/2", UriKind.Relative);
        using var response = await api.Http.GetAsync(path);
        Assert.Equal(("application/x-ndjson", $"\"{signed.Digest}\"", "public, max-age=31536000, immutable"), (response.Content.Headers.ContentType?.MediaType, response.Headers.ETag?.Tag, response.Headers.CacheControl?.ToString()));
        await using var bytes = await response.Content.ReadAsStreamAsync();
        var (batch, problem) = BatchFile.Read(bytes, ChainId, World.Registry, (_gateway.Address, 2), Provider.Recover);
        Assert.Null(problem);
        Assert.Equal((signed.Digest, 600), (batch!.Signed.Digest, batch.Batch.Events.Count));
        Assert.Equal(events.Select(e => e.Identity()), batch.Batch.Events.Select(e => e.Id));

        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.TryAddWithoutValidation("If-None-Match", $"\"other\", \"{signed.Digest}\"");
        using var unchanged = await api.Http.SendAsync(again);
        Assert.Equal((HttpStatusCode.NotModified, 0), (unchanged.StatusCode, (await unchanged.Content.ReadAsByteArrayAsync()).Length));
    }

    private static string PathOf(string source, string id) => $"/api/v1/events/{Uri.EscapeDataString(source)}/{Uri.EscapeDataString(id)}/proof";

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString()!;

    private static Hash32 Word(JsonElement parent, string name) => Hash32.Parse(Text(parent, name));

    private static RecoverableSignature Signature(JsonElement batch)
    {
        var bytes = Hex.Decode(Text(batch, "signature"));
        return new RecoverableSignature(Hash32.FromBytes(bytes.AsSpan(0, 32)), Hash32.FromBytes(bytes.AsSpan(32, 32)), bytes[64]);
    }
}
