using System.Text;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>An endpoint's address as logs and errors may show it.</summary>
internal static class EndpointName
{
    // Providers put their keys into user info, query, or a path segment; a word of the API's own is shorter than this.
    private const int LongestShownSegment = 15;

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
        foreach (var secret in Secrets(endpoint)) text = text.Replace(secret, "***", StringComparison.OrdinalIgnoreCase);
        if (text.Length > LongestQuote) text = string.Concat(text.AsSpan(0, LongestQuote), "...");
        return string.Create(text.Length, text, static (line, source) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? ' ' : source[i];
        });
    }

    private static IEnumerable<string> Secrets(Uri endpoint)
    {
        if (endpoint.UserInfo.Length > 0)
        {
            yield return endpoint.UserInfo;
            var password = endpoint.UserInfo[(endpoint.UserInfo.IndexOf(':', StringComparison.Ordinal) + 1)..];
            if (password.Length > 0) yield return password;
        }

        foreach (var pair in endpoint.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var value = pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..];
            if (value.Length > 0) yield return value;
        }

        foreach (var segment in endpoint.AbsolutePath.Split('/'))
        {
            if (segment.Length > LongestShownSegment) yield return segment;
        }
    }
}
