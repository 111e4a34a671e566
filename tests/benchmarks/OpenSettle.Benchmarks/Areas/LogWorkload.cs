using System.Globalization;
using System.Text;
using OpenSettle.Primitives;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>An answer to eth_getLogs with the transfers of a dollar, every field as geth sends it.</summary>
internal sealed class LogWorkload
{
    public const int Logs = 10_000;
    public const ulong FirstBlock = 21_600_000;

    private const int LogsPerBlock = 40;
    private const string Token = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
    private const string Topic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

    private LogWorkload(byte[] reply, UInt256 sum) => (Reply, Sum) = (reply, sum);

    public byte[] Reply { get; }

    /// <summary>What all transfers together move: each way of reading has to find it.</summary>
    public UInt256 Sum { get; }

    public static LogWorkload Create()
    {
        var random = new Random(20261121);
        var sum = UInt256.Zero;
        var text = new StringBuilder("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[");
        var (blockHash, transaction) = (string.Empty, string.Empty);
        for (var i = 0; i < Logs; i++)
        {
            var (block, index) = (i / LogsPerBlock, i % LogsPerBlock);
            if (index == 0) blockHash = Word(random, Hash32.Size);
            if (index % 2 == 0) transaction = Word(random, Hash32.Size);
            var amount = (ulong)random.NextInt64(1, 1_000_000_000_000);
            sum += amount;
            if (i > 0) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $$"""
                {"address":"{{Token}}","topics":["{{Topic}}","{{Account(random)}}","{{Account(random)}}"],"data":"0x{{amount:x64}}",
                "blockNumber":"0x{{FirstBlock + (ulong)block:x}}","transactionHash":"{{transaction}}","transactionIndex":"0x{{index / 2:x}}",
                "blockHash":"{{blockHash}}","blockTimestamp":"0x{{1_736_000_000 + block * 12:x}}","logIndex":"0x{{index:x}}","removed":false}
                """);
        }

        // Nodes send no white space.
        return new LogWorkload(Encoding.ASCII.GetBytes(text.Append("]}").Replace("\n", string.Empty).ToString()), sum);
    }

    private static string Account(Random random) => $"0x{new string('0', 24)}{Word(random, Address.Size)[2..]}";

    private static string Word(Random random, int size)
    {
        var bytes = new byte[size];
        random.NextBytes(bytes);
        return Hex.Encode(bytes);
    }
}
