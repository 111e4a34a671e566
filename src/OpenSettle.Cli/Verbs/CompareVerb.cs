using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle compare: two models side by side.</summary>
internal static class CompareVerb
{
    private static readonly Argument<string> A = new("a") { Description = ModelNames.Help };
    private static readonly Argument<string> B = new("b") { Description = "another one" };
    private static readonly Option<ulong?> Block = new("--block") { Description = "as of the start of this block (default: now)", HelpName = "NUMBER" };
    private static readonly Option<bool> Json = new("--json") { Description = "print the comparison as JSON" };

    public static Command Create() => VerbRunner.Create("compare", "Shows two models' figures side by side", [Settings.Api], RunAsync, A, B, Block, Json)
        .Printing("the answer of GET /api/v1/compare, made here from two passports")
        .WithExamples("opensettle compare '#3' '#4'");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var api = NodeApi.Of(settings);
        var (a, b) = (await ModelNames.FindAsync(api, parsed.GetValue(A), cancellation), await ModelNames.FindAsync(api, parsed.GetValue(B), cancellation));
        if (a == b) throw new VerbException(ExitCode.Usage, "b: that is the same model.");
        var one = await api.PassportAsync(a, parsed.GetValue(Block), cancellation);
        // As of the same block, whatever the node read in between.
        var other = await api.PassportAsync(b, one.Passport.AsOf.Number, cancellation);
        if (!parsed.GetValue(Json))
        {
            Print(Page.OnConsole(), one, other);
            return;
        }

        var buffer = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(buffer)) ComparisonJson.Write(json, one, other);
        await OutputBytes.WriteLineAsync(buffer.WrittenMemory, cancellation);
    }

    private static void Print(Page page, PassportFile a, PassportFile b)
    {
        page.Item("A: ", Name(a));
        page.Item("B: ", Name(b));
        var compared = PassportComparison.Of(a.Passport, b.Passport);
        foreach (var words in compared.Differ) page.Warning("! ", words);
        page.Blank();
        page.Heading("Still good for");
        foreach (var domain in a.Passport.Domains.Concat(b.Passport.Domains).Select(domain => domain.Text).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            page.Line($"  {Inert.Of(domain, 70)}");
            page.Item("    A ", Standing(a, domain));
            page.Item("    B ", Standing(b, domain));
        }

        if (a.Passport.Domains.Count + b.Passport.Domains.Count == 0) page.Line("  Nobody can say yet of either.");
        page.Blank();
        page.Heading("Figures");
        foreach (var row in compared.Figures)
        {
            var scope = FigureWords.Scope(row.A is null ? b : a, row.A ?? row.B ?? throw new InvalidOperationException("A row has a figure."));
            page.Line($"  {Inert.Of(row.Id, 60)}{(scope.Length == 0 ? string.Empty : $" {Inert.Of(scope, 60)}")}");
            page.Item("    A ", Value(a, row.A));
            page.Item("    B ", Value(b, row.B));
        }

        foreach (var (level, text) in FigureWords.Levels) page.Item($"  {FigureWords.Mark(level)} ", text);
    }

    private static string Name(PassportFile file) =>
        string.Create(CultureInfo.InvariantCulture, $"#{file.Number} {(file.Document is { Name.Length: > 0 } document ? Inert.Of(document.Name, 60) : file.Passport.Model.ToString()[..18] + "…")}, {PassportWords.OfStatus(file.Passport.Status)}{(file.Passport.Flags.Count > 0 ? $"; look out: {string.Join(", ", file.Passport.Flags.Select(flag => Inert.Of(flag.Id, 40)).Distinct(StringComparer.Ordinal))}" : string.Empty)}");

    private static string Standing(PassportFile file, string text) => file.Passport.Domains.FirstOrDefault(domain => domain.Text == text) is { } domain
        ? string.Create(CultureInfo.InvariantCulture, $"{FigureWords.Ratio(domain.Low)} to {FigureWords.Ratio(domain.High)} ({domain.Successes} of {domain.Trials}, {Basis(domain.Basis)})")
        : "–";

    private static string Basis(DomainBasis basis) => basis switch
    {
        DomainBasis.Evaluated => "evaluated",
        DomainBasis.PaidUsage => "paid uses",
        _ => "nothing that ranks",
    };

    private static string Value(PassportFile file, Figure? figure) => figure is null ? "–" : $"{FigureWords.Mark(figure.Level)} {FigureWords.Value(file, figure)}";
}
