using System.Buffers;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Verification;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Verify;

namespace OpenSettle.Cli;

/// <summary>What became of verifying a passport, for people and for programs.</summary>
internal static class PassportVerifyText
{
    private const int LabelColumns = 38;

    public static void Print(Page page, PassportReport report, PassportFile file)
    {
        var passport = report.Recomputed;
        page.Heading($"Model {passport.Model}");
        page.Line(string.Create(CultureInfo.InvariantCulture, $"as of the start of block {passport.AsOf.Number}, {FigureWords.Time(passport.AsOf.Timestamp)}; {Count(report.Vault.Epochs.Count(epoch => epoch.Outcome == VerifyOutcome.Agrees), "epoch")} of {report.Vault.Epochs.Count} verified with all usage, read to final block {report.Vault.Last?.Number}"));
        Limit(page, "money and divisions were not checked: ", report.Limits.Money);
        if (report.Limits.Usage != report.Limits.Money) Limit(page, "usage was not checked: ", report.Limits.Usage);
        Limit(page, "transfers between accounts are not known: ", report.Limits.Flows);
        if (report.Rows is not { } rows)
        {
            PassportPage.PrintFigures(page, file, passport.Figures);
            return;
        }

        foreach (var verdict in (PassportVerdict[])[PassportVerdict.Differs, PassportVerdict.NotChecked, PassportVerdict.Claimed, PassportVerdict.Holds])
        {
            var of = rows.Where(row => row.Verdict == verdict).ToList();
            if (of.Count == 0) continue;
            page.Blank();
            page.Heading($"{Name(verdict)} ({of.Count.ToString(CultureInfo.InvariantCulture)})");
            foreach (var row in of) Print(page, file, row);
        }

        page.Blank();
        page.Line(string.Join(", ", rows.GroupBy(row => row.Verdict).OrderBy(group => group.Key).Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {Word(group.Key)}"))) + ".");
    }

    public static ReadOnlyMemory<byte> Json(PassportReport report, PassportFile file)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("outcome", report.Outcome switch { VerifyOutcome.Agrees => "agrees", VerifyOutcome.Differs => "differs", _ => "notChecked" });
            json.WriteString("firstDifference", report.Difference);
            json.WriteNumber("lastFinalBlock", report.Vault.Last?.Number ?? 0);
            json.WriteNumber("epochs", report.Vault.Epochs.Count);
            json.WriteStartObject("limits");
            if (report.Limits.Money is { } money) json.WriteString("money", money);
            if (report.Limits.Usage is { } usage) json.WriteString("usage", usage);
            if (report.Limits.Flows is { } flows) json.WriteString("flows", flows);
            json.WriteEndObject();
            if (report.Rows is { } rows)
            {
                json.WriteStartArray("rows");
                foreach (var row in rows) Write(json, row);
                json.WriteEndArray();
            }

            json.WritePropertyName("recomputed");
            PassportJson.Write(json, file with { Passport = report.Recomputed });
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, PassportRow row)
    {
        json.WriteStartObject();
        json.WriteString("what", row.What);
        json.WriteString("scope", row.Scope);
        json.WriteString("level", PassportWords.Of(row.Level));
        json.WriteString("verdict", row.Verdict switch { PassportVerdict.Holds => "holds", PassportVerdict.Differs => "differs", PassportVerdict.Claimed => "claimed", _ => "notChecked" });
        if (row.Said is { } said) json.WriteString("said", said);
        if (row.Found is { } found) json.WriteString("found", found);
        if (row.Why is { } why) json.WriteString("why", why);
        json.WriteEndObject();
    }

    private static void Print(Page page, PassportFile file, PassportRow row)
    {
        var scope = Address.TryParse(row.Scope, out var token) ? file.TokenOf(token).Symbol : row.Scope.StartsWith("0x", StringComparison.Ordinal) && row.Scope.Length > 20 ? $"{row.Scope[..18]}…" : row.Scope;
        var label = $"  {FigureWords.Mark(row.Level)} {Inert.Of(row.What, 60)}{(scope.Length == 0 ? string.Empty : $" {Inert.Of(scope, 44)}")}";
        if (Inert.Width(label) >= LabelColumns)
        {
            page.Item("  ", label.TrimStart());
            label = string.Empty;
        }

        label += new string(' ', LabelColumns - Inert.Width(label));
        var why = row.Why is { } reason ? $": {Inert.Of(reason)}" : string.Empty;
        if (row.Verdict == PassportVerdict.Differs) page.Item(label, $"says {Value(row.Said)}, is {Value(row.Found)}{why}");
        else page.Item(label, Value(row.Said ?? row.Found) + (row.Verdict == PassportVerdict.NotChecked ? string.Empty : why));
    }

    private static void Limit(Page page, string label, string? why)
    {
        if (why is not null) page.Warning("! ", label + Inert.Of(why));
    }

    private static string Value(string? text) => text is null ? "nothing" : Inert.Of(text, 200);

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? string.Empty : "s")}");

    private static string Name(PassportVerdict verdict) => verdict switch
    {
        PassportVerdict.Differs => "Does not hold",
        PassportVerdict.NotChecked => "Could not be checked",
        PassportVerdict.Claimed => "Only claimed",
        _ => "Holds",
    };

    private static string Word(PassportVerdict verdict) => verdict switch
    {
        PassportVerdict.Differs => "differ",
        PassportVerdict.NotChecked => "not checked",
        PassportVerdict.Claimed => "only claimed",
        _ => "hold",
    };
}
