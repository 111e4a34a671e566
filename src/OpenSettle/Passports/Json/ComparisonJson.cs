using System.Text.Json;

namespace OpenSettle.Passports;

/// <summary>Two passports side by side, as <c>GET /api/v1/compare</c> answers: <c>{a: {model, number, name, …}, b, differ, rows: [{id, scope, a, b}]}</c>, figures as in a passport, without their series.</summary>
public static class ComparisonJson
{
    /// <exception cref="ArgumentException">The passports were made by different rules.</exception>
    public static void Write(Utf8JsonWriter json, PassportFile a, PassportFile b)
    {
        var compared = PassportComparison.Of(a.Passport, b.Passport);
        json.WriteStartObject();
        Write(json, "a", a);
        Write(json, "b", b);
        json.WriteStartArray("differ");
        foreach (var words in compared.Differ) json.WriteStringValue(words);
        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (var row in compared.Figures)
        {
            json.WriteStartObject();
            json.WriteString("id", row.Id);
            json.WriteString("scope", row.Scope);
            Write(json, "a", compared.A, row.A);
            Write(json, "b", compared.B, row.B);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Passport passport, Figure? figure)
    {
        if (figure is null) return;
        json.WriteStartObject(name);
        PassportJson.WriteFigure(json, passport, figure with { Points = [] });
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, PassportFile file)
    {
        var passport = file.Passport;
        json.WriteStartObject(name);
        json.WriteString("model", passport.Model.ToString());
        json.WriteNumber("number", file.Number);
        if (file.Document is { Name.Length: > 0 } document) json.WriteString("name", document.Name);
        json.WriteStartObject("asOf");
        json.WriteNumber("block", passport.AsOf.Number);
        json.WriteNumber("time", passport.AsOf.Timestamp);
        json.WriteEndObject();
        json.WriteString("codeVersion", passport.CodeVersion);
        json.WriteString("status", PassportWords.OfStatus(passport.Status));
        json.WriteStartArray("flags");
        foreach (var flag in passport.Flags.Select(flag => flag.Id).Distinct(StringComparer.Ordinal)) json.WriteStringValue(flag);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
