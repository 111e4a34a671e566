using System.Globalization;
using System.Text;

namespace OpenSettle.Cli.Screen;

/// <summary>Texts of strangers as a terminal may show them: nothing in them moves the cursor, turns the direction of writing, or hides.</summary>
internal static class Inert
{
    private const int MostMarks = 2;

    /// <param name="most">Characters after which it is cut.</param>
    public static string Of(string text, int most = 400)
    {
        var shown = new StringBuilder(text.Length);
        var (marks, taken) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if (taken++ >= most) return shown.Append('…').ToString();
            var category = Rune.GetUnicodeCategory(rune);
            var isMark = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark;
            // Letters have a mark or two; piles of them write over the lines around.
            marks = isMark ? marks + 1 : 0;
            if (marks > MostMarks || IsHidden(category) || (category == UnicodeCategory.SpaceSeparator && rune.Value != ' ') || rune.Value == 0xfffd)
                shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            else shown.Append(rune);
        }

        return shown.ToString();
    }

    /// <summary>Columns that a text takes, about: wide scripts and pictures take two.</summary>
    public static int Width(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark) continue;
            width += rune.Value is >= 0x1100 and <= 0x115f or >= 0x2e80 and <= 0xa4cf or >= 0xac00 and <= 0xd7a3 or >= 0xf900 and <= 0xfaff or >= 0xfe30 and <= 0xfe6f or >= 0xff00 and <= 0xff60 or >= 0x1f300 and <= 0x3fffd ? 2 : 1;
        }

        return width;
    }

    private static bool IsHidden(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
