using System.Globalization;
using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>A document is not in the form that it says it has. The message names the field.</summary>
public sealed class PassportFormatException(string message) : FormatException(message);

/// <summary>An object of a JSON document and where it stands, so that whatever is wrong is named by its path.</summary>
internal readonly struct JsonFields(JsonElement element, string path)
{
    private static readonly JsonDocumentOptions Bounds = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>The root object of a document.</summary>
    /// <exception cref="PassportFormatException">It is no JSON, or another thing than an object.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json, int mostBytes, Func<JsonFields, T> read)
    {
        if (json.Length > mostBytes) throw new PassportFormatException($"it has {json.Length} bytes, and at most {mostBytes} are taken.");
        try
        {
            using var document = JsonDocument.Parse(json, Bounds);
            return read(new JsonFields(document.RootElement, string.Empty).AsObject());
        }
        catch (JsonException e)
        {
            throw new PassportFormatException($"it is not JSON: {e.Message}");
        }
        catch (InvalidOperationException e)
        {
            // A text with half of a surrogate pair: it has no characters.
            throw new PassportFormatException($"a text in it is not Unicode: {e.Message}");
        }
    }

    public JsonElement Element => element;

    public bool Has(string name) => element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public string Text(string name) => TextOrNull(name) ?? throw Missing(name);

    public string? TextOrNull(string name) => Get(name) is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Bad(name, "a text");

    public bool Flag(string name) => Get(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        null => throw Missing(name),
        _ => throw Bad(name, "true or false"),
    };

    /// <summary>A whole number: a JSON number, or a text of digits.</summary>
    public ulong Number(string name)
    {
        var value = Get(name) ?? throw Missing(name);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var number)) return number;
        return value.ValueKind == JsonValueKind.String && ulong.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            ? number
            : throw Bad(name, "a whole number of at most 64 bits");
    }

    public uint SmallNumber(string name) => Number(name) is <= uint.MaxValue and var number ? (uint)number : throw Bad(name, "a whole number of at most 32 bits");

    public UInt256 Amount(string name) => UInt256.TryParse(Text(name), out var amount) ? amount : throw Bad(name, "an amount: decimal digits of at most 256 bits");

    public Hash32 Word(string name) => Hash32.TryParse(Text(name), out var word) ? word : throw Bad(name, "0x and 64 hexadecimal digits");

    public Hash32? WordOrNull(string name) => Has(name) ? Word(name) : null;

    public Address Account(string name) => Address.TryParse(Text(name), out var account) ? account : throw Bad(name, "an address");

    public JsonFields Object(string name) => new JsonFields(Get(name) ?? throw Missing(name), Path(name)).AsObject();

    public JsonFields? ObjectOrNull(string name) => Has(name) ? Object(name) : null;

    /// <summary>What is in a list; none where there is no list.</summary>
    public List<T> List<T>(string name, Func<JsonFields, T> read) => Items(name, (value, at) => read(new JsonFields(value, at).AsObject()));

    public List<string> Texts(string name) => Items(name, (value, at) => value.ValueKind == JsonValueKind.String
        ? value.GetString() ?? string.Empty
        : throw new PassportFormatException($"{at} is not a text."));

    public List<Address> Accounts(string name) => Items(name, (value, at) => value.ValueKind == JsonValueKind.String && Address.TryParse(value.GetString(), out var account)
        ? account
        : throw new PassportFormatException($"{at} is not an address."));

    public List<Hash32> Words(string name) => Items(name, (value, at) => value.ValueKind == JsonValueKind.String && Hash32.TryParse(value.GetString(), out var word)
        ? word
        : throw new PassportFormatException($"{at} is not 0x and 64 hexadecimal digits."));

    public PassportFormatException Bad(string name, string wanted) => new($"{Path(name)} is not {wanted}.");

    private List<T> Items<T>(string name, Func<JsonElement, string, T> read)
    {
        if (Get(name) is not { } list) return [];
        if (list.ValueKind != JsonValueKind.Array) throw Bad(name, "a list");
        var items = new List<T>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray()) items.Add(read(item, $"{Path(name)}[{items.Count}]"));
        return items;
    }

    private JsonFields AsObject() => element.ValueKind == JsonValueKind.Object ? this : throw new PassportFormatException($"{(path.Length == 0 ? "it" : path)} is not an object.");

    private JsonElement? Get(string name) => element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private PassportFormatException Missing(string name) => new($"{Path(name)} is missing.");
}
