using Microsoft.Extensions.Logging.Console;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Signals.Logging;

/// <summary>Sets up the log: its form, its level, and where it goes beside the console.</summary>
internal static class NodeLogging
{
    public static void AddNodeLogging(this ILoggingBuilder logging, NodeOptions options, TimeProvider time, Otlp? otlp)
    {
        var levels = new LogLevelSwitch(() => options.LogLevel);
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Trace);
        logging.AddFilter((_, category, level) => levels.Allows(category, level));
        var isJson = options.Signals.LogFormat == LogFormat.Json;
        logging.Services.AddSingleton<ConsoleFormatter>(isJson ? new JsonLines(time, options) : new TextLines(time, TextStyles.OfTerminal()));
        logging.AddConsole(console => console.FormatterName = isJson ? JsonLines.FormatterName : TextLines.FormatterName);
        otlp?.AddLogs(logging);
    }
}
