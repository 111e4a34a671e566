using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Encoding;

/// <summary>The examples of the yellow paper's appendix, and the edges between its forms.</summary>
public sealed class RlpListTests
{
    [Fact]
    public void List_Empty_IsC0() => Assert.Equal("0xc0", Hex.Encode(new RlpList().ToArray()));

    [Fact]
    public void Bytes_CatAndDog_MatchTheExample() =>
        Assert.Equal("0xc88363617483646f67", Hex.Encode(new RlpList().Bytes("cat"u8).Bytes("dog"u8).ToArray()));

    [Theory]
    [InlineData(0UL, "0xc180")]
    [InlineData(1UL, "0xc101")]
    [InlineData(127UL, "0xc17f")]
    [InlineData(128UL, "0xc28180")]
    [InlineData(1024UL, "0xc3820400")]
    [InlineData(ulong.MaxValue, "0xc988ffffffffffffffff")]
    public void Integer_OfAnySize_HasNoLeadingZeros(ulong value, string expected) =>
        Assert.Equal(expected, Hex.Encode(new RlpList().Integer(value).ToArray()));

    [Fact]
    public void Integer_LargestWord_Takes32Bytes() =>
        Assert.Equal("0xe1a0" + new string('f', 64), Hex.Encode(new RlpList().Integer(UInt256.MaxValue).ToArray()));

    [Theory]
    [InlineData(55, "0xf8")]
    [InlineData(56, "0xf8")]
    public void Bytes_AroundTheLongForm_HaveTheRightHead(int length, string listHead)
    {
        var encoded = Hex.Encode(new RlpList().Bytes(new byte[length]).ToArray());
        Assert.StartsWith(listHead, encoded);
        Assert.Equal(length == 55 ? "b7" : "b838", encoded.Substring(6, length == 55 ? 2 : 4));
    }

    [Fact]
    public void Bytes_Of70000_HaveThreeLengthBytes() =>
        Assert.StartsWith("0xfa011174ba011170", Hex.Encode(new RlpList().Bytes(new byte[70_000]).ToArray()));

    [Fact]
    public void Account_Absent_IsTheEmptyString() => Assert.Equal("0xc180", Hex.Encode(new RlpList().Account(null).ToArray()));

    [Fact]
    public void Account_ZeroAddress_IsTwentyBytes() =>
        Assert.Equal("0xd594" + new string('0', 40), Hex.Encode(new RlpList().Account(Address.Zero).ToArray()));

    [Fact]
    public void Envelope_OfType_StartsWithIt() => Assert.Equal("0x02c1c0", Hex.Encode(new RlpList().EmptyList().ToEnvelope(2)));
}
