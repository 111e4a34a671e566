using System.Net;
using System.Net.Sockets;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node;

/// <summary>Whether the API can listen where the settings say.</summary>
internal static class ListenPort
{
    /// <exception cref="SettingsException">It cannot.</exception>
    public static void Require(string listen)
    {
        if (ProblemOf(listen) is { } taken) throw new SettingsException([$"listen: {taken} Set {Settings.Listen.Flag} to a free port, or to port 0 for any."]);
    }

    /// <summary>What keeps it from listening there, or null. It is tried for a moment; a name is left to the start.</summary>
    public static string? ProblemOf(string listen)
    {
        var address = new Uri(listen);
        if (address.Port == 0 || !IPAddress.TryParse(address.Host == "localhost" ? "127.0.0.1" : address.Host, out var host)) return null;
        try
        {
            using var probe = new TcpListener(host, address.Port);
            probe.Start();
            return null;
        }
        catch (SocketException e)
        {
            return $"{EndpointName.Of(address)} cannot be used: {e.Message}.";
        }
    }
}
