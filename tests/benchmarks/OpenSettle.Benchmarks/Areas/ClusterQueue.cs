using System.Diagnostics;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;
using OpenSettle.Node.Queue;
using OpenSettle.Node.Usage;
using OpenSettle.Servers;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// Usage out of RabbitMQ's streams into PostgreSQL: what ingest nodes put there from requests of 100 events, spread over eight streams, is
/// taken by one node until all of it is durable, deduplicated and in the rollups. Broker, server and node are processes on the same cores;
/// while it is measured nothing is put in.
/// </summary>
internal static class ClusterQueue
{
    private const int InBatch = 100;
    private const int Events = 1_500_000;
    private const int WarmUp = 300_000;
    private const int UnderWay = 32;

    public static Figure Measure() => MeasureAsync().GetAwaiter().GetResult();

    private static async Task<Figure> MeasureAsync()
    {
        var rates = new List<double>();
        for (var run = 0; run <= Harness.Runs; run++)
        {
            await using var broker = await RabbitServer.StartAsync();
            await using var server = await PostgresServer.StartAsync(PostgresIngest.Settings);
            using var node = await IngestProcess.StartQueueAsync(await server.CreateDatabaseAsync(), broker.Uri);
            await TakeAsync(node, broker.Uri, WarmUp, 500 + run);
            var rate = Events / await TakeAsync(node, broker.Uri, Events, run);
            await Console.Error.WriteLineAsync($"bench: run {run}: {rate:0}/s from the broker");
            // The first is the warm-up.
            if (run > 0) rates.Add(rate);
        }

        return Figure.Of(new Samples(rates), "1/s", 60_000);
    }

    /// <summary>Seconds from the start of the taking until all are in the rollups.</summary>
    private static async Task<double> TakeAsync(IngestProcess node, Uri broker, int events, int seed)
    {
        var before = node.Count();
        await FillAsync(broker, events, seed);
        var started = Stopwatch.GetTimestamp();
        node.Tell("go");
        while (node.Rolled() < before + events) await Task.Delay(20);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (node.Count() != before + events) throw new InvalidOperationException($"The journal has {node.Count() - before} events of {events}.");
        node.Tell("stop");
        return seconds;
    }

    /// <summary>As an ingest node does it: read, checked, spread, confirmed.</summary>
    private static async Task FillAsync(Uri broker, int events, int seed)
    {
        var time = TimeProvider.System;
        var options = IngestServer.Options(Path.GetTempPath());
        var readers = new UsageReaders(MappingSet.Empty, new HoldRule(new NodeState(), options, time), ClusterQueueServer.Salt, IngestBare.Deployment.ChainId);
        await using var publisher = new UsagePublisher(new StreamNames(IngestBare.Deployment), new QueueOptions(broker), time, "benchmark", mayMake: true);
        var intake = new QueuedIntake(publisher, new QueueKeys(ClusterQueueServer.Salt), time);
        var gateway = new GatewayRecord(1, "bench", default, IngestServer.Gateway, GatewayScopes.SendUnsigned, 0, 0, 0);
        var requests = new IngestEvents(InBatch, static _ => string.Empty, seed);
        var request = readers.Create();
        var underWay = new Queue<Task<bool>>();
        for (var sent = 0; sent < events; sent += InBatch)
        {
            var body = requests.Next().ToArray();
            request.Begin(body, gateway.Address, signed: false);
            request.Read(body, UsageForm.Batch, null, []);
            if (underWay.Count == UnderWay && !await underWay.Dequeue()) throw new InvalidOperationException("The broker did not confirm.");
            underWay.Enqueue(intake.SendAsync(gateway, request.Bodies, request.ToAppended(), string.Empty, CancellationToken.None));
        }

        if ((await Task.WhenAll(underWay)).Contains(false)) throw new InvalidOperationException("The broker did not confirm.");
    }
}
