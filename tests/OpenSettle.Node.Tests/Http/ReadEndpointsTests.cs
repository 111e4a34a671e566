using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

public sealed class ReadEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly TestModel Small = Model("small");

    private readonly FakeChain _chain = WatchStepChain();
    private readonly TestNode _node;
    private TestApi? _api;

    public ReadEndpointsTests() => _node = new TestNode(_chain);

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    private HttpClient Http => Api.Http;

    public async Task InitializeAsync() => _api = await TestApi.StartAsync(_node);

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Status_BeforeAnything_IsWholeAndEmpty()
    {
        var status = await GetAsync("/api/v1/status");
        Assert.Equal((ChainId, 0, 0L, 0UL), (
            status.GetProperty("chainId").GetUInt64(), status.GetProperty("models").GetInt32(), status.GetProperty("payments").GetInt64(), status.GetProperty("activeEpoch").GetUInt64()));
        Assert.All(["chain", "booksBlock", "latestEpoch", "halted", "trouble"], name => Assert.False(status.TryGetProperty(name, out _)));
        Assert.Empty(status.GetProperty("tokens").EnumerateArray());
        Assert.Empty((await GetAsync("/api/v1/models")).EnumerateArray());
        Assert.Empty((await GetAsync("/api/v1/payments")).EnumerateArray());
        Assert.Empty((await GetAsync("/api/v1/epochs")).EnumerateArray());
        await AssertProblemAsync($"/api/v1/accounts/{Alice}/proofs/{Dollar}", HttpStatusCode.NotFound, "activeEpoch");
    }

    [Fact]
    public async Task Status_AfterAnEpoch_ShowsWhereTheMoneyIs()
    {
        await SettleAsync();
        var status = await GetAsync("/api/v1/status");
        Assert.Equal((2UL, "pushed"), (status.GetProperty("activeEpoch").GetUInt64(), status.GetProperty("latestEpoch").GetProperty("state").GetString()));
        Assert.Equal(_node.Books.Read(session => session.Chain.Cursor())!.Block, status.GetProperty("booksBlock").GetUInt64());
        Assert.Equal(_node.State.Chain!.Value.Head, status.GetProperty("chain").GetProperty("head").GetUInt64());
        var token = Assert.Single(status.GetProperty("tokens").EnumerateArray());
        Assert.Equal(("USD", 6, true), (token.GetProperty("symbol").GetString(), token.GetProperty("decimals").GetInt32(), token.GetProperty("balanced").GetBoolean()));
        Assert.Equal(
            ("175", "9", "42", "0", "49", "75"),
            (Text(token, "received"), Text(token, "unswept"), Text(token, "undivided"), Text(token, "suspense"), Text(token, "owed"), Text(token, "paid")));
        var model = Assert.Single((await GetAsync("/api/v1/models")).EnumerateArray());
        Assert.Equal((Small.Id.ToString(), Small.PayAddress.ToChecksumString()), (Text(model, "id"), Text(model, "payAddress")));
        Assert.Equal(Text(model, "id"), Text(await GetAsync($"/api/v1/models/{Small.Id}"), "id"));
        Assert.Equal(4, (await GetAsync("/api/v1/payments")).GetArrayLength());
        Assert.Equal(1, (await GetAsync("/api/v1/payments?limit=1")).GetArrayLength());
        Assert.Equal(Text(status.GetProperty("latestEpoch"), "root"), Text(await GetAsync("/api/v1/epochs/2"), "root"));
    }

    [Fact]
    public async Task Payments_InBlocksThatMayStillGo_AreShownAsSuchUntilTheyAreFinalOrGone()
    {
        async Task<IEnumerable<(string Amount, bool Final)>> ShownAsync() =>
            (await GetAsync("/api/v1/payments")).EnumerateArray().Select(payment => (Text(payment, "amount"), payment.GetProperty("final").GetBoolean())).ToList();
        async Task<int> CountAsync() => (await GetAsync("/api/v1/status")).GetProperty("chain").GetProperty("pendingPayments").GetInt32();

        // Nothing at all is final yet.
        _chain.FinalLag = 100;
        _chain.Mine(block => block.Pay(Small, Dollar, 1));
        await _node.WatchAsync();
        Assert.Equal([("1", false)], await ShownAsync());
        Assert.Equal(1, await CountAsync());

        _chain.FinalLag = 2;
        _chain.Mine(block => block.Pay(Small, Dollar, 2));
        _chain.Mine(block => block.Pay(Small, Dollar, 3));
        await _node.WatchAsync();
        Assert.Equal([("3", false), ("2", false), ("1", true)], await ShownAsync());
        Assert.Equal([("3", false)], (await GetAsync("/api/v1/payments?limit=1")).EnumerateArray().Select(payment => (Text(payment, "amount"), payment.GetProperty("final").GetBoolean())));

        // Another branch, with another payment.
        _chain.Reorganise(1);
        _chain.Mine(block => block.Pay(Small, Dollar, 4));
        await _node.WatchAsync();
        Assert.Equal([("4", false), ("2", false), ("1", true)], await ShownAsync());

        // What is final grows, and the head stays where it is: nothing is shown twice.
        _chain.FinalLag = 0;
        await _node.WatchAsync();
        Assert.Equal([("4", true), ("2", true), ("1", true)], await ShownAsync());
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task Accounts_AllOfThem_EarnedWhatIsPaidClaimableAndPending()
    {
        await SettleAsync();
        var accounts = new[] { Alice, Small.Creator, Bob };
        var sums = new List<(string, string, string, string)>();
        foreach (var account in accounts)
        {
            foreach (var token in (await GetAsync($"/api/v1/accounts/{account}")).GetProperty("tokens").EnumerateArray())
            {
                Assert.Equal(Amount(token, "earned"), Amount(token, "paid") + Amount(token, "claimable") + Amount(token, "pending"));
                sums.Add((Text(token, "earned"), Text(token, "paid"), Text(token, "claimable"), Text(token, "pending")));
            }
        }

        Assert.Equal([("93", "75", "18", "0"), ("31", "0", "25", "6")], sums);
        Assert.Empty((await GetAsync($"/api/v1/accounts/{Bob}")).GetProperty("tokens").EnumerateArray());
        var entries = (await GetAsync($"/api/v1/accounts/{Alice}")).GetProperty("entries").EnumerateArray().Select(entry => Text(entry, "amount"));
        Assert.Equal((UInt256)93, entries.Aggregate(UInt256.Zero, (sum, amount) => sum + UInt256.Parse(amount)));
    }

    [Fact]
    public async Task Proof_OfALeaf_LeadsToTheRootOnChain()
    {
        await SettleAsync();
        foreach (var account in new[] { Alice, Small.Creator })
        {
            var answer = await GetAsync($"/api/v1/accounts/{account.ToChecksumString()}/proofs/{Dollar}");
            var leaf = new CumulativeLeaf(account, Dollar, UInt256.Parse(Text(answer, "cumulative")));
            var proof = answer.GetProperty("proof").EnumerateArray().Select(node => Hash32.Parse(node.GetString() ?? "")).ToList();
            Assert.Equal(_chain.State.Root.ToString(), Text(answer, "root"));
            Assert.True(CumulativeTree.Verify(leaf, proof, _chain.State.Root));
            Assert.False(CumulativeTree.Verify(leaf with { Amount = leaf.Amount + 1 }, proof, _chain.State.Root));
        }
    }

    [Theory]
    [InlineData("/api/v1/models/0x1111111111111111111111111111111111111111111111111111111111111111", 404, "/api/v1/models")]
    [InlineData("/api/v1/models/small", 400, "64 hexadecimal")]
    [InlineData("/api/v1/epochs/7", 404, "/api/v1/epochs")]
    [InlineData("/api/v1/epochs/18446744073709551615", 404, "/api/v1/epochs")]
    [InlineData("/api/v1/epochs/first", 400, "whole number")]
    [InlineData("/api/v1/accounts/alice", 400, "40 hexadecimal")]
    [InlineData("/api/v1/accounts/0x5AAEB6053f3E94C9b9A09f33669435E7Ef1BeAed", 400, "checksum")]
    [InlineData("/api/v1/accounts/alice/proofs/0x1111111111111111111111111111111111111111", 400, "40 hexadecimal")]
    [InlineData("/api/v1/accounts/0x1111111111111111111111111111111111111111/proofs/dollar", 400, "40 hexadecimal")]
    [InlineData("/api/v1/accounts/0x1111111111111111111111111111111111111111/proofs/0x1111111111111111111111111111111111111111", 404, "pending")]
    [InlineData("/bundles/0x1111111111111111111111111111111111111111111111111111111111111111", 404, "EpochProposed")]
    [InlineData("/bundles/..%2fbooks.sqlite", 400, "keccak-256")]
    public async Task Unknown_ModelAccountEpochOrBundle_IsAProblemWithARemedy(string path, int status, string remedy)
    {
        await SettleAsync();
        await AssertProblemAsync(path, (HttpStatusCode)status, remedy);
    }

    [Fact]
    public async Task Account_ThatEarnedNothing_IsNoError() =>
        Assert.Empty((await GetAsync("/api/v1/accounts/0x1111111111111111111111111111111111111111")).GetProperty("tokens").EnumerateArray());

    [Theory]
    [InlineData(null)]
    [InlineData("identity")]
    [InlineData("br, deflate")]
    [InlineData("gzip;q=0")]
    [InlineData("gzip; q=0.0, identity")]
    public async Task Bundle_ToAClientWithoutGzip_HasTheBytesOfItsName(string? accept)
    {
        await SettleAsync();
        var hash = _node.Epoch(1)!.BundleHash;
        using var answer = await GetBundleAsync(hash, accept);
        Assert.Equal(hash, Keccak256.Hash(await answer.Content.ReadAsByteArrayAsync()));
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal($"\"{hash}\"", answer.Headers.ETag?.Tag);
        Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br;q=1.0, GZIP;q=0.5")]
    public async Task Bundle_ToAClientWithGzip_IsTheFileAndHasTheSameBytesInside(string accept)
    {
        await SettleAsync();
        var hash = _node.Epoch(1)!.BundleHash;
        using var answer = await GetBundleAsync(hash, accept);
        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType?.MediaType);
        // Another representation has another tag, or a cache would mix the two.
        Assert.StartsWith($"\"{hash}.gz.", answer.Headers.ETag?.Tag, StringComparison.Ordinal);
        Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
        var compressed = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(await File.ReadAllBytesAsync(_node.Bundles.PathOf(hash)), compressed);
        using var inside = new MemoryStream();
        await using (var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress)) await gzip.CopyToAsync(inside);
        Assert.Equal(hash, Keccak256.Hash(inside.ToArray()));
    }

    [Fact]
    public async Task Bundle_Compressed_CanBeFetchedInParts()
    {
        await SettleAsync();
        var hash = _node.Epoch(1)!.BundleHash;
        var file = await File.ReadAllBytesAsync(_node.Bundles.PathOf(hash));
        using var part = await GetBundleAsync(hash, "gzip", request => request.Headers.Range = new RangeHeaderValue(10, 29));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(file[10..30], await part.Content.ReadAsByteArrayAsync());
        using var beyond = await GetBundleAsync(hash, "gzip", request => request.Headers.Range = new RangeHeaderValue(file.Length, null));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    public async Task Bundle_ThatTheClientHas_IsNotSentAgain(string? accept)
    {
        await SettleAsync();
        var hash = _node.Epoch(1)!.BundleHash;
        using var first = await GetBundleAsync(hash, accept);
        using var again = await GetBundleAsync(hash, accept, request => request.Headers.IfNoneMatch.Add(first.Headers.ETag!));
        Assert.Equal((HttpStatusCode.NotModified, 0), (again.StatusCode, (await again.Content.ReadAsByteArrayAsync()).Length));
    }

    [Fact]
    public async Task Ready_UntilTheChainWasRead_Is503()
    {
        using var before = await Http.GetAsync(new Uri("/readyz", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        await _node.TickAsync();
        Assert.True((await GetAsync("/readyz")).GetProperty("ready").GetBoolean());
    }

    [Fact]
    public async Task Ready_InTroubleOrHalted_Is503WithTheReason()
    {
        await _node.TickAsync();
        _node.State.Trouble = "no connection";
        await AssertNotReadyAsync("no connection");
        _node.State.Trouble = null;
        Assert.True((await GetAsync("/readyz")).GetProperty("ready").GetBoolean());
        _node.State.Halt("final blocks were reorganised");
        _node.State.Halt("and something after it");
        await AssertNotReadyAsync("final blocks were reorganised");
        Assert.Equal("final blocks were reorganised", Text(await GetAsync("/api/v1/status"), "halted"));
        // The process itself is well, and goes on serving.
        Assert.Equal("ok\n", await Http.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
    }

    [Fact]
    public async Task Waiting_Transactions_SayWhyInTheStatus()
    {
        _chain.Mine(block => block.Pay(Small, Dollar, 100));
        _chain.MineEmpty(3);
        _chain.BaseFee = 1_000;
        _chain.Mine();
        await _node.TickAsync();
        var item = Assert.Single((await GetAsync("/api/v1/status")).GetProperty("transactions").EnumerateArray());
        Assert.Equal(("propose epoch 1.0", "planned"), (Text(item, "purpose"), Text(item, "state")));
        Assert.Contains("maxFeeGwei", Text(item, "waits"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_WithAPoolAndThenACommittedTable_ShowsBoth()
    {
        _chain.Mine(block => block.SetSplit(Small, 2, 0, [(Alice, 1)], 3, [(null, 4)]));
        await _node.TickAsync();
        var split = (await GetAsync($"/api/v1/models/{Small.Id}")).GetProperty("split");
        Assert.Equal(("3", false), (Text(split, "poolWeight"), split.TryGetProperty("committed", out _)));
        Assert.Equal((Alice.ToChecksumString(), "1"), (Text(Assert.Single(split.GetProperty("rows").EnumerateArray()), "account"), Text(split.GetProperty("rows")[0], "weight")));
        Assert.Equal(("OWNER", "4"), (Text(Assert.Single(split.GetProperty("fallback").EnumerateArray()), "account"), Text(split.GetProperty("fallback")[0], "weight")));

        var table = Keccak256.HashText("table");
        _chain.Mine(block => block.CommitSplit(Small, 3, 0, new Registry.TableCommitment(table, 7, UInt256.MaxAmount)));
        await _node.TickAsync();
        split = (await GetAsync($"/api/v1/models/{Small.Id}")).GetProperty("split");
        Assert.Equal((3U, 0, "0"), (split.GetProperty("version").GetUInt32(), split.GetProperty("rows").GetArrayLength(), Text(split, "poolWeight")));
        var committed = split.GetProperty("committed");
        Assert.Equal((table.ToString(), 7U, UInt256.MaxAmount.ToString()), (Text(committed, "hash"), committed.GetProperty("rows").GetUInt32(), Text(committed, "weight")));
    }

    private static FakeChain WatchStepChain()
    {
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small));
        return chain;
    }

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? "";

    private static UInt256 Amount(JsonElement parent, string name) => UInt256.Parse(Text(parent, name));

    /// <summary>Two epochs, a claim between them that takes the first, and money behind them that no epoch has taken.</summary>
    private async Task SettleAsync()
    {
        _chain.Mine(block => block.Pay(Small, Dollar, 100));
        await _node.RunAsync(16);
        _chain.Mine(block => block.Claim(new CumulativeLeaf(Alice, Dollar, 75)), block => block.Pay(Small, Dollar, 24));
        await _node.RunAsync(20);
        _chain.Mine(block => block.Send(Small, Dollar, 9), block => block.Pay(Small, Dollar, 42));
        await _node.TickAsync();
    }

    private Task<JsonElement> GetAsync(string path) => Api.GetAsync(path);

    private async Task<HttpResponseMessage> GetBundleAsync(Hash32 hash, string? accept, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/bundles/{hash}");
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept-Encoding", accept);
        change?.Invoke(request);
        return await Http.SendAsync(request);
    }

    private Task AssertProblemAsync(string path, HttpStatusCode status, string remedy) => Api.AssertProblemAsync(path, status, remedy);

    private async Task AssertNotReadyAsync(string reason)
    {
        using var answer = await Http.GetAsync(new Uri("/readyz", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.False(body.RootElement.GetProperty("ready").GetBoolean());
        Assert.Equal([reason], body.RootElement.GetProperty("reasons").EnumerateArray().Select(item => item.GetString()));
    }
}
