using System.Globalization;
using System.Text;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Passports.Cards;

/// <summary>
/// Reads a Hugging Face model card: front matter, with what it reports in <c>model-index</c>, and of the prose heading, summary and limitations.
/// What is wrong is named by line and field; so is what the document does not carry.
/// </summary>
public static class CardReader
{
    /// <summary>No card is larger.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    /// <summary>Nor is the front matter of one.</summary>
    public const int MostFrontMatter = 1024 * 1024;

    /// <summary>Figures of a passport that was written as a card are recomputed, not taken as reports.</summary>
    public const string PassportSource = CardWriter.PassportSource;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static CardReading Read(ReadOnlySpan<byte> bytes)
    {
        var (faults, omitted) = (new CardNotes(), new CardNotes());
        if (Decode(bytes, faults) is not { } text) return new CardReading(new ModelDocument(), faults.All, omitted.All);
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var end = FrontMatterEnd(lines, faults);
        var bodyStart = end < 0 ? 0 : end + 1;
        var body = CardBody.Read(lines[bodyStart..], bodyStart + 1, omitted);
        var document = new ModelDocument();
        if (end > 0) document = ReadFrontMatter(lines[1..end], faults, omitted);
        document = document with
        {
            Name = FirstOf(document.Name, Named(body.Heading, bodyStart + 1, omitted), document.Results.Count > 0 ? document.Results[0].Entry : null),
            Description = FirstOf(document.Description, body.Summary),
            Limitations = document.Limitations ?? body.Limitations,
            CardHash = Keccak256.Hash(bytes),
        };
        if (document.Name.Length == 0) faults.Add(0, "name", "nothing in the card says what the model is called: write a first heading, '# Name', or 'model_name'.");
        if (lines[bodyStart..].Any(line => line.Trim().Length > 0)) omitted.Add(bodyStart + 1, "body", "of the prose only heading, summary and limitations are carried; the card's hash stands in the document.");
        if (document.ToBytes().Length > ModelDocument.MostBytes) faults.Add(0, "card", $"its document would have more than {ModelDocument.MostBytes} bytes: report fewer results.");
        return new CardReading(document, faults.All, omitted.All);
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, CardNotes faults)
    {
        if (bytes.Length > MostBytes)
        {
            faults.Add(0, "card", $"it has {bytes.Length} bytes, and at most {MostBytes} are taken.");
            return null;
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf])) bytes = bytes[3..];
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + bytes[..int.Min(bytes.Length, int.Max(0, e.Index))].Count((byte)'\n');
            faults.Add(line, "card", "it is not UTF-8 from here on.");
            return null;
        }
    }

    /// <summary>The line that ends the front matter; -1 where there is none.</summary>
    private static int FrontMatterEnd(string[] lines, CardNotes faults)
    {
        if (lines[0].TrimEnd() != "---")
        {
            faults.Add(1, "front matter", "there is none: a card begins with a line '---', fields as YAML, and another line '---'.");
            return -1;
        }

        var size = 0;
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].TrimEnd() == "---") return i;
            size += lines[i].Length + 1;
            if (size <= MostFrontMatter) continue;
            faults.Add(i + 1, "front matter", $"it has more than {MostFrontMatter} characters.");
            return -1;
        }

        faults.Add(1, "front matter", "it does not end: the line '---' after it is missing.");
        return -1;
    }

    private static ModelDocument ReadFrontMatter(string[] lines, CardNotes faults, CardNotes omitted)
    {
        YamlValue? root;
        try
        {
            root = YamlTree.Read(string.Join('\n', lines), 1);
        }
        catch (YamlFault fault)
        {
            faults.Add(fault.Line, "front matter", fault.Message);
            return new ModelDocument();
        }

        if (root is null) return new ModelDocument();
        if (root is YamlMap map) return Read(new CardFields(map, string.Empty, faults, omitted));
        faults.Add(root.Line, "front matter", "it is not a map of fields.");
        return new ModelDocument();
    }

    private static ModelDocument Read(CardFields card)
    {
        var document = new ModelDocument
        {
            Name = card.Text("model_name") ?? string.Empty,
            Description = card.Text("model_summary", ModelDocument.LongestText) ?? string.Empty,
            Limitations = card.Text("model_limitations", ModelDocument.LongestText),
            License = License(card),
            BaseModels = card.Texts("base_model"),
            BaseModelRelation = card.Text("base_model_relation"),
            Datasets = card.Texts("datasets"),
            Languages = card.Texts("language"),
            Tags = card.Texts("tags"),
            Task = card.Text("pipeline_tag"),
            Library = card.Text("library_name"),
            Metrics = card.Texts("metrics"),
            Results = Results(card),
        };
        card.OmitRest("a model's document has no field for it.");
        return document;
    }

    private static ModelLicense? License(CardFields card)
    {
        var (id, name, link) = (card.Text("license"), card.Text("license_name"), card.Text("license_link"));
        if (id is not null) return new ModelLicense(id, name, link);
        if (name is null && link is null) return null;
        // What has a name of its own is "other" there.
        return new ModelLicense("other", name, link);
    }

    private static List<ReportedResult> Results(CardFields card)
    {
        var results = new List<ReportedResult>();
        foreach (var entry in card.Maps("model-index"))
        {
            var name = entry.Required("name");
            foreach (var result in entry.Maps("results")) Add(results, name, result);
            entry.OmitRest("a reported result has no field for it.");
        }

        return results;
    }

    private static void Add(List<ReportedResult> results, string? entry, CardFields result)
    {
        var source = result.Map("source") is { } from ? Source(from) : null;
        if (source?.Name is { } name && name.StartsWith(PassportSource, StringComparison.Ordinal))
        {
            result.Omit("a passport computed it; it is computed again, not taken over.");
            return;
        }

        var task = result.Map("task", required: true) is { } work ? Task(work) : null;
        var dataset = result.Map("dataset", required: true) is { } set ? Dataset(set) : null;
        foreach (var metric in result.Maps("metrics"))
        {
            var measured = Metric(metric);
            if (entry is null || task is null || dataset is null || measured is null) continue;
            if (results.Count < ModelDocument.MostResults) results.Add(new ReportedResult(entry, task, dataset, measured, source));
            else metric.Fault($"it is one of more than {ModelDocument.MostResults.ToString(CultureInfo.InvariantCulture)} results, and no more are taken.");
        }

        result.OmitRest("a reported result has no field for it.");
    }

    private static ReportedTask? Task(CardFields fields)
    {
        var (type, name) = (fields.Required("type"), fields.Text("name"));
        fields.OmitRest("a reported result has no field for it.");
        return type is null ? null : new ReportedTask(type, name);
    }

    private static ReportedDataset? Dataset(CardFields fields)
    {
        var (type, name) = (fields.Required("type"), fields.Required("name"));
        var (config, split, revision, args) = (fields.Text("config"), fields.Text("split"), fields.Text("revision"), fields.Json("args"));
        fields.OmitRest("a reported result has no field for it.");
        return type is null || name is null ? null : new ReportedDataset(type, name, config, split, revision, args);
    }

    private static ReportedMetric? Metric(CardFields fields)
    {
        var (type, value) = (fields.Required("type"), fields.Number("value"));
        var (name, config, args) = (fields.Text("name"), fields.Text("config"), fields.Json("args"));
        var (verified, token) = (fields.Flag("verified"), fields.Text("verifyToken", ModelDocument.LongestText));
        fields.OmitRest("a reported result has no field for it.");
        return type is null || value is null ? null : new ReportedMetric(type, name, value, config, args, verified, token);
    }

    private static ReportedSource Source(CardFields fields)
    {
        var source = new ReportedSource(fields.Text("name"), fields.Text("url"));
        fields.OmitRest("a reported result has no field for it.");
        return source;
    }

    private static string? Named(string? heading, int line, CardNotes omitted)
    {
        if (heading is null || (heading.Length <= ModelDocument.LongestName && CardText.Fault(heading, lines: false) is null)) return heading;
        omitted.Add(line, "body.heading", "it is too long for a name, or has control characters.");
        return null;
    }

    private static string FirstOf(params string?[] texts) => Array.Find(texts, text => !string.IsNullOrEmpty(text)) ?? string.Empty;
}
