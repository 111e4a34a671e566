namespace OpenSettle.Cli;

/// <summary>What the shell is told. docs/operate.md lists them; a number is never given a new meaning.</summary>
internal enum ExitCode
{
    Done = 0,

    /// <summary>Something that was not foreseen: a fault of the program.</summary>
    Fault = 1,

    /// <summary>A flag, a variable, a file or a setting is wrong.</summary>
    Usage = 2,

    /// <summary>The chain's endpoint, or the remote signer, cannot be reached, or is not the right one.</summary>
    Chain = 3,

    /// <summary>The database or the disk cannot be used.</summary>
    Storage = 4,

    /// <summary>A node, or the broker of the queue, cannot be reached, or does not answer as one.</summary>
    Api = 5,

    /// <summary>What was asked for cannot be done now: nothing to claim, or the transaction would revert.</summary>
    Refused = 6,

    /// <summary>What the node says and what the chain says do not agree.</summary>
    Disagrees = 7,

    /// <summary>What was verified is not what follows from the chain.</summary>
    Differs = 8,

    /// <summary>Not all that was to be verified could be; nothing that was differs.</summary>
    NotVerified = 9,

    /// <summary>The doctor found a fault: the node would not start, or not settle. Or a node says that it is not well.</summary>
    Unfit = 10,

    /// <summary>Ctrl-C, or another signal, before it was done. A node that is asked to stop is done.</summary>
    Stopped = 130,
}

/// <summary>An expected end of a verb: a line for people, and a code for scripts.</summary>
internal sealed class VerbException(ExitCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode Code { get; } = code;
}
