using System.Text;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>An endpoint's address as logs and errors may show it.</summary>
public static class EndpointName
{
    // Providers put their keys into user info, query, or a path segment; a word of the API's own is shorter than this.
    private const int LongestShownSegment = 15;

    private const int ShortestKey = 4;

    public static string Of(Uri endpoint)
    {
        var name = new StringBuilder($"{endpoint.Scheme}://{endpoint.Authority}");
        foreach (var segment in endpoint.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries))
            name.Append('/').Append(segment.Length > LongestShownSegment ? "***" : segment);
        return name.ToString();
    }

    /// <summary>What a remote party wrote, fit to be quoted: short, on one line, and without the endpoint's secrets.</summary>
    public static string Quote(Uri endpoint, string text)
    {
        const int LongestQuote = 300;
        foreach (var secret in Secrets(endpoint).SelectMany(Spellings).Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length))
            text = text.Replace(secret, "***", StringComparison.OrdinalIgnoreCase);
        if (text.Length > LongestQuote) text = string.Concat(text.AsSpan(0, LongestQuote), "...");
        return string.Create(text.Length, text, static (line, source) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? ' ' : source[i];
        });
    }

    private static IEnumerable<string> Secrets(Uri endpoint)
    {
        var halves = endpoint.UserInfo.Split(':', 2);
        yield return endpoint.UserInfo;
        yield return halves[^1];
        // A key may stand where others have their user name. What is shorter is none, and would blot out ordinary words.
        if (halves[0].Length >= ShortestKey) yield return halves[0];
        foreach (var pair in endpoint.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            yield return pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..];

        foreach (var segment in endpoint.AbsolutePath.Split('/'))
        {
            if (segment.Length > LongestShownSegment) yield return segment;
        }
    }

    /// <summary>As it is written in the address, as it is meant, and as the header of an HTTP request has it.</summary>
    private static string[] Spellings(string secret)
    {
        var plain = Uri.UnescapeDataString(secret);
        return [secret, plain, Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(plain))];
    }
}
