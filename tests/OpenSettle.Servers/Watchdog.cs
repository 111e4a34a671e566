using System.Diagnostics;

namespace OpenSettle.Servers;

/// <summary>
/// Ends a process or removes a folder once the tests are over, in whatever way they end: a shell whose input ends with us.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    // A terminal's Ctrl-C reaches the shell too, and must not end it before its work.
    private const string EndProcess = "trap '' INT TERM HUP; read -r word; [ \"$word\" = gone ] || kill -KILL \"$1\"";

    // What writes into it is being ended meanwhile: so, until it is gone, for a while.
    private const string RemoveFolder = "trap '' INT TERM HUP; read -r word; for _ in 1 2 3 4 5; do rm -rf \"$1\" && exit; sleep 1; done";

    // Held, because the input of one that is collected ends too.
    private static readonly HashSet<Watchdog> All = [];

    private readonly Process _shell;

    private Watchdog(string script, string what)
    {
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["-c", script, "sh", what]) start.ArgumentList.Add(argument);
        _shell = Process.Start(start) ?? throw new ServerException("sh does not start.");
        lock (All) All.Add(this);
    }

    public static Watchdog OverProcess(int process) => new(EndProcess, $"{process}");

    public static Watchdog OverFolder(string folder) => new(RemoveFolder, folder);

    /// <summary>The process is gone and its number may be another's; a folder is removed now.</summary>
    public void Dispose()
    {
        _shell.StandardInput.WriteLine("gone");
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
        lock (All) All.Remove(this);
    }
}
