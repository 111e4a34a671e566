using System.Buffers.Binary;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Encoding;

public sealed class AbiTests
{
    [Fact]
    public void Selector_OfTransfer_IsTheKnownOne() => Assert.Equal("0xa9059cbb", Hex.Encode(new AbiFunction("transfer(address,uint256)").Selector));

    [Fact]
    public void Topic_OfTransfer_IsTheKnownOne() =>
        Assert.Equal(
            Hash32.Parse("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"),
            new AbiEvent("Transfer(address,address,uint256)", indexed: 2).Topic);

    /// <summary>The specification's example: f(uint256,uint32[],bytes10,bytes) with (0x123, [0x456, 0x789], "1234567890", "Hello, world!").</summary>
    [Fact]
    public void Writer_ExampleOfTheSpecification_MatchesByteForByte()
    {
        var fixedText = new byte[32];
        "1234567890"u8.CopyTo(fixedText);
        uint[] numbers = [0x456, 0x789];
        var encoded = new AbiWriter()
            .UInt(0x123)
            .Array(numbers, static (writer, number) => writer.UInt(number, 32))
            .Word(Hash32.FromBytes(fixedText))
            .Text("Hello, world!")
            .ToArray();
        var expected = string.Concat(
            "0x",
            "0000000000000000000000000000000000000000000000000000000000000123",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "3132333435363738393000000000000000000000000000000000000000000000",
            "00000000000000000000000000000000000000000000000000000000000000e0",
            "0000000000000000000000000000000000000000000000000000000000000002",
            "0000000000000000000000000000000000000000000000000000000000000456",
            "0000000000000000000000000000000000000000000000000000000000000789",
            "000000000000000000000000000000000000000000000000000000000000000d",
            "48656c6c6f2c20776f726c642100000000000000000000000000000000000000");
        Assert.Equal(expected, Hex.Encode(encoded));
    }

    /// <summary>The specification's example of nested arrays: g(uint256[][],string[]) with ([[1,2],[3]], ["one","two","three"]), its second argument.</summary>
    [Fact]
    public void Writer_ArrayOfDynamicItems_CountsOffsetsFromBehindTheLength()
    {
        string[] texts = ["one", "two", "three"];
        var encoded = new AbiWriter().Array(texts, static (writer, text) => writer.Text(text)).ToArray();
        var words = Enumerable.Range(0, encoded.Length / 32).Select(i => Convert.ToHexStringLower(encoded.AsSpan(i * 32, 32)).TrimStart('0')).ToArray();
        Assert.Equal(["20", "3", "60", "a0", "e0", "3"], words[..6]);
        Assert.StartsWith("6f6e65", words[6]);
    }

    [Theory]
    [InlineData(8, 256UL)]
    [InlineData(32, 4_294_967_296UL)]
    public void Writer_NumberWiderThanItsType_Throws(int bits, ulong value) => Assert.Throws<OverflowException>(() => new AbiWriter().UInt(value, bits));

    [Fact]
    public void Reader_OfWhatWasWritten_ReturnsIt()
    {
        var account = Address.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        ulong[] numbers = [1, 2, ulong.MaxValue];
        var encoded = new AbiWriter()
            .Account(account).Bool(true).UInt(UInt256.MaxAmount, 128).Bytes([1, 2, 3]).Array(numbers, static (writer, number) => writer.UInt(number, 64)).Text("ä€")
            .ToArray();
        var reader = new AbiReader(encoded);
        Assert.Equal(account, reader.Account());
        Assert.True(reader.Bool());
        Assert.Equal(UInt256.MaxAmount, reader.UInt(128));
        Assert.Equal([1, 2, 3], reader.Bytes());
        Assert.Equal(numbers, reader.Array(1, static (ref AbiReader item) => item.UInt64()));
        Assert.Equal("ä€", reader.Text());
    }

