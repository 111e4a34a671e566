using System.Net.Sockets;
using System.Text;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Hosting;

namespace OpenSettle.Node.Tests.Hosting;

/// <summary>What a service manager is told, over a real socket.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-notify-").FullName;
    private readonly Dictionary<string, string?> _variables = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _started = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _silent = [];
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public void Dispose()
    {
        _manager.Dispose();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Manager_IsToldOnceItIsReady_AndWhenItStops(bool isAbstract)
    {
        Listen(isAbstract);
        var told = Begin();
        _started.SetResult();
        Assert.Equal("READY=1", await NextAsync());
        await _stop.CancelAsync();
        Assert.Equal("STOPPING=1", await NextAsync());
        await told.DisposeAsync();
        Assert.Empty(_silent);
        Assert.False(_manager.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task Manager_OfAStartThatFails_IsNotToldThatItIsReady()
    {
        Listen(isAbstract: false);
        await Begin().DisposeAsync();
        Assert.Equal("STOPPING=1", await NextAsync());
        Assert.False(_manager.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task Manager_ThatAsksForSignsOfLife_GetsThemWhileItLives()
    {
        Listen(isAbstract: false);
        (_variables["WATCHDOG_USEC"], _variables["WATCHDOG_PID"]) = ("40000", $"{Environment.ProcessId}");
        var (looks, lives) = (0, true);
        var told = Begin(() =>
        {
            Interlocked.Increment(ref looks);
            return Volatile.Read(ref lives);
        });
        _started.SetResult();
        Assert.Equal("READY=1", await NextAsync());
        for (var sign = 0; sign < 3; sign++) Assert.Equal("WATCHDOG=1", await NextAsync());

        Volatile.Write(ref lives, false);
        // One look may have been under way; of what came before all has arrived by then.
        await LooksAsync(2);
        while (_manager.Poll(0, SelectMode.SelectRead)) Assert.Equal("WATCHDOG=1", await NextAsync());
        await LooksAsync(5);
        Assert.False(_manager.Poll(0, SelectMode.SelectRead));
        await told.DisposeAsync();
        Assert.Equal("STOPPING=1", await NextAsync());

        async Task LooksAsync(int more)
        {
            var until = Volatile.Read(ref looks) + more;
            while (Volatile.Read(ref looks) < until) await Task.Yield();
        }
    }

    [Fact]
    public async Task Manager_OfAnotherProcess_GetsNoSignsOfLife()
    {
        Listen(isAbstract: false);
        (_variables["WATCHDOG_USEC"], _variables["WATCHDOG_PID"]) = ("40000", "1");
        var told = Begin(() => throw new InvalidOperationException("It was asked."));
        _started.SetResult();
        Assert.Equal("READY=1", await NextAsync());
        await told.DisposeAsync();
        Assert.Equal("STOPPING=1", await NextAsync());
    }

    [Fact]
    public async Task Manager_ThatIsAway_StopsNothing()
    {
        _variables["NOTIFY_SOCKET"] = Path.Combine(_folder, "nobody");
        var told = Begin();
        _started.SetResult();
        await told.DisposeAsync();
        Assert.Contains("STOPPING=1", _silent);
    }

    [Theory]
    [InlineData("NOTIFY_SOCKET", "vsock:2:1234")]
    [InlineData("WATCHDOG_USEC", "soon")]
    [InlineData("WATCHDOG_USEC", "0")]
    public void Variable_ThatIsNotSystemds_IsNamed(string variable, string value)
    {
        _variables["NOTIFY_SOCKET"] = "/run/nobody";
        _variables[variable] = value;
        Assert.Contains($"{variable}: '{value}'", Assert.Throws<SettingsException>(() => Begin()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Process_ThatNobodyWaitsFor_TellsNobody() => Assert.Null(From(() => true));

    private void Listen(bool isAbstract)
    {
        var name = isAbstract ? $"@{Path.GetFileName(_folder)}" : Path.Combine(_folder, "notify");
        _manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? '\0' + name[1..] : name));
        _variables["NOTIFY_SOCKET"] = name;
    }

    private ServiceManager Begin(Func<bool>? lives = null) => From(lives ?? (() => true)) ?? throw new InvalidOperationException("Nobody is told.");

    private ServiceManager? From(Func<bool> lives) => ServiceManager.From(_variables.GetValueOrDefault, _started.Task, lives, (word, _) => _silent.Add(word), TimeProvider.System, _stop.Token);

    private async Task<string> NextAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var buffer = new byte[200];
        return Encoding.ASCII.GetString(buffer, 0, await _manager.ReceiveAsync(buffer, SocketFlags.None, limit.Token));
    }
}
