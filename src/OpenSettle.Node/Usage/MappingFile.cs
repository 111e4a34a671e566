using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Usage;

/// <summary>Reads the file of the setting usageMapping: <c>{"mappings": [{"name": …, "preset": …, "models": {…}}, …]}</c>.</summary>
internal static class MappingFile
{
    private const int LongestName = 64;

    private static readonly (string Key, EventField Field, bool FixedToo)[] FieldKeys =
    [
        ("model", EventField.ModelId, true), ("domain", EventField.Domain, true), ("outcome", EventField.Outcome, true), ("error", EventField.ErrorType, false),
        ("units", EventField.Units, true), ("cost", EventField.Cost, false), ("time", EventField.Time, false), ("id", EventField.Id, false), ("subject", EventField.Subject, false),
        ("payer", EventField.Payer, false), ("transaction", EventField.PaymentTransaction, false), ("reference", EventField.PaymentReference, false),
    ];

    private static readonly string[] OtherKeys = ["name", "preset", "type", "source", "models", "timesAreUtc"];

    /// <exception cref="SettingsException">The file cannot be read, or says something that is wrong.</exception>
    public static MappingSet Read(string file)
    {
        try
        {
            return Parse(file, File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([$"usageMapping: cannot read {file}: {e.Message}"]);
        }
    }

    /// <inheritdoc cref="Read"/>
    public static MappingSet Parse(string file, ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowDuplicateProperties = false });
            return new MappingSet(ReadAll(document.RootElement));
        }
        catch (JsonException e)
        {
            throw new SettingsException([$"usageMapping: {file} is not JSON: {e.Message}"]);
        }
        catch (MappingException e)
        {
            throw new SettingsException([$"usageMapping: {file}: {e.Message}"]);
        }
    }

    private static List<MappingRule> ReadAll(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("mappings", out var mappings) || mappings.ValueKind != JsonValueKind.Array)
            throw new MappingException("/mappings: an array of mappings is needed, such as {\"mappings\": [{\"name\": \"litellm\", \"preset\": \"litellm\", \"models\": {\"gpt-4o\": \"0x…\"}}]}.");
        if (root.EnumerateObject().FirstOrDefault(property => property.Name != "mappings") is { Value.ValueKind: not JsonValueKind.Undefined } other)
            throw new MappingException($"/{other.Name}: this is not known. Only mappings stands here.");
        var rules = new List<MappingRule>();
        foreach (var element in mappings.EnumerateArray())
        {
            var rule = ReadRule(element, $"/mappings/{rules.Count}");
            if (rules.Exists(known => known.Name == rule.Name)) throw new MappingException($"/mappings/{rules.Count}/name: '{rule.Name}' stands twice. Give each mapping a name of its own.");
            if (rule.Type is not null && rules.Exists(known => known.Type == rule.Type && (known.Source is null || known.Source == rule.Source)))
                throw new MappingException($"/mappings/{rules.Count}: no event comes here, because an earlier mapping takes all of type '{rule.Type}'. Name sources that differ, or put the narrower one first.");
            rules.Add(rule);
        }

        return rules;
    }

    private static MappingRule ReadRule(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new MappingException($"{path}: a mapping is an object.");
        foreach (var property in element.EnumerateObject())
        {
            if (!OtherKeys.Contains(property.Name) && !FieldKeys.Any(known => known.Key == property.Name))
                throw new MappingException($"{path}/{property.Name}: this is not known. Known are {string.Join(", ", OtherKeys.Concat(FieldKeys.Select(known => known.Key)))}.");
        }

        var name = Text(element, "name", path) ?? throw new MappingException($"{path}/name: it is missing. Records are sent to ?mapping=NAME.");
        if (name.Length > LongestName || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) throw new MappingException($"{path}/name: letters, digits, '-', '_' and '.' are taken, at most {LongestName}.");
        var preset = Text(element, "preset", path);
        using var defaults = preset is null ? null : Preset(preset, path);
        var models = Models(element, path);
        if (preset is not null && models is null) throw new MappingException($"{path}/models: it is missing. Say which model each name is: {{\"gpt-4o\": \"0x…\"}}; \"*\" stands for all others.");
        var pointers = new List<MappedPointer>();
        var fields = new Dictionary<EventField, IReadOnlyList<MappedSource>>();
        foreach (var (key, field, fixedToo) in FieldKeys)
        {
            if (element.TryGetProperty(key, out var own)) fields[field] = Sources(own, $"{path}/{key}", field, fixedToo, pointers);
            else if (defaults is not null && defaults.RootElement.TryGetProperty(key, out var known)) fields[field] = Sources(known, $"{path}/{key}", field, fixedToo, pointers);
        }

        if (!fields.ContainsKey(EventField.ModelId)) throw new MappingException($"{path}/model: it is missing. Name where the model stands, such as \"/model\".");
        if (!fields.ContainsKey(EventField.Units)) throw new MappingException($"{path}/units: it is missing. Name where the units stand, such as \"/usage/prompt_tokens + /usage/completion_tokens\".");
        var (type, source) = (Text(element, "type", path) ?? Default(defaults, "type"), Text(element, "source", path) ?? Default(defaults, "source"));
        // A record has no envelope: what it does not say itself is the rule's.
        fields[EventField.Source] = [new MappedSource([], Encoding.UTF8.GetBytes(source ?? name))];
        fields[EventField.Type] = [new MappedSource([], Encoding.UTF8.GetBytes(type ?? name))];
        var utc = element.TryGetProperty("timesAreUtc", out var said) ? said.ValueKind is JsonValueKind.True or JsonValueKind.False ? said.GetBoolean() : throw new MappingException($"{path}/timesAreUtc: true or false is needed.")
            : defaults?.RootElement.TryGetProperty("timesAreUtc", out _) ?? false;
        return new MappingRule { Name = name, Type = type, Source = source, Pointers = pointers, Fields = fields, Models = models, TimesAreUtc = utc };
    }

    private static string? Default(JsonDocument? defaults, string key) => defaults is not null && defaults.RootElement.TryGetProperty(key, out var value) ? value.GetString() : null;

    private static JsonDocument Preset(string preset, string path) => MappingPresets.All.TryGetValue(preset, out var text)
        ? JsonDocument.Parse(text)
        : throw new MappingException($"{path}/preset: '{preset}' is not known. Known are {string.Join(", ", MappingPresets.All.Keys.Order(StringComparer.Ordinal))}.");

    private static List<MappedSource> Sources(JsonElement value, string path, EventField field, bool fixedToo, List<MappedPointer> pointers)
    {
        var texts = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select((item, i) => Text(item, $"{path}/{i}")).ToList() : [Text(value, path)];
        if (texts.Count == 0) throw new MappingException($"{path}: it is empty. Name a place, such as \"/model\".");
        return [.. texts.Select(text => Source(text, path, field, fixedToo, pointers))];
    }

    private static MappedSource Source(string text, string path, EventField field, bool fixedToo, List<MappedPointer> pointers)
    {
        if (!text.StartsWith('/'))
        {
            if (!fixedToo) throw new MappingException($"{path}: '{text}' is not a place. A place begins with '/', such as \"/usage/total_tokens\".");
            if (field == EventField.Units && !ulong.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out _))
                throw new MappingException($"{path}: '{text}' is neither a place, which begins with '/', nor a whole number.");
            if (PlainValues.TextProblem(Encoding.UTF8.GetBytes(text)) is { } problem) throw new MappingException($"{path}: {problem}.");
            return new MappedSource([], Encoding.UTF8.GetBytes(text));
        }

        var places = field == EventField.Units ? text.Split(" + ", StringSplitOptions.TrimEntries) : [text];
        return new MappedSource([.. places.Select(place => Pointer(place, path, pointers))], null);
    }

    /// <summary>As JSON pointers are written (RFC 6901), through objects only.</summary>
    private static int Pointer(string place, string path, List<MappedPointer> pointers)
    {
        var known = pointers.FindIndex(pointer => pointer.Text == place);
        if (known >= 0) return known;
        var names = place.Split('/')[1..];
        if (!place.StartsWith('/') || names.Any(name => name.Length == 0)) throw new MappingException($"{path}: '{place}' is not a place. Write \"/name/name\".");
        if (names.Length > UsageLimits.MostDepth) throw new MappingException($"{path}: '{place}' is deeper than {UsageLimits.MostDepth}.");
        if (pointers.Count == MappingRule.MostPointers) throw new MappingException($"{path}: a mapping names at most {MappingRule.MostPointers} places.");
        pointers.Add(new MappedPointer(place, [.. names.Select(name => Encoding.UTF8.GetBytes(name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))]));
        return pointers.Count - 1;
    }

    private static FrozenDictionary<string, ModelId>? Models(JsonElement element, string path)
    {
        if (!element.TryGetProperty("models", out var table)) return null;
        if (table.ValueKind != JsonValueKind.Object) throw new MappingException($"{path}/models: an object of names and models is needed.");
        return table.EnumerateObject().ToFrozenDictionary(
            pair => pair.Name,
            pair => pair.Value.ValueKind == JsonValueKind.String && Hash32.TryParse(pair.Value.GetString(), out var model) && !model.IsZero
                ? new ModelId(model)
                : throw new MappingException($"{path}/models/{pair.Name}: a model's id is needed: 0x and 64 hexadecimal digits."),
            StringComparer.Ordinal);
    }

    private static string? Text(JsonElement element, string key, string path) => element.TryGetProperty(key, out var value) ? Text(value, $"{path}/{key}") : null;

    private static string Text(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : throw new MappingException($"{path}: a text is needed.");

    private sealed class MappingException(string message) : FormatException(message);
}

/// <summary>Forms that are known: a file completes them with its models.</summary>
internal static class MappingPresets
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        // LiteLLM's callback. Calls without tokens (images, speech) are uses of no units. Older Pythons write times without an offset.
        ["litellm"] = """{"type": "litellm_tokens", "model": "/model", "units": ["/prompt_tokens + /completion_tokens", "/total_tokens", "0"], "cost": "/cost", "timesAreUtc": true}""",
        ["openmeter"] = """{"type": "prompt", "model": "/model", "units": ["/tokens", "/value"]}""",
        ["openai"] = """{"id": "/id", "time": ["/created", "/created_at"], "model": "/model", "subject": "/user", "units": ["/usage/prompt_tokens + /usage/completion_tokens", "/usage/input_tokens + /usage/output_tokens", "/usage/total_tokens"]}""",
        ["openrouter"] = """{"id": "/id", "time": ["/created", "/created_at"], "model": "/model", "subject": "/user", "units": ["/usage/prompt_tokens + /usage/completion_tokens", "/tokens_prompt + /tokens_completion"], "cost": ["/usage/cost", "/total_cost"]}""",
    };
}
