using System.Buffers.Text;
using System.Security.Cryptography;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Usage;

/// <summary>A key of a gateway. Its text is shown once; what is kept is its hash.</summary>
public static class GatewayKeyText
{
    public const string Prefix = "osk_";

    private const int SecretBytes = 32;

    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>SHA-256 of the text: a key of 256 random bits needs no slow hash.</summary>
    public static Hash32 HashOf(ReadOnlySpan<byte> utf8)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        SHA256.HashData(utf8, hash);
        return Hash32.FromBytes(hash);
    }

    public static Hash32 HashOf(string text) => HashOf(System.Text.Encoding.UTF8.GetBytes(text));
}
