using System.Globalization;
using System.Text;

namespace OpenSettle.Node.Passports;

/// <summary>
/// A text as it is looked for: small letters, without marks on them and without what cannot be seen, one space between words. So "Verträge" is found by
/// "vertrage", and by itself however it was composed. The runtime's own normalisation is not there without ICU.
/// </summary>
internal static class SearchText
{
    /// <summary>Letters that carry a mark, with those that they are without.</summary>
    private const string Marked = "àáâãäåāăąçćĉċčďđèéêëēĕėęěĝğġģĥħìíîïĩīĭįıĵķĺļľŀłñńņňòóôõöøōŏőŕŗřśŝşšţťŧùúûüũūŭůűųŵýÿŷźżžſ";
    private const string Plain = "aaaaaaaaacccccddeeeeeeeeegggghhiiiiiiiiijklllllnnnnooooooooorrrsssstttuuuuuuuuuuwyyyzzzs";

    private const char FirstWide = '\uFF01';
    private const char LastWide = '\uFF5E';

    public static string Of(string text)
    {
        var made = new StringBuilder(text.Length);
        var gap = false;
        foreach (var rune in text.EnumerateRunes())
        {
            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned:
                    continue;
                case UnicodeCategory.Control or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator:
                    gap = made.Length > 0;
                    continue;
                default:
                    if (gap) made.Append(' ');
                    gap = false;
                    Append(made, Rune.ToLowerInvariant(rune));
                    break;
            }
        }

        return made.ToString();
    }

    private static void Append(StringBuilder made, Rune rune)
    {
        if (!rune.IsBmp)
        {
            made.Append(rune.ToString());
            return;
        }

        var letter = (char)rune.Value;
        // Wide letters stand in a line as the narrow ones do.
        if (letter is >= FirstWide and <= LastWide) letter = char.ToLowerInvariant((char)(letter - FirstWide + '!'));
        var at = letter > '\u007F' ? Marked.IndexOf(letter, StringComparison.Ordinal) : -1;
        made.Append(at < 0 ? letter : Plain[at]);
    }
}
