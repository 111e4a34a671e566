using System.Buffers;
using System.Text.Json;

namespace OpenSettle.Passports;

/// <summary>The text of a model's document: fields in one order, nothing that is empty, no spaces.</summary>
internal static class ModelDocumentJson
{
    public static byte[] Write(ModelDocument document)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) Write(json, document);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(Utf8JsonWriter json, ModelDocument document)
    {
        json.WriteStartObject();
        if (!document.IsForeign) json.WriteString("format", ModelDocument.Format);
        json.WriteString("name", document.Name);
        json.WriteString("description", document.Description);
        if (document.License is { } license)
        {
            json.WriteStartObject("license");
            json.WriteString("id", license.Id);
            Optional(json, "name", license.Name);
            Optional(json, "link", license.Link);
            json.WriteEndObject();
        }

        List(json, "baseModels", document.BaseModels);
        Optional(json, "baseModelRelation", document.BaseModelRelation);
        List(json, "datasets", document.Datasets);
        List(json, "languages", document.Languages);
        List(json, "tags", document.Tags);
        Optional(json, "task", document.Task);
        Optional(json, "library", document.Library);
        List(json, "metrics", document.Metrics);
        Optional(json, "limitations", document.Limitations);
        if (document.Results.Count > 0)
        {
            json.WriteStartArray("results");
            foreach (var result in document.Results) Write(json, result);
            json.WriteEndArray();
        }

        if (document.CardHash is { } card) json.WriteString("card", card.ToString());
        json.WriteEndObject();
    }

    public static ModelDocument? TryParse(ReadOnlyMemory<byte> bytes, out string? why)
    {
        try
        {
            why = null;
            return JsonFields.Read(bytes, ModelDocument.MostBytes, Read);
        }
        catch (PassportFormatException e)
        {
            why = e.Message;
            return null;
        }
    }

    public static ModelDocument Read(JsonFields fields)
    {
        if (fields.Element.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String && format.ValueEquals(ModelDocument.Format)) return ReadOwn(fields);
        return new ModelDocument { Name = Plain(fields, "name", ModelDocument.LongestName), Description = Plain(fields, "description", ModelDocument.LongestText), IsForeign = true };
    }

    private static ModelDocument ReadOwn(JsonFields fields) => new()
    {
        Name = Short(fields, "name") ?? string.Empty,
        Description = Long(fields, "description") ?? string.Empty,
        License = fields.ObjectOrNull("license") is { } license ? new ModelLicense(Need(license, "id"), Short(license, "name"), Short(license, "link")) : null,
        BaseModels = Names(fields, "baseModels"),
        BaseModelRelation = Short(fields, "baseModelRelation"),
        Datasets = Names(fields, "datasets"),
        Languages = Names(fields, "languages"),
        Tags = Names(fields, "tags"),
        Task = Short(fields, "task"),
        Library = Short(fields, "library"),
        Metrics = Names(fields, "metrics"),
        Limitations = Long(fields, "limitations"),
        Results = fields.List("results", ReadResult) is { Count: <= ModelDocument.MostResults } results ? results : throw fields.Bad("results", $"a list of at most {ModelDocument.MostResults}"),
        CardHash = fields.WordOrNull("card"),
    };

    private static void Write(Utf8JsonWriter json, ReportedResult result)
    {
        json.WriteStartObject();
        json.WriteString("entry", result.Entry);
        json.WriteStartObject("task");
        json.WriteString("type", result.Task.Type);
        Optional(json, "name", result.Task.Name);
        json.WriteEndObject();
        json.WriteStartObject("dataset");
        json.WriteString("type", result.Dataset.Type);
        json.WriteString("name", result.Dataset.Name);
        Optional(json, "config", result.Dataset.Config);
        Optional(json, "split", result.Dataset.Split);
        Optional(json, "revision", result.Dataset.Revision);
        Optional(json, "args", result.Dataset.Args);
        json.WriteEndObject();
        json.WriteStartObject("metric");
        json.WriteString("type", result.Metric.Type);
        Optional(json, "name", result.Metric.Name);
        json.WriteString("value", result.Metric.Value);
        Optional(json, "config", result.Metric.Config);
        Optional(json, "args", result.Metric.Args);
        if (result.Metric.Verified is { } verified) json.WriteBoolean("verified", verified);
        Optional(json, "verifyToken", result.Metric.VerifyToken);
        json.WriteEndObject();
        if (result.Source is { } source)
        {
            json.WriteStartObject("source");
            Optional(json, "name", source.Name);
            Optional(json, "url", source.Url);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static ReportedResult ReadResult(JsonFields fields)
    {
        var (task, dataset, metric) = (fields.Object("task"), fields.Object("dataset"), fields.Object("metric"));
        var value = Need(metric, "value");
        if (!PlainNumber.IsOne(value)) throw metric.Bad("value", "a plain number");
        return new ReportedResult(
            Need(fields, "entry"),
            new ReportedTask(Need(task, "type"), Short(task, "name")),
            new ReportedDataset(Need(dataset, "type"), Need(dataset, "name"), Short(dataset, "config"), Short(dataset, "split"), Short(dataset, "revision"), Json(dataset, "args")),
            new ReportedMetric(
                Need(metric, "type"), Short(metric, "name"), value, Short(metric, "config"), Json(metric, "args"),
                metric.Has("verified") ? metric.Flag("verified") : null, Long(metric, "verifyToken")),
            fields.ObjectOrNull("source") is { } source ? new ReportedSource(Short(source, "name"), Short(source, "url")) : null);
    }

    /// <summary>Somebody else's text: what is none, or too long, is as good as not there.</summary>
    private static string Plain(JsonFields fields, string name, int longest) =>
        fields.Element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Length <= longest ? text : string.Empty;

    private static string Need(JsonFields fields, string name) => Bounded(fields, name, fields.Text(name), ModelDocument.LongestName);

    private static string? Short(JsonFields fields, string name) => fields.TextOrNull(name) is { } text ? Bounded(fields, name, text, ModelDocument.LongestName) : null;

    private static string? Long(JsonFields fields, string name) => fields.TextOrNull(name) is { } text ? Bounded(fields, name, text, ModelDocument.LongestText) : null;

    /// <summary>Arguments are kept as the text of their JSON.</summary>
    private static string? Json(JsonFields fields, string name)
    {
        if (Long(fields, name) is not { } text) return null;
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            return JsonSerializer.Serialize(document.RootElement);
        }
        catch (JsonException)
        {
            throw fields.Bad(name, "the text of a JSON value");
        }
    }

    private static List<string> Names(JsonFields fields, string name)
    {
        var names = fields.Texts(name);
        if (names.Count > ModelDocument.MostItems) throw fields.Bad(name, $"a list of at most {ModelDocument.MostItems}");
        foreach (var item in names) Bounded(fields, name, item, ModelDocument.LongestName);
        return names;
    }

    private static string Bounded(JsonFields fields, string name, string text, int longest) => text.Length <= longest ? text : throw fields.Bad(name, $"a text of at most {longest} characters");

    private static void Optional(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null) json.WriteString(name, text);
    }

    private static void List(Utf8JsonWriter json, string name, IReadOnlyList<string> items)
    {
        if (items.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var item in items) json.WriteStringValue(item);
        json.WriteEndArray();
    }
}
