using System.Data.Common;
using System.Text;
using Npgsql;
using OpenSettle.Metering;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// The usage of a deployment in PostgreSQL: one journal, whichever nodes write it. One thread of each node takes whatever waits there and
/// commits all of it at once; the commits of all nodes come one after another. Reads are on snapshots.
/// </summary>
public sealed class PostgresUsage : UsageReads, IUsageJournal, IUsageCommits
{
    private const string BeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    private static readonly TimeSpan HeadIsFresh = TimeSpan.FromMilliseconds(100);

    private readonly PostgresPlace _place;
    private readonly TimeProvider _time;
    private readonly PostgresUsageCommit _commit;
    private readonly PostgresRoller _roller;
    private readonly UsageQueue _queue;
    private readonly Lock _headGate = new();
    private UsageHead? _head;
    private long _headRead;

    private PostgresUsage(PostgresPlace place, TimeProvider time, UsageOptions options)
    {
        (_place, _time) = (place, time);
        _roller = new PostgresRoller(place, time, options);
        _commit = new PostgresUsageCommit(place, time, options)
        {
            OnCommitted = (head, rows, held) =>
            {
                Keep(head);
                _roller.Feed(head, rows, held);
            },
        };
        _queue = new UsageQueue(this, options);
    }

    /// <summary>Up to where the journal is complete, whoever wrote it; not older than a tenth of a second, or than what was committed here.</summary>
    public Seal Sealed => Head().Seal;

    /// <inheritdoc cref="Sealed"/>
    public UsageTotals Totals => Head().Totals;

    /// <param name="place">A deployment's schema, with its tables. It is not closed with the journal.</param>
    public static PostgresUsage Open(PostgresPlace place, TimeProvider time, UsageOptions? options = null) => new(place, time, options ?? new UsageOptions());

    public Task<AppendResult> AppendAsync(UsageAppend append) => _queue.AppendAsync(append);

    public async Task<JournaledEvent?> FindAsync(string source, string id)
    {
        var identity = EventIdentity.Of(Encoding.UTF8.GetBytes(source), Encoding.UTF8.GetBytes(id));
        var found = await _queue.RunAsync(() => new Found(_commit.Find(identity))).ConfigureAwait(false);
        return found.Event;
    }

    public IReadOnlyList<JournaledEvent> Events(long after, int most) => Read(session => session.Query(
        "SELECT position, gateway, batch, body FROM usage_events WHERE position > ?1 AND position <= ?2 ORDER BY position", ToEvent, after, UpTo(after, most)));

    public IReadOnlyList<(ModelId Model, ulong Events)> Unsigned(long after, long upTo) => Read(session => session.Query(
        "SELECT model, count(*) FROM usage_events WHERE position > ?1 AND position <= ?2 AND batch = 0 GROUP BY model ORDER BY model", row => (row.Model(0), row.Number(1)), after, upTo));

    public async Task<long> ReleaseAsync(HeldGroup group)
    {
        // A part at a time: what comes meanwhile does not wait for all of it.
        const int Most = 5_000;
        long released = 0;
        while (await _queue.RunAsync(() => Release(group, Most)).ConfigureAwait(false) is > 0 and var more) released += more;
        return released;
    }

    public IReadOnlyList<(RollupKey Key, RollupSums Sums)> Rollups(ModelId model, uint firstDay = 0, uint lastDay = uint.MaxValue) =>
        Run(connection => PostgresRollupTable.Read(connection, model, firstDay, lastDay));

    /// <summary>Up to where the rollups' rows are; what is behind it is added from the journal when somebody asks.</summary>
    public long Rolled => Run(PostgresRollupTable.Position);

    public long Bytes => _place.SizeOf(usage: true);

    /// <summary>Why this node does not move the rollups' rows on, where it should and cannot.</summary>
    public string? Trouble => _roller.Trouble;

