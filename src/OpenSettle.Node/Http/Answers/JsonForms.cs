using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Http;

/// <summary>
/// How the types of the domain are written: amounts as decimal texts, because numbers in JSON lose digits; hashes and accounts as hexadecimal
/// texts, accounts with their checksum. They are never read.
/// </summary>
internal static class JsonForms
{
    public static void AddTo(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Converters.Add(new TextForm<Address>(static account => account.ToChecksumString()));
        options.Converters.Add(new TextForm<Hash32>(static hash => hash.ToString()));
        options.Converters.Add(new TextForm<ModelId>(static model => model.ToString()));
        options.Converters.Add(new TextForm<UInt256>(static amount => amount.ToString()));
        options.Converters.Add(new TextForm<UInt128>(static weight => weight.ToString(CultureInfo.InvariantCulture)));
        options.Converters.Add(new TextForm<HexData>(static data => Hex.Encode(data.Bytes.Span)));
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
    }

    private sealed class TextForm<T>(Func<T, string> write) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Answers are written and never read.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(write(value));
    }
}

/// <summary>Bytes that are written as 0x and hexadecimal digits.</summary>
internal readonly record struct HexData(ReadOnlyMemory<byte> Bytes);
