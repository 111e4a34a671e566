using System.Diagnostics;
using System.Globalization;

namespace OpenSettle.Benchmarks;

/// <summary>Times things: several runs after a warm-up, peers in turn, so that a machine that slows down slows both.</summary>
internal static class Harness
{
    public const int Runs = 5;

    /// <summary>Milliseconds of each run.</summary>
    public static Samples Time(Action work, int runs = Runs)
    {
        work();
        var values = new List<double>();
        for (var i = 0; i < runs; i++) values.Add(Once(work));
        return new Samples(values);
    }

    /// <summary>Milliseconds of ours and of the peer, run in turn.</summary>
    public static (Samples Ours, Samples Peer) InTurn(Func<double> ours, Func<double> peer, int runs = Runs)
    {
        ours();
        peer();
        var (a, b) = (new List<double>(), new List<double>());
        for (var i = 0; i < runs; i++)
        {
            a.Add(ours());
            b.Add(peer());
        }

        return (new Samples(a), new Samples(b));
    }

    public static double Once(Action work)
    {
        GC.Collect();
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>Runs a peer's script, which prints its own milliseconds: its start does not count.</summary>
    public static double NodeScript(string script, params string[] arguments) => double.Parse(
        Output("node", [Path.Combine(AppContext.BaseDirectory, "Peers", script), .. arguments]), CultureInfo.InvariantCulture);

    /// <summary>Runs a part of this program in a process of its own, so that its peak memory is its own.</summary>
    public static string Child(params string[] arguments) =>
        Output(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(Harness).Assembly.Location, .. arguments] : arguments);

    /// <summary>Peak memory of this process in MiB.</summary>
    public static double PeakMebibytes()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 / 1048576.0;
    }

    private static string Output(string file, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} does not start.");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with code {process.ExitCode}.");
    }
}
