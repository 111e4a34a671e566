using System.Diagnostics;
using System.Globalization;

namespace OpenSettle.Servers;

/// <summary>A server's process: its output goes to a log file, it is known by its number, and it does not outlive the tests.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly string _name;
    private readonly string _log;
    private readonly Watchdog _watchdog;

    private ServerProcess(string name, Process process, string log)
    {
        (_name, _process, _log) = (name, process, log);
        _watchdog = Watchdog.OverProcess(process.Id);
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <param name="folder">Where it runs.</param>
    public static ServerProcess Start(string name, IReadOnlyList<string> command, string folder, string log, IReadOnlyDictionary<string, string>? environment = null)
    {
        // The shell becomes the program, so the number is the program's; a file takes its words even after a test's end.
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = folder };
        foreach (var argument in (string[])["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", log, .. command]) start.ArgumentList.Add(argument);
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[variable] = value;
        // A test that is itself a service must not have its servers speak for it.
        start.Environment.Remove("NOTIFY_SOCKET");
        var process = Process.Start(start) ?? throw new ServerException($"{name} does not start.");
        process.StandardInput.Close();
        return new ServerProcess(name, process, log);
    }

    /// <summary>Runs a command to its end, which has to be a good one; its output is the answer.</summary>
    public static async Task<string> RunAsync(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var argument in command.Skip(1)) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new ServerException($"{command[0]} does not start.");
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new ServerException($"{string.Join(' ', command)} ended with {process.ExitCode}:\n{output}{await errors}");
        return output;
    }

    /// <summary>Tries until it answers; a server that ends before, or takes too long, is an error with what it logged last.</summary>
    public async Task UntilReadyAsync(Func<Task<bool>> ready, TimeSpan patience)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await ready())
        {
            if (_process.HasExited) throw new ServerException($"{_name} ended with {_process.ExitCode} while it started. Its last lines:\n{Tail()}");
            if (TimeProvider.System.GetElapsedTime(started) > patience) throw new ServerException($"{_name} does not answer after {patience.TotalSeconds} s. Its last lines:\n{Tail()}");
            await Task.Delay(Step);
        }
    }

    /// <summary>Asks it to end and waits.</summary>
    public async Task EndAsync(int signal, TimeSpan patience)
    {
        Signals.Send(Id, signal);
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new ServerException($"{_name} does not end {patience.TotalSeconds} s after signal {signal}. Its last lines:\n{Tail()}", e);
        }
    }

    /// <summary>Ends it and all its children as a power cut would: none of them does anything more, and none is left.</summary>
    public async Task KillAsync()
    {
        // Held first, so that it has no more children after they were counted.
        if (!_process.HasExited) Signals.Send(Id, Signals.Stop);
        var all = Descendants(Id);
        if (!_process.HasExited) Signals.Send(Id, Signals.Kill);
        foreach (var child in all) Signals.Send(child, Signals.Kill);
        await _process.WaitForExitAsync();
        // They are no children of ours to wait for; one that nobody collects is as gone as it gets.
        while (all.Any(Lives)) await Task.Delay(Step);
    }

    public string Tail() => File.Exists(_log) ? string.Join('\n', ReadLog().Split('\n').TakeLast(80)) : "(it wrote nothing)";

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _watchdog.Dispose();
        _process.Dispose();
    }

    private string ReadLog()
    {
        using var reader = new StreamReader(new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private static List<int> Descendants(int root)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process) ? process : 0)
            .Where(process => process > 0).Select(process => (Process: process, Status: Status(process)))
            .Where(one => one.Status is not null).ToLookup(one => one.Status!.Value.Parent, one => one.Process);
        var found = new List<int>();
        var open = new Queue<int>([root]);
        while (open.TryDequeue(out var parent))
        {
            foreach (var child in children[parent])
            {
                found.Add(child);
                open.Enqueue(child);
            }
        }

        return found;
    }

    private static bool Lives(int process) => Status(process) is { State: not ('Z' or 'X') };

    private static (char State, int Parent)? Status(int process)
    {
        try
        {
            // The name in brackets may hold anything; what follows the last bracket does not.
            var text = File.ReadAllText($"/proc/{process}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
