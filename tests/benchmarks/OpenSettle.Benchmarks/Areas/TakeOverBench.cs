using OpenSettle.Demo.Stage;
using OpenSettle.Servers;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// How long nobody settles after a leader was killed: two nodes as processes of their own, on one PostgreSQL and a chain that goes on. The time
/// is from the kill until the other one has taken the lease, brought its state up to the books, and gone once through all steps of the pipeline.
/// </summary>
internal static class TakeOverBench
{
    /// <summary>Of so few the 99th percentile is the longest.</summary>
    private const int Kills = 25;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public static (string Key, Figure Figure) Measure() => ("takeover_p99_s", MeasureAsync().GetAwaiter().GetResult());

    private static async Task<Figure> MeasureAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var cancellation = limit.Token;
        await using var server = await PostgresServer.StartAsync();
        var database = PostgresServer.ToUri(await server.CreateDatabaseAsync());
        using var workspace = Workspace.Create("take-over");
        using var chain = await LocalChain.StartAsync(workspace, Workspace.FreePort(), "builtin", cancellation);
        var cast = new Cast(chain.Provider);
        var deployment = await Deployment.DeployAsync(workspace, chain, cast, cancellation);
        var market = new Market(chain, deployment);
        var model = await market.RegisterAsync(cast.Ada, "taken over", Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(cast.Ben.Address, 2, "data")]), [], cancellation);
        await market.FundAsync(cast.Bank, 1_000_000_000_000, cancellation);
        var mirror = Directory.CreateDirectory(workspace.PathOf("mirror")).FullName;
        Task<NodeProcess> StartAsync(string name) => NodeProcess.StartAsync(
            workspace, chain, deployment, cast, Workspace.FreePort(), cancellation,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["OPENSETTLE_DATABASE"] = database, ["OPENSETTLE_NODE_NAME"] = name, ["OPENSETTLE_OPERATOR_KEY"] = cast.OperatorKey.ToString(), ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', cast.AttestorKeys),
            },
            dataDir: workspace.PathOf($"data-{name}"), mirrors: mirror);
        using var north = await StartAsync("north");
        using var south = await StartAsync("south");
        var (leader, other) = (north, south);
        await LeadsAsync(leader, cancellation);
        var times = new List<double>();
        for (var kill = 0; kill < Kills; kill++)
        {
            await market.PayAsync(cast.Bank, model, deployment.Dollar, 1_000_003, Market.Text($"use {kill}"), cancellation);
            // A renewal is a second apart: kills fall everywhere in between.
            await Task.Delay(TimeSpan.FromMilliseconds(kill * 137 % 1000), cancellation);
            var start = TimeProvider.System.GetTimestamp();
            leader.Kill();
            await LeadsAsync(other, cancellation);
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalSeconds);
            await leader.RestartAsync(cancellation);
            (leader, other) = (other, leader);
        }

        times.Sort();
        return Figure.Of(new Samples([times[^1]]), $"s, the longest of {Kills} kills", 5) with { Spread = [Math.Round(times[0], 2), Math.Round(times[^1], 2)] };
    }

    /// <summary>Waits until a node leads and has held its ledger against the vault, which is near the end of a turn.</summary>
    private static async Task LeadsAsync(NodeProcess node, CancellationToken cancellation)
    {
        while (true)
        {
            var status = await node.GetAsync("api/v1/status", cancellation);
            if (status.TryGetProperty("halted", out var halted)) throw new InvalidOperationException($"The node stopped settling: {halted.GetString()}");
            if (status.GetProperty("cluster").GetProperty("leads").GetBoolean() && status.GetProperty("drift").TryGetProperty("computedAt", out _)) return;
            await Task.Delay(Look, cancellation);
        }
    }
}
