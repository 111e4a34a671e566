using System.Globalization;
using System.Net.Sockets;
using System.Text;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Http;

namespace OpenSettle.Node.Hosting;

/// <summary>
/// Tells the service manager that started this process what becomes of it (systemd's Type=notify: one datagram for each word): that it
/// is ready, that it stops, and, where a sign of life is asked for, that it lives. A process that stands still gives none, and is started again.
/// </summary>
internal sealed class ServiceManager : IAsyncDisposable
{
    public const string SocketVariable = "NOTIFY_SOCKET";
    public const string WatchdogVariable = "WATCHDOG_USEC";
    public const string WatchdogProcessVariable = "WATCHDOG_PID";

    private readonly UnixDomainSocketEndPoint _address;
    private readonly TimeSpan? _signs;
    private readonly Func<bool> _lives;
    private readonly Action<string, string> _onSilence;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenRegistration _stops;
    private readonly Task _telling;
    private int _stopped;

    private ServiceManager(UnixDomainSocketEndPoint address, TimeSpan? signs, Task started, Func<bool> lives, Action<string, string> onSilence, TimeProvider time, CancellationToken stop)
    {
        (_address, _signs, _lives, _onSilence, _time) = (address, signs, lives, onSilence, time);
        _stops = stop.Register(Stopping);
        _telling = TellAsync(started);
    }

    /// <summary>Tells of these nodes; null where nobody asked to be told.</summary>
    public static ServiceManager? Of(NodeGroup group, TimeProvider time, CancellationToken stop) => From(
        Environment.GetEnvironmentVariable, Task.WhenAll(group.Nodes.Select(node => node.Started)),
        () => group.Nodes.All(node => node.Running is not { } running || HealthEndpoints.Standstill(running.State, node.Options, time) is null),
        (word, why) => group.Nodes.Select(node => node.Running?.Log).FirstOrDefault(log => log is not null)?.ServiceManagerAway(word, why), time, stop);

    /// <param name="started">Ends when all is started.</param>
    /// <param name="lives">Whether it does not stand still.</param>
    /// <param name="onSilence">Called with a word that could not be told, and why.</param>
    /// <param name="stop">Cancelled where the process is asked to stop.</param>
    public static ServiceManager? From(Func<string, string?> variable, Task started, Func<bool> lives, Action<string, string> onSilence, TimeProvider time, CancellationToken stop)
    {
        if (variable(SocketVariable) is not { Length: > 0 } socket) return null;
        if (socket is not ['/' or '@', _, ..]) throw new SettingsException([$"{SocketVariable}: '{socket}' is neither a path nor an abstract name (@…). systemd sets it; unset it to start without."]);
        // An abstract name begins with a zero byte.
        var address = new UnixDomainSocketEndPoint(socket[0] == '@' ? '\0' + socket[1..] : socket);
        return new ServiceManager(address, Signs(variable), started, lives, onSilence, time, stop);
    }

    public async ValueTask DisposeAsync()
    {
        Stopping();
        await _end.CancelAsync();
        await _telling;
        await _stops.DisposeAsync();
        _end.Dispose();
    }

    /// <summary>Twice as often as it is asked for, as systemd advises; null: it is not asked for, or of another process.</summary>
    private static TimeSpan? Signs(Func<string, string?> variable)
    {
        if (variable(WatchdogVariable) is not { Length: > 0 } text) return null;
        if (variable(WatchdogProcessVariable) is { Length: > 0 } process && process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds is > 0 and <= long.MaxValue / TimeSpan.TicksPerMicrosecond
            ? TimeSpan.FromTicks(Math.Max(microseconds * TimeSpan.TicksPerMicrosecond / 2, TimeSpan.TicksPerMillisecond))
            : throw new SettingsException([$"{WatchdogVariable}: '{text}' is no number of microseconds. systemd sets it; unset it to start without."]);
    }

    private async Task TellAsync(Task started)
    {
        try
        {
            await started.WaitAsync(_end.Token);
            Send("READY=1");
            if (_signs is not { } every) return;
            using var timer = new PeriodicTimer(every, _time);
            do
            {
                if (_lives()) Send("WATCHDOG=1");
            }
            while (await timer.WaitForNextTickAsync(_end.Token));
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // It ends, and said so.
        }
    }

    private void Stopping()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0) Send("STOPPING=1");
    }

    private void Send(string word)
    {
        try
        {
            // Nothing here may wait for a manager that does not read.
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            socket.SendTo(Encoding.ASCII.GetBytes(word), _address);
        }
        catch (SocketException e)
        {
            _onSilence(word, e.Message);
        }
    }
}
