using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>Signs as Standard Webhooks say: HMAC-SHA256 over id, time and body, in base64.</summary>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimeHeader = "webhook-timestamp";
    public const string Header = "webhook-signature";

    private const string Prefix = "whsec_";
    private const int LeastBytes = 24;
    private const int MostBytes = 64;

    /// <summary>The key's bytes; false where the text is none.</summary>
    public static bool TryKey(string secret, out byte[] key)
    {
        key = [];
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var bytes = new byte[secret.Length];
        if (!Convert.TryFromBase64String(secret[Prefix.Length..], bytes, out var written) || written is < LeastBytes or > MostBytes) return false;
        key = bytes[..written];
        return true;
    }

    /// <param name="time">Seconds since 1970, of this attempt.</param>
    public static string Sign(ReadOnlySpan<byte> key, string id, long time, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{time}."));
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, [.. head, .. body]));
    }
}
