using System.Diagnostics;

namespace OpenSettle.Demo.Stage;

/// <summary>
/// Ends our children where we are killed in a way that lets nothing more be done: a shell that knows their numbers, and whose
/// input ends with us. While we live it does nothing.
/// </summary>
internal static class Watchdog
{
    // A terminal's Ctrl-C reaches the shell too, and must not end it before its work.
    private const string Script =
        """
        trap '' INT TERM HUP
        pids=
        while read -r what pid; do
          if [ "$what" = add ]; then pids="$pids $pid"; continue; fi
          left=
          for one in $pids; do [ "$one" = "$pid" ] || left="$left $one"; done
          pids=$left
        done
        for one in $pids; do kill -KILL "$one" 2>/dev/null; done
        """;

    private static readonly Lock Gate = new();
    private static StreamWriter? _shell;

    public static void Add(int process) => Tell("add", process);

    public static void Remove(int process) => Tell("remove", process);

    private static void Tell(string what, int process)
    {
        lock (Gate)
        {
            try
            {
                _shell ??= Start();
                _shell.WriteLine($"{what} {process}");
                _shell.Flush();
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
            {
                // No shell here, or it was ended: the usual ways of stopping still end the children.
            }
        }
    }

    private static StreamWriter Start()
    {
        // Its outputs are ours, so nothing waits for it, and its input is a pipe of which only we have the other end.
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        return Process.Start(start)?.StandardInput ?? throw new IOException("The shell did not start.");
    }
}
