using System.CommandLine;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle passport: what a buyer can know of a model.</summary>
internal static partial class PassportVerb
{
    private static readonly Argument<string> Model = new("model") { Description = ModelNames.Help };
    private static readonly Option<ulong?> Block = new("--block") { Description = "as of the start of this block (default: now)", HelpName = "NUMBER" };
    private static readonly Option<string?> FigureOption = new("--figure") { Description = "this figure alone, with its series and what recomputes it", HelpName = "ID[:SCOPE]" };
    private static readonly Option<bool> Json = new("--json") { Description = "print the passport as JSON" };

    public static Command Create() => VerbRunner.Create("passport", "Shows what can be known of a model, and how surely", [Settings.Api, .. VerificationSession.Taken, Settings.PublicSources], RunAsync, Model, Block, FigureOption, Json, Verify, Shown, Alone,
        VerificationSession.Bundles, VerificationSession.Usage)
        .Printing("the answer of GET /api/v1/models/{id}/passport; with --verify what was recomputed, and where it differs (docs/passport.md)")
        .WithExamples("opensettle passport '#3'", "opensettle passport '#3' --verify --deployment deployment.json --rpc https://rpc.example");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(Verify))
        {
            await VerifyAsync(settings, parsed, cancellation);
            return;
        }

        using var api = NodeApi.Of(settings);
        var model = await ModelNames.FindAsync(api, parsed.GetValue(Model), cancellation);
        var file = await api.PassportAsync(model, parsed.GetValue(Block), cancellation);
        var wanted = parsed.GetValue(FigureOption);
        var figures = wanted is null ? file.Passport.Figures : Find(file, wanted);
        if (parsed.GetValue(Json))
        {
            await OutputBytes.WriteLineAsync(PassportJson.Write(wanted is null ? file : file with { Passport = file.Passport with { Figures = figures } }), cancellation);
        }
        else if (wanted is null)
        {
            PassportPage.Print(Page.OnConsole(), file);
        }
        else
        {
            foreach (var figure in figures) PassportPage.PrintFigure(Page.OnConsole(), file, figure);
        }
    }

    private static List<Figure> Find(PassportFile file, string wanted)
    {
        var colon = wanted.IndexOf(':', StringComparison.Ordinal);
        var (id, scope) = colon < 0 ? (wanted, null) : (wanted[..colon], wanted[(colon + 1)..]);
        var found = file.Passport.Figures.Where(figure => figure.Id == id && (scope is null || figure.Scope.Equals(scope, StringComparison.OrdinalIgnoreCase) || FigureWords.Scope(file, figure) == scope)).ToList();
        if (found.Count > 0) return found;
        var known = string.Join(", ", file.Passport.Figures.Where(figure => scope is null || figure.Id == id).Select(figure => scope is null ? figure.Id : $"{figure.Id}:{figure.Scope}").Distinct(StringComparer.Ordinal).Take(40));
        throw new VerbException(ExitCode.Usage, $"--figure: the passport has no '{Inert.Of(wanted, 80)}'. {(known.Length == 0 ? "It has no such figure under any scope." : $"It has {Inert.Of(known, 2000)}.")}");
    }
}
