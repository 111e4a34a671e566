using System.Globalization;
using System.Numerics;
using System.Text;
using Newtonsoft.Json;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>The peer: logs read as most programs read them, into an object of strings first, and those into bytes and numbers.</summary>
internal static class LogNewtonsoft
{
    public static BigInteger Sum(byte[] reply)
    {
        using var reader = new JsonTextReader(new StreamReader(new MemoryStream(reply), Encoding.UTF8));
        var answer = JsonSerializer.CreateDefault().Deserialize<Answer>(reader) ?? throw new InvalidOperationException("No answer.");
        var sum = BigInteger.Zero;
        foreach (var transfer in answer.Result.Select(Decode)) sum += transfer.Amount;
        return sum;
    }

    private static Transfer Decode(Log log) => new(
        Bytes(log.Address),
        Bytes(log.Topics[0]),
        Bytes(log.Topics[1])[12..],
        Bytes(log.Topics[2])[12..],
        new BigInteger(Bytes(log.Data), isUnsigned: true, isBigEndian: true),
        Number(log.BlockNumber),
        Bytes(log.BlockHash),
        Bytes(log.TransactionHash),
        Number(log.LogIndex));

    private static byte[] Bytes(string text) => Convert.FromHexString(text.AsSpan(2));

    private static ulong Number(string text) => ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private sealed record Transfer(
        byte[] Token, byte[] Topic, byte[] From, byte[] To, BigInteger Amount, ulong BlockNumber, byte[] BlockHash, byte[] TransactionHash, ulong LogIndex);

    private sealed record Answer(string Jsonrpc, long Id, Log[] Result);

    private sealed class Log
    {
        public string Address { get; set; } = string.Empty;

        public string[] Topics { get; set; } = [];

        public string Data { get; set; } = string.Empty;

        public string BlockNumber { get; set; } = string.Empty;

        public string TransactionHash { get; set; } = string.Empty;

        public string TransactionIndex { get; set; } = string.Empty;

        public string BlockHash { get; set; } = string.Empty;

        public string BlockTimestamp { get; set; } = string.Empty;

        public string LogIndex { get; set; } = string.Empty;

        public bool Removed { get; set; }
    }
}
