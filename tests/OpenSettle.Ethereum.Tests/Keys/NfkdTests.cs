using System.Security.Cryptography;
using System.Text;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Tests.Support;

namespace OpenSettle.Ethereum.Tests.Keys;

/// <summary>Unicode's NFKD against another implementation of it, that of JavaScript.</summary>
public sealed class NfkdTests
{
    [Fact]
    public void Normalize_OfTexts_IsTheOtherImplementationsForm()
    {
        Assert.Equal(200, KeyVectors.Texts.Count);
        Assert.All(KeyVectors.Texts, each => Assert.Equal(each.Form, Nfkd.Normalize(each.Text)));
        Assert.Contains(KeyVectors.Texts, each => each.Form != each.Text);
    }

    [Fact]
    public void Normalize_OfEveryCharacter_IsTheOtherImplementationsForm()
    {
        var forms = new StringBuilder();
        for (var point = 0; point < 0x110000; point++)
        {
            if (!Rune.IsValid(point)) continue;
            if (point > 0) forms.Append('\n');
            forms.Append(Nfkd.Normalize(char.ConvertFromUtf32(point)));
        }

        Assert.Equal(KeyVectors.AllCharacters, "0x" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(forms.ToString()))));
    }

    [Fact]
    public void Normalize_OfItsOwnForm_ChangesNothing() =>
        Assert.All(KeyVectors.Texts, each => Assert.Equal(each.Form, Nfkd.Normalize(each.Form)));

    [Fact]
    public void Normalize_OfHalfAPair_IsRefused() =>
        Assert.All(new[] { "\ud800", "a\udc00b", "\ud83d" }, text => Assert.Throws<FormatException>(() => Nfkd.Normalize(text)));
}
