using System.Text;
using System.Text.Json;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Passports.Cards;

/// <summary>What is wrong in a card and what is left out, as it is found. Bounded: after the first hundred one line stands for the rest.</summary>
internal sealed class CardNotes
{
    private const int Most = 100;

    private readonly List<CardNote> _notes = [];
    private int _more;

    public IReadOnlyList<CardNote> All => _more == 0 ? _notes : [.. _notes, new CardNote(0, "and", $"{_more} more like these")];

    public void Add(int line, string path, string message)
    {
        if (_notes.Count < Most) _notes.Add(new CardNote(line, path, message));
        else _more++;
    }
}

/// <summary>A map of a card: each field is asked for once, and what nobody asked for is told.</summary>
internal sealed class CardFields(YamlMap map, string path, CardNotes faults, CardNotes omitted)
{
    private const int MostArgsDepth = 8;

    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public int Line => map.Line;

    public YamlValue? Get(string name)
    {
        _asked.Add(name);
        foreach (var (key, value) in map.Fields)
        {
            if (key.Value == name) return value is YamlText { IsNull: true } ? null : value;
        }

        return null;
    }

    /// <summary>One text, or null where there is none or where it is wrong.</summary>
    public string? Text(string name, int longest = ModelDocument.LongestName) => Get(name) is { } value ? TextOf(value, At(name), longest) : null;

    public string? Required(string name)
    {
        if (Get(name) is null) faults.Add(map.Line, At(name), "it is missing.");
        return Text(name);
    }

    /// <summary>One text or a list of them.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Get(name) is not { } value) return [];
        if (value is not YamlList list) return TextOf(value, At(name)) is { } one ? [one] : [];
        if (list.Items.Count > ModelDocument.MostItems)
        {
            faults.Add(list.Line, At(name), $"it has {list.Items.Count} items, and at most {ModelDocument.MostItems} are taken.");
            return [];
        }

        var texts = new List<string>();
        foreach (var item in list.Items)
        {
            if (TextOf(item, $"{At(name)}[{texts.Count}]") is { } text) texts.Add(text);
        }

