using Microsoft.Extensions.Logging.Console;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Signals.Logging;

/// <summary>Sets up the log: its form, its level, and where it goes beside the console.</summary>
internal static class NodeLogging
{
    public static void AddNodeLogging(this ILoggingBuilder logging, NodeOptions options, LogLevelSwitch levels, Otlp? otlp)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Trace);
        logging.AddFilter((_, category, level) => levels.Allows(category, level));
        logging.Services.AddSingleton(levels);
        if (options.Signals.LogFormat == LogFormat.Json) logging.Services.AddSingleton<ConsoleFormatter, JsonLines>();
        else logging.Services.AddSingleton<ConsoleFormatter>(provider => new TextLines(provider.GetRequiredService<TimeProvider>(), TextStyles.OfTerminal()));
        logging.AddConsole(console => console.FormatterName = options.Signals.LogFormat == LogFormat.Json ? JsonLines.FormatterName : TextLines.FormatterName);
        otlp?.AddLogs(logging);
    }
}
