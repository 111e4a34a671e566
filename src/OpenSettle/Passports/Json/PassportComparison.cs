using System.Text.Json;

namespace OpenSettle.Passports;

/// <summary>A figure of two passports, side by side; null where one of them has none.</summary>
public sealed record ComparedFigure(string Id, string Scope, Figure? A, Figure? B);

/// <summary>Two passports side by side. Nothing is converted: figures of different tokens stay figures of their own.</summary>
public static class PassportComparison
{
    /// <summary>In order of id and scope.</summary>
    public static IReadOnlyList<ComparedFigure> Rows(Passport a, Passport b)
    {
        var rows = new SortedDictionary<(string Id, string Scope), (Figure? A, Figure? B)>(Comparer<(string Id, string Scope)>.Create(static (left, right) =>
            string.CompareOrdinal(left.Id, right.Id) is not 0 and var order ? order : string.CompareOrdinal(left.Scope, right.Scope)));
        foreach (var figure in a.Figures) rows[(figure.Id, figure.Scope)] = (figure, null);
        foreach (var figure in b.Figures) rows[(figure.Id, figure.Scope)] = (rows.TryGetValue((figure.Id, figure.Scope), out var known) ? known.A : null, figure);
        return [.. rows.Select(row => new ComparedFigure(row.Key.Id, row.Key.Scope, row.Value.A, row.Value.B))];
    }

    /// <summary>The answer of <c>GET /api/v1/compare</c>: <c>{a, b, comparable, rows: [{id, scope, a, b}]}</c>, figures as in a passport, without their series.</summary>
    public static void Write(Utf8JsonWriter json, Passport a, Passport b)
    {
        json.WriteStartObject();
        json.WriteString("a", a.Model.ToString());
        json.WriteString("b", b.Model.ToString());
        json.WriteBoolean("comparable", IsFair(a, b));
        json.WriteStartArray("rows");
        foreach (var row in Rows(a, b))
        {
            json.WriteStartObject();
            json.WriteString("id", row.Id);
            json.WriteString("scope", row.Scope);
            Write(json, "a", a, row.A);
            Write(json, "b", b, row.B);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Whether the same rules gave both, on one chain, as of the same block.</summary>
    public static bool IsFair(Passport a, Passport b) => a.CodeVersion == b.CodeVersion && a.ChainId == b.ChainId && a.AsOf.Number == b.AsOf.Number;

    private static void Write(Utf8JsonWriter json, string name, Passport passport, Figure? figure)
    {
        if (figure is null) return;
        json.WriteStartObject(name);
        PassportJson.WriteFigure(json, passport, figure with { Points = [] });
        json.WriteEndObject();
    }
}
