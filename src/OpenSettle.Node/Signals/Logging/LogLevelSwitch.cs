namespace OpenSettle.Node.Signals.Logging;

/// <summary>Whether a line is written. The least level is asked for each time: it may change while the node runs.</summary>
internal sealed class LogLevelSwitch(Func<LogLevel> least)
{
    public bool Allows(string? category, LogLevel level)
    {
        // What stops the host is thrown to us, and told in one line.
        if (category == "Microsoft.Extensions.Hosting.Internal.Host") return false;
        var floor = least();
        // The host logs under the name of the program, which is written small.
        var isOurs = category?.StartsWith("OpenSettle", StringComparison.OrdinalIgnoreCase) == true;
        // Kestrel's own start and stop lines say what ours say: it is heard where everything is.
        if (!isOurs && floor is > LogLevel.Trace and < LogLevel.Warning) floor = LogLevel.Warning;
        return level >= floor;
    }
}
