using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// `opensettle verify`, a process of its own, of an epoch with a million usage events in signed batches and ten thousand accounts. All of it is
/// real: contracts on a local chain, a node that took the events and settled, and the same node that gives bundle and batches by HTTP on
/// loopback, on the same cores.
/// </summary>
internal static class VerifyCliBench
{
    private const string Key = "verify_cli_s";
    private const double Target = 60;
    private const int Runs = 3;

    private const int Events = 1_000_000;
    private const int InBatch = 1000;
    private const int Accounts = 10_000;
    private const int WeightsEach = 3;
    // So many events name one of the payments.
    private const int NamedEvery = 10;

    /// <summary>The area's figures with this one measured.</summary>
    public static SortedDictionary<string, Figure> AddTo(SortedDictionary<string, Figure> figures)
    {
        figures[Key] = MeasureAsync(CancellationToken.None).GetAwaiter().GetResult();
        return figures;
    }

    private static async Task<Figure> MeasureAsync(CancellationToken cancellation)
    {
        using var workspace = Workspace.Create("bench-verify");
        using var chain = await LocalChain.StartAsync(workspace, Workspace.FreePort(), "builtin", cancellation);
        var cast = new Cast(chain.Provider);
        var deployment = await Deployment.DeployAsync(workspace, chain, cast, cancellation);
        using var node = await NodeProcess.StartAsync(workspace, chain, deployment, cast, Workspace.FreePort(), cancellation);
        await SettleAsync(chain, deployment, node, cast, cancellation);

        string[] arguments = ["verify", "--rpc", chain.Rpc.ToString(), "--deployment", deployment.File, "--finality", "1", "--require-usage", "--json"];
        var (seconds, peak) = (new List<double>(), 0.0);
        // The first is the warm-up: the node's and the disk's, as each process compiles what it runs.
        for (var run = 0; run <= Runs; run++)
        {
            var (took, mebibytes) = Run(NodeProcess.Executable(workspace), arguments);
            peak = Math.Max(peak, mebibytes);
            if (run > 0) seconds.Add(took);
        }

        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"bench: {Key}: peak memory of the process {peak:0} MiB"));
        return Figure.Of(new Samples(seconds), "s", Target);
    }

    private static (double Seconds, double PeakMebibytes) Run(string executable, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])[executable, .. arguments]) start.ArgumentList.Add(argument);
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The command does not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(50))
        {
            process.Refresh();
            if (!process.HasExited) peak = Math.Max(peak, process.PeakWorkingSet64);
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        using var report = JsonDocument.Parse(output.GetAwaiter().GetResult());
        var epoch = report.RootElement.GetProperty("epochs")[0];
        var (outcome, events, accounts) = (report.RootElement.GetProperty("outcome").GetString(), epoch.GetProperty("usageEvents").GetInt64(), epoch.GetProperty("accounts").GetInt32());
        return process.ExitCode == 0 && outcome == "agrees" && events == Events && accounts >= Accounts
            ? (seconds, peak / 1048576.0)
            : throw new InvalidOperationException($"verify ended with code {process.ExitCode}: {outcome}, {events} events, {accounts} accounts.");
    }

    /// <summary>All events first, then the payments: the epoch takes all of it.</summary>
    private static async Task SettleAsync(LocalChain chain, Deployment deployment, NodeProcess node, Cast cast, CancellationToken cancellation)
    {
        var market = new Market(chain, deployment);
        var table = new Contract.SplitTable([Market.OwnerRow(1, "training")], 9, [Market.Row(cast.Emil.Address, 1, "curation")], Contract.TableCommitment.None);
        var model = await market.RegisterAsync(cast.Ada, "measured", table, [], cancellation);
        await market.ListGatewayAsync(cast.Ada, model, cast.Gateway.Address, cancellation);
        Person[] payers = [cast.Bank, cast.LawFirm, cast.Finn, cast.Dora];
        foreach (var payer in payers) await market.FundAsync(payer, 100_000_000_000, cancellation);

        var accounts = Enumerable.Range(1, Accounts).Select(CoreArea.Account).Order().ToArray();
        var gateway = new UsageGateway(node, cast.Gateway, deployment);
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        for (var first = 0; first < Events; first += InBatch)
            await gateway.SendAsync([.. Enumerable.Range(first, InBatch).Select(i => Event(i, model, accounts, payers.Length, now))], cancellation);

        // From several hands, so that they come in a few blocks.
        await Task.WhenAll(payers.Select((payer, i) => market.PayAsync(payer, model, deployment.Dollar, (UInt256)90_000_000_007 + (ulong)i, Reference(i), cancellation)));
        for (var i = 0; i < 10; i++)
        {
            var status = await node.GetAsync("api/v1/status", cancellation);
            if (status.GetProperty("activeEpoch").GetInt64() > 0) return;
            await TryWaitAsync(node, cancellation);
        }

        throw new InvalidOperationException("The node did not settle.");
    }

    private static async Task TryWaitAsync(NodeProcess node, CancellationToken cancellation)
    {
        try
        {
            await node.WaitAsync("an epoch is active", status => status.GetProperty("activeEpoch").GetInt64() > 0, cancellation);
        }
        catch (StageException)
        {
            // A million events take their time on a busy machine: asked for again.
        }
    }

    private static MeteredEvent Event(int number, StageModel model, Address[] accounts, int payments, ulong now)
    {
        var random = new Random(number);
        var weights = new SortedSet<int>();
        while (weights.Count < WeightsEach) weights.Add(random.Next(accounts.Length));
        return new MeteredEvent
        {
            Source = "urn:gateway:bench",
            Id = string.Create(CultureInfo.InvariantCulture, $"use-{number}"),
            Type = "ai.opensettle.usage.v1",
            Model = model.Id,
            Domain = "contracts",
            Outcome = Outcomes.Ok,
            Units = 1 + (ulong)random.Next(5000),
            Time = now,
            Consumer = Reference(1000 + number % 1000),
            Payment = number % NamedEvery == 0 ? Reference(number / NamedEvery % payments) : Hash32.Zero,
            Attribution = new Attribution(
                "bench", Market.Text("bench"), [.. weights.Select(i => new MeasuredWeight(accounts[i], (UInt128)(1 + random.Next(1000)), 1, 1001))]),
        };
    }

    private static Hash32 Reference(int number) => Market.Text(string.Create(CultureInfo.InvariantCulture, $"use {number}"));
}
