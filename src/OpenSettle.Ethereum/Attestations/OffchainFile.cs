using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>
/// An off-chain attestation in EAS's own file form: <c>{"sig":{version,domain,primaryType,types,signature,uid,message},"signer"}</c>. What is
/// read comes from anybody: every size is bounded, and nothing is taken that says a thing twice or in another form.
/// </summary>
public static class OffchainFile
{
    /// <summary>Most bytes of a file.</summary>
    public const int MostBytes = 2 * StatementCodec.MostBytes + 64 * 1024;

    private const int LongestVersion = 32;
    private const int Deepest = 16;

    private static readonly JsonWriterOptions Written = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Deepest, AllowDuplicateProperties = false };

    public static byte[] Write(OffchainAttestation attestation)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Written))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("sig");
            writer.WriteNumber("version", OffchainAttestation.Version);
            writer.WriteString("uid", attestation.Uid.ToString());
            WriteDomain(writer, attestation.Domain);
            writer.WriteString("primaryType", OffchainAttestation.Type.Name);
            WriteMessage(writer, attestation.Message);
            WriteTypes(writer);
            writer.WriteStartObject("signature");
            writer.WriteNumber("v", attestation.Signature.V);
            writer.WriteString("r", attestation.Signature.R.ToString());
            writer.WriteString("s", attestation.Signature.S.ToString());
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteString("signer", attestation.Signer.ToChecksumString());
            writer.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>What the file says, or what is wrong with it. Whether that is true is for <see cref="OffchainRules"/> to say.</summary>
    public static (OffchainAttestation? Attestation, string? Problem) Parse(ReadOnlyMemory<byte> file)
    {
        if (file.Length > MostBytes) return (null, $"it has {file.Length} bytes, and at most {MostBytes} are read");
        try
        {
            using var document = JsonDocument.Parse(file, Strict);
            return (Read(document.RootElement), null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is what half a surrogate pair makes, in a name or in a text.
            return (null, "it is not JSON, says something twice, or holds half a character. A file of EAS begins with {\"sig\":");
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
    }

    private static OffchainAttestation Read(JsonElement root)
    {
        var sig = Part(root, "sig");
        RequireVersion(sig);
        var domain = Part(sig, "domain");
        if (Text(domain, "name") != "EAS Attestation") throw new FormatException("'domain.name' is not \"EAS Attestation\"");
        var version = Text(domain, "version");
        if (version.Length is 0 or > LongestVersion || !System.Text.Ascii.IsValid(version)) throw new FormatException($"'domain.version' is not a short text, at most {LongestVersion} characters of ASCII");
        RequireTypes(sig);
        var message = Part(sig, "message");
        if (Number(message, "version", ushort.MaxValue) != OffchainAttestation.Version) throw new FormatException($"'message.version' is not {OffchainAttestation.Version}");
        var data = Text(message, "data");
        if (!Hex.TryDecode(data, out byte[] bytes)) throw new FormatException("'data' is not 0x and whole bytes");
        if (bytes.Length > StatementCodec.MostBytes) throw new FormatException($"'data' has {bytes.Length} bytes, and at most {StatementCodec.MostBytes} are read");
        var signature = Part(sig, "signature");
        return new OffchainAttestation(
            new OffchainDomain(version, Number(domain, "chainId", ulong.MaxValue), Account(domain, "verifyingContract")),
            new OffchainMessage(
                Word(message, "schema"), Account(message, "recipient"), Number(message, "time", ulong.MaxValue), Number(message, "expirationTime", ulong.MaxValue), Flag(message, "revocable"),
                Word(message, "refUID"), bytes, Word(message, "salt")),
            Word(sig, "uid"),
            new RecoverableSignature(Word(signature, "r"), Word(signature, "s"), (byte)Number(signature, "v", byte.MaxValue)),
            Account(root, "signer"));
    }

    private static void RequireVersion(JsonElement sig)
    {
        // Older files have their signature beside the message, and some have no version.
        var version = sig.TryGetProperty("version", out _) ? Number(sig, "version", ushort.MaxValue) : sig.TryGetProperty("r", out _) ? 1UL : 0UL;
        if (version != OffchainAttestation.Version)
        {
            throw new FormatException(
                $"it is an off-chain attestation of {(version == 0 ? "EAS's legacy form" : $"version {version}")}, and only version {OffchainAttestation.Version} is taken: its attester has to sign it again with newer tools");
        }

        if (Text(sig, "primaryType") != OffchainAttestation.Type.Name) throw new FormatException($"'primaryType' is not {OffchainAttestation.Type.Name}");
    }

    /// <summary>A file that shows other types than those that are signed would show a reader something else.</summary>
    private static void RequireTypes(JsonElement sig)
    {
        var types = Part(sig, "types");
        if (types.EnumerateObject().Count() != 1) throw new FormatException("'types' has another type than Attest");
        var fields = types.TryGetProperty(OffchainAttestation.Type.Name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(field => field.ValueKind == JsonValueKind.Object ? new TypedField(Text(field, "name"), Text(field, "type")) : null)
            : throw new FormatException("'types.Attest' is not a list");
        if (!fields.SequenceEqual(OffchainAttestation.Type.Fields)) throw new FormatException($"'types.Attest' has not the fields of version {OffchainAttestation.Version}");
    }

    private static JsonElement Part(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.Object
            ? part
            : throw new FormatException($"'{name}' is missing, or not an object");

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } text ? text : throw new FormatException($"'{name}' is missing, or not text");

    private static Hash32 Word(JsonElement parent, string name) =>
        Hash32.TryParse(Text(parent, name), out var word) ? word : throw new FormatException($"'{name}' is not 0x and 64 hexadecimal digits");

    private static Address Account(JsonElement parent, string name) =>
        Address.TryParse(Text(parent, name), out var account) ? account : throw new FormatException($"'{name}' is not an address");

    private static bool Flag(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.ValueKind == JsonValueKind.True
            : throw new FormatException($"'{name}' is neither true nor false");

    /// <summary>A number, as JSON's own or as decimal text: EAS's tools write both.</summary>
    private static ulong Number(JsonElement parent, string name, ulong most)
    {
        if (!parent.TryGetProperty(name, out var value)) throw new FormatException($"'{name}' is missing");
        var text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString(),
            _ => null,
        };
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
            ? number
            : throw new FormatException($"'{name}' is not a whole number from 0 to {most}");
    }

    private static void WriteDomain(Utf8JsonWriter writer, OffchainDomain domain)
    {
        writer.WriteStartObject("domain");
        writer.WriteString("name", "EAS Attestation");
        writer.WriteString("version", domain.Version);
        writer.WriteString("chainId", domain.ChainId.ToString(CultureInfo.InvariantCulture));
        writer.WriteString("verifyingContract", domain.Service.ToChecksumString());
        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, OffchainMessage message)
    {
        writer.WriteStartObject("message");
        writer.WriteNumber("version", OffchainAttestation.Version);
        writer.WriteString("schema", message.Schema.ToString());
        writer.WriteString("recipient", message.Recipient.ToChecksumString());
        writer.WriteString("time", message.Time.ToString(CultureInfo.InvariantCulture));
        writer.WriteString("expirationTime", message.ExpirationTime.ToString(CultureInfo.InvariantCulture));
        writer.WriteBoolean("revocable", message.Revocable);
        writer.WriteString("refUID", message.RefUid.ToString());
        writer.WriteString("data", Hex.Encode(message.Data.Span));
        writer.WriteString("salt", message.Salt.ToString());
        writer.WriteEndObject();
    }

    private static void WriteTypes(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("types");
        writer.WriteStartArray(OffchainAttestation.Type.Name);
        foreach (var field in OffchainAttestation.Type.Fields)
        {
            writer.WriteStartObject();
            writer.WriteString("name", field.Name);
            writer.WriteString("type", field.Type);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
