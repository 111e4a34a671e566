using System.Net;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>The built-in client's readers without a connection.</summary>
internal static class Readers
{
    public const string Endpoint = "http://127.0.0.1:8545";

    private static readonly AnswerReader Answers = new(new Uri(Endpoint));

    public static RpcCall<LogEntry[]> LogsCall { get; } = Call("eth_getLogs", static (ref ReplyCursor result) => LogReplies.Logs(ref result));

    public static RpcCall<BlockHeader?> BlockCall { get; } = Call("eth_getBlockByNumber", static (ref ReplyCursor result) => ChainReplies.Block(ref result));

    public static RpcCall<TransactionReceipt?> ReceiptCall { get; } = Call("eth_getTransactionReceipt", static (ref ReplyCursor result) => ChainReplies.Receipt(ref result));

    /// <summary>The logs of an answer that holds this result.</summary>
    public static LogEntry[] Logs(string result) => Read(LogsCall, Envelope(result));

    public static BlockHeader? Block(string result) => Read(BlockCall, Envelope(result));

    public static TransactionReceipt? Receipt(string result) => Read(ReceiptCall, Envelope(result));

    /// <summary>Reads a whole answer to a call with the number 1.</summary>
    public static T Read<T>(RpcCall<T> call, byte[] answer) => Answers.Read(call, 1, new HttpAnswer(answer, answer.Length, HttpStatusCode.OK, null));

    /// <summary>Reads a whole answer to so many calls, the first of which has the number 1.</summary>
    public static T[] ReadBatch<T>(RpcCall<T> call, int count, byte[] answer) =>
        Answers.ReadBatch([.. Enumerable.Repeat(call, count)], 1, new HttpAnswer(answer, answer.Length, HttpStatusCode.OK, null));

    public static byte[] Envelope(string result, int id = 1) => Utf8($"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}");

    public static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static RpcCall<T> Call<T>(string method, RpcCall<T>.ResultReader read) => new(method, static _ => { }, read);
}
