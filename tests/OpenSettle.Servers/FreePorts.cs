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

    // Held open until the process ends: other test processes look for ports at the same time, and a server listens only a while after it was given one.
    private static readonly Dictionary<int, FileStream> Taken = [];

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
                if (Taken.ContainsKey(port) || !IsFree(port) || Claim(port) is not { } claim) continue;
                Taken.Add(port, claim);
                return port;
            }
        }

        throw new ServerException($"No port of loopback from {Lowest} to {Highest} is free.");
    }

    /// <summary>Null where another process has it.</summary>
    private static FileStream? Claim(int port)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"opensettle-ports-{Environment.UserName}"));
        try
        {
            return new FileStream(Path.Combine(folder.FullName, $"{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null;
        }
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
