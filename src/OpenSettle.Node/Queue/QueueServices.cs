using System.Globalization;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Usage;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Queue;

/// <summary>What brings usage through a broker, where the settings name one.</summary>
internal static class QueueServices
{
    private const string QuarantineName = "quarantine";

    /// <param name="salt">Of consumers' hashes: what all nodes of a deployment have in common.</param>
    public static IServiceCollection AddQueue(this IServiceCollection services, NodeOptions options, byte[] salt, ILeases leases)
    {
        // Streams are shared out among the nodes that take usage; whoever settles or reads has nothing to do with the broker.
        if (options.Queue is not { } queue || !options.Cluster.Has(NodeRoles.Ingest)) return services;
        var id = options.Deployment.Watched.Id;
        services.AddSingleton(queue).AddSingleton(new StreamNames(id)).AddSingleton(new QueueKeys(salt)).AddSingleton(leases);
        services.AddSingleton(new QueueHolder(string.Create(CultureInfo.InvariantCulture, $"{options.Cluster.NodeName}/{Environment.ProcessId}")));
        services.AddSingleton<QueueView>().AddSingleton<GatewayNames>().AddSingleton<StreamFounder>();
        services.AddSingleton(provider => new UsagePublisher(
            provider.GetRequiredService<StreamNames>(), queue, provider.GetRequiredService<TimeProvider>(), string.Create(CultureInfo.InvariantCulture, $"opensettle {id.ChainId} in"), mayMake: true));
        services.AddSingleton<QueuedIntake>();
        services.AddSingleton(new QueueQuarantine(Path.Combine(options.DataDir, QuarantineName)));
        services.AddSingleton(provider => new QueueLink(queue, string.Create(CultureInfo.InvariantCulture, $"opensettle {id.ChainId} out"), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new StreamParts(
            provider.GetRequiredService<StreamNames>(), provider.GetRequiredService<StreamFounder>(), provider.GetRequiredService<QueueLink>(), provider.GetRequiredService<IUsageJournal>(),
            provider.GetRequiredService<QueueQuarantine>(), provider.GetRequiredService<QueueView>(), provider.GetRequiredService<NodeMetrics>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<QueueConsumer>>()));
        services.AddSingleton<Func<MessageReader>>(provider => () => new MessageReader(
            provider.GetRequiredService<StreamNames>(), provider.GetRequiredService<QueueKeys>(), provider.GetRequiredService<GatewayNames>(),
            provider.GetRequiredService<UsageReaders>(), provider.GetRequiredService<HoldRule>(), provider.GetRequiredService<BatchCheck>()));
        services.AddSingleton<QueueConsumer>().AddSingleton<QueueGauges>();
        return services.AddHostedService(provider =>
        {
            // Nobody else asks for it, and without it there is nothing to look at.
            _ = provider.GetRequiredService<QueueGauges>();
            return provider.GetRequiredService<QueueConsumer>();
        });
    }
}

/// <summary>What metrics show of the queue.</summary>
internal sealed class QueueGauges
{
    public QueueGauges(NodeMetrics metrics, QueueView view, UsagePublisher publisher)
    {
        metrics.WatchCount(MetricCatalogue.QueuePublished, () => publisher.Counts.Published);
        metrics.WatchCount(MetricCatalogue.QueueConfirmed, () => publisher.Counts.Confirmed);
        metrics.WatchCount(MetricCatalogue.QueueAgain, () => publisher.Counts.Again);
        metrics.WatchCount(MetricCatalogue.QueueTaken, () => view.Messages);
        metrics.WatchCount(MetricCatalogue.QueueKnown, () => view.Known);
        metrics.WatchCount(MetricCatalogue.QueuePoison, () => view.Poison);
        metrics.WatchCount(MetricCatalogue.QueueMissing, () => view.Missing);
        metrics.Watch(MetricCatalogue.QueueHeld, () => view.All.Count(stream => stream.IsOurs));
        metrics.Watch(MetricCatalogue.QueueNext, () => view.All.Where(stream => stream.Next is not null).Select(stream => ((double)(stream.Next ?? 0), Named(stream))));
        metrics.Watch(MetricCatalogue.QueueLag, () => view.All.Where(stream => stream.Lag is not null).Select(stream => ((stream.Lag ?? TimeSpan.Zero).TotalSeconds, Named(stream))));
    }

    private static string[] Named(StreamView stream) => [stream.Partition.ToString(CultureInfo.InvariantCulture)];
}
