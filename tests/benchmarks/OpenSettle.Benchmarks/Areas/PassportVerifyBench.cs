using System.Diagnostics;
using System.Globalization;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Tests.Shared;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// A hundred epochs that a node settled on a local chain, whose time is moved on as fast as the node follows; `opensettle passport --verify`, a process of
/// its own, of a model that was paid and used in all of them. And of an epoch with fifty models the transactions that attested it.
/// </summary>
internal static class PassportVerifyBench
{
    private const int Epochs = 100;
    private const int Models = 50;
    private const int EventsPerEpoch = 20;
    private const int Runs = 3;

    public static async Task<Dictionary<string, Figure>> MeasureAsync(CancellationToken cancellation)
    {
        using var workspace = Workspace.Create("bench-passports");
        using var anvil = await AnvilNode.StartAsync("--accounts", "20");
        using var chain = LocalChain.At(anvil.Endpoint, "builtin");
        var cast = new Cast(chain.Provider);
        var deployment = await Deployment.DeployAsync(workspace, chain, cast, cancellation);
        var flags = new Dictionary<string, string>(StringComparer.Ordinal) { ["--epoch-seconds"] = "90", ["--poll-milliseconds"] = "50" };
        using var node = await NodeProcess.StartAsync(workspace, chain, deployment, cast, Workspace.FreePort(), cancellation, flags: flags);
        var models = await SettleAsync(anvil, chain, deployment, node, cast, cancellation);

        var figures = new Dictionary<string, Figure>(StringComparer.Ordinal) { ["attest_tx"] = await CountAsync(chain, deployment, node, cancellation) };
        string[] arguments = ["passport", models.Id.ToString(), "--verify", "--rpc", chain.Rpc.ToString(), "--deployment", deployment.File, "--api", node.Api.ToString(), "--finality", "1", "--json"];
        // The node reads transfers beside settlement: until then its passport says less than the verifier finds.
        await ReadAsync(anvil, node, models, cancellation);
        var seconds = new List<double>();
        for (var run = 0; run <= Runs; run++)
        {
            var took = Run(NodeProcess.Executable(workspace), arguments);
            if (run > 0) seconds.Add(took);
        }

        figures["verify_100_epochs_s"] = Figure.Of(new Samples(seconds), "s", 20);
        return figures;
    }

    /// <summary>First one epoch with all models, then one after another with one of them.</summary>
    private static async Task<StageModel> SettleAsync(AnvilNode anvil, LocalChain chain, Deployment deployment, NodeProcess node, Cast cast, CancellationToken cancellation)
    {
        var market = new Market(chain, deployment);
        var table = new Contract.SplitTable([Market.OwnerRow(1, "training")], 9, [Market.Row(cast.Emil.Address, 1, "curation")], Contract.TableCommitment.None);
        var models = new List<StageModel>();
        for (var i = 0; i < Models; i++) models.Add(await market.RegisterAsync(cast.Ada, $"model {i}", table, [], cancellation));
        await market.ListGatewayAsync(cast.Ada, models[0], cast.Gateway.Address, cancellation);
        Person[] payers = [cast.Bank, cast.LawFirm, cast.Finn];
        foreach (var payer in payers) await market.FundAsync(payer, 100_000_000_000, cancellation);
        var gateway = new UsageGateway(node, cast.Gateway, deployment);
        for (var epoch = 1; epoch <= Epochs; epoch++)
        {
            var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            await gateway.SendAsync([.. Enumerable.Range(epoch * EventsPerEpoch, EventsPerEpoch).Select(i => Event(models[0], i, now))], cancellation);
            foreach (var model in epoch == 1 ? models : models[..1])
                await market.PayAsync(payers[epoch % payers.Length], model, deployment.Dollar, (UInt256)5_000_000 + (ulong)epoch, Market.Text($"use {epoch * EventsPerEpoch}"), cancellation);
            await ActivateAsync(anvil, node, epoch, cancellation);
        }

        return models[0];
    }

