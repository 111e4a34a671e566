namespace OpenSettle.Demo.Stage;

/// <summary>A step failed in a way that a person can mend. The message says how.</summary>
public sealed class StageException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A wrong argument, or something missing on this machine.</summary>
    public const int Usage = 2;

    /// <summary>The chain, the deployment or the node did not do what it should.</summary>
    public const int Failed = 3;

    public int ExitCode { get; } = exitCode;
}
