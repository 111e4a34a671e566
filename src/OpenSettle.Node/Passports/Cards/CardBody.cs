using OpenSettle.Passports;

namespace OpenSettle.Node.Passports.Cards;

/// <summary>What a card's prose gives: its first heading, its first paragraph, and what it says of limitations. Only what is plainly that; Markdown is not interpreted.</summary>
internal sealed class CardBody
{
    private const int LongestSummary = 1000;

    public string? Heading { get; private set; }

    public string? Summary { get; private set; }

    public string? Limitations { get; private set; }

    public static CardBody Read(string[] lines, int firstLine, CardNotes omitted)
    {
        var body = new CardBody();
        var paragraph = new List<string>();
        var limits = new List<string>();
        var (inFence, limitsLevel) = (false, 0);
        foreach (var line in lines.Append(string.Empty))
        {
            var text = line.Trim();
            if (text.StartsWith("```", StringComparison.Ordinal) || text.StartsWith("~~~", StringComparison.Ordinal)) inFence = !inFence;
            var level = inFence ? 0 : HeadingLevel(text);
            if (level > 0)
            {
                var title = Title(text, level);
                body.Heading ??= level == 1 && title.Length > 0 ? title : null;
                if (limitsLevel > 0 && level <= limitsLevel) limitsLevel = -1;
                if (limitsLevel == 0 && title.Contains("limitation", StringComparison.OrdinalIgnoreCase)) limitsLevel = level;
            }
            else if (limitsLevel > 0)
            {
                limits.Add(text);
            }

            if (body.Summary is not null) continue;
            if (!inFence && level == 0 && IsProse(text)) paragraph.Add(text);
            else if (paragraph.Count > 0) body.Summary = string.Join(' ', paragraph);
        }

        body.Summary = Cut(body.Summary, LongestSummary, "summary", firstLine, omitted);
        body.Limitations = Cut(string.Join('\n', limits).Trim(), ModelDocument.LongestText, "limitations", firstLine, omitted);
        return body;
    }

    private static int HeadingLevel(string text)
    {
        var level = text.IndexOfAnyExcept('#');
        return level is > 0 and <= 6 && text[level] is ' ' or '\t' ? level : 0;
    }

    private static string Title(string text, int level)
    {
        var title = text[level..].Trim();
        var end = title.TrimEnd('#');
        return (end.Length < title.Length && end.EndsWith(' ') ? end : title).Trim();
    }

    /// <summary>Not a badge, a table, a list, a quotation, a comment or HTML.</summary>
    private static bool IsProse(string text) => text.Length > 0 && text[0] is not ('<' or '!' or '|' or '>' or '-' or '*' or '[' or '`' or '~' or '=' or '#' or '+');

    private static string? Cut(string? text, int longest, string what, int line, CardNotes omitted)
    {
        if (text is null or "") return null;
        var clean = string.Concat(text.Select(c => c is '\n' || !char.IsControl(c) ? c : ' '));
        if (clean.Length <= longest) return clean;
        omitted.Add(line, $"body.{what}", $"it is cut after {longest} characters.");
        return clean[..(char.IsHighSurrogate(clean[longest - 1]) ? longest - 1 : longest)];
    }
}
