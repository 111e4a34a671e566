using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OpenSettle.Passports;

/// <summary>
/// A passport as a Hugging Face model card: the document's fields as front matter, and our figures as results of a source of their own, so that nobody
/// takes them for reports and a reader of cards leaves them to the next passport.
/// </summary>
public static class CardWriter
{
    /// <summary>How the source of our figures begins.</summary>
    public const string PassportSource = "OpenSettle passport";

    public static PassportExport Write(PassportFile file)
    {
        var (passport, document, omissions) = (file.Passport, file.Document ?? new ModelDocument(), new Omissions());
        var text = new StringBuilder("---\n");
        Field(text, "model_name", document.Name.Length > 0 ? document.Name : passport.Model.ToString());
        if (document.Description.Length > 0) Field(text, "model_summary", document.Description);
        if (document.License is { } license)
        {
            Field(text, "license", license.Id);
            Field(text, "license_name", license.Name);
            Field(text, "license_link", license.Link);
        }

        List(text, "base_model", document.BaseModels);
        Field(text, "base_model_relation", document.BaseModelRelation);
        List(text, "datasets", document.Datasets);
        List(text, "language", document.Languages);
        List(text, "tags", document.Tags);
        Field(text, "pipeline_tag", document.Task);
        Field(text, "library_name", document.Library);
        List(text, "metrics", document.Metrics);
        Field(text, "model_limitations", document.Limitations);
        var figures = Figures(passport, omissions);
        if (document.Results.Count + figures.Count > 0) text.Append("model-index:\n");
        WriteResults(text, document.Results);
        if (figures.Count > 0) WriteFigures(text, file, document, figures);
        text.Append("---\n\n");
        omissions.Add(passport.Domains.Count, "domains", "a card has no place for intervals; their figures are in it");
        omissions.Add(passport.Flags.Count, "flags", "a card has no place for warnings");
        omissions.Add(passport.Ancestors.Count, "ancestors", "a card names models of a hub, not of a registry");
        omissions.Add(passport.Contributors.Count, "contributors", "a card has no place for them");
        omissions.Add(passport.Permissions.Count, "permissions", "a card has no place for them");
        omissions.Add(passport.Attestations.Count, "attestations", "a card has no place for them");
        if (file.Document is null) omissions.Add("document: nobody gave this node the one that the registry names, so that licence, datasets and reports are not in it");
        if (document.CardHash is not null) omissions.Add("card hash: this is another card than the one that the document was written from");
        return new PassportExport(Encoding.UTF8.GetBytes(text.ToString()), "text/markdown", "md", omissions.Lines);
    }

    private static List<Figure> Figures(Passport passport, Omissions omissions)
    {
        var carried = passport.Figures.Where(figure => figure is { State: FigureState.Known, Value: { } value } && PlainNumber.IsOne(value)).ToList();
        omissions.Add(passport.Figures.Count - carried.Count, "figures without a value", "a card's metrics have one");
        omissions.Add(carried.Count(figure => figure.Points.Count > 0), "series", "a card's metrics are single numbers");
        omissions.Add(carried.Count(figure => figure.Low is not null), "intervals", "a card's metrics are single numbers");
        return carried;
    }

    private static void WriteResults(StringBuilder text, IReadOnlyList<ReportedResult> results)
    {
        ReportedResult? last = null;
        foreach (var result in results)
        {
            if (last is null || last.Entry != result.Entry) text.Append("- name: ").Append(Quote(result.Entry)).Append("\n  results:\n");
            if (last is null || last with { Metric = result.Metric } != result)
            {
                text.Append("  - task:\n");
                Field(text, "type", result.Task.Type, 6);
                Field(text, "name", result.Task.Name, 6);
                text.Append("    dataset:\n");
                Field(text, "type", result.Dataset.Type, 6);
                Field(text, "name", result.Dataset.Name, 6);
                Field(text, "config", result.Dataset.Config, 6);
                Field(text, "split", result.Dataset.Split, 6);
                Field(text, "revision", result.Dataset.Revision, 6);
                Json(text, "args", result.Dataset.Args, 6);
                if (result.Source is { } source)
                {
                    text.Append("    source:").Append(source is { Name: null, Url: null } ? " {}\n" : "\n");
                    Field(text, "name", source.Name, 6);
                    Field(text, "url", source.Url, 6);
                }

                text.Append("    metrics:\n");
            }

            last = result;
            text.Append("    - type: ").Append(Quote(result.Metric.Type)).Append('\n');
            Field(text, "name", result.Metric.Name, 6);
            text.Append("      value: ").Append(result.Metric.Value).Append('\n');
            Field(text, "config", result.Metric.Config, 6);
            Json(text, "args", result.Metric.Args, 6);
            if (result.Metric.Verified is { } verified) text.Append("      verified: ").Append(verified ? "true\n" : "false\n");
            Field(text, "verifyToken", result.Metric.VerifyToken, 6);
        }
    }

    private static void WriteFigures(StringBuilder text, PassportFile file, ModelDocument document, List<Figure> figures)
    {
        var passport = file.Passport;
        text.Append("- name: ").Append(Quote(document.Name.Length > 0 ? document.Name : passport.Model.ToString())).Append("\n  results:\n  - task:\n");
        Field(text, "type", document.Task ?? "other", 6);
        text.Append("    dataset:\n");
        Field(text, "type", "opensettle", 6);
        Field(text, "name", string.Create(CultureInfo.InvariantCulture, $"chain {passport.ChainId}, model {passport.Model}, block {passport.AsOf.Number}"), 6);
        text.Append("    source:\n");
        Field(text, "name", $"{PassportSource}, {passport.CodeVersion}: computed, not reported", 6);
        text.Append("    metrics:\n");
        foreach (var figure in figures)
        {
            text.Append("    - type: ").Append(Quote("opensettle:" + figure.Id)).Append('\n');
            Field(text, "name", $"{figure.Id}{(figure.Scope.Length == 0 ? string.Empty : $" of {figure.Scope}")} ({PassportWords.Of(figure.Level)})", 6);
            text.Append("      value: ").Append(figure.Value).Append('\n');
        }
    }

    private static void Field(StringBuilder text, string name, string? value, int indent = 0)
    {
        if (value is not null) text.Append(' ', indent).Append(name).Append(": ").Append(Quote(value)).Append('\n');
    }

    private static void List(StringBuilder text, string name, IReadOnlyList<string> items)
    {
        if (items.Count == 0) return;
        text.Append(name).Append(":\n");
        foreach (var item in items) text.Append("- ").Append(Quote(item)).Append('\n');
    }

    private static void Json(StringBuilder text, string name, string? json, int indent)
    {
        if (json is null) return;
        using var document = JsonDocument.Parse(json);
        text.Append(' ', indent).Append(name).Append(": ");
        Flow(text, document.RootElement);
        text.Append('\n');
    }

    /// <summary>JSON is YAML, but for what its texts escape.</summary>
    private static void Flow(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var (index, property) in value.EnumerateObject().Index())
                {
                    text.Append(index == 0 ? string.Empty : ", ").Append(Quote(property.Name)).Append(": ");
                    Flow(text, property.Value);
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var (index, item) in value.EnumerateArray().Index())
                {
                    text.Append(index == 0 ? string.Empty : ", ");
                    Flow(text, item);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append(Quote(value.GetString() ?? string.Empty));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    /// <summary>A text in quotes. Whatever does not show, or shows as something else, is escaped.</summary>
    private static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (c == '\n') text.Append("\\n");
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse) text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else text.Append(c);
        }

        return text.Append('"').ToString();
    }
}
