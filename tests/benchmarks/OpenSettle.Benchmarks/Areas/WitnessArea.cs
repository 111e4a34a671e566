using System.Diagnostics;
using System.Globalization;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Metering;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// What a watchtower costs whoever runs it, with settings as they come, on a chain of two blocks a second: its processor, memory and questions
/// while nothing is proposed, and how soon it has judged what is.
/// </summary>
internal static class WitnessArea
{
    private const uint Window = 15;
    private const int Epochs = 6;
    private const int Lookings = 3;
    private const int EventsPerEpoch = 500;
    private static readonly TimeSpan Looking = TimeSpan.FromSeconds(40);

    public static SortedDictionary<string, Figure> Measure() => new(MeasureAsync().GetAwaiter().GetResult(), StringComparer.Ordinal);

    private static async Task<Dictionary<string, Figure>> MeasureAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        using var workspace = Workspace.Create("bench-witness");
        using var chain = await LocalChain.StartAsync(workspace, Workspace.FreePort(), "auto", limit.Token);
        var cast = new Cast(chain.Provider);
        var deployment = await Deployment.DeployAsync(workspace, chain, cast, limit.Token, Window);
        using var leader = await NodeProcess.StartAsync(workspace, chain, deployment, cast, Workspace.FreePort(), limit.Token);
        var place = leader.Api.ToString();
        using var tower = await NodeProcess.StartWitnessAsync(
            workspace, chain, deployment, "watch", "watchtower", new Dictionary<string, string>(StringComparer.Ordinal),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["--bundle-places"] = $"{place}bundles", ["--usage-places"] = place, ["--poll-milliseconds"] = "auto" }, limit.Token);
        var judged = await JudgeAsync(chain, deployment, cast, leader, tower, limit.Token);
        // The settling node ends before the quiet is measured: it would have a part of the machine.
        await leader.WaitAsync("all is settled", status => status.GetProperty("activeEpoch").GetUInt64() == Epochs && status.GetProperty("transactions").GetArrayLength() == 0, limit.Token);
        await Task.Delay(TimeSpan.FromSeconds(10), limit.Token);
        var (processor, memory, questions) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < Lookings; i++)
        {
            var (before, asked, from) = (ProcessorSeconds(tower), await QuestionsAsync(tower, limit.Token), Stopwatch.GetTimestamp());
            await Task.Delay(Looking, limit.Token);
            var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
            processor.Add((ProcessorSeconds(tower) - before) / seconds * 100);
            questions.Add((await QuestionsAsync(tower, limit.Token) - asked) / seconds * 3600);
            memory.Add(Mebibytes(tower));
        }

        await tower.StopAsync();
        await leader.StopAsync();
        return new Dictionary<string, Figure>(StringComparer.Ordinal)
        {
            ["watch_verdict_s"] = Figure.Of(judged, "s from the proposal on chain to the verdict", null),
            ["watch_idle_cpu_percent"] = Figure.Of(new Samples(processor), "% of one core", null),
            ["watch_idle_mib"] = Figure.Of(new Samples(memory), "MiB resident", null),
            ["watch_idle_rpc_per_hour"] = Figure.Of(new Samples(questions), "questions to the endpoint an hour", null),
        };
    }

    private static async Task<Samples> JudgeAsync(LocalChain chain, Deployment deployment, Cast cast, NodeProcess leader, NodeProcess tower, CancellationToken cancellation)
    {
        var market = new Market(chain, deployment);
        var table = new Contract.SplitTable([Market.OwnerRow(3, "training"), Market.Row(cast.Ben.Address, 1, "data")], 4, [Market.Row(cast.Chloe.Address, 1, "curation")], Contract.TableCommitment.None);
        var model = await market.RegisterAsync(cast.Ada, "watched", table, [], cancellation, cast.Gateway.Address);
        await market.FundAsync(cast.Bank, 1_000_000_000, cancellation);
        var gateway = new UsageGateway(leader, cast.Gateway, deployment);
        var times = new List<double>();
        for (var epoch = 1UL; epoch <= Epochs; epoch++)
        {
            await gateway.SendAsync([.. Enumerable.Range(0, EventsPerEpoch).Select(i => Use(model, cast, $"{epoch}-{i}"))], cancellation);
            await market.PayAsync(cast.Bank, model, deployment.Dollar, 10_000_000, Market.Text("use"), cancellation);
            while (await chain.Client.AskAsync(deployment.Id.Vault, new RoyaltySplit.OpenProposal(), BlockRef.Latest, cancellation) is not { } open || open.Epoch != epoch)
                await Task.Delay(20, cancellation);
            var from = Stopwatch.GetTimestamp();
            while (!await HasAsync(tower, epoch, cancellation)) await Task.Delay(20, cancellation);
            times.Add(Stopwatch.GetElapsedTime(from).TotalSeconds);
            await leader.WaitAsync("the epoch is settled", status => status.GetProperty("activeEpoch").GetUInt64() == epoch, cancellation);
        }

        // The first compiles what it runs.
        return new Samples([.. times.Skip(1)]);
    }

    private static async Task<bool> HasAsync(NodeProcess tower, ulong epoch, CancellationToken cancellation)
    {
        var told = (await tower.GetAsync("api/v1/verdicts?limit=1", cancellation)).GetProperty("verdicts");
        if (told.GetArrayLength() == 0 || told[0].GetProperty("epoch").GetUInt64() != epoch) return false;
        return told[0].GetProperty("agrees").GetBoolean() ? true : throw new InvalidOperationException($"The watchtower says that epoch {epoch} differs: {told}");
    }

    private static MeteredEvent Use(StageModel model, Cast cast, string id) => new()
    {
        Source = "urn:gateway:eu-1",
        Id = id,
        Type = "ai.opensettle.usage.v1",
        Model = model.Id,
        Domain = "contracts",
        Outcome = Outcomes.Ok,
        Units = 1,
        Time = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        Consumer = Market.Text("somebody"),
        Attribution = new Attribution("test", Market.Text("test"), [new MeasuredWeight(cast.Emil.Address, 1, 1, 1)]),
    };

    /// <summary>All that it asked of its endpoint, answered or not.</summary>
    private static async Task<double> QuestionsAsync(NodeProcess tower, CancellationToken cancellation)
    {
        await using var stream = await tower.GetBytesAsync("metrics", cancellation);
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync(cancellation)).Split('\n')
            .Where(line => line.StartsWith("opensettle_rpc_requests_total{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    private static double ProcessorSeconds(NodeProcess node)
    {
        using var process = Process.GetProcessById(node.Id);
        return process.TotalProcessorTime.TotalSeconds;
    }

    private static double Mebibytes(NodeProcess node)
    {
        using var process = Process.GetProcessById(node.Id);
        return process.WorkingSet64 / 1048576.0;
    }
}
