namespace OpenSettle.Node.Doctor;

/// <summary>How bad it is.</summary>
public enum FindingLevel
{
    Unknown = 0,

    Ok,

    /// <summary>It could not be looked at, because of what another check found.</summary>
    Skipped,

    /// <summary>The node runs and settles, and somebody should know.</summary>
    Warning,

    /// <summary>The node does not start, or does not settle.</summary>
    Fault,
}

/// <summary>What a check saw.</summary>
/// <param name="Check">The check's name.</param>
/// <param name="Remedy">The setting or the command to use; null where all is well.</param>
public sealed record Finding(string Check, FindingLevel Level, string Message, string? Remedy = null)
{
    /// <summary>Words with which this project's errors begin what to do.</summary>
    private static readonly string[] Imperatives =
        ["Add", "Bring", "Build", "Check", "Correct", "Deploy", "Give", "Make", "Name", "Put", "Raise", "Restore", "Run", "Set", "Stop", "Take", "Write"];

    public static Finding Ok(string check, string message) => new(check, FindingLevel.Ok, message);

    public static Finding Skipped(string check, string why) => new(check, FindingLevel.Skipped, $"not looked at: {why}");

    public static Finding Warning(string check, string message, string remedy) => new(check, FindingLevel.Warning, message, remedy);

    public static Finding Fault(string check, string message, string remedy) => new(check, FindingLevel.Fault, message, remedy);

    /// <summary>A fault that another room's error tells of: what is wrong, then what to do. Where it does not say that, the remedy is the one that is given here.</summary>
    public static Finding FaultOf(string check, string error, string remedy)
    {
        for (var at = error.IndexOf(". ", StringComparison.Ordinal); at >= 0; at = error.IndexOf(". ", at + 1, StringComparison.Ordinal))
        {
            var rest = error[(at + 2)..];
            if (Imperatives.Any(word => rest.StartsWith(word + " ", StringComparison.Ordinal))) return Fault(check, error[..(at + 1)], rest);
        }

        return Fault(check, error, remedy);
    }
}
