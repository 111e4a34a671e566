using OpenSettle.Cli.Screen;

namespace OpenSettle.Cli;

/// <summary>Asks a person before something is done that costs, or cannot be undone.</summary>
internal static class Asking
{
    /// <exception cref="VerbException">Nobody is there to be asked.</exception>
    public static void Require()
    {
        if (!Terminal.CanAsk) throw new VerbException(ExitCode.Usage, "--yes: nobody is there to be asked. Give --yes to send, or --dry-run to see what would be.");
    }

    /// <param name="yes">Whether --yes was given: then nobody is asked.</param>
    /// <param name="question">"send one transaction?"</param>
    public static void Confirm(bool yes, string question)
    {
        if (yes) return;
        Require();
        Console.Error.Write($"opensettle: {question} [y/N] ");
        if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes")) throw new VerbException(ExitCode.Refused, "nothing was sent.");
    }
}
