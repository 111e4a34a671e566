using Npgsql;

namespace OpenSettle.Storage.Postgres;

/// <summary>Leases in a table, by the server's clock.</summary>
public sealed class PostgresLeases(PostgresPlace place) : ILeases
{
    /// <summary>
    /// Looks, at the end of a transaction, whether a lease is still held, and keeps it from being taken until the commit. Whoever takes it over ends
    /// the connections of a holder that fell asleep in between, see <see cref="EndAsync"/>.
    /// </summary>
    internal static void Require(NpgsqlConnection connection, Lease lease)
    {
        if (!IsHeld(connection, lease)) throw new LeaseLostException(lease);
    }

    /// <inheritdoc cref="Require"/>
    internal static bool IsHeld(NpgsqlConnection connection, Lease lease)
    {
        using var look = PostgresPlace.Command(connection, "SELECT 1 FROM leases WHERE name = $1 AND token = $2 FOR SHARE", lease.Name, lease.Token);
        return look.ExecuteScalar() is not null;
    }

    public Task<Lease?> TakeAsync(string name, string holder, TimeSpan length, CancellationToken cancellation) => RunAsync(async connection =>
    {
        // Its own, too: a node that was started again is another holder of the same name.
        await using var take = PostgresPlace.Command(
            connection,
            """
            INSERT INTO leases (name, holder, token, until) VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = leases.token + 1, until = excluded.until
            WHERE leases.until <= clock_timestamp() OR leases.holder = excluded.holder
            RETURNING token
            """,
            name, holder, (long)length.TotalMilliseconds);
        return await take.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is long token ? new Lease(name, holder, token) : null;
    }, cancellation);

    public Task<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellation) => RunAsync(async connection =>
    {
        await using var renew = PostgresPlace.Command(
            connection, "UPDATE leases SET until = clock_timestamp() + $3 * interval '1 millisecond' WHERE name = $1 AND token = $2", lease.Name, lease.Token, (long)length.TotalMilliseconds);
        return await renew.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false) == 1;
    }, cancellation);

    public Task ReleaseAsync(Lease lease, CancellationToken cancellation) => RunAsync(async connection =>
    {
        await using var release = PostgresPlace.Command(connection, "UPDATE leases SET until = clock_timestamp() WHERE name = $1 AND token = $2", lease.Name, lease.Token);
        return await release.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }, cancellation);

    public Task<IReadOnlyList<LeaseState>> ListAsync(CancellationToken cancellation) => RunAsync<IReadOnlyList<LeaseState>>(async connection =>
    {
        await using var list = PostgresPlace.Command(connection, "SELECT name, holder, token, extract(epoch FROM until - clock_timestamp())::float8 FROM leases ORDER BY name");
        await using var rows = await list.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var all = new List<LeaseState>();
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
            all.Add(new LeaseState(new Lease(rows.GetString(0), rows.GetString(1), rows.GetInt64(2)), TimeSpan.FromSeconds(rows.GetDouble(3))));
        return all;
    }, cancellation);

    /// <inheritdoc/>
    /// <remarks>A holder's connections have its name.</remarks>
    public Task<int> EndAsync(string holder, CancellationToken cancellation) => RunAsync(async connection =>
    {
        await using var end = PostgresPlace.Command(
            connection, "SELECT count(pg_terminate_backend(pid))::int FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()", holder);
        return (int)(await end.ExecuteScalarAsync(cancellation).ConfigureAwait(false) ?? 0);
    }, cancellation);

    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await place.Source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            return await work(connection).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            throw place.Translate(e);
        }
    }
}
