using System.CommandLine;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Verify;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle passport MODEL --verify: recomputes the passport from the chain and the bundles, and holds what somebody shows against that.</summary>
internal static partial class PassportVerb
{
    private static readonly Option<bool> Verify = new("--verify") { Description = "recompute it from the chain (--rpc, --deployment) and the bundles, and say what holds, what does not, and what is only claimed" };

    private static readonly Option<string?> Shown = new("--passport")
    {
        Description = "with --verify: the passport that somebody shows, as JSON in a file (default: the one of the node at --api, if there is one)",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Alone = new("--alone") { Description = "with --verify: ask no node, and show what chain and bundles give" };

    private static async Task VerifyAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var options = NodeOptions.From(settings);
        var (model, said) = await ShownAsync(settings, parsed, cancellation);
        var report = await VerificationSession.RunAsync(
            options,
            parsed,
            (sources, progress) => new PassportVerification(sources, options.BlocksAtOnce, Clock.Real).RunAsync(model, said?.Passport, parsed.GetValue(Block), progress, cancellation),
            cancellation);
        if (parsed.GetValue(FigureOption) is { } wanted) report = OfFigure(report, wanted);
        var tokens = options.Deployment.Tokens.Select(token => new TokenName(token.Token, token.Symbol, token.Decimals)).ToList();
        var file = said is null ? new PassportFile(report.Recomputed, 0, tokens, null) : said with { Tokens = tokens };
        if (parsed.GetValue(Json)) await OutputBytes.WriteLineAsync(PassportVerifyText.Json(report, file), cancellation);
        else PassportVerifyText.Print(Page.OnConsole(), report, file);
        Conclude(report);
    }

    /// <summary>The passport that is to be verified: from a file, or from a node; null where there is none.</summary>
    private static async Task<(ModelId Model, PassportFile? Said)> ShownAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var name = parsed.GetValue(Model);
        if (parsed.GetValue(Shown) is { } path)
        {
            if (parsed.GetValue(Block) is not null) throw new VerbException(ExitCode.Usage, "--block: the passport in the file says of which block it is.");
            var shown = Read(path);
            return Hash32.TryParse(name, out var id) && id != shown.Passport.Model.Value
                ? throw new VerbException(ExitCode.Usage, $"--passport: {path} is of model {shown.Passport.Model}.")
                : (shown.Passport.Model, shown);
        }

        if (parsed.GetValue(Alone))
        {
            return Hash32.TryParse(name, out var id)
                ? (new ModelId(id), null)
                : throw new VerbException(ExitCode.Usage, "model: without a node only a whole id (0x and 64 digits) names a model.");
        }

        using var api = NodeApi.Of(settings);
        try
        {
            var model = await ModelNames.FindAsync(api, name, cancellation);
            return (model, await api.PassportAsync(model, parsed.GetValue(Block), cancellation));
        }
        catch (VerbException e) when (e.Code == ExitCode.Api && Hash32.TryParse(name, out _))
        {
            throw new VerbException(ExitCode.Api, $"{e.Message} To recompute it without any node, add --alone.", e);
        }
    }

    private static PassportFile Read(string path)
    {
        try
        {
            return PassportJson.Read(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"--passport: cannot read {path}: {e.Message}", e);
        }
        catch (PassportFormatException e)
        {
            throw new VerbException(ExitCode.Usage, $"--passport: {path} is not a passport: {e.Message} Write one with 'opensettle passport MODEL --json'.", e);
        }
    }

    /// <summary>The same, of one figure alone. What it follows from was all looked at.</summary>
    private static PassportReport OfFigure(PassportReport report, string wanted)
    {
        var found = Find(new PassportFile(report.Recomputed, 0, [], null), wanted);
        return report with
        {
            Recomputed = report.Recomputed with { Figures = found },
            Rows = report.Rows is { } rows ? [.. rows.Where(row => found.Any(figure => figure.Id == row.What && figure.Scope == row.Scope))] : null,
        };
    }

    private static void Conclude(PassportReport report)
    {
        switch (report.Outcome)
        {
            case VerifyOutcome.Agrees:
                return;
            case VerifyOutcome.Differs:
                throw new VerbException(ExitCode.Differs, $"it differs: {Inert.Of(report.Difference ?? "it cannot be said in what")}");
            default:
                throw new VerbException(ExitCode.NotVerified, $"not all could be verified: {report.Limits.Money ?? report.Vault.First(VerifyOutcome.NotChecked)}");
        }
    }
}
