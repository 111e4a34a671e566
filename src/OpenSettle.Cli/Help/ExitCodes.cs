namespace OpenSettle.Cli.Help;

/// <summary>What each exit code means, said once: for 'opensettle help exit-codes', and held against docs/operate.md by a test.</summary>
internal static class ExitCodes
{
    public static IReadOnlyList<(ExitCode Code, string Meaning)> All { get; } =
    [
        (ExitCode.Done, "done; a node was stopped as asked"),
        (ExitCode.Fault, "a fault of the program"),
        (ExitCode.Usage, "a flag, variable, file or setting is wrong; a port is taken"),
        (ExitCode.Chain, "the chain or the remote signer cannot be reached, or is not the one of the deployment file or the key"),
        (ExitCode.Storage, "the database or the disk cannot be used, is in use, or does not hold together"),
        (ExitCode.Api, "no node answers, or it does not answer as one"),
        (ExitCode.Refused, "what was asked for cannot be done now: nothing to claim, or the contract refuses"),
        (ExitCode.Disagrees, "what the node says and what the chain says do not agree"),
        (ExitCode.Differs, "`verify`: something is not what follows from the chain"),
        (ExitCode.NotVerified, "`verify`: not all could be verified; nothing that was verified differs"),
        (ExitCode.Unfit, "`doctor`: a fault was found; `health`: the node is not well"),
        (ExitCode.Stopped, "stopped by Ctrl-C or another signal before it was done; what can go on where it was says so"),
    ];
}
