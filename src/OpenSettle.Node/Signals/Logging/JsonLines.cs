using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Signals.Logging;

/// <summary>One object a line: time, level, number and name of the message, its text, and the values in it as fields.</summary>
internal sealed class JsonLines(TimeProvider time, NodeOptions options) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "opensettle-json";

    private const string Template = "{OriginalFormat}";

    // Control characters are escaped by any of them; a line is for machines, and no page shows it.
    private static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ulong _chain = options.Deployment.Watched.Id.ChainId;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Form))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", JsonNamingPolicy.CamelCase.ConvertName(logEntry.LogLevel.ToString()));
            json.WriteNumber("id", logEntry.EventId.Id);
            if (logEntry.EventId.Name is { } name) json.WriteString("event", name);
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            json.WriteString("category", logEntry.Category);
            json.WriteNumber("chain", _chain);
            if (logEntry.State is IReadOnlyList<KeyValuePair<string, object?>> values) WriteFields(json, values);
            if (logEntry.Exception is { } exception) json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }

        textWriter.Write(Encoding.UTF8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length)));
        textWriter.Write('\n');
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        var open = false;
        foreach (var (name, value) in values)
        {
            if (name == Template) continue;
            if (!open) json.WriteStartObject("fields");
            open = true;
            json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(name));
            switch (value)
            {
                case null:
                    json.WriteNullValue();
                    break;
                case bool yes:
                    json.WriteBooleanValue(yes);
                    break;
                case int or long or uint:
                    json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case ulong number:
                    json.WriteNumberValue(number);
                    break;
                default:
                    // Amounts and hashes as texts: numbers in JSON lose digits.
                    json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                    break;
            }
        }

        if (open) json.WriteEndObject();
    }
}
