using Npgsql;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// The journal's lock: commits of all nodes come one after another, so that positions become visible in their order. Whoever falls asleep
/// with it is put out: the server ends a transaction whose client is silent, and a node that waits ends one whose client stopped in the
/// middle of what it said, which the server alone would not.
/// </summary>
internal static class UsageLock
{
    private const string Key = "hashtextextended(current_schema() || ' usage', 0)";

    /// <summary>Begins a transaction that others may have to wait for: one whose client falls asleep is ended.</summary>
    public const string BeginBriefly = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 2000; SET LOCAL lock_timeout = 2000";

    /// <summary>The same, statement by statement, and takes the lock.</summary>
    public static IReadOnlyList<string> Begin { get; } = [.. BeginBriefly.Split("; "), $"SELECT pg_advisory_xact_lock({Key})"];

    /// <summary>A transaction that has the journal for itself, and what is read first in it.</summary>
    public static (NpgsqlConnection Connection, UsageHead Head) Take(PostgresPlace place)
    {
        const int MostTries = 10;
        for (var tries = 1; ; tries++)
        {
            var connection = place.Connect();
            try
            {
                return (connection, UsageHead.Lock(connection));
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && tries < MostTries)
            {
                PostgresPlace.RollBack(connection);
                EndSleepers(connection);
                connection.Dispose();
            }
            catch (Exception e) when (IsGone(e) && tries == 1)
            {
                // Nothing was asked of it yet, and the others are as dead.
                NpgsqlConnection.ClearPool(connection);
                connection.Dispose();
            }
            catch
            {
                PostgresPlace.RollBack(connection);
                connection.Dispose();
                throw;
            }
        }
    }

    /// <summary>Whether a connection was open before the server was started again, or was ended by somebody.</summary>
    public static bool IsGone(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown } || e is NpgsqlException { InnerException: not TimeoutException } and not PostgresException;

    /// <summary>Ends who holds the lock and has been waited for by the server for a while.</summary>
    private static void EndSleepers(NpgsqlConnection connection) => PostgresPlace.Execute(
        connection,
        $"""
        SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (l.classid::bigint << 32) | l.objid::bigint = {Key}
            AND a.wait_event_type = 'Client' AND a.xact_start < clock_timestamp() - interval '3 seconds' AND a.pid <> pg_backend_pid()
        """);
}
