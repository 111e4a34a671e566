using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Encoding;

/// <summary>Reading RLP that somebody else wrote: what the writer makes comes back item by item, and nothing reads past its end.</summary>
public sealed class RlpItemsTests
{
    [Fact]
    public void Items_OfEveryLength_ComeBackAsTheyWereWritten()
    {
        foreach (var length in new[] { 0, 1, 2, 54, 55, 56, 57, 255, 256, 257, 65_535, 65_536, 70_000 })
        {
            var bytes = new byte[length];
            bytes.AsSpan().Fill(0x7f);
            var list = new RlpList().Bytes(bytes).Integer(0).Integer(0x80).EmptyList().Account(Address.Zero).Bytes(bytes).ToArray();
            Assert.True(RlpItems.TryRead(list, 6, out var items));
            Assert.Equal(6, items.Count);
            Assert.True(RlpItems.Payload(items[0]).SequenceEqual(bytes));
            Assert.Equal([0x80], items[1].ToArray());
            Assert.Equal([0x81, 0x80], items[2].ToArray());
            Assert.Equal([0xc0], items[3].ToArray());
            Assert.Equal(20, RlpItems.Payload(items[4]).Length);
            Assert.True(RlpItems.Payload(items[5]).SequenceEqual(bytes));
            Assert.False(RlpItems.TryRead(list, 5, out _));
        }
    }

    [Theory]
    [InlineData("0x")]
    [InlineData("0x00")]
    [InlineData("0x80")]
    [InlineData("0x8101")]
    [InlineData("0xc1")]
    [InlineData("0xc000")]
    [InlineData("0xc181")]
    [InlineData("0xc28201")]
    [InlineData("0xf8")]
    [InlineData("0xf801")]
    [InlineData("0xf80180ff")]
    [InlineData("0xfbffffffff")]
    [InlineData("0xffffffffffffffffff")]
    [InlineData("0xc9bfffffffffffffffff")]
    [InlineData("0xc4bb7fffffff")]
    public void Bytes_ThatAreNotOneList_AreRefused(string encoded) => Assert.False(RlpItems.TryRead(Hex.Decode(encoded), 12, out _));

    [Fact]
    public void Bytes_AtRandom_AreReadWithinTheirBounds()
    {
        var random = new Random(20261121);
        var read = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = new byte[random.Next(1, 12)];
            random.NextBytes(bytes);
            if (random.Next(2) == 0) bytes[0] = (byte)(0xc0 + bytes.Length - 1);
            if (!RlpItems.TryRead(bytes, 12, out var items)) continue;
            read++;
            // The items are the list's payload, without a gap.
            Assert.Equal(bytes.AsSpan(bytes.Length - items.Sum(item => item.Length)).ToArray(), items.SelectMany(item => item.ToArray()));
            foreach (var item in items) Assert.True(RlpItems.Payload(item).Length <= item.Length);
        }

        Assert.True(read > 1000);
    }
}
