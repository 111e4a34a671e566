using System.CommandLine;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node;
using OpenSettle.Node.Backfilling;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Storage;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle backfill: reads the chain into a node's books ahead of the node, with nobody's key.</summary>
internal static class BackfillVerb
{
    public static Command Create() => VerbRunner.Create(
        "backfill",
        "Reads the chain into a node's books up to the newest final block, while no node runs; it needs no key",
        [
            Settings.Deployment, Settings.DataDir, Settings.UsageArchive, Settings.Rpc, Settings.RpcQuorum, Settings.HedgeMilliseconds, Settings.Completeness, Settings.Finality,
            Settings.RpcTimeoutSeconds, Settings.BlocksAtOnce,
        ],
        RunAsync, VerbRunner.Json)
        .Printing<Result>()
        .WithExamples("opensettle backfill --deployment deployment.json --data-dir data --rpc http://127.0.0.1:8545", "opensettle backfill --config node.json --json");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        SharedDatabase.Refuse(settings, "backfill", "Leave database empty for this command, and bring the files it writes to PostgreSQL by 'opensettle db copy'; or let the node read the chain.");
        var options = NodeOptions.From(settings);
        var data = DataPaths.In(options.DataDir, options.UsageArchive);
        using var alone = DataLock.ForWriting(data);
        var provider = Providers.Choose("builtin", Clock.Real);
        using var chain = Providers.Connect(options, provider, Clock.Real);
        await ClaimVerb.RequireChainAsync(chain, cancellation);
        using var line = ProgressLine.OnTerminal(Clock.Real);
        var backfill = new NodeBackfill(options, new VerificationChain(chain.Reader, chain.Quorum, chain.Ranges(options.Completeness)), Clock.Real);
        var began = Clock.Real.GetTimestamp();
        BackfillReport report;
        try
        {
            report = await backfill.RunAsync(NodeOptionsPaths.In(options.DataDir), line is null ? null : new Told(line), Console.Error.WriteLine, cancellation);
        }
        catch (SettlementHaltedException e)
        {
            throw new VerbException(ExitCode.Refused, $"{e.Message} Books of a vault that has epochs which this folder did not build are begun by 'opensettle rebuild'.", e);
        }
        catch (OperationCanceledException e) when (cancellation.IsCancellationRequested)
        {
            throw new VerbException(ExitCode.Stopped, "stopped: start it again, or a node, and it goes on where it was.", e);
        }

        line?.Dispose();
        var took = Clock.Real.GetElapsedTime(began);
        var blocks = report.Block >= report.From ? report.Block - report.From + 1 : 0;
        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(new Result(report.From, report.Block, blocks, report.Models, report.Payments));
        else
        {
            var page = Page.OnConsole();
            page.Item("books     ", FormattableString.Invariant($"up to final block {report.Block:N0}: {report.Models:N0} models, {report.Payments:N0} payments"));
            page.Item("read      ", blocks == 0 ? "nothing: they were up to date" : FormattableString.Invariant($"{blocks:N0} blocks in {Times.Long(took)}"));
            page.Item("then      ", "opensettle run");
        }
    }

    /// <summary>In the order in which it is told, on the thread that tells.</summary>
    private sealed class Told(ProgressLine line) : IProgress<ProgressView>
    {
        public void Report(ProgressView value) => line.Show("reading blocks", "blocks", value.Done, value.Done + value.Left, value.BlocksPerSecond, value.TimeLeft);
    }

    /// <param name="From">The block that reading began with.</param>
    /// <param name="Block">The last block of the books.</param>
    /// <param name="Blocks">How many were read.</param>
    private sealed record Result(ulong From, ulong Block, ulong Blocks, int Models, long Payments);
}
