using Npgsql;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// The books in PostgreSQL. Whichever node writes, one unit of work at a time does; any number of readers, each on a snapshot.
/// </summary>
public sealed class PostgresBooks(PostgresPlace place) : IBooks
{
    private const string Begin = "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' books', 0))";
    private const string BeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    private readonly PostgresPartitions.Known _partitions = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Lease? _fence;

    public string Place => place.Name;

    /// <summary>
    /// The lease under which this node writes: looked at in every commit from now on. Null: it never led, and what it writes is nothing that only
    /// a leader may.
    /// </summary>
    public Lease? Fence
    {
        get => _fence;
        set => _fence = value;
    }

    /// <inheritdoc/>
    public async Task<T> WriteAsync<T>(Func<BooksSession, T> work, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            using var connection = place.Connect();
            // The one that began with the work: a lease that is taken anew meanwhile is not the one under which it was worked out.
            var fence = _fence;
            var partitions = _partitions.Begin();
            var done = PostgresPlace.InTransaction(connection, Begin, () =>
            {
                var session = new BooksSession(new PostgresEngine(connection, partitions));
                var result = work(session);
                session.Close();
                if (fence is not null) PostgresLeases.Require(connection, fence);
                return result;
            });
            partitions.Committed();
            return done;
        }
        catch (Exception e) when (IsServers(e))
        {
            throw place.Translate(e);
        }
        finally
        {
            _turn.Release();
        }
    }

    public long Bytes => place.SizeOf(usage: false);

    /// <inheritdoc/>
    public T Read<T>(Func<BooksSession, T> work)
    {
        try
        {
            using var connection = place.Connect();
            return PostgresPlace.InTransaction(connection, BeginRead, () => work(new BooksSession(new PostgresEngine(connection))));
        }
        catch (Exception e) when (IsServers(e))
        {
            throw place.Translate(e);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<T> Stream<T>(Func<BooksSession, IEnumerable<T>> rows)
    {
        using var connection = Translated(place.Connect);
        Translated(() =>
        {
            PostgresPlace.Execute(connection, BeginRead);
            return 0;
        });
        try
        {
            using var row = rows(new BooksSession(new PostgresEngine(connection))).GetEnumerator();
            while (Translated(row.MoveNext)) yield return row.Current;
        }
        finally
        {
            PostgresPlace.RollBack(connection);
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Whether the server is what went wrong. A question asked in the middle of another is our own fault.</summary>
    internal static bool IsServers(Exception e) => e is NpgsqlException and not NpgsqlOperationInProgressException or System.Net.Sockets.SocketException or TimeoutException;

    private T Translated<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (IsServers(e))
        {
            throw place.Translate(e);
        }
    }
}
