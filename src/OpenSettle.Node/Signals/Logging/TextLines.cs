using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace OpenSettle.Node.Signals.Logging;

/// <summary>How lines look where they go.</summary>
internal enum TextStyle
{
    Unknown = 0,

    /// <summary>As they are.</summary>
    Plain,

    /// <summary>With the level in colour.</summary>
    Colour,

    /// <summary>The journal of systemd: it has the time, and takes the level as a number before the line.</summary>
    Journal,
}

internal static class TextStyles
{
    /// <summary>By what the process was started with.</summary>
    public static TextStyle OfTerminal() => Of(Environment.GetEnvironmentVariable, Console.IsOutputRedirected);

    public static TextStyle Of(Func<string, string?> variable, bool redirected) =>
        redirected && variable("JOURNAL_STREAM") is { Length: > 0 } ? TextStyle.Journal
        : redirected || variable("NO_COLOR") is { Length: > 0 } ? TextStyle.Plain
        : TextStyle.Colour;
}

/// <summary>One line for each message, for people. Whatever others wrote into it cannot move a terminal's cursor.</summary>
internal sealed class TextLines(TimeProvider time, TextStyle style) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "opensettle-text";

    private const string Reset = "\u001b[0m";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var (word, colour, priority) = Level(logEntry.LogLevel);
        switch (style)
        {
            case TextStyle.Journal:
                textWriter.Write(priority);
                break;
            case TextStyle.Colour:
                textWriter.Write(Moment());
                textWriter.Write(colour);
                textWriter.Write(word);
                textWriter.Write(Reset + ": ");
                break;
            default:
                textWriter.Write(Moment());
                textWriter.Write(word);
                textWriter.Write(": ");
                break;
        }

        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"{logEntry.Category}[{logEntry.EventId.Id}] "));
        WriteInert(textWriter, logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(' ');
            WriteInert(textWriter, exception.ToString());
        }

        textWriter.Write('\n');
    }

    private string Moment() => time.GetUtcNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture);

    /// <summary>One line stays one line, and a control character of a stranger is a space.</summary>
    private static void WriteInert(TextWriter writer, string text)
    {
        foreach (var c in text) writer.Write(char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? ' ' : c);
    }

    private static (string Word, string Colour, string Priority) Level(LogLevel level) => level switch
    {
        LogLevel.Critical => ("crit", "\u001b[1;31m", "<2>"),
        LogLevel.Error => ("fail", "\u001b[31m", "<3>"),
        LogLevel.Warning => ("warn", "\u001b[33m", "<4>"),
        LogLevel.Information => ("info", "\u001b[32m", "<6>"),
        LogLevel.Trace => ("trce", "\u001b[90m", "<7>"),
        _ => ("dbug", "\u001b[90m", "<7>"),
    };
}
