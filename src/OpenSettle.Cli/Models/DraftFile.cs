using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Models;

/// <summary>A draft as a file that people edit: every field is there, none is passed over, and a field that nobody knows is a mistake.</summary>
internal static class DraftFile
{
    private const string Owner = "OWNER";

    private static readonly string[] Fields =
        ["format", "salt", "identityHash", "uri", "noticeSeconds", "royaltyBasisPoints", "split", "parents", "gateways", "document", "notCarried"];

    public static byte[] Write(ModelDraft draft, IEnumerable<string> notCarried)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteString("format", ModelDraft.Format);
            json.WriteString("salt", draft.Salt.ToString());
            json.WriteString("identityHash", draft.IdentityHash.IsZero ? string.Empty : draft.IdentityHash.ToString());
            json.WriteString("uri", draft.Uri);
            json.WriteNumber("noticeSeconds", draft.NoticeSeconds);
            json.WriteNumber("royaltyBasisPoints", draft.RoyaltyBasisPoints);
            json.WriteStartObject("split");
            WriteRows(json, "rows", draft.Rows);
            json.WriteString("poolWeight", draft.PoolWeight.ToString(CultureInfo.InvariantCulture));
            WriteRows(json, "fallback", draft.Fallback);
            json.WriteEndObject();
            json.WriteStartArray("parents");
            foreach (var parent in draft.Parents)
            {
                json.WriteStartObject();
                json.WriteString("model", parent.Model);
                json.WriteNumber("shareMillionths", parent.ShareMillionths);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("gateways");
            foreach (var gateway in draft.Gateways) json.WriteStringValue(gateway.ToChecksumString());
            json.WriteEndArray();
            json.WritePropertyName("document");
            using (var document = JsonDocument.Parse(draft.Document.ToBytes())) document.RootElement.WriteTo(json);
            json.WriteStartArray("notCarried");
            foreach (var line in notCarried) json.WriteStringValue(line);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Reads a draft. Whatever cannot be read is told, all of it.</summary>
    public static (ModelDraft? Draft, IReadOnlyList<string> Faults) Read(ReadOnlyMemory<byte> text)
    {
        if (text.Length > ModelDraft.MostBytes) return (null, [$"the draft has {text.Length} bytes, and at most {ModelDraft.MostBytes} are taken."]);
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object) return (null, ["the draft is not a JSON object."]);
            var faults = new List<string>();
            var draft = Read(json.RootElement, faults);
            return faults.Count == 0 ? (draft, faults) : (null, faults);
        }
        catch (JsonException e)
        {
            return (null, [$"the draft is not JSON: {e.Message}"]);
        }
        catch (InvalidOperationException e)
        {
            return (null, [$"a text of the draft is not Unicode: {e.Message}"]);
        }
    }

    /// <summary>The split by itself; without fallback where it has no pool.</summary>
    public static SplitTable ReadSplit(JsonElement split, List<string> faults)
    {
        Strangers(split, "split", ["rows", "poolWeight", "fallback"], faults);
        var pool = split.TryGetProperty("poolWeight", out _) ? Weight(split, "poolWeight", faults, "poolWeight") : 0;
        return new SplitTable(1, Rows(split, "rows", faults)) { PoolWeight = pool, Fallback = split.TryGetProperty("fallback", out _) ? Rows(split, "fallback", faults) : [] };
    }

    private static ModelDraft Read(JsonElement root, List<string> faults)
    {
        Strangers(root, "the draft", Fields, faults);
        if (Text(root, "format") is var format && format != ModelDraft.Format) faults.Add($"format: it is not {ModelDraft.Format}.");
        var split = Part(root, "split", JsonValueKind.Object, faults);
        if (split.ValueKind == JsonValueKind.Object) Strangers(split, "split", ["rows", "poolWeight", "fallback"], faults);
        var document = Part(root, "document", JsonValueKind.Object, faults);
        var parsed = document.ValueKind != JsonValueKind.Object ? new ModelDocument() : ModelDocument.TryParse(JsonSerializer.SerializeToUtf8Bytes(document), out var why) ?? Wrong(faults, $"document: {why}", new ModelDocument());
        if (parsed.IsForeign) faults.Add($"document: its format is not {ModelDocument.Format}.");
        return new ModelDraft(
            Word(root, "salt", faults), Text(root, "identityHash") is { Length: 0 } ? Hash32.Zero : Word(root, "identityHash", faults), Text(root, "uri") ?? Wrong(faults, "uri: it is missing, or not a text.", string.Empty),
            (uint)Number(root, "noticeSeconds", uint.MaxValue, faults), (ushort)Number(root, "royaltyBasisPoints", ushort.MaxValue, faults),
            Rows(split, "rows", faults), Weight(split, "poolWeight", faults, "split.poolWeight"), Rows(split, "fallback", faults),
            [.. Items(root, "parents", faults).Select((parent, at) => Parent(parent, at, faults))], [.. Items(root, "gateways", faults).Select((gateway, at) => Account(gateway, $"gateways[{at}]", faults))], parsed);
    }

    private static void WriteRows(Utf8JsonWriter json, string name, IReadOnlyList<SplitRow> rows)
    {
        json.WriteStartArray(name);
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("account", row.Account?.ToChecksumString() ?? Owner);
            json.WriteString("weight", row.Weight.ToString(CultureInfo.InvariantCulture));
            json.WriteString("role", row.Role);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static DraftParent Parent(JsonElement parent, int at, List<string> faults)
    {
        if (parent.ValueKind != JsonValueKind.Object) return Wrong(faults, $"parents[{at}]: it is not an object.", new DraftParent(string.Empty, 1));
        Strangers(parent, $"parents[{at}]", ["model", "shareMillionths"], faults);
        return new DraftParent(Text(parent, "model") ?? Wrong(faults, $"parents[{at}].model: it is missing.", string.Empty), (uint)Number(parent, "shareMillionths", uint.MaxValue, faults));
    }

    private static List<SplitRow> Rows(JsonElement split, string name, List<string> faults)
    {
        var rows = new List<SplitRow>();
        if (split.ValueKind != JsonValueKind.Object) return rows;
        foreach (var (at, row) in Items(split, name, faults).Index())
        {
            var path = $"split.{name}[{at}]";
            if (row.ValueKind != JsonValueKind.Object)
            {
                faults.Add($"{path}: it is not an object.");
                continue;
            }

            Strangers(row, path, ["account", "weight", "role"], faults);
            Address? account = row.TryGetProperty("account", out var who) && who.ValueKind == JsonValueKind.String && who.ValueEquals(Owner) ? null : Account(who, $"{path}.account", faults);
            rows.Add(new SplitRow(account, Weight(row, "weight", faults, $"{path}.weight"), Text(row, "role") ?? string.Empty));
        }

        return rows;
    }

    private static Address Account(JsonElement value, string path, List<string> faults) => value.ValueKind == JsonValueKind.String && Address.TryParse(value.GetString(), out var account)
        ? account
        : Wrong(faults, $"{path}: it is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum.", Address.Zero);

    private static UInt128 Weight(JsonElement part, string name, List<string> faults, string path)
    {
        if (part.ValueKind != JsonValueKind.Object) return 0;
        var text = part.TryGetProperty(name, out var value) ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null } : null;
        return UInt128.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) ? weight : Wrong(faults, $"{path}: it is not a whole number.", UInt128.One);
    }

    private static ulong Number(JsonElement part, string name, ulong most, List<string> faults) => part.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var number) && number <= most
        ? number
        : Wrong(faults, $"{name}: it is not a whole number from 0 to {most.ToString(CultureInfo.InvariantCulture)}.", 0UL);

    private static Hash32 Word(JsonElement part, string name, List<string> faults) =>
        Hash32.TryParse(Text(part, name), out var word) ? word : Wrong(faults, $"{name}: it is not 0x and 64 hexadecimal digits.", Hash32.Zero);

    private static string? Text(JsonElement part, string name) => part.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static List<JsonElement> Items(JsonElement part, string name, List<string> faults) => Part(part, name, JsonValueKind.Array, faults) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    private static JsonElement Part(JsonElement part, string name, JsonValueKind kind, List<string> faults) =>
        part.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : Wrong(faults, $"{name}: it is missing, or not {(kind == JsonValueKind.Array ? "a list" : "an object")}.", default(JsonElement));

    private static void Strangers(JsonElement part, string path, string[] known, List<string> faults) =>
        faults.AddRange(part.EnumerateObject().Where(field => !known.Contains(field.Name, StringComparer.Ordinal)).Select(field => $"{path}: '{Screen.Inert.Of(field.Name, 60)}' is not a field of it: {string.Join(", ", known)}."));

    private static T Wrong<T>(List<string> faults, string fault, T instead)
    {
        faults.Add(fault);
        return instead;
    }
}
