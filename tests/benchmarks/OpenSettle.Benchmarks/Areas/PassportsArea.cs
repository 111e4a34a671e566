using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// Passports: one of a model with two years behind it, from the books to JSON; two hundred a second of a thousand models over HTTP, from another
/// process; what is found among a hundred thousand; and what a chain with a hundred epochs says of a passport.
/// </summary>
internal static class PassportsArea
{
    private const int PerSecond = 200;
    private const int Seconds = 15;
    private const int Runs = 7;
    private const int WarmUps = 400;

    // So often the large model is asked for; the others are by chance.
    private const int LargeEvery = 50;

    private static readonly HttpClient Http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { Timeout = TimeSpan.FromSeconds(60) };

    private static readonly string[] Queries =
    [
        "domain=nda-review&minN=100&lowerBound=0.75&maxPrice=0.0005", "domain=domain-3&minN=1900&limit=200", "domain=domain-5&basis=evaluated&status=retired", "domain=domain-7&maxPrice=0.000001&minN=500",
        "domain=domain-11&lowerBound=0.999&minN=10", "domain=nobody-has-it",
    ];

    public static SortedDictionary<string, Figure> Measure() => new(MeasureAsync().GetAwaiter().GetResult(), StringComparer.Ordinal);

    /// <summary>One part alone: serve FOLDER, cold, load, find, epochs.</summary>
    public static async Task<string> ChildAsync(IReadOnlyList<string> arguments)
    {
        switch (arguments)
        {
            case ["serve", var folder]:
                await PassportServer.RunAsync(folder);
                return string.Empty;
            case ["cold"]:
                return Text(Cold(await FolderAsync()));
            case ["load"]:
                var (load, worst) = await LoadAsync(await FolderAsync());
                return string.Create(CultureInfo.InvariantCulture, $"{Text(load)}; worst {worst:0.0} ms");
            case ["find"]:
                return Text(await FindAsync(await StandingsAsync()));
            case ["epochs"]:
                return string.Join("; ", (await PassportVerifyBench.MeasureAsync(CancellationToken.None)).Select(pair => $"{pair.Key} {Text(pair.Value)}"));
            default:
                throw new ArgumentException("child-passports serve FOLDER|cold|load|find|epochs", nameof(arguments));
        }
    }

    private static async Task<Dictionary<string, Figure>> MeasureAsync()
    {
        var figures = new Dictionary<string, Figure>(StringComparer.Ordinal);
        var folder = await FolderAsync();
        figures["passport_ms"] = Cold(folder);
        (figures["passport_p99_ms"], _) = await LoadAsync(folder);
        figures["find_100k_ms"] = await FindAsync(await StandingsAsync());
        foreach (var (key, figure) in await PassportVerifyBench.MeasureAsync(CancellationToken.None)) figures[key] = figure;
        return figures;
    }

    private static Figure Cold(string folder)
    {
        using var server = new PassportServer(folder);
        // A node that has run for a while: its code is compiled, and nothing that is asked for now was computed before.
        for (var i = 0; i < WarmUps; i++) server.Cold(PassportData.Model(i % 20 == 0 ? 0 : i));
        var bytes = 0;
        var samples = Harness.Time(() => bytes = server.Cold(PassportData.Model(0)).Length, Runs);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench: the passport has {bytes} bytes: {server.Stages(PassportData.Model(0))}; a small one: {server.Stages(PassportData.Model(7))}"));
        return Figure.Of(samples, "ms", 50);
    }

    /// <summary>Requests at a steady rate, whether answers come or not: each is timed from when it was due. Nothing was asked for before but one model.</summary>
    private static async Task<(Figure Figure, double Worst)> LoadAsync(string folder)
    {
        var percentiles = new List<double>();
        var worst = 0.0;
        for (var run = 0; run < 3; run++)
        {
            using var server = Serve(folder, out var api);
            await AskAsync(new Uri(api, $"api/v1/models/{PassportData.Model(1)}/passport"));
            var times = await StreamAsync(api, new Random(run));
            percentiles.Add(times[(int)(times.Length * 0.99)]);
            worst = Math.Max(worst, times[^1]);
        }

        return (Figure.Of(new Samples(percentiles), "ms, of 3,000 requests from the first on", 100), worst);
    }

    private static async Task<double[]> StreamAsync(Uri api, Random random)
    {
        var asked = new Task<double>[PerSecond * Seconds];
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < asked.Length; i++)
        {
            var due = start + i * Stopwatch.Frequency / PerSecond;
            for (var left = due - Stopwatch.GetTimestamp(); left > 0; left = due - Stopwatch.GetTimestamp())
            {
                if (left * 1000 / Stopwatch.Frequency > 1) await Task.Delay(1);
                else await Task.Yield();
            }

            var model = PassportData.Model(i % LargeEvery == 0 ? 0 : random.Next(1, PassportData.Models));
            asked[i] = TimedAsync(new Uri(api, $"api/v1/models/{model}/passport"), due);
        }

        return [.. (await Task.WhenAll(asked)).Order()];
    }

    private static async Task<double> TimedAsync(Uri page, long due)
    {
        await AskAsync(page);
        return Stopwatch.GetElapsedTime(due).TotalMilliseconds;
    }

    /// <summary>The slowest kind of query decides.</summary>
    private static async Task<Figure> FindAsync(string folder)
    {
        using var server = Serve(folder, out var api);
        Figure? slowest = null;
        foreach (var query in Queries)
        {
            var times = new List<double>();
            for (var run = 0; run <= 30; run++)
            {
                var began = Stopwatch.GetTimestamp();
                using var answer = JsonDocument.Parse(await AskAsync(new Uri(api, $"api/v1/find?{query}")));
                if (run > 0) times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                if (run == 0) await Console.Error.WriteLineAsync($"bench: find?{query}: {answer.RootElement.GetProperty("items").GetArrayLength()} models");
            }

            var figure = Figure.Of(new Samples(times), "ms, the slowest of 6 queries", 100);
            if (slowest is null || figure.Value > slowest.Value) slowest = figure;
        }

        return slowest ?? throw new InvalidOperationException("Nothing was asked.");
    }

    private static async Task<byte[]> AskAsync(Uri page)
    {
        using var answer = await Http.GetAsync(page);
        return answer.IsSuccessStatusCode
            ? await answer.Content.ReadAsByteArrayAsync()
            : throw new InvalidOperationException($"{page.PathAndQuery} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>This program again, as the server: on a copy of nothing, for it writes nothing.</summary>
    private static Running Serve(string folder, out Uri api)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])[typeof(PassportsArea).Assembly.Location, "child-passports", "serve", folder]) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException("The server does not start.");
        api = new Uri($"http://127.0.0.1:{process.StandardOutput.ReadLine()}/");
        return new Running(process);
    }

    private static Task<string> FolderAsync() => NodeArea.CachedAsync("passports", PassportData.FillAsync);

    private static Task<string> StandingsAsync() => NodeArea.CachedAsync("standings", PassportData.FillStandingsAsync);

    private static string Text(Figure figure) => $"{figure.Value} {figure.Unit} ({string.Join(" to ", figure.Spread ?? [])}), to reach {figure.Target}";

    private sealed class Running(Process process) : IDisposable
    {
        public void Dispose()
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
