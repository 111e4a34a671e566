using System.Globalization;
using System.Numerics;
using System.Text.Json;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>Something that a person wrote cannot be attested. The message names what, and the remedy.</summary>
public sealed class DraftException(string message) : Exception(message);

/// <summary>What a person wrote of a statement: values by name, from flags or from a file.</summary>
/// <param name="place">What an error calls a field: "--metric", or "statement 3, 'metric'".</param>
/// <param name="values">By name; most names have one value.</param>
/// <param name="hashFile">keccak-256 of a file's bytes; throws <see cref="DraftException"/> where it cannot be read.</param>
public sealed class DraftFields(Func<string, string> place, IReadOnlyDictionary<string, IReadOnlyList<string>> values, Func<string, Hash32> hashFile)
{
    /// <summary>Most characters of a value.</summary>
    public const int LongestValue = 4096;

    // In seconds from now: what is later is not meant so, but in milliseconds.
    private const ulong FarthestExpiry = 100UL * 365 * 24 * 3600;

    public IEnumerable<string> Names => values.Keys;

    /// <summary>The fields of each object of a list.</summary>
    /// <exception cref="DraftException">It is not a list of flat objects.</exception>
    public static IReadOnlyList<DraftFields> FromJson(ReadOnlyMemory<byte> json, int most, Func<string, Hash32> hashFile)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Array) throw new DraftException("the file is not a list of statements: [{\"kind\": \"provenance\", …}, …]");
            var count = document.RootElement.GetArrayLength();
            if (count == 0 || count > most) throw new DraftException($"the file has {count} statements, and 1 to {most} are taken at once");
            return [.. document.RootElement.EnumerateArray().Select((item, index) => FromJson(item, index + 1, hashFile))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new DraftException("the file is not JSON, says something twice, or nests too deep");
        }
    }

    public bool Has(string name) => values.ContainsKey(name);

    public string Text(string name) => TextOr(name, null) ?? throw Missing(name);

    public string? TextOr(string name, string? otherwise)
    {
        if (!values.TryGetValue(name, out var given)) return otherwise;
        if (given.Count != 1) throw Wrong(name, "is given more than once, and one value is taken");
        return given[0].Length <= LongestValue ? given[0] : throw Wrong(name, $"has more than {LongestValue} characters");
    }

    public IReadOnlyList<string> Texts(string name) => values.TryGetValue(name, out var given) ? given : [];

    public Address Account(string name) => Address.TryParse(Text(name), out var account)
        ? account
        : throw Wrong(name, $"'{Text(name)}' is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum");

    public ModelId Model(string name) => new(Word(name, Text(name)));

    /// <summary>A hash as it is written: its length is looked at, because half of one is a hash of nothing.</summary>
    public Hash32 Word(string name, string text)
    {
        if (Hash32.TryParse(text, out var word)) return word;
        throw Wrong(name, text.StartsWith("0x", StringComparison.Ordinal) ? $"'{text}' is not a hash: it has {text.Length - 2} characters behind 0x, and a hash has 64 hexadecimal digits" : $"'{text}' is not a hash: 0x and 64 hexadecimal digits");
    }

    /// <summary>A hash, or a file whose bytes it is the keccak-256 of.</summary>
    public Hash32 HashOrFile(string name, string text) => text.StartsWith("0x", StringComparison.Ordinal) ? Word(name, text) : text.Length > 0 ? hashFile(text) : throw Missing(name);

    public ulong Number(string name, ulong most) => Number(name, Text(name), most);

    public ulong Number(string name, string text, ulong most) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number : throw Wrong(name, $"'{text}' is not a whole number from 0 to {most}");

    public UInt128 Weight(string name, int bits) =>
        UInt128.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var weight) && weight < UInt128.One << bits
            ? weight
            : throw Wrong(name, $"'{Text(name)}' is not a whole number below 2^{bits}");

    /// <summary>A number as people write it, kept as it is written: 0.87.</summary>
    public string Decimal(string name)
    {
        const int longest = 40;
        var text = Text(name);
        var digits = text.StartsWith('-') ? text[1..] : text;
        var parts = digits.Split('.');
        return text.Length <= longest && parts.Length is 1 or 2 && parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit))
            ? text
            : throw Wrong(name, $"'{text}' is not a number: digits, and a point where there is a fraction, like 0.87; at most {longest} characters");
    }

    /// <summary>Whether a number that <see cref="Decimal"/> took is from 0 to 1.</summary>
    public static bool IsProportion(string number)
    {
        if (number.StartsWith('-')) return false;
        var parts = number.Split('.');
        var whole = BigInteger.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture);
        return whole.IsZero || (whole.IsOne && (parts.Length == 1 || parts[1].All(digit => digit == '0')));
    }

    /// <summary>A time to come, as 2027-01-31T12:00:00Z, as a day, or in seconds since 1970; zero where the name is not given.</summary>
    public ulong Expiry(string name, ulong now)
    {
        if (TextOr(name, null) is not { } text) return 0;
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var time))
        {
            if (!DateTimeOffset.TryParseExact(
                    text, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
                || moment.ToUnixTimeSeconds() < 0) throw Wrong(name, $"'{text}' is not a time: 2027-01-31T12:00:00Z, 2027-01-31, or seconds since 1970");
            time = (ulong)moment.ToUnixTimeSeconds();
        }

        if (time <= now) throw Wrong(name, $"'{text}' is in the past: on the chain it is {DateTimeOffset.FromUnixTimeSeconds((long)now):yyyy-MM-ddTHH:mm:ssZ}");
        return time - now <= FarthestExpiry ? time : throw Wrong(name, $"'{text}' is more than a hundred years ahead; seconds are meant, not milliseconds. Leave it out for a statement that does not expire");
    }

    public DraftException Missing(string name) => new($"{place(name)} is missing.");

    public DraftException Wrong(string name, string what) => new($"{place(name)}: {what}.");

    private static DraftFields FromJson(JsonElement item, int number, Func<string, Hash32> hashFile)
    {
        if (item.ValueKind != JsonValueKind.Object) throw new DraftException($"statement {number} is not an object");
        var values = item.EnumerateObject().ToDictionary(
            property => property.Name,
            IReadOnlyList<string> (property) => property.Value.ValueKind == JsonValueKind.Array ? [.. property.Value.EnumerateArray().Select(value => One(property.Name, value))] : [One(property.Name, property.Value)],
            StringComparer.Ordinal);
        return new DraftFields(name => $"statement {number}, '{name}'", values, hashFile);

        string One(string name, JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString() ?? string.Empty,
            JsonValueKind.Number => value.GetRawText(),
            _ => throw new DraftException($"statement {number}, '{name}' is neither text, nor a number, nor a list of them"),
        };
    }
}
