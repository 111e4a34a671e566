using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Queue;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>The node's way from the broker into PostgreSQL, in a process of its own: its leases, its readers, its journal.</summary>
internal static class ClusterQueueServer
{
    public static byte[] Salt { get; } = new byte[32];

    /// <summary>Takes between "go" and "stop"; says how many events are in the journal, and up to where they are in the rollups.</summary>
    public static async Task RunAsync(string database, Uri broker)
    {
        using var place = PostgresPlace.Open(database, IngestBare.Deployment, "benchmark");
        using (var gateways = new PostgresGateways(place))
            gateways.Add("bench", GatewayKeyText.HashOf(IngestServer.Key), IngestServer.Gateway, GatewayScopes.Send | GatewayScopes.SendUnsigned, 0, 0, DateTimeOffset.UtcNow);
        using var usage = PostgresUsage.Open(place, TimeProvider.System);
        var folder = Directory.CreateTempSubdirectory("opensettle-queue-");
        IHost? host = null;
        Console.WriteLine("0");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "go") host = await StartAsync(place, usage, new QueueOptions(broker), folder.FullName);
            if (line == "stop" && host is not null)
            {
                await host.StopAsync();
                host.Dispose();
            }

            Console.WriteLine((line == "rolled" ? usage.Rolled : usage.Sealed.Position).ToString(CultureInfo.InvariantCulture));
        }

        if (folder.EnumerateDirectories("quarantine").Any()) throw new InvalidOperationException("Messages could not be taken.");
        folder.Delete(recursive: true);
    }

    private static async Task<IHost> StartAsync(PostgresPlace place, IUsageJournal usage, QueueOptions queue, string folder)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        var options = IngestServer.Options(folder, queue);
        IngestServer.AddUsage(builder.Services, options, usage);
        builder.Services.AddSingleton(options).AddQueue(options, Salt, new PostgresLeases(place));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}
