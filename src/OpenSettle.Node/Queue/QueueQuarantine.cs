using System.Globalization;
using System.Text.Json;
using System.Text.Encodings.Web;
using RabbitMQ.Client;

namespace OpenSettle.Node.Queue;

/// <summary>
/// What came through the queue and could not be taken, one file each, and what streams lost: for an operator, who looks at the file and removes
/// it. An alert stands while there is any. The same message again is the same file.
/// </summary>
internal sealed class QueueQuarantine(string folder, int most = QueueQuarantine.MostFiles)
{
    /// <summary>The newest are kept.</summary>
    public const int MostFiles = 1_000;

    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();
    private int _count = -1;

    public string Folder => folder;

    /// <summary>Files that wait for a person.</summary>
    public IReadOnlyList<FileInfo> All => new DirectoryInfo(folder) is { Exists: true } there ? [.. there.EnumerateFiles("*.json").OrderBy(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal)] : [];

    /// <summary>Keeps a message.</summary>
    public void Keep(string stream, string identity, long offset, IReadOnlyBasicProperties properties, ReadOnlySpan<byte> body, string reason, DateTimeOffset now)
    {
        var text = body.ToArray();
        Write(string.Create(CultureInfo.InvariantCulture, $"{stream}-{Short(identity)}-{offset:D12}.json"), json =>
        {
            json.WriteString("reason", reason);
            json.WriteString("stream", stream);
            json.WriteString("identity", identity);
            json.WriteNumber("offset", offset);
            json.WriteString("at", now);
            json.WriteString("contentType", properties.ContentType);
            json.WriteString("messageId", properties.MessageId);
            json.WriteStartObject("headers");
            foreach (var name in (properties.Headers ?? new Dictionary<string, object?>(StringComparer.Ordinal)).Keys.Order(StringComparer.Ordinal)) json.WriteString(name, UsageMessage.Header(properties, name));
            json.WriteEndObject();
            json.WriteBase64String("body", text);
        });
    }

    /// <summary>Keeps word of messages that nobody took and nobody has.</summary>
    public void KeepGap(string stream, string identity, long next, string what, DateTimeOffset now) =>
        Write(string.Create(CultureInfo.InvariantCulture, $"{stream}-{Short(identity)}-{next:D12}-missing.json"), json =>
        {
            json.WriteString("reason", what);
            json.WriteString("stream", stream);
            json.WriteString("identity", identity);
            json.WriteNumber("offset", next);
            json.WriteString("at", now);
        });

    private static string Short(string identity) => string.Concat(identity.Where(char.IsAsciiLetterOrDigit).Take(8));

    private void Write(string name, Action<Utf8JsonWriter> write)
    {
        lock (_gate)
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, name);
            var isNew = !File.Exists(path);
            using (var file = new FileStream(path + ".partial", FileMode.Create))
            {
                using var json = new Utf8JsonWriter(file, Format);
                json.WriteStartObject();
                write(json);
                json.WriteEndObject();
                json.Flush();
                file.Write("\n"u8);
                file.Flush(flushToDisk: true);
            }

            File.Move(path + ".partial", path, overwrite: true);
            if (_count < 0) _count = All.Count;
            else if (isNew) _count++;
            if (_count <= most) return;
            var all = All;
            foreach (var old in all.Take(all.Count - most)) old.Delete();
            _count = Math.Min(all.Count, most);
        }
    }
}
