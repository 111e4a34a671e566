using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;

namespace OpenSettle.Ethereum.Tests.Proof;

/// <summary>
/// Damaged bytes of real answers: what is read out of them is what was in them before, or nothing. Here that can be asked for,
/// as everything that is read is proven. In bounded memory.
/// </summary>
public sealed class ProofFuzzTests
{
    private const int Rounds = 20_000;
    private const int MostPerByte = 16;
    private const int MostBesides = 64 * 1024;

    [Fact]
    public void Headers_Damaged_AreReadAsTheyWereOrRefused()
    {
        var random = new Random(21);
        var blocks = GoldenBlock.All.Select(block => (block.Number, Sealed: block.Sealed(), Answer: Readers.Envelope(block.Header.ToJsonString()))).ToArray();
        Fuzz(random, () =>
        {
            var (number, expected, answer) = blocks[random.Next(blocks.Length)];
            return (answer, damaged => SameHeader(expected, GoldenBlock.Read(GoldenBlock.HeaderCall(number), damaged)));
        });
    }

    [Fact]
    public void Receipts_Damaged_AreReadAsTheyWereOrRefused()
    {
        var random = new Random(22);
        var blocks = GoldenBlock.All.Where(block => block.Receipts is not null).Select(block =>
        {
            var answer = Readers.Envelope(block.Receipts?.ToJsonString() ?? string.Empty);
            return (Sealed: block.Sealed(), Logs: GoldenBlock.Read(GoldenBlock.ReceiptsCall(block.Sealed()), answer), Answer: answer);
        }).ToArray();
        Fuzz(random, () =>
        {
            var (block, expected, answer) = blocks[random.Next(blocks.Length)];
            return (answer, damaged => SameLogs(expected, GoldenBlock.Read(GoldenBlock.ReceiptsCall(block), damaged)));
        });
    }

    // Nobody proves which transactions a block has: their hashes may be others.
    private static void SameHeader(SealedHeader expected, SealedHeader? read)
    {
        if (read is null) return;
        Assert.Equal((expected.Header, expected.ReceiptsRoot), (read.Header, read.ReceiptsRoot));
        Assert.True(expected.Bloom.Span.SequenceEqual(read.Bloom.Span));
    }

    private static void SameLogs(LogEntry[]? expected, LogEntry[]? read)
    {
        if (read is null) return;
        Assert.Equal(Print(expected), Print(read));
    }

    private static IEnumerable<string> Print(LogEntry[]? logs) =>
        (logs ?? []).Select(log => $"{log.BlockNumber} {log.BlockHash} {log.TransactionHash} {log.LogIndex} {log.Address} {string.Join(',', log.Topics)} {Convert.ToHexString(log.Data.Span)}");

    private static void Fuzz(Random random, Func<(byte[] Answer, Action<byte[]> Check)> make)
    {
        var (taken, refused) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var (answer, check) = make();
            var damaged = round % 8 == 0 ? answer : Damage.Of(random, answer);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                check(damaged);
                taken++;
            }
            catch (ChainException failure)
            {
                refused++;
                Assert.StartsWith($"{Readers.Endpoint}: eth_", failure.Message);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= MostPerByte * (long)damaged.Length + MostBesides, $"{allocated} bytes for: {System.Text.Encoding.UTF8.GetString(damaged)}");
        }

        Assert.True(refused > Rounds / 2 && taken >= Rounds / 8, $"{refused} were refused, {taken} were read.");
    }
}
