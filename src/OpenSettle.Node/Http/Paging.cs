using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace OpenSettle.Node.Http;

/// <summary>
/// One rule for all lists: <c>limit</c> rows, and where there are more the header <c>Link: &lt;…&gt;; rel="next"</c> (RFC 8288) names the next
/// page. A page begins at a key, never at a count, so that rows that come in between neither repeat nor hide any.
/// </summary>
internal static class Paging
{
    /// <summary>Reads <c>limit</c>. What is out of range is refused, and not bent into it.</summary>
    public static bool TryLimit(string? text, int usual, int most, out int limit, out IResult? refusal)
    {
        limit = usual;
        var good = text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= most);
        refusal = good ? null : Problems.BadRequest("'limit' is out of range", $"It is a whole number from 1 to {most}.");
        return good;
    }

    /// <summary>Says where the next page is: at this address, with these values in place of its own. Only the query is said, so that it holds behind any proxy.</summary>
    public static void Next(HttpContext context, params ReadOnlySpan<(string Name, string Value)> cursor)
    {
        var query = QueryHelpers.ParseQuery(context.Request.QueryString.Value);
        foreach (var (name, value) in cursor) query[name] = value;
        context.Response.Headers.Link = $"<{QueryHelpers.AddQueryString(string.Empty, query)}>; rel=\"next\"";
    }

    public static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A whole number that the books can hold.</summary>
    public static bool TryNumber(string? text, ulong otherwise, out ulong number)
    {
        number = otherwise;
        return text is null || (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= long.MaxValue);
    }
}
