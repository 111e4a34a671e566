namespace OpenSettle.Node.Signals.Logging;

/// <summary>The least that is logged; it can be changed while the node runs.</summary>
internal sealed class LogLevelSwitch(LogLevel least)
{
    private volatile LogLevel _least = least;

    public LogLevel Least
    {
        get => _least;
        set => _least = value;
    }

    public bool Allows(string? category, LogLevel level)
    {
        // What stops the host is thrown to us, and told in one line.
        if (category == "Microsoft.Extensions.Hosting.Internal.Host") return false;
        // Kestrel's own start and stop lines say what ours say.
        var floor = category?.StartsWith("OpenSettle", StringComparison.Ordinal) == true || _least >= LogLevel.Warning ? _least : LogLevel.Warning;
        return level >= floor;
    }
}
