using System.Globalization;
using System.Text;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// Unicode's form NFKD, which BIP-39 wants passphrases in. .NET's own Normalize gives text back as it is where the programs run
/// without ICU, as these do: another passphrase, and so another key. The data lies beside, with its licence.
/// </summary>
internal static class Nfkd
{
    private const int FirstSyllable = 0xac00;
    private const int Syllables = 11172;
    private const int FirstLead = 0x1100;
    private const int FirstVowel = 0x1161;
    private const int Vowels = 21;
    private const int BeforeFirstTail = 0x11a7;
    private const int Tails = 28;

    private static readonly Lazy<(Dictionary<int, int> Classes, Dictionary<int, Rune[]> Parts)> Data = new(Load);

    /// <exception cref="FormatException">It is not text: half of a surrogate pair.</exception>
    public static string Normalize(string text)
    {
        if (Ascii.IsValid(text)) return text;
        var parts = new List<Rune>(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune)) throw new FormatException("The passphrase is not text: it holds half of a surrogate pair.");
            i += rune.Utf16SequenceLength;
            TakeApart(rune, parts);
        }

        return string.Concat(parts);
    }

    private static void TakeApart(Rune rune, List<Rune> parts)
    {
        var syllable = rune.Value - FirstSyllable;
        if (syllable is >= 0 and < Syllables)
        {
            parts.Add(new Rune(FirstLead + syllable / (Vowels * Tails)));
            parts.Add(new Rune(FirstVowel + syllable / Tails % Vowels));
            if (syllable % Tails > 0) parts.Add(new Rune(BeforeFirstTail + syllable % Tails));
        }
        else if (Data.Value.Parts.TryGetValue(rune.Value, out var known))
        {
            foreach (var part in known) Add(part, parts);
        }
        else
        {
            Add(rune, parts);
        }
    }

    /// <summary>A mark stands before the marks of a higher class that it follows; what is no mark has class 0 and stops it.</summary>
    private static void Add(Rune rune, List<Rune> parts)
    {
        var at = parts.Count;
        if (Class(rune) is > 0 and var own)
        {
            while (at > 0 && Class(parts[at - 1]) > own) at--;
        }

        parts.Insert(at, rune);
    }

    private static int Class(Rune rune) => Data.Value.Classes.GetValueOrDefault(rune.Value);

    private static (Dictionary<int, int> Classes, Dictionary<int, Rune[]> Parts) Load()
    {
        using var stream = typeof(Nfkd).Assembly.GetManifestResourceStream("nfkd")
            ?? throw new InvalidOperationException("The table of characters is not embedded.");
        using var reader = new StreamReader(stream);
        var classes = new Dictionary<int, int>();
        var parts = new Dictionary<int, Rune[]>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var words = line.Split(' ');
            if (words[0] == "class")
            {
                foreach (var mark in words.Skip(2)) classes.Add(Point(mark), int.Parse(words[1], CultureInfo.InvariantCulture));
            }
            else
            {
                parts.Add(Point(words[0]), [.. words.Skip(1).Select(word => new Rune(Point(word)))]);
            }
        }

        return (classes, parts);
    }

    private static int Point(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
