using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;

namespace OpenSettle.Ethereum.Tests.Rpc;

/// <summary>The fast readers beside a slow and plain one, over replies that are right and written in every way.</summary>
public sealed class ReaderDifferentialTests
{
    private const int Rounds = 3_000;

    [Fact]
    public void Logs_WrittenInEveryWay_AreWhatThePlainReaderReads()
    {
        for (var seed = 0; seed < Rounds; seed++)
        {
            var random = new Random(seed);
            var maker = new ReplyMaker(random);
            var json = maker.Logs(random.Next(12));
            AssertSame(PlainOracle.Logs(json), Readers.Read(Readers.LogsCall, Readers.Utf8(maker.Envelope(json, 1))), json);
        }
    }

    [Fact]
    public void Receipts_WrittenInEveryWay_AreWhatThePlainReaderReads()
    {
        for (var seed = 0; seed < Rounds; seed++)
        {
            var maker = new ReplyMaker(new Random(seed));
            var json = maker.Receipt();
            var (plain, fast) = (PlainOracle.Receipt(json), Readers.Read(Readers.ReceiptCall, Readers.Utf8(maker.Envelope(json, 1))));
            Assert.NotNull(fast);
            AssertSame(plain.Logs, fast.Logs, json);
            Assert.Equal(plain with { Logs = [] }, fast with { Logs = plain.Logs } with { Logs = [] });
        }
    }

    [Fact]
    public void Batches_WrittenInEveryWayAndOrder_AreWhatThePlainReaderReads()
    {
        for (var seed = 0; seed < Rounds; seed++)
        {
            var random = new Random(seed);
            var maker = new ReplyMaker(random);
            string[] blocks = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => maker.Block())];
            string[] answers = [.. blocks.Select((block, i) => maker.Envelope(block, i + 1))];
            random.Shuffle(answers);
            Assert.Equal(blocks.Select(PlainOracle.Block), Readers.ReadBatch(Readers.BlockCall, blocks.Length, Readers.Utf8(maker.Array(answers))));
        }
    }

    private static void AssertSame(IReadOnlyList<LogEntry> plain, IReadOnlyList<LogEntry> fast, string json)
    {
        Assert.True(plain.Count == fast.Count, json);
        for (var i = 0; i < plain.Count; i++)
        {
            Assert.True(plain[i].Data.Span.SequenceEqual(fast[i].Data.Span), json);
            // Memory is compared by place: the data are the same, and are left out of the rest.
            Assert.Equal(plain[i] with { Data = default }, fast[i] with { Data = default });
        }
    }
}
