using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Earnings;
using OpenSettle.Node.Hosting;
using OpenSettle.Node.Http;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Page;
using OpenSettle.Node.Passports;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Queue;
using OpenSettle.Node.Relay;
using OpenSettle.Node.Signals;
using OpenSettle.Node.Signals.Logging;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Signals.Webhooks;
using OpenSettle.Node.Usage;
using OpenSettle.Node.Witness;
using OpenSettle.Storage;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node;

/// <summary>Wires a node together and runs it until it is told to stop.</summary>
public static class NodeHost
{
    /// <summary>What is under way may take so long to end; with what comes before and after, a stop takes less than ten seconds.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(8);

    /// <summary>Runs a node, or one for each chain that the settings name.</summary>
    /// <param name="source">The settings; read again when the process is told to (SIGHUP).</param>
    /// <param name="chain">The only one of the chains to run; null: all of them.</param>
    /// <exception cref="StartRefusedException">A chain is not what the settings say.</exception>
    public static async Task RunAsync(SettingsSource source, string? chain, TimeProvider time, CancellationToken cancellation)
    {
        var point = Environment.GetEnvironmentVariable(FailPoint.Variable);
        if (point is not null && !FailPoint.TryArm(point)) throw new SettingsException([$"{FailPoint.Variable}: there is no {point}. It is for tests; unset it. There are: {string.Join(", ", FailPoint.All)}."]);
        SettingsSet Read() => source.Read() is var all && chain is null ? all : all with { Nodes = [all.One(chain)] };
        var set = Read();
        var nodes = ChainSet.ForRun(set).Zip(set.Nodes, (options, settings) => new RunningNode(options, settings, options.Chain is null ? null : new ChainServer())).ToArray();
        var group = new NodeGroup(nodes, Read);
        using var reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            group.Reload();
        });
        await using var manager = ServiceManager.Of(group, time, cancellation);
        if (nodes[0].Server is not null) await ChainHost.RunAsync(group, RunningAnew.RunAsync, time, cancellation);
        // Its last line says what was left. Going on from here would close the books under a step that writes them.
        else await RunningAnew.RunAsync(nodes[0], group, Exit, time, cancellation);

        static Task Exit()
        {
            Environment.Exit(0);
            return Task.CompletedTask;
        }
    }

    /// <summary>A body that trickles in holds a buffer: slower than this it is cut off.</summary>
    internal static void Limit(KestrelServerOptions kestrel) => kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));

    /// <summary>Runs a node until it is told to stop, or does not lead any more.</summary>
    /// <param name="leave">Called where a step is still at work when the time to stop is over: ends the process.</param>
    /// <returns>Why it has to begin anew; null: it was told to stop.</returns>
    internal static async Task<string?> RunOnceAsync(RunningNode node, NodeGroup group, Func<Task> leave, TimeProvider time, CancellationToken cancellation)
    {
        var options = node.Options;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(node.Address ?? options.Listen);
        builder.WebHost.ConfigureKestrel(Limit);
        using var otlp = Otlp.Of(options);
        builder.Logging.AddNodeLogging(options, time, otlp);
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = StopWithin;
            // One after the other, a slow request would take the time of the pipeline.
            host.ServicesStopConcurrently = true;
        });

        var settles = options.Cluster.Has(NodeRoles.Settle);
        var provider = Providers.Choose(options.Client, time);
        using var chain = Providers.Connect(options, provider, time);
        var keys = new SignerFactory(options, provider, time);
        using var sender = options.Sender is { Key: { } key } sending ? await keys.OpenAsync(sending.Setting, key, cancellation) : null;
        using var attestors = new Attestors(settles || options.Cluster.Has(NodeRoles.Attest) ? await keys.OpenAsync(Settings.AttestorKeys, options.AttestorKeys, cancellation) : []);
        var mappings = options.UsageMapping is { } file ? MappingFile.Read(file) : MappingSet.Empty;
        var warnings = await new StartCheck(options, chain.Settling, attestors).RunAsync(cancellation);
        // Looked at before the database is made: a port that is taken leaves nothing behind.
        if (node.Server is null) ListenPort.Require(node.Address ?? options.Listen);

        var paths = NodeOptionsPaths.In(options.DataDir);
        var data = DataPaths.In(options.DataDir, options.UsageArchive);
        using var alone = DataLock.ForWriting(data);
        using var leadership = options.Cluster.IsShared ? Leadership.ByLease(NodeIdentity.Of(options.Cluster.NodeName), time) : Leadership.Alone(time);
        using var place = leadership.Identity is { } identity ? PostgresPlace.Open(options.Cluster.Database, options.Deployment.Watched.Id, identity.Holder) : null;
        var usageOptions = new UsageOptions { Horizon = options.UsageHorizon, ArchiveFolder = data.Archive };
        using var stores = place is null ? NodeStores.OpenFiles(data, options.Deployment.Watched.Id, time, usageOptions) : NodeStores.OpenPostgres(place, time, usageOptions);
        var (books, usage) = (stores.Books, stores.Usage);
        var moved = 0L;
        var told = new List<string>();
        if (!options.Cluster.IsShared)
        {
            await BooksKind.RequireAsync(books, options, cancellation);
            moved = await UsageMove.RunAsync(books, paths.Usage, usage, time, cancellation);
            await PassportStart.RunAsync(books, options.Deployment.Watched, told.Add, cancellation);
            UsageCut.Require(books.Read(session => session.Epochs.Latest()), usage, paths.Usage);
        }

        var services = builder.Services;
        services.AddSingleton(options).AddSingleton(time).AddSingleton(provider).AddSingleton(attestors).AddSingleton(group);
        if (node.Server is not null) services.AddChainOfSeveral(node);
        services.AddSingleton(paths).AddSingleton(data).AddSingleton(books).AddSingleton(usage).AddSingleton<BundleFolder>().AddSingleton<MirrorSet>().AddSingleton<EpochReplays>();
        services.AddSingleton(leadership).AddSingleton(stores).AddSingleton(stores.Leases);
        services.AddSingleton(StateOf(options, books, chain, time));
        services.AddPassports(chain);
        if (sender is not null) services.AddSingleton(sender);
        services.AddChain(chain);
        services.AddSignals();
        services.AddPipeline(options, time);
        if (options.Cluster.IsWitness) services.AddWitness(options);
        else services.AddLeading(options, settles);
        // Consumers of before there was a file of usage keep the hashes that they had in the books.
        var salt = stores.Gateways.ConsumerSalt(books.Read(session => session.Meta.Get("consumer salt")));
        services.AddUsage(options, mappings, salt).AddQueue(options, salt, stores.Leases);
        services.AddEarnings().AddApi(options.Http).AddHostedService<StreamWorker>();

        await using var app = builder.Build();
        if (Environment.GetEnvironmentVariable(FailPoint.Variable) is { } point) app.Logger.FailPointArmed(point);
        if (moved > 0) app.Logger.UsageMoved(moved, paths.Usage);
        foreach (var line in told) app.Logger.PassportsFilled(line);
        foreach (var warning in warnings) app.Logger.StartedWithout(warning);
        if (options.Cluster.IsShared && settles && options.BundleMirrors.Count == 0)
            app.Logger.StartedWithout("bundleMirrors is empty, and database is set: a node that takes over has no bundles of this one's. Set bundleMirrors to a place that all nodes reach.");
        chain.Observer = app.Services.GetRequiredService<NodeMetrics>();
        chain.OnSetAside = endpoint => app.Logger.EndpointSetAside(endpoint.Name, endpoint.Why ?? string.Empty);
        app.UseSignals(otlp);
        app.UseApi();
        var state = app.Services.GetRequiredService<NodeState>();
        state.Alerts.OnChange = (name, message) =>
        {
            if (message is null) app.Logger.AlertCleared(name);
            else app.Logger.AlertRaised(name, message);
        };
        // What it answers first is as new as the books.
        if (options.Cluster.IsShared) await app.Services.GetRequiredService<BooksFollower>().LookAsync(cancellation);
        app.MapApi();
        if (options.Cluster.Has(NodeRoles.Read)) app.UsePage(PageServing.BuiltPage);
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? options.Listen;
            state.SetBundleUrl(options.BundleUrl.Length > 0 ? options.BundleUrl : $"{address}/bundles");
            app.Logger.Started(options.Deployment.Watched.Id.ChainId, options.Deployment.Watched.Id.Vault, $"{provider.Name} with {provider.Curve}", books.Place, address);
            node.Begin(new RunningParts(state, books, app.Logger, app.Services.GetRequiredService<NodeMetrics>(), leadership), address);
        });
        // A worker that fails ends the host, which says nothing of it: the process must not end as if it had been told to.
        var workers = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
        var pipeline = app.Services.GetService<PipelineWorker>();
        try
        {
            await app.RunAsync(cancellation);
        }
        finally
        {
            node.End(leadership.Lost ?? "it was stopped");
        }

        foreach (var failed in workers.Select(worker => worker.ExecuteTask).Where(task => task is { IsFaulted: true })) await (failed ?? Task.CompletedTask);
        if (cancellation.IsCancellationRequested || leadership.Lost is null)
        {
            if (pipeline is { IsLeft: true }) await leave();
            return null;
        }

        // Whatever it still does it does under a lease that is lost: nothing of it is kept. It ends by itself, and then all begins anew.
        if (pipeline?.ExecuteTask is { } work) await work.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return leadership.Lost;
    }

    /// <summary>As the books have it; with a database that others write to, the follower brings it.</summary>
    private static NodeState StateOf(NodeOptions options, IBooks books, ChainEndpoints chain, TimeProvider time)
    {
        if (options.Cluster.IsShared) return new NodeState(time: time) { Endpoints = () => chain.States };
        var state = new NodeState(books.Read(session => session.Chain.LoadTables()), time) { Registry = books.Read(session => session.Chain.LoadRegistry()), Endpoints = () => chain.States };
        if (books.Read(session => session.Chain.Cursor()) is { } cursor) state.SetPosted(cursor, hasNews: true);
        return state;
    }

    /// <summary>What only a node that may lead does, and what keeps one that does not up to date.</summary>
    private static void AddLeading(this IServiceCollection services, NodeOptions options, bool settles)
    {
        services.AddSingleton<BooksFollower>().AddSingleton<LeaderStart>();
        if (options.Cluster.IsShared) services.AddHostedService<FollowWorker>();
        if (!settles) return;
        if (options.Cluster.IsShared) services.AddHostedService<LeaseKeeper>();
        services.AddSingleton<PipelineParts>().AddSingleton<PipelineWorker, SettlementPipeline>();
        services.AddHostedService<PassportWorker>().AddHostedService<WebhookWorker>().AddHostedService<MirrorWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<PipelineWorker>());
    }

    /// <summary>It is handed its requests, and its lines say whose they are.</summary>
    private static void AddChainOfSeveral(this IServiceCollection services, RunningNode node)
    {
        services.AddSingleton<IServer>(node.Server ?? throw new InvalidOperationException("One of several chains has no server of its own."));
        services.AddSingleton<LoggerFactory>().AddSingleton<ILoggerFactory>(provider => new ChainLogs(provider.GetRequiredService<LoggerFactory>(), node.Name ?? string.Empty));
    }

    private static void AddChain(this IServiceCollection services, ChainEndpoints chain)
    {
        services.AddSingleton(chain).AddSingleton<IChainClient>(chain.Settling).AddSingleton<IChainQuorum>(chain.Quorum).AddSingleton<IStateQuorum>(chain.Quorum);
    }

    internal static IServiceCollection AddUsage(this IServiceCollection services, NodeOptions options, MappingSet mappings, byte[] salt)
    {
        services.AddSingleton(mappings).AddSingleton<HoldRule>().AddSingleton<BatchCheck>();
        services.AddSingleton<GatewayRing>().AddSingleton<UsageQuotas>().AddSingleton<UsageEndpoint>();
        return services.AddSingleton(provider => new UsageReaders(mappings, provider.GetRequiredService<HoldRule>(), salt, options.Deployment.Watched.Id.ChainId));
    }

    internal static IServiceCollection AddEarnings(this IServiceCollection services) => services
        .AddSingleton<OpenEpochBooks>().AddSingleton<ComingEarnings>().AddSingleton<AccountEarnings>().AddSingleton<PayoutHistory>().AddSingleton<WhyService>().AddSingleton<ClaimOffers>().AddSingleton<EpochHistory>()
        .AddSingleton<EarningsEndpoints>().AddSingleton<WhyEndpoints>().AddSingleton<ClaimEndpoints>();

    private static void AddPassports(this IServiceCollection services, ChainEndpoints chain)
    {
        services.AddSingleton<PassportSource>().AddSingleton<PassportService>().AddSingleton<ModelNames>();
        services.AddSingleton<StandingKeeper>().AddSingleton<FlowReader>();
        services.AddSingleton(provider => new AttestationReader(provider.GetRequiredService<NodeOptions>(), provider.GetRequiredService<IBooks>(), () => chain.Settling.Endpoints.ReadyClients()));
    }

    private static void AddPipeline(this IServiceCollection services, NodeOptions options, TimeProvider time)
    {
        var deployment = options.Deployment.Watched;
        var watching = new WatchOptions { FirstBlock = deployment.FirstBlock, MostBlocks = options.BlocksAtOnce };
        services.AddSingleton<IChainJournal>(provider => new BooksJournal(provider.GetRequiredService<IBooks>(), deployment));
        services.AddSingleton(provider =>
        {
            var chain = provider.GetRequiredService<ChainEndpoints>();
            return new ChainWatcher(chain.Reader, chain.Quorum, chain.Ranges(options.Completeness), provider.GetRequiredService<IChainJournal>(), watching, time);
        });
        services.AddSingleton<WatchStep>();
        services.AddSingleton(provider => new BookStep(
            options, provider.GetRequiredService<IBooks>(), provider.GetRequiredService<EpochReplays>(), provider.GetRequiredService<NodeState>(), provider.GetRequiredService<ILogger<BookStep>>())
        {
            Webhooks = provider.GetRequiredService<WebhookFacts>(),
            Adoption = options.Cluster.IsWitness ? new WitnessAdoption(deployment, provider.GetRequiredService<BundleFolder>()) : null,
        });
        services.AddSingleton<UsageStep>().AddSingleton(provider => new UsageRetention(provider.GetRequiredService<DataPaths>(), time));
        services.AddSingleton<SweepStep>().AddSingleton<Candidates>().AddSingleton<EpochStep>().AddSingleton<PushStep>();
        services.AddSingleton<DriftStep>().AddSingleton<SendStep>().AddSingleton<Pause>();
        services.AddSingleton(provider => new RelayTrial(options, provider.GetRequiredService<IChainClient>(), provider.GetService<ISigner>()?.Address ?? Primitives.Address.Zero));
        services.AddSingleton<RelayStep>().AddSingleton<RelayDesk>();
    }
}