        return texts;
    }

    public bool? Flag(string name)
    {
        if (Get(name) is not { } value) return null;
        if (value is YamlText { Value: "true" or "True" or "TRUE" }) return true;
        if (value is YamlText { Value: "false" or "False" or "FALSE" }) return false;
        faults.Add(value.Line, At(name), "it is not true or false.");
        return null;
    }

    /// <summary>A number, as it is written.</summary>
    public string? Number(string name)
    {
        if (Get(name) is not { } value)
        {
            faults.Add(map.Line, At(name), "it is missing.");
            return null;
        }

        if (value is YamlText text && PlainNumber.IsOne(text.Value)) return text.Value;
        faults.Add(value.Line, At(name), value is YamlText wrong ? $"'{Shown(wrong.Value)}' is not a number." : "it is a list or a map, and not a number.");
        return null;
    }

    /// <summary>Any value, as JSON.</summary>
    public string? Json(string name)
    {
        if (Get(name) is not { } value) return null;
        try
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer)) Write(json, value, 0);
            var text = Encoding.UTF8.GetString(buffer.ToArray());
            if (text.Length <= ModelDocument.LongestText) return text;
            faults.Add(value.Line, At(name), $"it has {text.Length} characters as JSON, and at most {ModelDocument.LongestText} are taken.");
        }
        catch (YamlFault fault)
        {
            faults.Add(fault.Line, At(name), fault.Message);
        }

        return null;
    }

    public CardFields? Map(string name, bool required = false)
    {
        var value = Get(name);
        if (value is YamlMap fields) return new CardFields(fields, At(name), faults, omitted);
        if (value is not null) faults.Add(value.Line, At(name), "it is not a map.");
        else if (required) faults.Add(map.Line, At(name), "it is missing.");
        return null;
    }

    public IEnumerable<CardFields> Maps(string name)
    {
        var value = Get(name);
        if (value is not null and not YamlList) faults.Add(value.Line, At(name), "it is not a list.");
        if (value is not YamlList list) yield break;
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (list.Items[i] is YamlMap fields) yield return new CardFields(fields, $"{At(name)}[{i}]", faults, omitted);
            else faults.Add(list.Items[i].Line, $"{At(name)}[{i}]", "it is not a map.");
        }
    }

    public void Fault(string message) => faults.Add(map.Line, path.Length == 0 ? "card" : path, message);

    public void Omit(string message) => omitted.Add(map.Line, path, message);

    /// <summary>Tells what nobody asked for.</summary>
    public void OmitRest(string why)
    {
        foreach (var (key, _) in map.Fields)
        {
            if (!_asked.Contains(key.Value)) omitted.Add(key.Line, At(Shown(key.Value)), why);
        }
    }

    private string? TextOf(YamlValue value, string at, int longest = ModelDocument.LongestName)
    {
        if (value is not YamlText { IsNull: false } text)
        {
            faults.Add(value.Line, at, value is YamlText ? "it is empty." : "it is not a text.");
            return null;
        }

        var trimmed = text.Value.Trim();
        if (trimmed.Length > longest) faults.Add(value.Line, at, $"it has {trimmed.Length} characters, and at most {longest} are taken.");
        else if (CardText.Fault(trimmed, longest > ModelDocument.LongestName) is { } fault) faults.Add(value.Line, at, fault);
        else return trimmed;
        return null;
    }

    private static void Write(Utf8JsonWriter json, YamlValue value, int depth)
    {
        if (depth > MostArgsDepth) throw new YamlFault(value.Line, $"it is nested more than {MostArgsDepth} deep.");
        switch (value)
        {
            case YamlText { IsNull: true }:
                json.WriteNullValue();
                break;
            case YamlText { Plain: true, Value: "true" or "false" } flag:
                json.WriteBooleanValue(flag.Value == "true");
                break;
            case YamlText { Plain: true } text when IsJsonNumber(text.Value):
                json.WriteRawValue(text.Value);
                break;
            case YamlText text:
                json.WriteStringValue(CanonicalText.IsValid(text.Value) ? text.Value : throw new YamlFault(text.Line, "it has control characters, or is not Unicode."));
                break;
            case YamlList list:
                json.WriteStartArray();
                foreach (var item in list.Items) Write(json, item, depth + 1);
                json.WriteEndArray();
                break;
            case YamlMap fields:
                json.WriteStartObject();
                foreach (var (key, item) in fields.Fields)
                {
                    json.WritePropertyName(CanonicalText.IsValid(key.Value) ? key.Value : throw new YamlFault(key.Line, "it has control characters, or is not Unicode."));
                    Write(json, item, depth + 1);
                }

                json.WriteEndObject();
                break;
        }
    }

    /// <summary>Whether a plain text is a number in JSON too: no leading plus or zeros, digits on both sides of the point.</summary>
    private static bool IsJsonNumber(string text)
    {
        if (!PlainNumber.IsOne(text) || text[0] == '+') return false;
        var digits = text.TrimStart('-');
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        if (point == 0 || (point > 0 && (point + 1 == digits.Length || !char.IsAsciiDigit(digits[point + 1])))) return false;
        return digits.Length == 1 || digits[0] != '0' || !char.IsAsciiDigit(digits[1]);
    }

    private static string Shown(string text)
    {
        var shown = string.Concat(text.Take(60).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return text.Length > 60 ? shown + "…" : shown;
    }

    private string At(string name) => path.Length == 0 ? name : $"{path}.{name}";
}

/// <summary>What texts of a card may have in them.</summary>
internal static class CardText
{
    /// <summary>What is wrong with it, or null. Lines and tabs only in long texts.</summary>
    public static string? Fault(string text, bool lines)
    {
        var plain = lines ? text.Replace('\n', ' ').Replace('\t', ' ') : text;
        return CanonicalText.IsValid(plain) ? null : "it has control characters, or is not Unicode.";
    }
}
