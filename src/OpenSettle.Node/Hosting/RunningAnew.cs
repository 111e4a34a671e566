using OpenSettle.Node.Signals.Logging;
using OpenSettle.Storage;

namespace OpenSettle.Node.Hosting;

/// <summary>
/// Runs a node, and again with nothing of what it had in memory when it does not lead any more. Where that happens again and again, it waits
/// longer each time.
/// </summary>
internal static class RunningAnew
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>Who ran as long as this begins with the shortest pause again.</summary>
    private static readonly TimeSpan Well = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(RunningNode node, NodeGroup group, Func<Task> leave, TimeProvider time, CancellationToken cancellation)
    {
        // A host's own log ends with it.
        using var logs = LoggerFactory.Create(logging => logging.AddNodeLogging(node.Options, time, null));
        var log = logs.CreateLogger("OpenSettle.Node");
        var pause = Shortest;
        while (true)
        {
            var began = time.GetTimestamp();
            string why;
            try
            {
                if (await NodeHost.RunOnceAsync(node, group, leave, time, cancellation) is not { } lost) return;
                why = lost;
            }
            catch (StorageException e) when (e.Kind is StorageErrorKind.Away && node.Started.IsCompleted)
            {
                // It ran before: the database comes back. At its very first start somebody mistook something, and should know.
                why = e.Message;
            }

            if (time.GetElapsedTime(began) > Well) pause = Shortest;
            log.BeginsAnew(pause.TotalSeconds, why);
            node.End(why);
            await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellation.IsCancellationRequested) return;
            pause = pause + pause > Longest ? Longest : pause + pause;
        }
    }
}
