using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>`opensettle run` as an operator runs it, until it is disposed of: its memory is its own.</summary>
internal sealed class NodeProcess : IDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly Uri _api;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Queue<string> _last = new();

    private NodeProcess(ProcessStartInfo start, Uri api)
    {
        _api = api;
        _process = Process.Start(start) ?? throw new InvalidOperationException("The node does not start.");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <param name="dataDir">Its data, which it goes on with.</param>
    /// <param name="epochPayments">It closes an epoch once so many payments wait.</param>
    public static NodeProcess Start(string dataDir, Uri chain, int epochPayments)
    {
        var id = NodeWorkload.Deployment.Id;
        var deployment = Path.Combine(dataDir, "deployment.json");
        File.WriteAllText(deployment, JsonSerializer.Serialize(new
        {
            chainId = id.ChainId,
            contracts = new { registry = id.Registry.ToString(), rail = id.Rail.ToString(), vault = id.Vault.ToString(), resolver = NodeWorkload.Deployment.Resolver.ToString() },
            deployedAtBlock = NodeWorkload.Deployment.FirstBlock,
            tokens = Array.Empty<object>(),
        }));
        var api = new Uri($"http://127.0.0.1:{FreePort().ToString(CultureInfo.InvariantCulture)}");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[Executable(), "run"]) start.ArgumentList.Add(argument);
        (string Name, string Value)[] settings =
        [
            ("RPC", chain.ToString()), ("DEPLOYMENT", deployment), ("DATA_DIR", dataDir), ("LISTEN", api.ToString().TrimEnd('/')), ("CLIENT", "builtin"), ("POLL_MILLISECONDS", "50"),
            ("EPOCH_SECONDS", "31536000"), ("EPOCH_PAYMENTS", epochPayments.ToString(CultureInfo.InvariantCulture)), ("USAGE_GRACE_SECONDS", "0"),
            ("OPERATOR_KEY", NodeWorkload.OperatorKey.ToString()), ("ATTESTOR_KEYS", string.Join(',', NodeWorkload.AttestorKeys)),
        ];
        foreach (var (name, value) in settings) start.Environment[$"OPENSETTLE_{name}"] = value;
        return new NodeProcess(start, api);
    }

    /// <summary>The seconds from the process's start until a page is as wanted.</summary>
    public async Task<double> WaitAsync(string path, Func<JsonElement, bool>? reached = null)
    {
        while (Stopwatch.GetElapsedTime(_started) < Patience)
        {
            RequireRunning();
            try
            {
                using var answer = await Http.GetAsync(new Uri(_api, path));
                if (answer.IsSuccessStatusCode && (reached is null || reached(await JsonSerializer.DeserializeAsync<JsonElement>(await answer.Content.ReadAsStreamAsync()))))
                    return Stopwatch.GetElapsedTime(_started).TotalSeconds;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(10);
        }

        throw Failure($"did not come to {path}");
    }

    /// <summary>The seconds that something takes, while the node runs.</summary>
    public async Task<double> TimeAsync(Func<Task> work)
    {
        var from = Stopwatch.GetTimestamp();
        var done = work();
        while (await Task.WhenAny(done, Task.Delay(1000)) != done)
        {
            RequireRunning();
            if (Stopwatch.GetElapsedTime(from) > Patience) throw Failure("did not do it");
        }

        await done;
        return Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    /// <summary>Of all its threads.</summary>
    public double ProcessorSeconds()
    {
        _process.Refresh();
        return _process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>The most memory that it had at once, with what SQLite keeps.</summary>
    public double PeakGibibytes()
    {
        _process.Refresh();
        return _process.PeakWorkingSet64 / 1073741824.0;
    }

    /// <summary>Ends it as a power cut would.</summary>
    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Executable()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Release";
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "src", "OpenSettle.Cli", "bin", configuration, "net10.0", "opensettle.dll");
            if (File.Exists(file)) return file;
        }

        throw new InvalidOperationException("opensettle is not built. Run ./bench.sh node, which builds it.");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private void RequireRunning()
    {
        if (_process.HasExited) throw Failure($"ended with code {_process.ExitCode.ToString(CultureInfo.InvariantCulture)}");
    }

    private InvalidOperationException Failure(string what)
    {
        lock (_last) return new InvalidOperationException($"The node {what}. It said last:\n{string.Join('\n', _last)}");
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_last)
        {
            _last.Enqueue(line);
            if (_last.Count > 20) _last.Dequeue();
        }
    }
}
