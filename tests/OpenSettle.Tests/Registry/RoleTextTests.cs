using FsCheck.Fluent;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Registry;

public sealed class RoleTextTests
{
    [Theory]
    [InlineData("", "0x0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("data", "0x6461746100000000000000000000000000000000000000000000000000000000")]
    [InlineData("code, {1}", "0x636f64652c207b317d0000000000000000000000000000000000000000000000")]
    [InlineData("abcdefghijklmnopqrstuvwxyz012345", "0x6162636465666768696a6b6c6d6e6f707172737475767778797a303132333435")]
    public void Text_OfPrintableAscii_RoundTrips(string text, string word)
    {
        Assert.Equal(word, RoleText.ToWord(text).ToString());
        Assert.Equal(text, RoleText.FromWord(Hash32.Parse(word)));
    }

    [Theory]
    [InlineData("0x6122000000000000000000000000000000000000000000000000000000000000")] // quote
    [InlineData("0x615c000000000000000000000000000000000000000000000000000000000000")] // backslash
    [InlineData("0x6100620000000000000000000000000000000000000000000000000000000000")] // zero in the middle
    [InlineData("0x0000000000000000000000000000000000000000000000000000000064617461")] // right aligned
    [InlineData("0x610a000000000000000000000000000000000000000000000000000000000000")] // line feed
    [InlineData("0x617f000000000000000000000000000000000000000000000000000000000000")] // delete
    [InlineData("0xc3a9000000000000000000000000000000000000000000000000000000000000")] // not ASCII
    [InlineData("0x3078616200000000000000000000000000000000000000000000000000000000")] // begins with 0x
    public void Word_ThatIsNoPlainText_IsWrittenAsHexadecimal(string word)
    {
        Assert.Equal(word, RoleText.FromWord(Hash32.Parse(word)));
        Assert.Equal(word, RoleText.ToWord(word).ToString());
    }

    [Theory]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456")]
    [InlineData("a\"b")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\0")]
    [InlineData("\u00e9")]
    [InlineData("0x")]
    [InlineData("0xab")]
    public void Text_ThatFitsNoWord_HasNone(string text) => Assert.Null(RoleText.ToWord(text));

    [Fact]
    public void Words_OfAnyBytes_HaveOneTextEachAndComeBack() => Properties.Hold(
        from seed in Gen.Choose(0, int.MaxValue) from used in Gen.Choose(0, 32) from mask in Gen.Elements(0x7F, 0xFF, 0x0F) select (seed, used, mask),
        input =>
        {
            var bytes = new byte[32];
            new Random(input.seed).NextBytes(bytes.AsSpan(0, input.used));
            for (var i = 0; i < 32; i++) bytes[i] = (byte)(bytes[i] & input.mask);
            if (input.mask == 0x0F) for (var i = 0; i < input.used; i++) bytes[i] = (byte)(0x60 + bytes[i]);
            var word = Hash32.FromBytes(bytes);
            var text = RoleText.FromWord(word);
            Assert.Equal(word, RoleText.ToWord(text));
            Assert.All(text, c => Assert.True(c is >= ' ' and <= '~' and not '"' and not '\\'));
        },
        2_000);
}
