using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Conformance;
using OpenSettle.Primitives;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Ethereum.Tests.Endpoints;

/// <summary>Each fault is what it says, over a real node and with a client that knows nothing of it.</summary>
[Trait("Category", "Anvil")]
public sealed class FaultProxyTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private AnvilNode? _node;
    private FaultProxy? _proxy;

    private AnvilNode Node => _node ?? throw new InvalidOperationException("The node is not there yet.");

    private FaultProxy Proxy => _proxy ?? throw new InvalidOperationException("The proxy is not there yet.");

    public async Task InitializeAsync()
    {
        _node = await AnvilNode.StartAsync();
        _proxy = new FaultProxy(_node.Endpoint);
        await _node.CallAsync("anvil_mine", "0x64");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _proxy?.Dispose();
        _node?.Dispose();
        _http.Dispose();
    }

    [Fact]
    public async Task Proxy_WithoutFaults_PassesBytesOn()
    {
        var direct = await TextAsync(Node.Endpoint, Call("eth_getBlockByNumber", "latest", false));
        Assert.Equal(direct, await TextAsync(Proxy.Endpoint, Call("eth_getBlockByNumber", "latest", false)));
        Assert.Equal(1, Proxy.Count("eth_getBlockByNumber"));
        Assert.Equal(1, Proxy.Requests);
    }

    [Fact]
    public async Task Proxy_ResultFaults_ChangeResultsAlsoInBatches()
    {
        Proxy.On("eth_getBlockByNumber", Fault.Null).On("eth_chainId", Fault.Change(_ => "0x7")).On("eth_accounts", Fault.LastMissing);
        Proxy.On("eth_gasPrice", Fault.Error(-32000, "no price"));
        var answers = Assert.IsType<JsonArray>(JsonNode.Parse(await TextAsync(Proxy.Endpoint, new JsonArray(
            Call("eth_getBlockByNumber", "latest", false), Call("eth_chainId"), Call("eth_accounts"), Call("eth_gasPrice"), Call("eth_blockNumber")))));
        Assert.Null(answers[0]?["result"]);
        Assert.Equal("0x7", answers[1]?["result"]?.GetValue<string>());
        var accounts = await Node.CallAsync("eth_accounts");
        Assert.Equal(accounts.GetArrayLength() - 1, answers[2]?["result"]?.AsArray().Count);
        Assert.Equal("no price", answers[3]?["error"]?["message"]?.GetValue<string>());
        Assert.Equal("0x64", answers[4]?["result"]?.GetValue<string>());

        Proxy.On("eth_accounts", Fault.Doubled);
        Assert.Equal(accounts.GetArrayLength() * 2, (await ResultAsync("eth_accounts"))?.AsArray().Count);
        Proxy.On("eth_accounts", Fault.Reversed);
        Assert.Equal(accounts[0].GetString(), (await ResultAsync("eth_accounts"))?.AsArray()[^1]?.GetValue<string>());
        Proxy.On("eth_accounts", Fault.Empty);
        Assert.Empty((await ResultAsync("eth_accounts"))?.AsArray() ?? [1]);
        Proxy.On("eth_getBlockByNumber", Fault.With("hash", "0x01"));
        Assert.Equal("0x01", (await ResultAsync("eth_getBlockByNumber", "latest", false))?["hash"]?.GetValue<string>());
        Proxy.Rule = call => call.Method == "eth_getBlockByNumber" && call.First == "0x1" ? Fault.Null : Fault.Pass;
        Assert.Null(await ResultAsync("eth_getBlockByNumber", "0x1", false));
        Assert.NotNull(await ResultAsync("eth_getBlockByNumber", "0x2", false));
        Proxy.Heal();
        Assert.NotNull(await ResultAsync("eth_getBlockByNumber", "0x1", false));
    }

    [Fact]
    public async Task Proxy_ConnectionFaults_AreSeenAsSuch()
    {
        Proxy.On("eth_chainId", Fault.Cut);
        await Assert.ThrowsAsync<HttpRequestException>(() => TextAsync(Proxy.Endpoint, Call("eth_chainId")));
        Proxy.On("eth_chainId", Fault.Reset);
        await Assert.ThrowsAsync<HttpRequestException>(() => TextAsync(Proxy.Endpoint, Call("eth_chainId")));
        Proxy.On("eth_chainId", Fault.Status(502));
        Assert.Equal(HttpStatusCode.BadGateway, (await PostAsync(Call("eth_chainId"))).Status);
        Proxy.On("eth_chainId", Fault.TooMany(7));
        var limited = await PostAsync(Call("eth_chainId"));
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(7)), (limited.Status, limited.RetryAfter));
        Proxy.On("eth_chainId", Fault.Drip());
        Assert.Equal("0x7a69", (await ResultAsync("eth_chainId"))?.GetValue<string>());
    }

    [Fact]
    public async Task Proxy_Forwarding_HappensOrNotAsTheFaultSays()
    {
        foreach (var (fault, isMined) in new[] { (Fault.Reset, false), (Fault.ResetAfter, true) })
        {
            var before = await HeadAsync();
            Proxy.On("evm_mine", fault);
            await Assert.ThrowsAsync<HttpRequestException>(() => TextAsync(Proxy.Endpoint, Call("evm_mine")));
            Assert.Equal(before + (isMined ? 1UL : 0), await HeadAsync());
        }

        var head = await HeadAsync();
        Proxy.On("evm_mine", Fault.Silence);
        using var givenUp = new CancellationTokenSource();
        var unanswered = _http.PostAsJsonAsync(Proxy.Endpoint, Call("evm_mine"), givenUp.Token);
        await Proxy.Silent;
        Assert.Equal(head + 1, await HeadAsync());
        Assert.False(unanswered.IsCompleted);
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => unanswered);
    }

    [Fact]
    public async Task Proxy_HoldingBack_ShowsAnOlderChain()
    {
        var provider = new BuiltinProvider(TimeProvider.System);
        using var client = provider.Connect(Proxy.Endpoint, ChainNode.Timeout);
        using var signer = provider.SignerFromMnemonic(ChainNode.Mnemonic, "", HdPath.Account(0));
        var sender = new TestSender(client, signer);
        var receipt = await sender.SendAsync(signer.Address, ReadOnlyMemory<byte>.Empty, 1);
        await Node.CallAsync("anvil_mine", "0x2");

        Proxy.HoldBack = 5;
        Assert.Equal(98UL, (await client.GetBlockAsync(BlockRef.Latest, CancellationToken.None))?.Number);
        Assert.Equal(103UL - 64 - 5, (await client.GetBlockAsync(BlockRef.Finalized, CancellationToken.None))?.Number);
        Assert.Equal("0x62", (await ResultAsync("eth_blockNumber"))?.GetValue<string>());
        Assert.Null(await client.GetBlockAsync(BlockRef.At(99), CancellationToken.None));
        Assert.NotNull(await client.GetBlockAsync(BlockRef.At(98), CancellationToken.None));
        Assert.Null(await client.GetReceiptAsync(receipt.TransactionHash, CancellationToken.None));
        Assert.Equal(0UL, await client.GetNonceAsync(signer.Address, BlockRef.Latest, CancellationToken.None));
        Proxy.HoldBack = 2;
        Assert.NotNull(await client.GetReceiptAsync(receipt.TransactionHash, CancellationToken.None));
        Assert.Equal(1UL, await client.GetNonceAsync(signer.Address, BlockRef.Latest, CancellationToken.None));
    }

    [Fact]
    public async Task Proxy_DroppingTransactions_AnswersWithTheirHashes()
    {
        var provider = new BuiltinProvider(TimeProvider.System);
        using var client = provider.Connect(Proxy.Endpoint, ChainNode.Timeout);
        using var signer = provider.SignerFromMnemonic(ChainNode.Mnemonic, "", HdPath.Account(0));
        var sender = new TestSender(client, signer);
        var signed = await sender.SignAsync(signer.Address, default, 1);
        Proxy.On("eth_sendRawTransaction", Fault.DropTransaction);
        Assert.Equal(signed.Hash, await client.SendRawAsync(signed.Raw, CancellationToken.None));
        Assert.Equal([Hex.Encode(signed.Raw.Span)], Proxy.Dropped);
        Assert.Empty(Proxy.Forwarded);
        Assert.Equal(JsonValueKind.Null, (await Node.CallAsync("eth_getTransactionByHash", signed.Hash.ToString())).ValueKind);
        Proxy.Heal();
        Assert.Equal(signed.Hash, await client.SendRawAsync(signed.Raw, CancellationToken.None));
        Assert.Equal([Hex.Encode(signed.Raw.Span)], Proxy.Forwarded);
        // anvil answers a transaction once it has it, and mines it a moment later.
        await sender.MinedAsync(signed.Hash);
    }

    private static JsonObject Call(string method, params JsonNode?[] parameters) =>
        new() { ["jsonrpc"] = "2.0", ["id"] = method, ["method"] = method, ["params"] = new JsonArray(parameters) };

    private async Task<ulong> HeadAsync() => Convert.ToUInt64((await Node.CallAsync("eth_blockNumber")).GetString(), 16);

    private async Task<JsonNode?> ResultAsync(string method, params JsonNode?[] parameters)
    {
        var answer = Assert.IsType<JsonObject>(JsonNode.Parse(await TextAsync(Proxy.Endpoint, Call(method, parameters))));
        Assert.True(answer.ContainsKey("result"), answer.ToJsonString());
        return answer["result"];
    }

    private async Task<string> TextAsync(Uri endpoint, JsonNode request)
    {
        using var reply = await _http.PostAsJsonAsync(endpoint, request);
        return await reply.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private async Task<(HttpStatusCode Status, TimeSpan? RetryAfter)> PostAsync(JsonNode request)
    {
        using var reply = await _http.PostAsJsonAsync(Proxy.Endpoint, request);
        return (reply.StatusCode, reply.Headers.RetryAfter?.Delta);
    }
}
