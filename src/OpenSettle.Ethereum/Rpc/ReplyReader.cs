using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>Takes values out of a reply. What is not as the method promises is refused with endpoint, method and field.</summary>
internal readonly struct ReplyReader(string endpoint, string method)
{
    /// <summary>How a reply's own value is named in errors, beside its fields.</summary>
    public const string Result = "result";

    public string Method => method;

    [DoesNotReturn]
    public void Refuse(string what) => throw new ChainException(ChainErrorKind.BadReply, endpoint, method, what);

    public static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.Null;

    /// <summary>The value of a field, or an undefined element where there is none.</summary>
    public JsonElement Optional(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object) Refuse($"expected an object with '{name}', found {Kind(parent)}.");
        return parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;
    }

    public JsonElement Field(JsonElement parent, string name)
    {
        var value = Optional(parent, name);
        if (value.ValueKind == JsonValueKind.Undefined) Refuse($"'{name}' is missing.");
        return value;
    }

    public JsonElement Array(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.Array) Refuse($"'{name}' is not an array but {Kind(value)}.");
        return value;
    }

    public string Text(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.String) Refuse($"'{name}' is not a string but {Kind(value)}.");
        try
        {
            return value.GetString() ?? string.Empty;
        }
        catch (InvalidOperationException)
        {
            // What the parser says of text that is not UTF-8, or of half a surrogate pair.
            Refuse($"'{name}' is not a valid string.");
            return string.Empty;
        }
    }

    /// <summary>A quantity: 0x and hexadecimal digits, any number that 256 bits hold.</summary>
    public UInt256 Quantity(JsonElement value, string name) => Quantity(Text(value, name), name);

    /// <inheritdoc cref="Quantity(JsonElement, string)"/>
    public UInt256 Quantity(ReadOnlySpan<char> text, string name)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal) && text.Length is > 2 and <= 2 + UInt256.Size * 2)
        {
            Span<char> digits = stackalloc char[UInt256.Size * 2];
            digits.Fill('0');
            text[2..].CopyTo(digits[(digits.Length - text.Length + 2)..]);
            Span<byte> word = stackalloc byte[UInt256.Size];
            if (Convert.FromHexString(digits, word, out _, out _) == OperationStatus.Done) return UInt256.FromBigEndian(word);
        }

        Refuse($"'{name}' is not a hexadecimal quantity.");
        return default;
    }

    public ulong UInt64(JsonElement value, string name) => UInt64(Text(value, name), name);

    public ulong UInt64(ReadOnlySpan<char> text, string name)
    {
        var quantity = Quantity(text, name);
        if (!quantity.FitsUInt64) Refuse($"'{name}' does not fit into 64 bits.");
        return (ulong)quantity;
    }

    public Hash32 Hash(JsonElement value, string name) => Hash(Text(value, name), name);

    public Hash32 Hash(string text, string name)
    {
        if (!Hash32.TryParse(text, out var hash)) Refuse($"'{name}' is not 0x and 64 hexadecimal digits.");
        return hash;
    }

    /// <summary>An address. Its case is not judged: some chains have checksums of their own.</summary>
    public Address Account(JsonElement value, string name) => Account(Text(value, name), name);

    /// <inheritdoc cref="Account(JsonElement, string)"/>
    public Address Account(ReadOnlySpan<char> text, string name)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        if (!Hex.TryDecode(text, bytes)) Refuse($"'{name}' is not 0x and 40 hexadecimal digits.");
        return Address.FromBytes(bytes);
    }

    public byte[] Data(JsonElement value, string name) => Data(Text(value, name), name);

    public byte[] Data(ReadOnlySpan<char> text, string name)
    {
        if (!Hex.TryDecode(text, out byte[] bytes)) Refuse($"'{name}' is not 0x and an even number of hexadecimal digits.");
        return bytes;
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => "null",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a string",
        JsonValueKind.Array => "an array",
        _ => "an object",
    };
}
