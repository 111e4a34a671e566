using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Page.Tests.Harness;
using OpenSettle.Primitives;

namespace OpenSettle.Page.Tests.Claims;

/// <summary>
/// The other side of wallet.js: it signs and sends for real, with a key of the stage. Where the account is a contract, its owner's key
/// signs, and what it sends goes through the contract.
/// </summary>
internal sealed class TestWallet
{
    private const int Rejected = 4001;
    private const int UnknownChain = 4902;
    private const int NoSuchMethod = -32601;

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly PageStage _stage;
    private readonly Person _key;
    private readonly HashSet<ulong> _known = [];
    private int _batches;

    /// <param name="key">Signs, and pays the gas.</param>
    /// <param name="contract">The account that it speaks for, where that is not the key's own.</param>
    public TestWallet(PageStage stage, Person key, Address? contract = null)
    {
        (_stage, _key, Account) = (stage, key, contract ?? key.Address);
        Chain = stage.Deployment.Id.ChainId;
        _known.Add(Chain);
    }

    public Address Account { get; }

    /// <summary>Which one it is on.</summary>
    public ulong Chain { get; private set; }

    /// <summary>How often the person says no from now on.</summary>
    public int Rejections { get; set; }

    /// <summary>It takes several calls at once (EIP-5792), all of them or none.</summary>
    public bool TakesBatches { get; set; }

    /// <summary>It lets a service pay the gas (ERC-7677), which it would ask; here its owner pays.</summary>
    public bool TakesPaymasters { get; set; }

    /// <summary>The services that it was told of.</summary>
    public List<string> Paymasters { get; } = [];

    /// <summary>What it was asked, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>What it sent, in order: the call's data.</summary>
    public List<string> Sent { get; } = [];

    /// <summary>What it signed, in order.</summary>
    public List<JsonNode> Signed { get; } = [];

    public static string Script { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Claims", "wallet.js"));

    /// <summary>It is on a chain that is not the stage's, and does not know that one.</summary>
    public TestWallet Elsewhere()
    {
        _known.Clear();
        _known.Add(1);
        Chain = 1;
        return this;
    }

    public VisitOptions Options(int width = 1280, Func<IPage, Task>? prepare = null) => new()
    {
        Width = width,
        InitScripts = [Script],
        Prepare = async page =>
        {
            await page.ExposeFunctionAsync("openSettleTestWallet", (string request) => AnswerAsync(request));
            if (prepare is not null) await prepare(page);
        },
    };

    private async Task<string> AnswerAsync(string text)
    {
        var request = JsonNode.Parse(text) ?? throw new InvalidOperationException("The page asked the wallet nothing.");
        var method = request["method"]?.GetValue<string>() ?? string.Empty;
        lock (Asked) Asked.Add(method);
        try
        {
            return new JsonObject { ["result"] = await ResultAsync(method, request["params"]) }.ToJsonString();
        }
        catch (Refusal refusal)
        {
            return new JsonObject { ["error"] = new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message, ["data"] = refusal.Details?.DeepClone() } }.ToJsonString();
        }
    }

    private async Task<JsonNode?> ResultAsync(string method, JsonNode? parameters)
    {
        switch (method)
        {
            case "eth_requestAccounts" or "eth_accounts":
                return new JsonArray(Account.ToString());
            case "eth_chainId":
                return $"0x{Chain:x}";
            case "wallet_switchEthereumChain":
                RejectIfAsked();
                var wanted = Number(parameters?[0]?["chainId"]);
                if (!_known.Contains(wanted)) throw new Refusal(UnknownChain, "Unrecognized chain ID. Try adding the chain using wallet_addEthereumChain first.");
                Chain = wanted;
                return null;
            case "wallet_addEthereumChain":
                RejectIfAsked();
                Assert.Equal(_stage.Chain.Rpc, new Uri(parameters?[0]?["rpcUrls"]?[0]?.GetValue<string>() ?? string.Empty));
                _known.Add(Number(parameters?[0]?["chainId"]));
                return null;
            case "wallet_getCapabilities" when TakesBatches:
                return new JsonObject
                {
                    [$"0x{Chain:x}"] = new JsonObject
                    {
                        ["atomic"] = new JsonObject { ["status"] = "supported" }, ["paymasterService"] = new JsonObject { ["supported"] = TakesPaymasters },
                    },
                };
            case "wallet_sendCalls" when TakesBatches:
                RejectIfAsked();
                return await BatchAsync(parameters?[0] ?? throw new InvalidOperationException("A batch of nothing."));
            case "wallet_getCallsStatus" when TakesBatches:
                return await StatusAsync(Text(parameters?[0]));
            case "eth_sendTransaction":
                RejectIfAsked();
                return await SendAsync(parameters?[0] ?? throw new InvalidOperationException("A transaction of nothing."));
            case "eth_signTypedData_v4":
                RejectIfAsked();
                return await SignAsync(Text(parameters?[0]), Text(parameters?[1]));
            case var other when other.StartsWith("wallet_", StringComparison.Ordinal):
                throw new Refusal(NoSuchMethod, $"the method {other} does not exist");
            default:
                return await ForwardAsync(method, parameters);
        }
    }

