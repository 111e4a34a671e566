using System.Globalization;

namespace OpenSettle.Cli.Screen;

/// <summary>What the outputs are, and what their reader asked for: NO_COLOR, CLICOLOR_FORCE and TERM=dumb are kept to.</summary>
internal static class Terminal
{
    private const int Least = 40;
    private const int Most = 120;

    /// <summary>Whether a person looks at the error output, where progress is shown.</summary>
    public static bool IsWatched => !Console.IsErrorRedirected && !IsDumb(Environment.GetEnvironmentVariable);

    /// <summary>Whether somebody is there to be asked.</summary>
    public static bool CanAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public static bool Colours => HasColours(Console.IsOutputRedirected, Environment.GetEnvironmentVariable);

    /// <summary>Columns of the output: a terminal's, within reason; in a pipe 80.</summary>
    public static int Columns => Console.IsOutputRedirected ? Page.Columns : Fitting(WindowWidth());

    internal static bool HasColours(bool redirected, Func<string, string?> variable)
    {
        if (!string.IsNullOrEmpty(variable("NO_COLOR"))) return false;
        if (variable("CLICOLOR_FORCE") is { Length: > 0 } force && force != "0") return true;
        return !redirected && !IsDumb(variable);
    }

    internal static int Fitting(int columns) => columns <= 0 ? Page.Columns : int.Clamp(columns, Least, Most);

    private static bool IsDumb(Func<string, string?> variable) => variable("TERM") == "dumb";

    private static int WindowWidth()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            // A terminal that does not say: what COLUMNS says, or the usual.
            return int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) ? columns : 0;
        }
    }
}
