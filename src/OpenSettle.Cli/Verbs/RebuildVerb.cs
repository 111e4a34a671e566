using System.CommandLine;
using OpenSettle.Cli.Screen;
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
        RunAsync, Bundles, Json)
        .Printing<RebuildJson>()
        .WithExamples("opensettle rebuild --deployment deployment.json --data-dir data --bundles https://mirror.example/bundles,/mnt/bundles");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        SharedDatabase.Refuse(settings, "rebuild", "Leave database empty for this command, and bring the files it writes to PostgreSQL by 'opensettle db copy'.");
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
        catch (OperationCanceledException e) when (cancellation.IsCancellationRequested)
        {
            throw new VerbException(ExitCode.Stopped, "stopped: start it again, and it goes on where it was.", e);
        }

        if (parsed.GetValue(Json)) JsonOutput.Print(ToJson(report));
        else Print(report);
    }

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

    private static RebuildJson ToJson(RebuildReport report) => new(
        report.Block, report.Epochs, report.Payments, report.Digest,
        new UsageJson(
            report.Usage.WasThere, report.Usage.Sealed.Position, report.Usage.Batches, [.. report.Usage.Archives.Select(archive => archive.Name)],
            [.. report.Usage.Unused.Select(unused => new UnusedJson(unused.Name, unused.Why))],
            [.. report.Usage.Lost.Select(lost => new MissingJson(lost.Gateway.ToChecksumString(), lost.First, lost.Last, (long)lost.Events, lost.Epoch))]));

    private sealed record RebuildJson(ulong Block, ulong Epochs, long Payments, string Digest, UsageJson Usage);

    private sealed record UsageJson(bool WasThere, long Events, long Batches, IReadOnlyList<string> Archives, IReadOnlyList<UnusedJson> Unused, IReadOnlyList<MissingJson> Missing);

    private sealed record UnusedJson(string Name, string Why);

    /// <param name="First">The first of the gateway's batches that is missing.</param>
    private sealed record MissingJson(string Gateway, ulong First, ulong Last, long Events, ulong Epoch);
}