    /// <summary>What waits is committed and answered first.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        _roller.Dispose();
    }

    /// <summary>For tests: something in the writer's turn.</summary>
    internal Task<T> RunAsync<T>(Func<T> work)
        where T : notnull => _queue.RunAsync(work);

    void IUsageCommits.Append(IReadOnlyList<UsageQueue.Waiting> waiting) => _commit.Append(waiting);

    bool IUsageCommits.Rest() => false;

    Exception IUsageCommits.Translate(Exception cause) => PostgresBooks.IsServers(cause) ? _place.Translate(cause) : cause;

    /// <summary>Counts events that waited. The rows are brought up to the journal's end before, so that what lies behind is added to them.</summary>
    private long Release(HeldGroup group, int most)
    {
        var (connection, head) = UsageLock.Take(_place);
        try
        {
            var session = new BooksSession(new PostgresEngine(connection));
            var events = session.Query(
                """
                SELECT e.position, e.batch, e.body FROM usage_held h JOIN usage_events e ON e.model = h.model AND e.position = h.position
                WHERE h.hold = ?1 AND h.model = ?2 AND h.gateway = ?3 AND h.position BETWEEN ?6 AND ?4 ORDER BY h.position LIMIT ?5
                """,
                row => (Position: row.GetInt64(0), Batch: row.GetInt64(1), Body: row.Bytes(2)), group.Hold, group.Model, group.Gateway, group.LastPosition, (long)most, group.FirstPosition);
            if (events.Count == 0)
            {
                PostgresPlace.RollBack(connection);
                return 0;
            }

            var sheet = new RollupSheet();
            PostgresRollupTable.AddFromJournal(connection, sheet, PostgresRollupTable.Lock(connection), head.Position);
            foreach (var (_, batch, body) in events) sheet.Add(new EventView(body), batch != 0);
            PostgresRollupTable.Write(connection, sheet, head.Position);
            var released = session.Execute(
                "DELETE FROM usage_held WHERE hold = ?1 AND model = ?2 AND gateway = ?3 AND position BETWEEN ?5 AND ?4", group.Hold, group.Model, group.Gateway, events[^1].Position, group.FirstPosition);
            var now = head with { Held = head.Held - released };
            using var end = new NpgsqlBatch(connection);
            now.Write(end);
            end.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
            end.ExecuteNonQuery();
            Keep(now);
            return released;
        }
        catch
        {
            PostgresPlace.RollBack(connection);
            throw;
        }
        finally
        {
            connection.Dispose();
        }
    }

    private UsageHead Head()
    {
        lock (_headGate)
        {
            if (_head is { } known && _time.GetElapsedTime(_headRead) < HeadIsFresh) return known;
        }

        var head = Run(UsageHead.Read);
        lock (_headGate)
        {
            // What was committed here meanwhile is newer.
            if (_head is null || head.Position >= _head.Position) (_head, _headRead) = (head, _time.GetTimestamp());
            return _head;
        }
    }

    private void Keep(UsageHead head)
    {
        lock (_headGate) (_head, _headRead) = (head, _time.GetTimestamp());
    }

    private static long UpTo(long after, int most) => after > long.MaxValue - most ? long.MaxValue : after + most;

    private static JournaledEvent ToEvent(DbDataReader row) => new(row.GetInt64(0), row.GetInt32(1), row.GetInt64(2), EventBody.Decode(row.Bytes(3)));

    private protected override T Read<T>(Func<BooksSession, T> work) => Run(connection => work(new BooksSession(new PostgresEngine(connection))));

    private T Run<T>(Func<NpgsqlConnection, T> work)
    {
        try
        {
            try
            {
                return RunOnce(work);
            }
            catch (Exception e) when (UsageLock.IsGone(e))
            {
                // Reads change nothing, and the server may be there again. Where it is not, that is said at once.
                return RunOnce(work);
            }
        }
        catch (Exception e) when (PostgresBooks.IsServers(e))
        {
            throw _place.Translate(e);
        }
    }

    private T RunOnce<T>(Func<NpgsqlConnection, T> work)
    {
        using var connection = _place.Connect();
        try
        {
            return PostgresPlace.InTransaction(connection, BeginRead, () => work(connection));
        }
        catch (Exception e) when (UsageLock.IsGone(e))
        {
            NpgsqlConnection.ClearPool(connection);
            throw;
        }
    }

    /// <summary>What was found, or nothing.</summary>
    private sealed record Found(JournaledEvent? Event);
}
