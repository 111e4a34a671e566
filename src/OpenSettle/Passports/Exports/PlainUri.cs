namespace OpenSettle.Passports;

/// <summary>Addresses that a stranger wrote and that others will follow: only plain ones of known kinds are handed on as such.</summary>
internal static class PlainUri
{
    private const int Longest = 2000;

    private static readonly string[] Schemes = ["https://", "http://", "ipfs://", "ar://"];

    public static bool IsOne(string text)
    {
        if (text.Length > Longest || Array.Find(Schemes, scheme => text.StartsWith(scheme, StringComparison.Ordinal)) is not { } scheme) return false;
        var rest = text.AsSpan(scheme.Length);
        if (rest.Length == 0 || !char.IsAsciiLetterOrDigit(rest[0]) || rest.Count('#') > 1) return false;
        for (var i = 0; i < rest.Length; i++)
        {
            var c = rest[i];
            if (c == '%')
            {
                if (i + 2 >= rest.Length || !char.IsAsciiHexDigit(rest[i + 1]) || !char.IsAsciiHexDigit(rest[i + 2])) return false;
            }
            else if (!char.IsAsciiLetterOrDigit(c) && !"-._~:/?#@!$&'()*+,;=".Contains(c, StringComparison.Ordinal))
            {
                return false;
            }
        }

        // A host with a port: digits after the last colon of it, and nobody's name before.
        var end = rest.IndexOfAny('/', '?', '#');
        var host = end < 0 ? rest : rest[..end];
        var port = host.IndexOf(':');
        return !host.Contains('@') && !host.Contains('%') && (port < 0 || (port + 1 < host.Length && host[(port + 1)..].IndexOfAnyExceptInRange('0', '9') < 0));
    }
}
