using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;

namespace OpenSettle.Ethereum.Tests.Rpc;

/// <summary>Tens of thousands of damaged replies, without a connection: read, or refused as callers expect, in bounded memory.</summary>
public sealed class ReaderFuzzTests
{
    private const int Rounds = 20_000;

    // Errors are read into a document, and an exception with its message costs a few kilobytes whatever the reply's size.
    private const int MostPerByte = 16;
    private const int MostBesides = 64 * 1024;

    [Fact]
    public void Logs_Damaged_AreReadOrRefused() =>
        Fuzz(1, (random, maker) => maker.Envelope(maker.Logs(random.Next(6)), 1), answer => Readers.Read(Readers.LogsCall, answer));

    [Fact]
    public void Receipts_Damaged_AreReadOrRefused() =>
        Fuzz(2, (_, maker) => maker.Envelope(maker.Receipt(), 1), answer => Readers.Read(Readers.ReceiptCall, answer));

    [Fact]
    public void Blocks_Damaged_AreReadOrRefused() =>
        Fuzz(3, (_, maker) => maker.Envelope(maker.Block(), 1), answer => Readers.Read(Readers.BlockCall, answer));

    [Fact]
    public void Batches_Damaged_AreReadOrRefused() => Fuzz(
        4,
        (random, maker) => maker.Array([.. Enumerable.Range(1, 3).Select(id => maker.Envelope(maker.Block(), random.Next(20) == 0 ? 1 : id))]),
        answer => Readers.ReadBatch(Readers.BlockCall, 3, answer));

    [Fact]
    public void Errors_Damaged_AreErrorsOfTheChain() => Fuzz(
        5,
        (random, maker) => Replies.Errors[random.Next(Replies.Errors.Length)],
        answer => Readers.Read(Readers.LogsCall, answer),
        answersAreErrors: true);

    private static void Fuzz<T>(int seed, Func<Random, ReplyMaker, string> make, Func<byte[], T> read, bool answersAreErrors = false)
    {
        var random = new Random(seed);
        var (taken, refused) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            // Damage to the structure, to the bytes, or to both.
            var answer = Readers.Utf8(make(random, new ReplyMaker(random, odd: round % 3 == 0 ? 0 : 20)));
            if (round % 3 != 1) answer = Damage.Of(random, answer);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(answer);
                taken++;
            }
            catch (ChainException failure)
            {
                refused++;
                Assert.StartsWith($"{Readers.Endpoint}: eth_", failure.Message);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= MostPerByte * (long)answer.Length + MostBesides, $"{allocated} bytes for: {System.Text.Encoding.UTF8.GetString(answer)}");
        }

        Assert.True(refused > Rounds / 10, $"{refused} were refused.");
        if (answersAreErrors) Assert.Equal(0, taken);
        else Assert.True(taken > Rounds / 10, $"{taken} were read.");
    }
}
