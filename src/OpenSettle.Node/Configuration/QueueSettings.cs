using System.Globalization;

namespace OpenSettle.Node.Configuration;

/// <summary>Settings of the broker that usage goes through, where there is one.</summary>
public static class QueueSettings
{
    private const int MostPartitions = 1024;

    // A flag may name a broker that asks for no password: there is nothing in it to keep.
    public static SettingDefinition Queue { get; } = new(
        "queue", "broker (RabbitMQ 3.10 or later) whose streams carry usage: amqp://user:password@host:5672/vhost, or amqps:// with TLS; without one usage goes into the journal at once", null, Broker, Secret: true,
        IsReference: value => Broker(value) is null && new Uri(value).UserInfo.Length == 0);

    public static SettingDefinition QueuePartitions { get; } = new(
        "queuePartitions", "streams that usage is spread over, by model; more may be added later, and none is taken away", "8", value => Settings.WholeNumber(value, 1, MostPartitions));

    public static SettingDefinition QueueKeepDays { get; } = new(
        "queueKeepDays", "days that the broker keeps what is in a stream, taken or not; said to it when the stream is made", "7", value => Settings.WholeNumber(value, 1, 365));

    public static SettingDefinition QueueKeepGigabytes { get; } = new(
        "queueKeepGigabytes", "most that the broker keeps of one stream, whatever its age; said to it when the stream is made; 0 sets no limit", "0", value => Settings.WholeNumber(value, 0, 1_000_000));

    public static IReadOnlyList<SettingDefinition> All { get; } = [Queue, QueuePartitions, QueueKeepDays, QueueKeepGigabytes];

    private static string? Broker(string value)
    {
        // Its parts are not told: they may hold a password.
        return Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" && uri.Host.Length > 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
            ? null
            : "is not an amqp:// or amqps:// address";
    }
}

/// <summary>The broker that usage goes through. Not a record: its address may hold a password, which must not show in a ToString.</summary>
public sealed class QueueOptions(Uri broker)
{
    public Uri Broker => broker;

    /// <summary>Streams that usage is spread over.</summary>
    public int Partitions { get; init; } = 8;

    /// <summary>How long the broker keeps what is in a stream.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Most bytes that it keeps of one; 0 for no limit.</summary>
    public long KeepBytes { get; init; }

    /// <summary>Bytes of a file of a stream, of which the broker removes whole ones; 0: as the broker has it.</summary>
    internal long SegmentBytes { get; init; }

    /// <summary>Null where no broker is named.</summary>
    public static QueueOptions? From(SettingsReader settings)
    {
        const long Gigabyte = 1_000_000_000;
        if (settings.Find(QueueSettings.Queue) is not { } broker) return null;
        return new QueueOptions(new Uri(broker))
        {
            Partitions = (int)Number(settings, QueueSettings.QueuePartitions),
            Keep = TimeSpan.FromDays(Number(settings, QueueSettings.QueueKeepDays)),
            KeepBytes = Number(settings, QueueSettings.QueueKeepGigabytes) * Gigabyte,
        };
    }

    private static long Number(SettingsReader settings, SettingDefinition setting) => long.Parse(settings.Get(setting), NumberStyles.None, CultureInfo.InvariantCulture);
}
