using System.Net;

namespace OpenSettle.Node.Configuration;

/// <summary>Settings of the API: who may ask what, and how often.</summary>
public static class HttpSettings
{
    /// <summary>Stands for every origin.</summary>
    internal const string AnyOrigin = "*";

    public static SettingDefinition ApiReads { get; } = new(
        "apiReads", "who may read under /api/v1: 'anybody', or 'keys' (gateways with the scope read, and operators)", "anybody",
        value => value is "anybody" or "keys" ? null : "is not 'anybody' or 'keys'");

    public static SettingDefinition ApiPerSecond { get; } = new(
        "apiPerSecond", "requests that one client address, or one key, may make in a second over a longer time; costly reads count for several; 0 sets no limit", "200",
        value => Settings.WholeNumber(value, 0, 1_000_000));

    public static SettingDefinition ApiBurst { get; } = new(
        "apiBurst", "requests that it may make at once after a pause", "2000", value => Settings.WholeNumber(value, 100, 10_000_000));

    public static SettingDefinition TrustedProxies { get; } = new(
        "trustedProxies", "addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed, with commas between; empty: nobody's is", "", Networks);

    public static SettingDefinition CorsOrigins { get; } = new(
        "corsOrigins", "origins whose pages may ask this API, https://app.example, with commas between; '*': any page, public reads alone; empty: none but this node's own", "", Origins);

    public static SettingDefinition PageRpc { get; } = new(
        "pageRpc", "endpoint of the chain that the page asks in its readers' browsers, to check what this node says; public, so it may hold no secret; empty: none", "", PublicEndpoint);

    public static SettingDefinition ApiKey { get; } = new(
        "apiKey", "key of an operator or a gateway that commands send to the node of --api, where it asks for one", null,
        value => value.Length > 0 && value.All(c => c is > ' ' and <= '~') ? null : "is not a key as 'opensettle operator add' shows it", Secret: true);

    public static IReadOnlyList<SettingDefinition> All { get; } = [ApiKey, ApiReads, ApiPerSecond, ApiBurst, TrustedProxies, CorsOrigins, PageRpc];

    /// <summary>A network, or one address as a network of its own.</summary>
    internal static IPNetwork? NetworkOf(string text)
    {
        if (text.Contains('/', StringComparison.Ordinal)) return IPNetwork.TryParse(text, out var network) ? network : null;
        return IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }

    private static string? Networks(string value) => value.Length == 0 || value.Split(',', StringSplitOptions.TrimEntries).All(item => NetworkOf(item) is not null)
        ? null
        : "holds something that is neither an address nor a network such as 10.0.0.0/8";

    /// <summary>It goes into the page's document and into a header, for everybody to read.</summary>
    private static string? PublicEndpoint(string value)
    {
        if (value.Length == 0) return null;
        if (Settings.HttpUrl(value) is { } problem) return problem;
        if (new Uri(value) is not { UserInfo.Length: 0, Fragment.Length: 0 }) return "holds a user or a fragment: every reader of the page is told it, so it may hold no secret";
        return value.All(c => c is > ' ' and <= '~') ? null : "holds letters that a header cannot carry: write its name as xn--...";
    }

    private static string? Origins(string value)
    {
        if (value.Length == 0 || value == AnyOrigin) return null;
        var origins = value.Split(',', StringSplitOptions.TrimEntries);
        if (origins.Any(origin => Settings.HttpUrl(origin) is not null || new Uri(origin).GetLeftPart(UriPartial.Authority) != origin))
            return "is not '*' or an origin as a browser sends it (https://app.example, in small letters, without a path), nor several with commas between";
        return origins.Distinct(StringComparer.Ordinal).Count() == origins.Length ? null : "names an origin twice";
    }
}