    /// <summary>What is read goes to the chain, unless the wallet is on another one.</summary>
    private async Task<JsonNode?> ForwardAsync(string method, JsonNode? parameters)
    {
        Assert.Equal(_stage.Deployment.Id.ChainId, Chain);
        using var response = await Http.PostAsJsonAsync(_stage.Chain.Rpc, new { jsonrpc = "2.0", id = 1, method, @params = parameters ?? new JsonArray() });
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync()) ?? throw new InvalidOperationException("The chain answered nothing.");
        if (answer["error"] is { } error) throw new Refusal(error["code"]?.GetValue<int>() ?? 0, Text(error["message"]), error["data"]);
        return answer["result"]?.DeepClone();
    }

    private async Task<string> SendAsync(JsonNode transaction)
    {
        Assert.Equal(Account, Address.Parse(Text(transaction["from"])));
        Assert.Equal("0x0", Text(transaction["value"]));
        var (to, data) = (Address.Parse(Text(transaction["to"])), Hex.Decode(Text(transaction["data"])));
        Sent.Add(Text(transaction["data"]));
        return Account == _key.Address ? await SendAsync(to, data) : await SendAsync(Account, SmartAccount.Calls((to, data)));
    }

    private async Task<string> SendAsync(Address to, byte[] data)
    {
        var client = _stage.Chain.Client;
        var nonce = await client.GetNonceAsync(_key.Address, BlockRef.Latest, CancellationToken.None);
        var gas = await client.EstimateGasAsync(new CallRequest(_key.Address, to, data, UInt256.Zero), CancellationToken.None);
        var signed = await _key.Signer.SignTransactionAsync(
            new TransactionRequest(_stage.Deployment.Id.ChainId, nonce, 1_000_000_000, 20_000_000_000, gas + (gas / 5), to, UInt256.Zero, data), CancellationToken.None);
        return (await client.SendRawAsync(signed.Raw, CancellationToken.None)).ToString();
    }

    private async Task<JsonNode> BatchAsync(JsonNode batch)
    {
        Assert.True(batch["atomicRequired"]?.GetValue<bool>());
        Assert.Equal(Account, Address.Parse(Text(batch["from"])));
        var calls = (batch["calls"]?.AsArray() ?? []).Select(call => (Address.Parse(Text(call?["to"])), Hex.Decode(Text(call?["data"])))).ToArray();
        Sent.AddRange(calls.Select(call => Hex.Encode(call.Item2)));
        if (batch["capabilities"]?["paymasterService"]?["url"] is { } paymaster) Paymasters.Add(Text(paymaster));
        _batches++;
        return new JsonObject { ["id"] = await SendAsync(Account, SmartAccount.Calls(calls)) };
    }

    private async Task<JsonNode> StatusAsync(string id)
    {
        var receipt = await ForwardAsync("eth_getTransactionReceipt", new JsonArray(id));
        var status = receipt is null ? 100 : Text(receipt["status"]) == "0x1" ? 200 : 500;
        return new JsonObject { ["version"] = "2.0.0", ["id"] = id, ["chainId"] = $"0x{Chain:x}", ["atomic"] = true, ["status"] = status, ["receipts"] = receipt is null ? new JsonArray() : new JsonArray(receipt) };
    }

    /// <summary>How many batches it sent.</summary>
    public int Batches => _batches;

    /// <summary>As a wallet does, it makes of the fields what it signs, by its own means; what it shows the person has to be all there is.</summary>
    private async Task<string> SignAsync(string account, string json)
    {
        Assert.Equal(Account, Address.Parse(account));
        var given = JsonNode.Parse(json) ?? throw new InvalidOperationException("There is nothing to sign.");
        var message = given["message"] ?? throw new InvalidOperationException("There is no message to sign.");
        var order = new ClaimOrder(
            Address.Parse(Text(message["account"])), Address.Parse(Text(message["token"])), Address.Parse(Text(message["to"])),
            UInt256.Parse(Text(message["cumulative"])), UInt256.Parse(Text(message["nonce"])), UInt256.Parse(Text(message["deadline"])));
        var data = ClaimTypedData.Of(_stage.Deployment.Id.ChainId, _stage.Deployment.Id.Vault, order);
        Assert.Equal(data.ToJson().ToUpperInvariant(), given.ToJsonString().ToUpperInvariant());
        Signed.Add(message.DeepClone());
        return Hex.Encode((await _key.Signer.SignTypedDataAsync(data, CancellationToken.None)).ToArray());
    }

    private void RejectIfAsked()
    {
        if (Rejections == 0) return;
        Rejections--;
        throw new Refusal(Rejected, "User rejected the request.");
    }

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? string.Empty;

    private static ulong Number(JsonNode? node) => ulong.Parse(Text(node).AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed class Refusal(int code, string message, JsonNode? details = null) : Exception(message)
    {
        public int Code { get; } = code;

        public JsonNode? Details { get; } = details;
    }
}
