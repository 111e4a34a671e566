using System.Net.Sockets;
using System.Text;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A service manager's ear: takes down what a process tells it, as systemd would.</summary>
internal sealed class ManagerSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly List<string> _words = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-manager-").FullName;
    private readonly Task _reading;

    public ManagerSocket()
    {
        var path = Path.Combine(_folder, "notify");
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        // What starts the node with it.
        Through = ["env", $"NOTIFY_SOCKET={path}", "WATCHDOG_USEC=100000"];
        _reading = ReadAsync();
    }

    public IReadOnlyList<string> Through { get; }

    public IReadOnlyList<string> Words
    {
        get
        {
            lock (_words) return [.. _words];
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _reading.GetAwaiter().GetResult();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1000];
        try
        {
            while (true)
            {
                var word = Encoding.ASCII.GetString(buffer, 0, await _socket.ReceiveAsync(buffer));
                lock (_words) _words.Add(word);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