    [Fact]
    public void Reader_OfAStructWithinAStruct_CountsItsOffsetsFromItsOwnBeginning()
    {
        var encoded = new AbiWriter().UInt(1).DynamicTuple(tuple => tuple.Text("ä€").UInt(2).DynamicTuple(inner => inner.Bytes([3]).UInt(4))).UInt(5).ToArray();
        var reader = new AbiReader(encoded);
        Assert.Equal((UInt256)1, reader.UInt());
        var tuple = reader.Tuple();
        Assert.Equal("ä€", tuple.Text());
        Assert.Equal((UInt256)2, tuple.UInt());
        var inner = tuple.Tuple();
        Assert.Equal([3], inner.Bytes());
        Assert.Equal((UInt256)4, inner.UInt());
        Assert.Equal((UInt256)5, reader.UInt());
    }

    [Fact]
    public void Reader_PastTheEnd_Refuses() => Assert.Throws<AbiException>(() => new AbiReader(new byte[31]).Word());

    [Theory]
    [InlineData("0x0000000000000000000000010000000000000000000000000000000000000000")]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Reader_AddressWithMoreThan20Bytes_Refuses(string word) => Assert.Throws<AbiException>(() => new AbiReader(Hex.Decode(word)).Account());

    [Theory]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000002")]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000100")]
    public void Reader_BoolThatIsNeither_Refuses(string word) => Assert.Throws<AbiException>(() => new AbiReader(Hex.Decode(word)).Bool());

    [Fact]
    public void Reader_NumberWiderThanItsType_Refuses()
    {
        var word = new byte[32];
        word[23] = 1;
        Assert.Throws<AbiException>(() => new AbiReader(word).UInt64());
    }

    [Theory]
    [InlineData("0x00000000000000000000000000000000000000000000000000000000000000ff")]
    [InlineData("0x0000000000000000000000000000000000000000000000007fffffffffffffff")]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Reader_OffsetOutside_Refuses(string offset)
    {
        byte[] data = [.. Hex.Decode(offset), .. new byte[32]];
        Assert.Throws<AbiException>(() => new AbiReader(data).Bytes());
        Assert.Throws<AbiException>(() => new AbiReader(data).Tuple().Word());
        Assert.Throws<AbiException>(() => new AbiReader(data).Array(1, static (ref AbiReader item) => item.Word()));
    }

    [Theory]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000021")]
    [InlineData("0x000000000000000000000000000000000000000000000000000000007fffffff")]
    [InlineData("0x0000000000000000000000000000000000000000000000008000000000000000")]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Reader_LengthBeyondTheBytes_Refuses(string length)
    {
        var offset = new byte[32];
        offset[31] = 32;
        byte[] data = [.. offset, .. Hex.Decode(length), .. new byte[32]];
        Assert.Throws<AbiException>(() => new AbiReader(data).Bytes());
        Assert.Throws<AbiException>(() => new AbiReader(data).Text());
        Assert.Throws<AbiException>(() => new AbiReader(data).Array(3, static (ref AbiReader item) => item.Word()));
    }

    [Fact]
    public void Reader_TextThatIsNotUtf8_ReplacesAndGoesOn()
    {
        var encoded = new AbiWriter().Bytes([0x61, 0xff, 0x62]).ToArray();
        Assert.Equal("a\ufffdb", new AbiReader(encoded).Text());
    }

    [Fact]
    public void Reader_RandomBytes_ReadOrRefuseAndNothingElse()
    {
        var random = new Random(20261120);
        for (var round = 0; round < 5_000; round++)
        {
            var data = new byte[random.Next(0, 6) * 32 + random.Next(0, 3)];
            if (random.Next(2) == 0) random.NextBytes(data);
            // Small numbers in the places of offsets and lengths get further than noise.
            for (var at = 28; at + 4 <= data.Length; at += 32)
            {
                if (random.Next(2) == 0) BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(at), random.Next(0, 256));
            }

            try
            {
                var reader = new AbiReader(data);
                _ = reader.Bytes();
                _ = reader.Array(2, static (ref AbiReader item) => (item.Account(), item.UInt(128)));
                var tuple = reader.Tuple();
                _ = tuple.Text();
                _ = tuple.Tuple().Bytes();
                _ = reader.Text();
            }
            catch (AbiException)
            {
                // The one allowed refusal.
            }
        }
    }
}
