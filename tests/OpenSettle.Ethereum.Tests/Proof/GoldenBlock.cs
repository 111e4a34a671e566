using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Ethereum.Tests.Support;

namespace OpenSettle.Ethereum.Tests.Proof;

/// <summary>Blocks of real chains and of geth's test chain, as their nodes wrote them (vectors/blocks.json names the sources).</summary>
internal sealed record GoldenBlock(string Name, JsonObject Header, JsonArray? Receipts)
{
    private static readonly AnswerReader Answers = new(new Uri(Readers.Endpoint));

    public static IReadOnlyList<GoldenBlock> All { get; } = Load();

    public static GoldenBlock Named(string name) => All.Single(block => block.Name == name);

    public ulong Number => Convert.ToUInt64(Header["number"]?.GetValue<string>(), 16);

    public SealedHeader Sealed() => ReadHeader(Header.ToJsonString(), Number) ?? throw new InvalidOperationException($"{Name} is not read.");

    public static SealedHeader? ReadHeader(string result, ulong number) => Answers.Read(HeaderCall(number), 1, Answer(result));

    public static LogEntry[]? ReadReceipts(SealedHeader block, string result) => Answers.Read(ReceiptsCall(block), 1, Answer(result));

    public static T Read<T>(RpcCall<T> call, byte[] answer) => Answers.Read(call, 1, new HttpAnswer(answer, answer.Length, HttpStatusCode.OK, null));

    public static RpcCall<SealedHeader?> HeaderCall(ulong number) =>
        new("eth_getBlockByNumber", static _ => { }, (ref ReplyCursor result) => SealedHeaders.Read(ref result, number));

    public static RpcCall<LogEntry[]?> ReceiptsCall(SealedHeader block) =>
        new(ReceiptReplies.OfBlock, static _ => { }, (ref ReplyCursor result) => ReceiptReplies.Block(ref result, block));

    private static HttpAnswer Answer(string result)
    {
        var body = Readers.Envelope(result);
        return new HttpAnswer(body, body.Length, HttpStatusCode.OK, null);
    }

    private static GoldenBlock[] Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "blocks.json")));
        return
        [
            .. document.RootElement.EnumerateArray().Select(block => new GoldenBlock(
                block.GetProperty("name").GetString() ?? string.Empty,
                JsonObject.Create(block.GetProperty("header").Clone()) ?? [],
                block.GetProperty("receipts") is { ValueKind: JsonValueKind.Array } receipts ? JsonArray.Create(receipts.Clone()) : null)),
        ];
    }
}
