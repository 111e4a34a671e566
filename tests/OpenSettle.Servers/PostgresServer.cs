using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace OpenSettle.Servers;

/// <summary>
/// A PostgreSQL of a test's own, on loopback and a free port, with the durability of a real one; it can be stopped, killed and
/// started again on the same port and data, and ends with the test.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly Lazy<Task<PostgresServer>> One = new(() => StartAsync());

    private readonly string _folder;
    private readonly Watchdog _guard;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private ServerProcess? _process;
    private int _databases;

    private PostgresServer(string folder, Watchdog guard, IReadOnlyDictionary<string, string> settings) => (_folder, _guard, _settings) = (folder, guard, settings);

    public int Port { get; } = FreePorts.Take();

    /// <summary>The process that the others are children of.</summary>
    public int ProcessId => Running.Id;

    /// <summary>A database that belongs to the user of the connection, who is no superuser.</summary>
    public string ConnectionString => For(PostgresPrograms.Owner, PostgresPrograms.Owner);

    /// <summary>The superuser's way in, for what an operator does.</summary>
    public string AdminConnectionString => For(PostgresPrograms.Superuser, "postgres");

    private ServerProcess Running => _process ?? throw new InvalidOperationException("PostgreSQL is stopped. Call RestartAsync.");

    /// <summary>Started on a fresh data folder.</summary>
    /// <param name="settings">Of postgresql.conf, over its defaults: nothing that makes commits durable is turned down.</param>
    public static async Task<PostgresServer> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var (folder, guard) = await PostgresPrograms.NewFolderAsync();
        var server = new PostgresServer(folder, guard, settings ?? new Dictionary<string, string>(StringComparer.Ordinal));
        try
        {
            await PostgresPrograms.CopyTemplateAsync(server.Data);
            await server.LaunchAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>One for all tests of this process that only want a database: ask it for one. It ends with the process.</summary>
    public static Task<PostgresServer> SharedAsync() => One.Value;

    /// <summary>A database that nobody else has, empty, of the usual user.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string? name = null)
    {
        name ??= string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(AdminConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE \"{name}\" OWNER {PostgresPrograms.Owner} TEMPLATE template0", connection);
        await command.ExecuteNonQueryAsync();
        return For(PostgresPrograms.Owner, name);
    }

    /// <summary>The same as a connection string says, in the form of a URI.</summary>
    public static string ToUri(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return string.Create(CultureInfo.InvariantCulture, $"postgresql://{parts.Username}:{parts.Password}@{parts.Host}:{parts.Port}/{parts.Database}");
    }

    /// <summary>Stops it in order: connections end, what is committed is written out.</summary>
    public async Task StopAsync()
    {
        await Running.EndAsync(Signals.Interrupt, Patience);
        await ForgetAsync();
    }

    /// <summary>As a power cut: SIGKILL for it and all its children.</summary>
    public async Task KillAsync()
    {
        await Running.KillAsync();
        await ForgetAsync();
    }

    /// <summary>Starts it on the same port and data; one that runs is stopped in order first.</summary>
    public async Task RestartAsync()
    {
        if (_process is not null) await StopAsync();
        // All its processes are gone, so the file names nobody; a stranger who was given the old number would keep it from starting.
        File.Delete(Path.Combine(Data, "postmaster.pid"));
        await LaunchAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await KillAsync();
        _guard.Dispose();
    }

    private string Data => Path.Combine(_folder, "data");

    private string For(string user, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = user,
        Password = PostgresPrograms.Password,
        Database = database,
    }.ConnectionString;

    private async Task LaunchAsync()
    {
        List<string> command = [PostgresPrograms.Program("postgres"), "-D", Data, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", $"port={Port}"];
        foreach (var (name, value) in _settings) command.AddRange(["-c", $"{name}={value}"]);
        _process = ServerProcess.Start("PostgreSQL", PostgresPrograms.AsUser([.. command]), _folder, Path.Combine(_folder, "log"));
        var waiting = new NpgsqlConnectionStringBuilder(AdminConnectionString) { Pooling = false, Timeout = 5 }.ConnectionString;
        await _process.UntilReadyAsync(() => AnswersAsync(waiting), Patience);
    }

    private static async Task<bool> AnswersAsync(string connectionString)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CannotConnectNow)
        {
            return false;
        }
        catch (NpgsqlException e) when (e.InnerException is SocketException or IOException or TimeoutException)
        {
            return false;
        }
    }

    private async Task ForgetAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = null;
    }
}
