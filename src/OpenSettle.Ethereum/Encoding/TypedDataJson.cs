using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Encoding;

/// <summary>EIP-712 data as the JSON that wallets and signers take. Numbers are decimal text: JSON's own lose digits.</summary>
internal static class TypedDataJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(TypedData data)
    {
        var types = new TypedDataTypes(data.Types);
        var (domainType, domain) = TypedDataTypes.Domain(data.Domain);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("types");
            foreach (var type in data.Types.Prepend(domainType)) WriteType(writer, type);
            writer.WriteEndObject();
            writer.WriteString("primaryType", data.PrimaryType);
            writer.WritePropertyName("domain");
            WriteStruct(writer, types, domainType, domain, 0);
            writer.WritePropertyName("message");
            WriteStruct(writer, types, types.Struct(data.PrimaryType), data.Message, 0);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteType(Utf8JsonWriter writer, TypedStruct type)
    {
        writer.WriteStartArray(type.Name);
        foreach (var field in type.Fields)
        {
            writer.WriteStartObject();
            writer.WriteString("name", field.Name);
            writer.WriteString("type", field.Type);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteStruct(Utf8JsonWriter writer, TypedDataTypes types, TypedStruct type, TypedValue.Struct value, int depth)
    {
        var inside = TypedDataTypes.Deeper(depth);
        writer.WriteStartObject();
        foreach (var (field, part) in TypedDataTypes.Pairs(type, value))
        {
            writer.WritePropertyName(field.Name);
            WriteValue(writer, types, field.Type, part, inside);
        }

        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, TypedDataTypes types, string type, TypedValue value, int depth)
    {
        if (TypedDataTypes.TryItem(type, out var itemType, out var length))
        {
            var inside = TypedDataTypes.Deeper(depth);
            writer.WriteStartArray();
            foreach (var item in TypedDataTypes.Items(value, type, length)) WriteValue(writer, types, itemType, item, inside);
            writer.WriteEndArray();
            return;
        }

        if (types.Find(type) is { } known)
        {
            WriteStruct(writer, types, known, value as TypedValue.Struct ?? throw TypedDataTypes.Unfit(value, type), depth);
            return;
        }

        switch (value)
        {
            case TypedValue.Number number:
                writer.WriteStringValue(TypedDataTypes.Fitting(number, type).ToString());
                break;
            case TypedValue.Flag flag when type == "bool":
                writer.WriteBooleanValue(flag.Value);
                break;
            case TypedValue.Account account when type == "address":
                writer.WriteStringValue(account.Value.ToString());
                break;
            case TypedValue.Text text when type == "string":
                writer.WriteStringValue(TypedDataTypes.Utf8(text));
                break;
            case TypedValue.Bytes bytes when type == "bytes" || TypedDataTypes.Width(type, "bytes", 1, Hash32.Size) == bytes.Value.Length:
                writer.WriteStringValue(Hex.Encode(bytes.Value.Span));
                break;
            default:
                throw TypedDataTypes.Unfit(value, type);
        }
    }
}
