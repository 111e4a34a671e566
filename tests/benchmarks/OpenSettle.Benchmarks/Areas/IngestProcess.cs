using System.Diagnostics;
using System.Globalization;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>A server of the benchmark's, until it is disposed of.</summary>
internal sealed class IngestProcess : IDisposable
{
    private readonly Process _process;
    private readonly string? _folder;

    // It ends when its input does; a peer is killed.
    private readonly bool _isOurs;

    private IngestProcess(Process process, string? folder) => (_process, _folder, _isOurs) = (process, folder, process.StartInfo.FileName == "dotnet");

    public int Port { get; private init; }

    public static Task<IngestProcess> StartAsync(DirectoryInfo folder, string kind)
    {
        var data = Path.Combine(folder.FullName, Guid.NewGuid().ToString("n"));
        return StartAsync("dotnet", [typeof(IngestArea).Assembly.Location, "child-ingest", data, kind], data);
    }

    public static Task<IngestProcess> StartNodeAsync() => StartAsync("node", [Path.Combine(AppContext.BaseDirectory, "Peers", "parse.mjs")], null);

    /// <summary>The intake on a database.</summary>
    public static Task<IngestProcess> StartPostgresAsync(string database) => StartAsync("dotnet", [typeof(IngestArea).Assembly.Location, "child-ingest-postgres", database], null);

    /// <summary>What takes usage out of a broker's streams into a database; its port is none.</summary>
    public static Task<IngestProcess> StartQueueAsync(string database, Uri broker) => StartAsync("dotnet", [typeof(IngestArea).Assembly.Location, "child-queue", database, broker.OriginalString], null);

    /// <summary>Begins to take, or stops.</summary>
    public void Tell(string what) => Ask(what);

    /// <summary>What a request begins with, by the length of its body.</summary>
    public static Func<int, string> Head(string type) => length =>
        string.Create(CultureInfo.InvariantCulture, $"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {IngestServer.Key}\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n\r\n");

    public long Rolled() => long.Parse(Ask("rolled"), CultureInfo.InvariantCulture);

    public long Count() => long.Parse(Ask("count"), CultureInfo.InvariantCulture);

    public double PeakMebibytes() => double.Parse(Ask("peak"), CultureInfo.InvariantCulture);

    public double ProcessorSeconds()
    {
        _process.Refresh();
        return _process.TotalProcessorTime.TotalSeconds;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(_isOurs ? 60_000 : 0)) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }

    private static async Task<IngestProcess> StartAsync(string file, IReadOnlyList<string> arguments, string? folder)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} does not start.");
        var port = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{file} ended before it listened.");
        return new IngestProcess(process, folder) { Port = int.Parse(port, CultureInfo.InvariantCulture) };
    }

    private string Ask(string what)
    {
        _process.StandardInput.WriteLine(what);
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The server ended.");
    }
}
