using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Rebuilding;
using OpenSettle.Node.Verification;
using OpenSettle.Storage;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle rebuild: lost books, written anew from the chain and the bundles.</summary>
internal static class RebuildVerb
{
    private static readonly Option<string?> Bundles = new("--bundles")
    {
        Description = "folders or http(s) addresses, with commas between, that are asked for bundles before the address on chain is",
        HelpName = "PLACES",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    public static Command Create() => VerbRunner.Create(
        "rebuild",
        "Writes lost books anew from the chain and the bundles, and restores what archives have of the usage; while no node runs",
        [
            Settings.Deployment, Settings.DataDir, Settings.UsageArchive, Settings.Rpc, Settings.RpcQuorum, Settings.HedgeMilliseconds, Settings.Completeness, Settings.Finality,
            Settings.RpcTimeoutSeconds, Settings.BlocksAtOnce,
        ],
        RunAsync, Bundles, Json);

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var options = NodeOptions.From(settings);
        var paths = NodeOptionsPaths.In(options.DataDir);
        var data = DataPaths.In(options.DataDir, options.UsageArchive);
        if (File.Exists(paths.Database))
            throw new VerbException(ExitCode.Usage, $"dataDir: {paths.Database} is there. Rebuilding is for books that are lost: put the file aside first, with those beside it that begin with its name, and keep it.");
        Directory.CreateDirectory(options.DataDir);
        using var alone = DataLock.ForWriting(data);
        var provider = Providers.Choose("builtin", Clock.Real);
        using var chain = Providers.Connect(options, provider, Clock.Real);
        await ClaimVerb.RequireChainAsync(chain, cancellation);
        using var http = Place.NewClient();
        using var progress = VerifyProgress.OnTerminal(Clock.Real);
        var source = new BundleSource(VerifyVerb.Places(parsed.GetValue(Bundles), http), http, Clock.Real);
        var rebuild = new NodeRebuild(options, new VerificationChain(chain.Reader, chain.Quorum, chain.Ranges(options.Completeness)), source, Clock.Real);
        RebuildReport report;
        try
        {
            report = await rebuild.RunAsync(paths, progress, cancellation);
        }
        catch (RebuildException e)
        {
            throw new VerbException(ExitCode.NotVerified, e.Message, e);
        }
        catch (SettlementHaltedException e)
        {
            throw new VerbException(ExitCode.Differs, e.Message, e);
        }
        catch (OperationCanceledException e)
        {
            throw new VerbException(ExitCode.NotVerified, "stopped: start it again, and it goes on where it was.", e);
        }

        if (parsed.GetValue(Json)) Console.WriteLine(JsonSerializer.Serialize(report, JsonForm));
        else Print(report);
    }

    private static readonly JsonSerializerOptions JsonForm = new(JsonSerializerDefaults.Web);

    private static void Print(RebuildReport report)
    {
        Console.WriteLine($"books     up to block {report.Block}: {report.Epochs} epochs, {report.Payments} payments");
        Console.WriteLine($"digest    {report.Digest}");
        Console.WriteLine($"usage     {report.Usage}");
        foreach (var missing in report.Missing) Console.WriteLine($"missing   {missing}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The node can be started. {(report.Missing.Count > 0 ? "What is missing decides nothing any more; gateways need new keys: opensettle gateway add." : "Gateways need new keys where the usage file was lost: opensettle gateway add.")}"));
    }
}
