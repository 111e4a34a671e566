using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// An endpoint on loopback whose chain has two blocks: the one that the books end with, and one with a payment, final as soon as it
/// is shown. It takes transactions, and mines none. Headers and receipts are whole, so that the node proves them as it does others'.
/// </summary>
internal sealed class NodeChain : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly NodeBlock[] _blocks;
    private readonly Dictionary<string, string> _views = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<Address, UInt256> _credited;
    private readonly ReadOnlyMemory<byte>[] _code;
    private TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _head;

    private NodeChain(WebApplication app, NodeWorkload work, IReadOnlyDictionary<Address, UInt256> credited, ulong epoch, Hash32 root)
    {
        (_app, _credited) = (app, credited);
        _blocks = [NodeBlock.Last(work), NodeBlock.Paid(work)];
        _code = [.. new[] { "ModelRegistry", "InferencePayments", "RoyaltySplit", "SettlementResolver" }.Select(name => CompiledContract.Load(name).RuntimeCode)];
        var id = NodeWorkload.Deployment.Id;
        View(RoyaltySplit.RegistryFunction, new AbiWriter().Account(id.Registry));
        View(RoyaltySplit.RailFunction, new AbiWriter().Account(id.Rail));
        View(RoyaltySplit.ThresholdFunction, new AbiWriter().UInt((ulong)NodeWorkload.AttestorKeys.Count));
        View(RoyaltySplit.IsAttestorFunction, new AbiWriter().Bool(true));
        View(RoyaltySplit.AttestorSetFunction, new AbiWriter().UInt(1));
        View(RoyaltySplit.EpochFunction, new AbiWriter().UInt(epoch));
        View(RoyaltySplit.RootFunction, new AbiWriter().Word(root));
    }

    public Uri Endpoint => new(_app.Urls.Single());

    /// <summary>Ends when a transaction comes.</summary>
    public Task Sent => _sent.Task;

    /// <param name="credited">What the vault has of each token.</param>
    /// <param name="epoch">The vault's epoch, and its root.</param>
    public static async Task<NodeChain> StartAsync(NodeWorkload work, IReadOnlyDictionary<Address, UInt256> credited, ulong epoch = 0, Hash32 root = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var chain = new NodeChain(app, work, credited, epoch, root);
        app.MapPost("/", (RequestDelegate)chain.AnswerAsync);
        await app.StartAsync();
        return chain;
    }

    /// <summary>Shows the last block, or hides it again.</summary>
    public void Show(bool last)
    {
        _sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _head = last ? 1 : 0;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var request = await JsonDocument.ParseAsync(context.Request.Body);
        var answer = new StringBuilder();
        if (request.RootElement.ValueKind == JsonValueKind.Array)
        {
            answer.Append('[').AppendJoin(',', request.RootElement.EnumerateArray().Select(Answer)).Append(']');
        }
        else
        {
            answer.Append(Answer(request.RootElement));
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToString());
    }

    private string Answer(JsonElement call)
    {
        var parameters = call.GetProperty("params");
        return $$"""{"jsonrpc":"2.0","id":{{call.GetProperty("id").GetRawText()}},"result":{{Result(call.GetProperty("method").GetString()!, parameters)}}}""";
    }

    private string Result(string method, JsonElement parameters) => method switch
    {
        "eth_chainId" => string.Create(CultureInfo.InvariantCulture, $"\"0x{NodeWorkload.ChainId:x}\""),
        "eth_getCode" => Code(Address.Parse(parameters[0].GetString()!)),
        "eth_getBlockByNumber" => Block(parameters[0].GetString()!),
        "eth_getBlockReceipts" => _blocks.FirstOrDefault(block => block.Hash == Hash32.Parse(parameters[0].GetString()!))?.Receipts ?? "null",
        "eth_call" => View(parameters[0]),
        "eth_estimateGas" => "\"0x493e0\"",
        "eth_maxPriorityFeePerGas" => "\"0x3b9aca00\"",
        "eth_getTransactionCount" => "\"0x0\"",
        "eth_getBalance" => "\"0x56bc75e2d63100000\"",
        "eth_getTransactionReceipt" => "null",
        "eth_sendRawTransaction" => Take(parameters[0].GetString()!),
        _ => throw new NotSupportedException($"The benchmark's chain has no {method}."),
    };

    private string Take(string raw)
    {
        _sent.TrySetResult();
        return $"\"{Keccak256.Hash(Hex.Decode(raw))}\"";
    }

    private string Code(Address account)
    {
        var deployment = NodeWorkload.Deployment;
        var contract = Array.IndexOf([deployment.Id.Registry, deployment.Id.Rail, deployment.Id.Vault, deployment.Resolver], account);
        return contract < 0 ? "\"0x\"" : $"\"{Hex.Encode(_code[contract].Span)}\"";
    }

    private string Block(string name)
    {
        if (!name.StartsWith("0x", StringComparison.Ordinal)) return _blocks[_head].Header;
        var number = ulong.Parse(name.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return _blocks.Take(_head + 1).FirstOrDefault(block => block.Number == number)?.Header ?? "null";
    }

    private void View(AbiFunction function, AbiWriter answer) => _views.Add(Hex.Encode(function.Selector), $"\"{Hex.Encode(answer.ToArray())}\"");

    private string View(JsonElement call)
    {
        var data = (call.TryGetProperty("data", out var given) ? given : call.GetProperty("input")).GetString()!;
        var selector = data[..(2 + 2 * AbiFunction.SelectorSize)];
        if (_views.TryGetValue(selector, out var answer)) return answer;
        var asked = data.Length >= 2 + 2 * (AbiFunction.SelectorSize + Hash32.Size) ? Address.Parse($"0x{data[^(2 * Address.Size)..]}") : Address.Zero;
        var amount = selector == Hex.Encode(RoyaltySplit.CreditedFunction.Selector) ? _credited.GetValueOrDefault(asked) : UInt256.Zero;
        return $"\"{Hex.Encode(new AbiWriter().UInt(amount).ToArray())}\"";
    }
}