    /// <summary>Moves the chain's time on until the vault has the epoch and it is attested.</summary>
    private static async Task ActivateAsync(AnvilNode anvil, NodeProcess node, int epoch, CancellationToken cancellation)
    {
        for (var i = 0; i < 2_000; i++)
        {
            await anvil.CallAsync("evm_increaseTime", 45);
            await anvil.CallAsync("evm_mine");
            var status = await node.GetAsync("api/v1/status", cancellation);
            if (status.TryGetProperty("halted", out var halted)) throw new InvalidOperationException($"The node stopped settling: {halted}");
            if (status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("number").GetInt32() >= epoch && latest.GetProperty("state").GetString() is "attested" or "pushed") return;
            await Task.Delay(30, cancellation);
        }

        throw new InvalidOperationException($"The node did not settle epoch {epoch}. Its log: {node.Tail()}");
    }

    private static async Task ReadAsync(AnvilNode anvil, NodeProcess node, StageModel model, CancellationToken cancellation)
    {
        for (var i = 0; i < 300; i++)
        {
            // With the chain's time passports move on.
            await anvil.CallAsync("evm_increaseTime", 61);
            await anvil.CallAsync("evm_mine");
            var page = await node.GetAsync($"api/v1/models/{model.Id}/passport", cancellation);
            if (page.GetProperty("figures").EnumerateArray().Any(figure => figure.GetProperty("id").GetString() == "buyers.clusters" && figure.GetProperty("state").GetString() is "known" or "insufficient")) return;
            await Task.Delay(200, cancellation);
        }

        throw new InvalidOperationException($"The node did not read who funded whom. Its log: {node.Tail()}");
    }

    /// <summary>Transactions to the resolver that attested the epoch of fifty models, which stands on EAS.</summary>
    private static async Task<Figure> CountAsync(LocalChain chain, Deployment deployment, NodeProcess node, CancellationToken cancellation)
    {
        var bundle = await node.GetAsync("api/v1/epochs/1", cancellation);
        var head = await chain.Client.GetBlockAsync(BlockRef.Latest, cancellation) ?? throw new InvalidOperationException("There is no block.");
        var logs = await chain.Client.GetLogsAsync(new LogFilter(0, head.Number, [deployment.Resolver], []), cancellation);
        var attested = logs.Where(log => SettlementResolver.Decode(log) is SettlementResolver.EpochAttested { Epoch: 1 }).Select(log => log.TransactionHash).ToHashSet();
        var records = logs.Count(log => SettlementResolver.Decode(log) is SettlementResolver.RecordAttested);
        var payments = bundle.GetProperty("payments").GetInt32();
        if (payments < Models || records > 0) throw new InvalidOperationException($"The first epoch has {payments} payments, and {records} records were attested.");
        return new Figure(attested.Count, string.Create(CultureInfo.InvariantCulture, $"transactions, of an epoch with {Models} models"), null, null, 1, [attested.Count, attested.Count]);
    }

    private static double Run(string executable, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])[executable, .. arguments]) start.ArgumentList.Add(argument);
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The command does not start.");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return process.ExitCode == 0 ? seconds : throw new InvalidOperationException($"passport --verify ended with code {process.ExitCode}: {output[..Math.Min(output.Length, 2000)]}");
    }

    private static MeteredEvent Event(StageModel model, int number, ulong now) => new()
    {
        Source = "urn:gateway:bench",
        Id = string.Create(CultureInfo.InvariantCulture, $"use {number}"),
        Type = "ai.opensettle.usage.v1",
        Model = model.Id,
        Domain = number % 2 == 0 ? "nda-review" : "contracts",
        Outcome = number % 9 == 0 ? Outcomes.Error : Outcomes.Ok,
        Units = 10,
        Time = now,
        Consumer = Market.Text(string.Create(CultureInfo.InvariantCulture, $"consumer {number % 7}")),
        Payment = Market.Text(string.Create(CultureInfo.InvariantCulture, $"use {number / EventsPerEpoch * EventsPerEpoch}")),
    };
}
