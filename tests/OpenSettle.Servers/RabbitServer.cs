using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace OpenSettle.Servers;

/// <summary>
/// A RabbitMQ of a test's own, on loopback and free ports, with a name server, a cookie and folders that no other shares; it can
/// be killed and started again on the same data, and ends with the test.
/// </summary>
public sealed class RabbitServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly Lazy<Task<RabbitServer>> One = new(() => StartAsync());

    private static readonly string[] NotYet = ["is down or inaccessible", "does not have a replica on the local node"];

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-rabbitmq-").FullName;
    private readonly Watchdog _guard;
    private readonly int _port = FreePorts.Take();
    private readonly int _namePort = FreePorts.Take();
    private readonly int _peerPort = FreePorts.Take();
    private ServerProcess? _names;
    private ServerProcess? _process;

    private RabbitServer() => _guard = Watchdog.OverFolder(_folder);

    /// <summary>The way in; the user may do all, and comes from loopback only.</summary>
    public Uri Uri => new(string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{_port}/%2F"));

    public int Port => _port;

    private string NodeName => $"opensettle{_port}@localhost";

    /// <summary>The process of the Erlang machine.</summary>
    public int ProcessId => Running.Id;

    private ServerProcess Running => _process ?? throw new InvalidOperationException("RabbitMQ is stopped. Call StartAgainAsync.");

    /// <summary>Started on fresh data.</summary>
    /// <param name="settings">Further lines of rabbitmq.conf.</param>
    public static Task<RabbitServer> StartAsync(params string[] settings) => StartAsync(plugins: [], settings);

    /// <inheritdoc cref="StartAsync(string[])"/>
    /// <param name="plugins">What runs beside it; where one listens, the settings say.</param>
    /// <param name="settings">Further lines of rabbitmq.conf.</param>
    public static async Task<RabbitServer> StartAsync(IReadOnlyList<string> plugins, IReadOnlyList<string> settings)
    {
        var server = new RabbitServer();
        try
        {
            await server.WriteSettingsAsync(plugins, settings);
            await server.LaunchAsync();
            await server.HaveHadAStreamAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>One for all tests of this process that only want a broker; each names its queues as nobody else does. It ends with the process.</summary>
    public static Task<RabbitServer> SharedAsync() => One.Value;

    /// <summary>As a power cut: SIGKILL for the Erlang machine and its children.</summary>
    public async Task KillAsync()
    {
        await Running.KillAsync();
        await ForgetAsync();
    }

    /// <summary>Stops it in order.</summary>
    public async Task StopAsync()
    {
        await Running.EndAsync(Signals.Terminate, Patience);
        await ForgetAsync();
    }

    /// <summary>Starts it on the same ports and data after a kill or a stop.</summary>
    public Task StartAgainAsync() => _process is null ? LaunchAsync() : throw new InvalidOperationException("RabbitMQ runs. Call KillAsync or StopAsync before.");

    /// <summary>
    /// A broker that was started again takes connections before its streams have a writer: for a while it answers that a stream "is
    /// down or inaccessible" (404), then that it "does not have a replica on the local node" (406). Who asks while the stream's process is
    /// just being replaced has his connection ended (541; rabbitmq/osiris 235 tells of the same). This waits until it is read.
    /// </summary>
    public async Task UntilStreamAnswersAsync(string stream)
    {
        await Running.UntilReadyAsync(async () =>
        {
            await using var connection = await ConnectAsync();
            try
            {
                await using var channel = await connection.CreateChannelAsync();
                await channel.BasicQosAsync(0, 1, global: false);
                await channel.BasicConsumeAsync(stream, autoAck: false, "look", new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-stream-offset"] = "next" }, new AsyncDefaultBasicConsumer(channel));
                return true;
            }
            catch (OperationInterruptedException e) when (e.ShutdownReason is { } why && (why.ReplyCode == Constants.InternalError || NotYet.Any(words => why.ReplyText.Contains(words, StringComparison.Ordinal))))
            {
                return false;
            }
        }, Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await KillAsync();
        if (_names is not null) await _names.DisposeAsync();
        _names = null;
        _guard.Dispose();
    }

    private async Task WriteSettingsAsync(IReadOnlyList<string> plugins, IReadOnlyList<string> settings)
    {
        string[] lines = [$"listeners.tcp.1 = 127.0.0.1:{_port}", "log.file = false", "log.console = true", .. settings];
        await File.WriteAllLinesAsync(Path.Combine(_folder, "rabbitmq.conf"), lines);
        await File.WriteAllTextAsync(Path.Combine(_folder, "enabled_plugins"), $"[{string.Join(',', plugins)}].\n");
    }

    private async Task LaunchAsync()
    {
        var (programs, erlang) = Programs();
        var log = Path.Combine(_folder, "log");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = erlang is null ? Environment.GetEnvironmentVariable("PATH") ?? "" : $"{erlang}:{Environment.GetEnvironmentVariable("PATH")}",
            // The cookie of this broker alone is made here.
            ["HOME"] = _folder,
            ["ERL_EPMD_PORT"] = _namePort.ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder, "none"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "enabled_plugins"),
            ["RABBITMQ_NODENAME"] = NodeName,
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = _folder,
            ["RABBITMQ_PID_FILE"] = Path.Combine(_folder, "pid"),
            ["ERL_CRASH_DUMP_SECONDS"] = "0",
            ["RABBITMQ_DIST_PORT"] = _peerPort.ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
            // Its script becomes the Erlang machine and does not wait for it, so that the number is the machine's.
            ["RUNNING_UNDER_SYSTEMD"] = "true",
        };

        // Started by us, because one that it starts itself would leave it and outlive the tests.
        _names ??= ServerProcess.Start("epmd", [erlang is null ? "epmd" : Path.Combine(erlang, "epmd"), "-port", $"{_namePort}", "-address", "127.0.0.1"], _folder, log, environment);
        await _names.UntilReadyAsync(() => ListensAsync(_namePort), Patience);
        _process = ServerProcess.Start("RabbitMQ", [Path.Combine(programs, "rabbitmq-server")], _folder, log, environment);
        await _process.UntilReadyAsync(AnswersAsync, Patience);
    }

    /// <summary>
    /// Who takes part in its streams RabbitMQ 3.10 writes down up to half a second after its very first stream is declared: killed
    /// within that time it never finds any of them again. A broker that is in use is past that; so is this one, before a test begins.
    /// </summary>
    private async Task HaveHadAStreamAsync()
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync("opensettle-tests-first", durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "stream" });
        var participants = Path.Combine(_folder, "mnesia", NodeName, "coordination", NodeName, "names.dets");
        await Running.UntilReadyAsync(() => Task.FromResult(File.Exists(participants) && Mentions(participants, "rabbit_stream_coordinator"u8)), Patience);
    }

    private static bool Mentions(string file, ReadOnlySpan<byte> word)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.GetBuffer().AsSpan(0, (int)content.Length).IndexOf(word) >= 0;
    }

    private Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = Uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    private async Task<bool> AnswersAsync()
    {
        // A connection that is refused costs an exception of several layers each time.
        if (!await ListensAsync(_port)) return false;
        try
        {
            await using var connection = await ConnectAsync();
            return true;
        }
        catch (BrokerUnreachableException)
        {
            return false;
        }
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new System.Net.Sockets.TcpClient();
        try
        {
            await client.ConnectAsync(System.Net.IPAddress.Loopback, port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private async Task ForgetAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Its scripts, and Erlang's where it lies beside them.</summary>
    private static (string Programs, string? Erlang) Programs()
    {
        if (Environment.GetEnvironmentVariable("OPENSETTLE_RABBITMQ") is { Length: > 0 } named) return (named, null);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln"))) continue;
            var programs = Path.Combine(folder.FullName, ".tools", "rabbitmq", "usr", "lib");
            if (Directory.Exists(programs)) return (Path.Combine(programs, "rabbitmq", "bin"), Path.Combine(programs, "erlang", "bin"));
        }

        throw new ServerException("RabbitMQ is not here. Run ./test.sh, which brings it, or install 3.10 or later and name the folder of its rabbitmq-server by OPENSETTLE_RABBITMQ.");
    }
}
