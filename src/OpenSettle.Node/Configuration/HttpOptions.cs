using System.Globalization;
using System.Net;

namespace OpenSettle.Node.Configuration;

/// <summary>Who may ask the API what, and how often.</summary>
public sealed record HttpOptions
{
    /// <summary>Whether reads under /api/v1 need a key.</summary>
    public bool ReadsNeedKeys { get; init; }

    /// <summary>What one client may ask in a second over a longer time; 0: as much as it likes.</summary>
    public int PerSecond { get; init; } = 200;

    /// <summary>What it may ask at once after a pause.</summary>
    public int Burst { get; init; } = 2000;

    /// <summary>Proxies that say truly who asks.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Origins whose pages may ask; see <see cref="AnyOrigin"/>.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Whether every page may make public reads.</summary>
    public bool AnyOrigin => CorsOrigins is [HttpSettings.AnyOrigin];

    /// <summary>An endpoint of the chain that the page may ask; empty: none.</summary>
    public string PageRpc { get; init; } = string.Empty;

    public static HttpOptions From(SettingsReader settings)
    {
        var options = new HttpOptions
        {
            ReadsNeedKeys = settings.Get(HttpSettings.ApiReads) == "keys",
            PerSecond = int.Parse(settings.Get(HttpSettings.ApiPerSecond), NumberStyles.None, CultureInfo.InvariantCulture),
            Burst = int.Parse(settings.Get(HttpSettings.ApiBurst), NumberStyles.None, CultureInfo.InvariantCulture),
            TrustedProxies = [.. Items(settings.Get(HttpSettings.TrustedProxies)).Select(item => HttpSettings.NetworkOf(item) ?? throw new InvalidOperationException("A network was taken that is none."))],
            CorsOrigins = Items(settings.Get(HttpSettings.CorsOrigins)),
            PageRpc = settings.Get(HttpSettings.PageRpc),
        };
        if (options.AnyOrigin && options.ReadsNeedKeys)
            throw new SettingsException(["corsOrigins: '*' opens public reads to every page, and apiReads is 'keys'. Name the origins, or set apiReads to 'anybody'."]);
        return options;
    }

    private static string[] Items(string list) => list.Length == 0 ? [] : list.Split(',', StringSplitOptions.TrimEntries);
}
