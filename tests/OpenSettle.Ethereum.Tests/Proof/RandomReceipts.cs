using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Proof;

/// <summary>Receipts of any kind, from a seed.</summary>
internal static class RandomReceipts
{
    private static readonly byte[] Types = [0, 1, 2, 3, 4, 0x64, 0x6a, 0x7e];

    public static (SealedReceipt[] Receipts, LogEntry[] Logs) Make(Random random, int count, int mostLogs)
    {
        var receipts = new SealedReceipt[count];
        var logs = new List<LogEntry>();
        for (var i = 0; i < count; i++)
        {
            var first = logs.Count;
            for (var log = random.Next(mostLogs + 1); log > 0; log--) logs.Add(Log(random, (uint)logs.Count));
            receipts[i] = new SealedReceipt(
                Word(random), Types[random.Next(Types.Length)], random.Next(4) switch { 0 => Bytes(random, 32), 1 => Array.Empty<byte>(), _ => new byte[] { 1 } },
                (ulong)random.NextInt64() >> random.Next(63), Bytes(random, LogsBloom.Size), first, logs.Count - first)
            {
                Deposit = random.Next(4) == 0 ? ((ulong)random.Next(1_000), (ulong)random.Next(3)) : null,
            };
        }

        return (receipts, [.. logs]);
    }

    public static LogEntry Log(Random random, uint index) => new(
        Address.FromBytes(Bytes(random, Address.Size)),
        LogTopics.Create([.. Enumerable.Range(0, random.Next(LogTopics.Most + 1)).Select(_ => Word(random))]),
        Bytes(random, random.Next(5) switch { 0 => 0, 1 => 1, 2 => random.Next(55, 58), 3 => random.Next(70_000), _ => 32 * random.Next(4) }),
        1, default, default, index);

    public static Hash32 Word(Random random) => Hash32.FromBytes(Bytes(random, Hash32.Size));

    public static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
