using System.Diagnostics;

namespace OpenSettle.Demo.Stage;

/// <summary>A process of ours: its output goes to a log file, and it does not outlive us.</summary>
public sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly List<string> _tail = [];
    private readonly Lock _gate = new();

    private ChildProcess(string name, Process process, string logFile)
    {
        Name = name;
        LogFile = logFile;
        _process = process;
        _log = new StreamWriter(new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
    }

    public string Name { get; }

    public string LogFile { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Once it has exited.</summary>
    public int ExitCode => _process.ExitCode;

    public static ChildProcess Start(
        string name, string file, IReadOnlyList<string> arguments, string folder, string logFile, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);

        // A variable of the person's own shell must not change what is shown here.
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("OPENSETTLE_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(variable);
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[variable] = value;
        var process = new Process { StartInfo = start };
        var child = new ChildProcess(name, process, logFile);
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            child._log.Dispose();
            process.Dispose();
            throw new StageException(StageException.Usage, $"cannot start {file}: {e.Message}. Run ./demo.sh, which installs what is missing.", e);
        }

        process.StandardInput.Close();
        Watchdog.Add(process.Id);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits for the end; anything but success is an error with the last lines that it printed.</summary>
    public async Task RequireSuccessAsync(string whatToDo, CancellationToken cancellation)
    {
        var code = await WaitAsync(cancellation);
        if (code != 0) throw Failure($"ended with code {code}", whatToDo);
    }

    public async Task<int> WaitAsync(CancellationToken cancellation)
    {
        try
        {
            await _process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw;
        }

        return _process.ExitCode;
    }

    /// <summary>Its code, where it ends before the time is up; null where it goes on.</summary>
    public async Task<int?> TryWaitAsync(CancellationToken limit)
    {
        try
        {
            await _process.WaitForExitAsync(limit);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The last lines that it printed.</summary>
    public string Tail()
    {
        lock (_gate) return string.Join(Environment.NewLine, _tail);
    }

    public StageException Failure(string what, string whatToDo) =>
        new(StageException.Failed, $"{Name} {what}. {whatToDo}{Environment.NewLine}Its last lines were:{Environment.NewLine}{Tail()}");

    /// <summary>Asks it to stop, as a terminal does, and waits.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        if (_process.HasExited) return;
        // .NET has no portable way to send a signal that can be handled.
        using (var signal = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) await signal.WaitForExitAsync();
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
        }
    }

    /// <summary>Ends it at once, as a power cut would.</summary>
    public void Kill()
    {
        if (_process.HasExited) return;
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        Watchdog.Remove(_process.Id);
        _process.Dispose();
        lock (_gate) _log.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_gate)
        {
            _tail.Add(line);
            if (_tail.Count > 20) _tail.RemoveAt(0);
            if (_log.BaseStream.CanWrite) _log.WriteLine(line);
        }
    }
}
