using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OpenSettle.Servers;

/// <summary>
/// Ports of loopback that stay free while their server is down: below those that the system lends to clients, because a client
/// that tries a dead server again and again would sooner or later be lent the very port it asks for, and talk to itself.
/// </summary>
public static class FreePorts
{
    private const int Lowest = 12_000;

    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Taken = [];

    // Other test processes look for ports at the same time, so each begins elsewhere.
    private static int _next = Lowest + (Environment.ProcessId * 37 % (Highest - Lowest));

    private static int Highest
    {
        get
        {
            const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
            var first = File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture) : 32_768;
            return first - Lowest >= 1000 ? first : 32_768;
        }
    }

    /// <summary>One that nothing listens on, and that this process was not given before.</summary>
    public static int Take()
    {
        lock (Gate)
        {
            for (var tries = 0; tries < Highest - Lowest; tries++)
            {
                var port = _next;
                _next = port + 1 < Highest ? port + 1 : Lowest;
                if (!Taken.Contains(port) && IsFree(port))
                {
                    Taken.Add(port);
                    return port;
                }
            }
        }

        throw new ServerException($"No port of loopback from {Lowest} to {Highest} is free.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
