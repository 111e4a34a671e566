using System.Globalization;
using Npgsql;
using OpenSettle.Epochs;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// A deployment's schema in a PostgreSQL database: opening, migrating, transactions, errors. Books and usage lie in it side by side, so that
/// one back-up has both.
/// </summary>
public sealed class PostgresPlace : IDisposable
{
    /// <summary>Least version of the server, as it says it.</summary>
    private const int LeastVersion = 150000;

    private static readonly string[] Durable = ["fsync", "synchronous_commit"];

    private PostgresPlace(NpgsqlConnectionStringBuilder settings, string schema, DeploymentId deployment)
    {
        (Schema, Deployment) = (schema, deployment);
        Name = $"{settings.Host}:{settings.Port}/{settings.Database} ({schema})";
        Source = NpgsqlDataSource.Create(settings);
    }

    /// <summary>Where it is, for who reads of it: without user and password.</summary>
    public string Name { get; }

    public string Schema { get; }

    public DeploymentId Deployment { get; }

    /// <summary>Connections whose first schema is the deployment's.</summary>
    internal NpgsqlDataSource Source { get; }

    /// <summary>
    /// Opens a deployment's schema, making it where there is none, and brings its tables to this version. Nodes may do that at the same time.
    /// </summary>
    /// <param name="address">A URI, postgresql://user:password@host:port/database, or Npgsql's own form.</param>
    /// <param name="application">What the server calls these connections.</param>
    public static PostgresPlace Open(string address, DeploymentId deployment, string application)
    {
        var place = Of(address, deployment, application);
        try
        {
            PostgresMigration.Run(place);
            return place;
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            place.Dispose();
            throw place.Translate(e);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>The same, as it is: nothing is made or migrated.</summary>
    public static PostgresPlace Of(string address, DeploymentId deployment, string application)
    {
        var settings = PostgresAddress.Parse(address);
        var schema = $"opensettle_{deployment.ChainId}_{deployment.Vault.ToString()[2..10].ToLowerInvariant()}";
        settings.SearchPath = schema;
        settings.ApplicationName = application;
        settings.IncludeErrorDetail = false;
        // A node that is asleep must not hold what others wait for.
        settings.Options = "-c idle_in_transaction_session_timeout=60s -c lock_timeout=60s -c jit=off";
        settings.KeepAlive = 5;
        settings.TcpKeepAlive = true;
        settings.MaxAutoPrepare = 200;
        settings.AutoPrepareMinUsages = 2;
        settings.NoResetOnClose = true;
        return new PostgresPlace(settings, schema, deployment);
    }

    /// <summary>Begins a transaction, and ends it: with a commit, or, after an exception, with nothing.</summary>
    internal static T InTransaction<T>(NpgsqlConnection connection, string begin, Func<T> work, string end = "COMMIT")
    {
        Execute(connection, begin);
        try
        {
            var result = work();
            Execute(connection, end);
            return result;
        }
        catch
        {
            RollBack(connection);
            throw;
        }
    }

    /// <param name="values">$1 and on.</param>
    internal static void Execute(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, sql, values);
        command.ExecuteNonQuery();
    }

    /// <inheritdoc cref="Execute"/>
    internal static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(PostgresEngine.Parameter(value));
        return command;
    }

    /// <inheritdoc cref="Execute"/>
    internal static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(PostgresEngine.Parameter(value));
        batch.BatchCommands.Add(command);
    }

    internal static void RollBack(NpgsqlConnection connection)
    {
        try
        {
            Execute(connection, "ROLLBACK");
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // The connection is gone, and the transaction with it. What went wrong first is what counts.
        }
    }

    internal NpgsqlConnection Connect() => Source.OpenConnection();

    /// <summary>What a node acknowledges has to outlive the server's machine: nothing is kept on one that says yes before its disk does.</summary>
    internal void RequireServer(NpgsqlConnection connection)
    {
        if (Shown(connection, "server_version_num") is not { } version || int.Parse(version, CultureInfo.InvariantCulture) < LeastVersion)
            throw new StorageException(StorageErrorKind.CannotOpen, $"{Name}: the server is PostgreSQL {connection.PostgreSqlVersion}, and 15 or later is needed. Set database to such a server.");
        foreach (var durable in Durable)
        {
            if (Shown(connection, durable) == "off")
                throw new StorageException(StorageErrorKind.CannotOpen, $"{Name}: {durable} is off at the server, which would lose what it acknowledged. Set {durable} to on, for the server, the database and the user.");
        }
    }

    /// <summary>Bytes of the deployment's tables with their indexes.</summary>
    /// <param name="usage">Those of usage, or all others.</param>
    internal long SizeOf(bool usage)
    {
        try
        {
            using var connection = Connect();
            using var command = Command(
                connection,
                """
                SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
                WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND starts_with(relname, 'usage_') = $1
                """,
                usage);
            return command.ExecuteScalar() is long size ? size : 0;
        }
        catch (Exception e) when (PostgresBooks.IsServers(e))
        {
            throw Translate(e);
        }
    }

    /// <summary>What went wrong, in words, with the remedy; whether it passes by itself is its kind.</summary>
    internal StorageException Translate(Exception cause)
    {
        var state = (cause as PostgresException)?.SqlState ?? string.Empty;
        if (state is "53100" or "53200")
            return new StorageException(StorageErrorKind.Full, $"{Name}: the server has no room left ({(cause as PostgresException)?.MessageText}). Make room; nothing that was acknowledged is lost.", cause);
        // 08: connection, 57P: the server stops or starts, 53: it has too many, 40: it gave one of two up, 25P03: we were asleep, 55P03: a lock took too long.
        if (state.Length == 0 || state is "25P03" or "55P03" || state[..2] is "08" or "40" or "53" || state.StartsWith("57P", StringComparison.Ordinal))
            return new StorageException(StorageErrorKind.Away, $"{Name}: {Said(cause)} Check that the server of the setting database runs.", cause);
        if (state is "28P01" or "28000" or "3D000" or "42501")
            return new StorageException(StorageErrorKind.CannotOpen, $"{Name}: {Said(cause)} Check user, password, database and rights in the setting database.", cause);
        return new StorageException(StorageErrorKind.Inconsistent, $"{Name}: {Said(cause)}", cause);
    }

    public void Dispose() => Source.Dispose();

    private static string? Shown(NpgsqlConnection connection, string setting)
    {
        using var command = Command(connection, "SELECT current_setting($1)", setting);
        return command.ExecuteScalar() as string;
    }

    private static string Said(Exception cause)
    {
        var text = cause is PostgresException said ? said.MessageText : (cause.InnerException?.Message is { Length: > 0 } inner ? $"{cause.Message.TrimEnd('.')} ({inner.TrimEnd('.')})" : cause.Message);
        return text.EndsWith('.') ? text : text + ".";
    }
}
