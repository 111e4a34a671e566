using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// The node's intake in a process of its own: its web server, its route, its usage file, with models that list the gateway. No
/// chain is behind it. It says its port, and ends when its input does.
/// </summary>
internal static class IngestServer
{
    public const string Key = "osk_benchmark_benchmark_benchmark_benchmark_1";

    internal static readonly Address Gateway = Address.FromBytes([.. new byte[19], 7]);

    /// <param name="dataDir">Where the usage file is; with "parse" events are read and answered, and not stored.</param>
    public static async Task RunAsync(string dataDir, bool parseOnly)
    {
        Directory.CreateDirectory(dataDir);
        var file = NodeOptionsPaths.In(dataDir).Usage;
        using (var gateways = GatewayStore.Open(file, IngestBare.Deployment))
            gateways.Add("bench", GatewayKeyText.HashOf(Key), Gateway, GatewayScopes.Send | GatewayScopes.SendUnsigned, 0, 0, DateTimeOffset.UtcNow);
        using var usage = SqliteUsage.Open(file, IngestBare.Deployment, TimeProvider.System);
        await ServeAsync(dataDir, usage, parseOnly, static () => 0);
    }

    /// <summary>The same on PostgreSQL.</summary>
    /// <param name="database">Where it is; the deployment's tables are made there.</param>
    public static async Task RunPostgresAsync(string database)
    {
        using var place = PostgresPlace.Open(database, IngestBare.Deployment, "benchmark");
        using (var gateways = new PostgresGateways(place))
            gateways.Add("bench", GatewayKeyText.HashOf(Key), Gateway, GatewayScopes.Send | GatewayScopes.SendUnsigned, 0, 0, DateTimeOffset.UtcNow);
        using var usage = PostgresUsage.Open(place, TimeProvider.System);
        await ServeAsync(Path.GetTempPath(), usage, parseOnly: false, () => usage.Rolled);
    }

    private static async Task ServeAsync(string dataDir, IUsageJournal usage, bool parseOnly, Func<long> rolled)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        AddUsage(builder.Services, Options(dataDir), usage);
        await using var app = builder.Build();
        if (parseOnly) MapParse(app);
        else UsageEndpoint.Map(app);
        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.Single()).Port.ToString(CultureInfo.InvariantCulture));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            // "peak": the most memory that it had until now. "rolled": up to where the rollups' rows are. "count": events in the journal.
            Console.WriteLine(line switch
            {
                "peak" => Harness.PeakMebibytes().ToString(CultureInfo.InvariantCulture),
                "rolled" => rolled().ToString(CultureInfo.InvariantCulture),
                _ => usage.Sealed.Position.ToString(CultureInfo.InvariantCulture),
            });
        }
    }

    internal static void AddUsage(IServiceCollection services, NodeOptions options, IUsageJournal usage)
    {
        var provider = new BuiltinProvider(TimeProvider.System);
        var state = new NodeState(new PublishedTables()) { Registry = Registry() };
        var rule = new HoldRule(state, options, TimeProvider.System);
        services.AddSingleton(usage).AddSingleton(state).AddSingleton(TimeProvider.System).AddSingleton(MappingSet.Empty).AddSingleton(_ => NodeMetrics.Alone(IngestBare.Deployment.ChainId));
        services.AddSingleton(rule).AddSingleton(new BatchCheck(options, provider)).AddSingleton<GatewayRing>().AddSingleton<UsageQuotas>().AddSingleton<UsageEndpoint>();
        services.AddSingleton(new UsageReaders(MappingSet.Empty, rule, new byte[32], IngestBare.Deployment.ChainId));
    }

    /// <summary>The intake up to the journal, and none behind it.</summary>
    private static void MapParse(WebApplication app)
    {
        var readers = app.Services.GetRequiredService<UsageReaders>();
        var idle = new System.Collections.Concurrent.ConcurrentBag<UsageRequest>();
        app.MapPost("/api/v1/events", (RequestDelegate)(async context =>
        {
            using var body = await UsageBody.ReadAsync(context.Request, context.RequestAborted);
            var request = idle.TryTake(out var known) ? known : readers.Create();
            request.Begin(body.Bytes, Gateway, signed: false);
            request.Read(body.Span, UsageForm.Batch, null, []);
            var events = request.ToAppended();
            foreach (ref var e in events.AsSpan()) e.Verdict = Verdict.Accepted;
            await UsageAnswer.WriteAsync(context, 202, UsageAnswer.Count(request, events), request.Problems);
            idle.Add(request);
        }));
    }

    private static RegistryBook Registry()
    {
        var facts = new List<RegistryFact>();
        for (var i = 0; i < IngestEvents.Models; i++)
        {
            var model = IngestEvents.ModelOf(i);
            facts.Add(new ModelRegistered(new LogPosition(1, (uint)(2 * i)), 1, model, (ulong)i + 1, Gateway, Gateway, 0, Hash32.Zero, Hash32.Zero, string.Empty));
            facts.Add(new GatewaySet(new LogPosition(1, (uint)(2 * i + 1)), 1, model, Gateway, true));
        }

        return new RegistryBook().With(facts);
    }

    internal static NodeOptions Options(string dataDir, QueueOptions? queue = null) => new()
    {
        Queue = queue,
        Rpc = [new Uri("http://127.0.0.1:1")],
        RpcQuorum = 1,
        Completeness = Completeness.Receipts,
        Deployment = new DeploymentFile(new WatchedDeployment(IngestBare.Deployment, Gateway, 1), []),
        DataDir = dataDir,
        Listen = "http://127.0.0.1:0",
        Client = "builtin",
        Confirmations = null,
        Poll = TimeSpan.FromSeconds(1),
        RpcTimeout = TimeSpan.FromSeconds(1),
        BlocksAtOnce = 1,
        EpochSeconds = 1,
        OperatorKey = null,
        AttestorKeys = [],
        SenderKey = null,
        UsageArchive = Path.Combine(dataDir, "archive"),
        MaxFeePerGas = 1,
        BumpAfter = TimeSpan.FromSeconds(1),
        MaxEpochCost = 1,
        BundleUrl = string.Empty,
    };
}
