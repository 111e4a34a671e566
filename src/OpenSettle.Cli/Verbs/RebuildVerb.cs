using System.CommandLine;
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
        using var http = Place.NewClient(Clock.Real);
        using var progress = VerifyProgress.OnTerminal(Clock.Real);
        var source = new BundleSource(VerificationSession.Places(parsed.GetValue(Bundles), http), http, Clock.Real);
        var rebuild = new NodeRebuild(options, new VerificationChain(chain.Reader, chain.Quorum, chain.Ranges(options.Completeness)), source, provider, Clock.Real);
        RebuildReport report;
        try
        {
            report = await rebuild.RunAsync(paths, data, progress, Console.Error.WriteLine, cancellation);
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

        if (parsed.GetValue(Json)) Console.WriteLine(JsonSerializer.Serialize(ToJson(report), JsonForm));
        else Print(report);
    }

    private static readonly JsonSerializerOptions JsonForm = new(JsonSerializerDefaults.Web);

    private static void Print(RebuildReport report)
    {
        Console.WriteLine($"books     up to block {report.Block}: {report.Epochs} epochs, {report.Payments} payments");
        Console.WriteLine($"digest    {report.Digest}");
        var usage = report.Usage;
        Console.WriteLine(usage.WasThere
            ? $"usage     was there, up to event {usage.Sealed.Position}"
            : $"usage     {usage.Sealed.Position} events and {usage.Batches} signed batches restored from {usage.Archives.Count} archives");
        foreach (var unused in usage.Unused) Console.WriteLine($"not used  {unused.Name}: {unused.Why}");
        foreach (var lost in usage.Lost)
            Console.WriteLine($"missing   gateway {lost.Gateway.ToChecksumString()}: batches {lost.First} to {lost.Last} with {lost.Events} events, settled by epoch {lost.Epoch}");
        if (usage.Lost.Count > 0) Console.WriteLine("          What is missing is settled and decides nothing any more; its gateway goes on with the next number.");
        if (!usage.WasThere) Console.WriteLine("gateways  need new keys: opensettle gateway add");
    }

    private static object ToJson(RebuildReport report) => new
    {
        block = report.Block,
        epochs = report.Epochs,
        payments = report.Payments,
        digest = report.Digest,
        usage = new
        {
            wasThere = report.Usage.WasThere,
            events = report.Usage.Sealed.Position,
            batches = report.Usage.Batches,
            archives = report.Usage.Archives.Select(archive => archive.Name),
            unused = report.Usage.Unused,
            missing = report.Usage.Lost.Select(lost => new { gateway = lost.Gateway.ToChecksumString(), first = lost.First, last = lost.Last, events = lost.Events, epoch = lost.Epoch }),
        },
    };
}
