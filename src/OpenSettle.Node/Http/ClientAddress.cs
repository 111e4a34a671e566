using System.Net;
using System.Net.Sockets;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Http;

/// <summary>Who asks, by address: behind proxies that are trusted, whom the last of them says; what anybody can write is not believed.</summary>
internal sealed class ClientAddress(HttpOptions options)
{
    private const int SiteBytes = 8;

    /// <summary>One client for the rate: an address, and of IPv6 a site, which has as many addresses as it likes.</summary>
    public IPAddress Of(HttpContext context)
    {
        var at = Plain(context.Connection.RemoteIpAddress ?? IPAddress.None);
        if (options.TrustedProxies.Count > 0 && IsTrusted(at))
        {
            var named = context.Request.Headers["X-Forwarded-For"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            // From the right: each proxy adds whom it heard, and only what trusted ones added is true.
            for (var i = named.Length - 1; i >= 0 && IsTrusted(at); i--)
            {
                if (!IPAddress.TryParse(WithoutPort(named[i]), out var before)) break;
                at = Plain(before);
            }
        }

        return at.AddressFamily == AddressFamily.InterNetworkV6 ? Site(at) : at;
    }

    private bool IsTrusted(IPAddress address) => options.TrustedProxies.Any(network => network.Contains(address));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static IPAddress Site(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(SiteBytes).Clear();
        return new IPAddress(bytes);
    }

    /// <summary>Some proxies write 192.0.2.1:4711 and [2001:db8::1]:4711.</summary>
    private static string WithoutPort(string text)
    {
        if (text.StartsWith('[')) return text[1..].Split(']', 2)[0];
        return text.Count(c => c == ':') == 1 ? text.Split(':', 2)[0] : text;
    }
}
