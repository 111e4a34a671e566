using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Proof;

public sealed class ReceiptsTrieTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(130)]
    [InlineData(200)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(300)]
    [InlineData(1_000)]
    [InlineData(70_000)]
    public void Root_OfSoManyReceipts_IsThePlainTries(int count)
    {
        var (receipts, logs) = RandomReceipts.Make(new Random(count), count, mostLogs: count > 1_000 ? 0 : 4);
        Assert.Equal(PlainTrie.Root([.. receipts.Select(receipt => Encoded(receipt, logs))]), ReceiptsTrie.Root(receipts, logs));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(70_000)]
    public void Places_SortedByPath_AreThoseOfIndexAt(int count)
    {
        var indexes = Enumerable.Range(0, count).Select(place => ReceiptsTrie.IndexAt(place, count)).ToArray();
        Assert.Equal(Enumerable.Range(0, count), indexes.Order());
        var paths = indexes.Select(Path).ToArray();
        for (var i = 1; i < paths.Length; i++) Assert.True(paths[i - 1].AsSpan().SequenceCompareTo(paths[i]) < 0, $"{indexes[i - 1]} {indexes[i]}");
    }

    [Fact]
    public void Receipt_OfEachKind_IsEncodedAsItsChainDoes()
    {
        var log = new LogEntry(Address.Parse(Support.Replies.Contract), [Hash32.Parse(Support.Replies.Topic)], new byte[] { 1 }, 1, default, default, 0);
        var bloom = LogsBloom.Of([log]);
        var plain = new SealedReceipt(default, 0, new byte[] { 1 }, 21_000, bloom, 0, 1);
        byte[] topics = [.. List(Text(Hash32.Parse(Support.Replies.Topic).ToArray()))];
        byte[] logs = List(List(Text(Address.Parse(Support.Replies.Contract).ToArray()), topics, Text([1])));
        byte[] legacy = List(Text([1]), Text([0x52, 0x08]), Text(bloom), logs);
        Assert.Equal(legacy, Encoded(plain, [log]));
        Assert.Equal([2, .. legacy], Encoded(plain with { Type = 2 }, [log]));
        Assert.Equal([0x7e, .. legacy], Encoded(plain with { Type = 0x7e }, [log]));
        Assert.Equal([0x7e, .. List(Text([1]), Text([0x52, 0x08]), Text(bloom), logs, Text([0x03, 0xe8]), Text([1]))], Encoded(plain with { Type = 0x7e, Deposit = (1000, 1) }, [log]));
        Assert.Equal(List(Text([]), Text([0x52, 0x08]), Text(bloom), logs), Encoded(plain with { Outcome = ReadOnlyMemory<byte>.Empty }, [log]));
        var root = Enumerable.Repeat((byte)7, 32).ToArray();
        Assert.Equal(List(Text(root), Text([0x52, 0x08]), Text(bloom), logs), Encoded(plain with { Outcome = root }, [log]));
    }

    private static byte[] Encoded(SealedReceipt receipt, LogEntry[] logs)
    {
        var rlp = new RlpBackward(new byte[receipt.Room(logs)]);
        receipt.Write(ref rlp, logs);
        return rlp.Written.ToArray();
    }

    private static byte[] Path(int index)
    {
        Span<byte> nibbles = stackalloc byte[16];
        return nibbles[..ReceiptsTrie.Path(index, nibbles)].ToArray();
    }

    private static byte[] Text(byte[] value) => RlpItems.TryRead(new RlpList().Bytes(value).ToArray(), 1, out var items) ? items[0].ToArray() : throw new InvalidOperationException("An item.");

    private static byte[] List(params byte[][] items)
    {
        byte[] payload = [.. items.SelectMany(item => item)];
        if (payload.Length <= 55) return [(byte)(0xc0 + payload.Length), .. payload];
        byte[] length = [.. BitConverter.GetBytes(payload.Length).Reverse().SkipWhile(one => one == 0)];
        return [(byte)(0xf7 + length.Length), .. length, .. payload];
    }
}
