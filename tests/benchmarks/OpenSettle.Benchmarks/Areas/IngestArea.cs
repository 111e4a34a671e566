using System.Globalization;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// Taking usage over HTTP on loopback: the intake in a process of its own, this process as the gateway, both on the same cores.
/// Every answer says that all its events are new and on disk, and at the end the journal has as many.
/// </summary>
internal static class IngestArea
{
    private const int InBatch = 100;

    // In flight: enough that the writer always finds something to commit.
    private const int Connections = 24;
    private const int Events = 2_000_000;
    // A server that has just started compiles what it runs.
    private const int WarmUp = 500_000;
    private const int ParseEvents = 2_000_000;
    private const int Singles = 60_000;
    private const int SingleClients = 64;
    private const int GrowthEvents = 20_000_000;
    private const int MemoryEvents = 10_000_000;
    private const int Million = 1_000_000;

    private static readonly string AllNew = string.Create(CultureInfo.InvariantCulture, $"\"accepted\":{InBatch},");

    public static SortedDictionary<string, Figure> Measure()
    {
        var folder = Directory.CreateTempSubdirectory("opensettle-ingest");
        try
        {
            return new SortedDictionary<string, Figure>(MeasureAsync(folder).GetAwaiter().GetResult().ToDictionary(pair => pair.Key, pair => pair.Figure), StringComparer.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<(string Key, Figure Figure)>> MeasureAsync(DirectoryInfo folder)
    {
        List<(string Key, Figure Figure)> figures = [.. await BatchesAsync(folder)];
        figures.Add(("parse_ratio_node", await ParseAsync(folder)));
        figures.Add(("single_events_per_s", await SinglesAsync(folder)));
        figures.AddRange(await GrowthAsync(folder));
        return figures;
    }

    private static async Task<List<(string Key, Figure Figure)>> BatchesAsync(DirectoryInfo folder)
    {
        var (rates, bare, p99) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run <= Harness.Runs; run++)
        {
            using var server = await IngestProcess.StartAsync(folder, "store");
            await SendAsync(server, WarmUp, 500 + run);
            var (seconds, latencies) = await SendAsync(server, Events, run);
            var peer = IngestBare.EventsPerSecond(folder, Events);
            // The first is the warm-up.
            if (run == 0) continue;
            rates.Add(Events / seconds);
            bare.Add(peer);
            p99.Add(IngestLoad.Percentile(latencies, 0.99));
        }

        // Times of an event, so that the ratio is the peer's over ours.
        var (ours, others) = (new Samples([.. rates.Select(rate => 1 / rate)]), new Samples([.. bare.Select(rate => 1 / rate)]));
        var ratio = Figure.RatioOf(ours, others, "× (peer: events/s of a bare insert loop)", 0.5);
        return
        [
            ("sqlite_events_per_s", Figure.Of(new Samples(rates), "1/s", 150_000)),
            ("sqlite_p99_ms", Figure.Of(new Samples(p99), "ms", 50)),
            ("sqlite_ratio_bare", ratio with { Peer = Math.Round(new Samples(bare).Median) }),
        ];
    }

    private static async Task<(double Seconds, List<double> Milliseconds)> SendAsync(IngestProcess server, int events, int seed)
    {
        var before = server.Count();
        var sent = await IngestLoad.RunAsync(server.Port, Connections, events / InBatch, InBatch, seed, IngestProcess.Head("application/cloudevents-batch+json"), answer => answer.StartsWith("HTTP/1.1 202", StringComparison.Ordinal) && answer.Contains(AllNew, StringComparison.Ordinal));
        if (server.Count() - before != events) throw new InvalidOperationException($"The journal has {server.Count() - before} events of {events}.");
        return sent;
    }

    /// <summary>Reading alone: processor seconds of the server, ours and Node's, under the same load.</summary>
    private static async Task<Figure> ParseAsync(DirectoryInfo folder)
    {
        var (ours, peer) = (new List<double>(), new List<double>());
        for (var run = 0; run <= Harness.Runs; run++)
        {
            using var server = await IngestProcess.StartAsync(folder, "parse");
            using var node = await IngestProcess.StartNodeAsync();
            // Its runtime compiles while it works: both have read as much before they count.
            foreach (var (process, list) in new[] { (server, ours), (node, peer) })
            {
                await ParseOnceAsync(process, run);
                var seconds = await ParseOnceAsync(process, run + 100);
                if (run > 0) list.Add(seconds * 1e6 / ParseEvents);
            }
        }

        return Figure.RatioOf(new Samples(ours), new Samples(peer), "× (peer: µs of processor an event, Node's http and JSON.parse)", 2);
    }

    private static async Task<double> ParseOnceAsync(IngestProcess process, int seed)
    {
        var before = process.ProcessorSeconds();
        await IngestLoad.RunAsync(process.Port, Connections, ParseEvents / InBatch, InBatch, seed, IngestProcess.Head("application/cloudevents-batch+json"), answer => answer.Contains($"\"accepted\":{InBatch}", StringComparison.Ordinal));
        return process.ProcessorSeconds() - before;
    }

    private static async Task<Figure> SinglesAsync(DirectoryInfo folder)
    {
        var rates = new List<double>();
        for (var run = 0; run <= Harness.Runs; run++)
        {
            using var server = await IngestProcess.StartAsync(folder, "store");
            var (seconds, _) = await IngestLoad.RunAsync(server.Port, SingleClients, Singles, 1, run, IngestProcess.Head("application/cloudevents+json"), answer => answer.Contains("\"accepted\":1,", StringComparison.Ordinal));
            if (server.Count() != Singles) throw new InvalidOperationException("Events are missing, or there are too many.");
            if (run > 0) rates.Add(Singles / seconds);
        }

        return Figure.Of(new Samples(rates), "1/s", 5_000);
    }

    /// <summary>One long run: the first million against the one after twenty, and the memory that ten took.</summary>
    private static async Task<List<(string Key, Figure Figure)>> GrowthAsync(DirectoryInfo folder)
    {
        using var server = await IngestProcess.StartAsync(folder, "store");
        await SendAsync(server, WarmUp, 900);
        var rates = new List<double>();
        var memory = 0.0;
        for (var million = 0; million <= GrowthEvents / Million; million++)
        {
            rates.Add(Million / (await SendAsync(server, Million, 1_000 + million)).Seconds);
            if ((million + 1) * Million == MemoryEvents) memory = server.PeakMebibytes();
        }

        var ratio = rates[^1] / rates[0];
        return
        [
            ("growth_20m_ratio", Figure.Of(new Samples([ratio]), $"× (the first million {rates[0]:0}/s, the one after twenty {rates[^1]:0}/s, the slowest {rates.Min():0}/s)", 0.8)),
            ("ingest_mib", Figure.Of(new Samples([memory]), "MiB, the intake's peak while ten million came", 400)),
        ];
    }
}