/// <summary>A block of the benchmark's chain, as an endpoint writes it.</summary>
internal sealed record NodeBlock(ulong Number, Hash32 Hash, string Header, string Receipts)
{
    private static readonly Hash32 Transaction = NodeWorkload.Word(9, 1);

    /// <summary>The block that the books end with. It is empty.</summary>
    public static NodeBlock Last(NodeWorkload work) => Of(work.BooksBlock, NodeWorkload.Word(9, 0), []);

    /// <summary>The epoch's last block, with its last payment.</summary>
    public static NodeBlock Paid(NodeWorkload work)
    {
        var payment = work.Payment(work.Payments - 1);
        Hash32[] topics = [InferencePayments.PaidEvent.Topic, payment.Model.Value, LogTopics.Word(payment.Payer), LogTopics.Word(payment.Token)];
        var log = new LogEntry(
            NodeWorkload.Deployment.Id.Rail, LogTopics.Create(topics), new AbiWriter().UInt(payment.Amount).Word(payment.UsageRef).ToArray(), work.BooksBlock + 1, default, Transaction, 0);
        return Of(work.BooksBlock + 1, Last(work).Hash, [log]);
    }

    private static NodeBlock Of(ulong number, Hash32 parent, LogEntry[] logs)
    {
        var bloom = LogsBloom.Of(logs);
        var receipt = new SealedReceipt(Transaction, 2, new byte[] { 1 }, 100_000, bloom, 0, logs.Length);
        SealedReceipt[] receipts = logs.Length == 0 ? [] : [receipt];
        var values = new byte[]?[HeaderField.All.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var field = HeaderField.All[i];
            values[i] = field.Name switch
            {
                "parentHash" => parent.ToArray(),
                "receiptsRoot" => ReceiptsTrie.Root(receipts, logs).ToArray(),
                "logsBloom" => bloom,
                "number" => Quantity(number),
                "gasLimit" => Quantity(30_000_000),
                "gasUsed" => Quantity(logs.Length == 0 ? 0 : 100_000UL),
                "timestamp" => Quantity(NodeWorkload.TimeOf(number)),
                "baseFeePerGas" => Quantity(1_000_000_000),
                _ when field.Optional => null,
                _ => field.Kind == HeaderFieldKind.Fixed ? new byte[field.Size] : [],
            };
        }

        var hash = HeaderHash.Of(values);
        var fields = HeaderField.All.Zip(values).Where(pair => pair.Second is not null)
            .Select(pair => $"\"{pair.First.Name}\":\"{(pair.First.Kind == HeaderFieldKind.Quantity ? Short(pair.Second) : Hex.Encode(pair.Second))}\"");
        var transactions = logs.Length == 0 ? string.Empty : $"\"{Transaction}\"";
        return new NodeBlock(
            number, hash, $$"""{{{string.Join(',', fields)}},"hash":"{{hash}}","size":"0x400","uncles":[],"transactions":[{{transactions}}]}""", ReceiptsOf(number, hash, bloom, logs));
    }

    private static string ReceiptsOf(ulong number, Hash32 hash, byte[] bloom, LogEntry[] logs)
    {
        if (logs.Length == 0) return "[]";
        var place = string.Create(CultureInfo.InvariantCulture, $"\"blockHash\":\"{hash}\",\"blockNumber\":\"0x{number:x}\",\"transactionHash\":\"{Transaction}\",\"transactionIndex\":\"0x0\"");
        var written = logs.Select((log, i) =>
            $$"""{"address":"{{log.Address}}","topics":[{{string.Join(',', log.Topics.Select(topic => $"\"{topic}\""))}}],"data":"{{Hex.Encode(log.Data.Span)}}",{{place}},"logIndex":"0x{{i:x}}","removed":false}""");
        return $$"""[{{{place}},"type":"0x2","status":"0x1","gasUsed":"0x186a0","cumulativeGasUsed":"0x186a0","effectiveGasPrice":"0x1","logsBloom":"{{Hex.Encode(bloom)}}","logs":[{{string.Join(',', written)}}]}]""";
    }

    private static byte[] Quantity(ulong value)
    {
        var word = new byte[UInt256.Size];
        ((UInt256)value).WriteBigEndian(word);
        return word;
    }

    private static string Short(byte[]? word)
    {
        var digits = Convert.ToHexStringLower(word.AsSpan().TrimStart((byte)0)).TrimStart('0');
        return digits.Length == 0 ? "0x0" : $"0x{digits}";
    }
}
