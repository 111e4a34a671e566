using OpenSettle.Node.Signals.Webhooks;

namespace OpenSettle.Node.Configuration;

/// <summary>Settings of logs, metrics and webhooks.</summary>
public static class SignalSettings
{
    private const int MostTargets = 16;

    public static SettingDefinition LogFormat { get; } = new(
        "logFormat", "'text' for people, or 'json': one object a line", "text", value => value is "text" or "json" ? null : "is not 'text' or 'json'");

    public static SettingDefinition LogLevel { get; } = new(
        "logLevel", "the least that is logged: error, warning, information, debug, or trace, which is everything, the web server's lines too", "information",
        value => value is "trace" or "debug" or "information" or "warning" or "error" ? null : "is not 'trace', 'debug', 'information', 'warning' or 'error'", Reload: true);

    public static SettingDefinition Metrics { get; } = new(
        "metrics", "who may read /metrics: 'on' (anybody), 'keys' (an operator's key), or 'off'", "on",
        value => value is "on" or "keys" or "off" ? null : "is not 'on', 'keys' or 'off'");

    public static SettingDefinition OtlpEndpoint { get; } = new(
        "otlpEndpoint", "collector that metrics and logs are sent to by OTLP, such as http://127.0.0.1:4318", null, Settings.HttpUrl, Address: true);

    public static SettingDefinition OtlpProtocol { get; } = new(
        "otlpProtocol", "how they are sent: 'http' (protobuf over HTTP) or 'grpc'", "http", value => value is "http" or "grpc" ? null : "is not 'http' or 'grpc'");

    public static SettingDefinition OtlpHeaders { get; } = new(
        "otlpHeaders", "headers for the collector, NAME=VALUE with commas between", null, Headers, Secret: true);

    // Where others put a key into the address itself: as secret as a key.
    public static SettingDefinition Webhooks { get; } = new(
        "webhooks", "addresses that are told of epochs, payouts and alerts, with commas between", null, Targets, Secret: true);

    public static SettingDefinition WebhookSecret { get; } = new(
        "webhookSecret", "key that webhooks are signed with: whsec_ and 24 to 64 bytes in base64", null,
        value => WebhookSignature.TryKey(value, out _) ? null : "is not whsec_ and 24 to 64 bytes in base64", Secret: true);

    public static SettingDefinition WebhookEvents { get; } = new(
        "webhookEvents", "what webhooks tell of, with commas between; empty: all of " + string.Join(", ", WebhookTypes.All), "", Types);

    public static IReadOnlyList<SettingDefinition> All { get; } =
        [LogFormat, LogLevel, Metrics, OtlpEndpoint, OtlpProtocol, OtlpHeaders, Webhooks, WebhookSecret, WebhookEvents];

    private static string? Headers(string value) =>
        value.Split(',', StringSplitOptions.TrimEntries).All(header => header.IndexOf('=', StringComparison.Ordinal) > 0 && !header.Any(char.IsControl)) ? null : "is not NAME=VALUE, nor several with commas between";

    private static string? Targets(string value)
    {
        var targets = value.Split(',', StringSplitOptions.TrimEntries);
        if (targets.Length > MostTargets) return $"names more than {MostTargets} addresses";
        if (targets.Any(target => Settings.HttpUrl(target) is not null)) return "is not an http:// or https:// address, nor several with commas between";
        return targets.Select(target => new Uri(target)).Distinct().Count() == targets.Length ? null : "names an address twice";
    }

    private static string? Types(string value) => value.Length == 0 || value.Split(',', StringSplitOptions.TrimEntries).All(WebhookTypes.All.Contains)
        ? null
        : $"is not one of {string.Join(", ", WebhookTypes.All)}, nor several with commas between";
}
