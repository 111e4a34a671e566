namespace OpenSettle.Node.Configuration;

/// <summary>How a log line is written.</summary>
public enum LogFormat
{
    Unknown = 0,

    /// <summary>For people.</summary>
    Text,

    /// <summary>One object a line.</summary>
    Json,
}

/// <summary>Who may read /metrics.</summary>
public enum MetricsAccess
{
    Unknown = 0,

    /// <summary>Anybody who reaches the API.</summary>
    On,

    /// <summary>Whoever has an operator's key.</summary>
    Keys,

    /// <summary>Nobody: the page is not there.</summary>
    Off,
}

/// <summary>Logs, metrics and webhooks. Not a record: secrets must not show in a ToString.</summary>
public sealed class SignalOptions
{
    public LogFormat LogFormat { get; init; } = LogFormat.Text;

    public MetricsAccess Metrics { get; init; } = MetricsAccess.On;

    /// <summary>Where metrics and logs are sent; null: nowhere.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Whether they are sent by gRPC, not by HTTP.</summary>
    public bool OtlpByGrpc { get; init; }

    public string? OtlpHeaders { get; init; }

    /// <summary>Who is told of what happens. An address may hold a password: it is shown by its name only.</summary>
    public IReadOnlyList<Uri> Webhooks { get; init; } = [];

    /// <summary>What webhooks are signed with; there is one where there are webhooks.</summary>
    public string? WebhookSecret { get; init; }

    /// <summary>What they tell of; empty: everything.</summary>
    public IReadOnlySet<string> WebhookEvents { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    public static SignalOptions From(SettingsReader settings)
    {
        var webhooks = settings.Find(SignalSettings.Webhooks) is { } targets ? targets.Split(',', StringSplitOptions.TrimEntries).Select(target => new Uri(target)).ToList() : [];
        var secret = settings.Find(SignalSettings.WebhookSecret);
        if (webhooks.Count > 0 && secret is null)
            throw new SettingsException([$"webhookSecret: webhooks are signed, and there is no key. Make one, echo whsec_$(openssl rand -base64 32), and set it by {SignalSettings.WebhookSecret.EnvironmentName} or {SignalSettings.WebhookSecret.Flag} file:PATH."]);
        return new SignalOptions
        {
            LogFormat = settings.Get(SignalSettings.LogFormat) == "json" ? LogFormat.Json : LogFormat.Text,
            Metrics = settings.Get(SignalSettings.Metrics) switch { "on" => MetricsAccess.On, "keys" => MetricsAccess.Keys, _ => MetricsAccess.Off },
            OtlpEndpoint = settings.Find(SignalSettings.OtlpEndpoint) is { } endpoint ? new Uri(endpoint) : null,
            OtlpByGrpc = settings.Get(SignalSettings.OtlpProtocol) == "grpc",
            OtlpHeaders = settings.Find(SignalSettings.OtlpHeaders),
            Webhooks = webhooks,
            WebhookSecret = secret,
            WebhookEvents = settings.Get(SignalSettings.WebhookEvents) is { Length: > 0 } types ? types.Split(',', StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal) : new HashSet<string>(StringComparer.Ordinal),
        };
    }

    /// <summary>The least that is logged.</summary>
    public static LogLevel LevelOf(SettingsReader settings) => settings.Get(SignalSettings.LogLevel) switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "information" => LogLevel.Information,
        "warning" => LogLevel.Warning,
        _ => LogLevel.Error,
    };
}
