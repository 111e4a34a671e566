using System.Data.Common;
using Microsoft.Data.Sqlite;
using OpenSettle.Metering;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// The rollups: what is written, and what came since. Each row says up to which position it has its events, so that they can be
/// written a few with every commit, and what is missing after a crash is added from the journal, once.
/// </summary>
internal sealed class RollupTable(SqliteConnection connection, PreparedStatements prepared, UsageOptions options)
{
    private const string Columns = "uses, signed, units, successes, trials, consumers, through";

    private readonly Lock _gate = new();

    // What comes now, and what came before and is being written.
    private RollupSheet _open = new();
    private RollupSheet _frozen = new();
    private List<(RollupKey Key, RollupSums Sums)> _queue = [];
    private long _openThrough;
    private long _frozenThrough;
    private int _events;
    private int _written;
    private int _staged;

    public bool HasUnwritten => _open.Count > 0 || _queue.Count > 0;

    private BooksSession Session => SqliteEngine.Session(connection, prepared);

    /// <summary>Adds from the journal what the rows lack, within a transaction.</summary>
    public void Load(long last)
    {
        var session = Session;
        var rolled = session.Single("SELECT position FROM usage_rolled", row => row.GetInt64(0));
        var known = new Dictionary<RollupKey, long>();
        foreach (var (position, batch, body) in session.Query(
            "SELECT position, batch, body FROM usage_events WHERE position > ?1 AND position NOT IN (SELECT position FROM usage_held) ORDER BY position",
            row => (row.GetInt64(0), row.GetInt64(1), row.Bytes(2)), rolled))
        {
            var view = new EventView(body);
            var key = RollupSheet.KeyOf(view);
            if (!known.TryGetValue(key, out var through)) known.Add(key, through = Find(session, key)?.Through ?? 0);
            if (position > through) _open.Add(view, batch != 0);
        }

        _openThrough = last;
        Release([])();
    }

    /// <summary>Adds what is committed.</summary>
    public void Add(ReadOnlySpan<byte> rows, IReadOnlySet<long> held, long last)
    {
        lock (_gate)
        {
            foreach (var row in new JournalRows(rows))
            {
                _events++;
                if (held.Count == 0 || !held.Contains(row.Position)) _open.Add(new EventView(row.Body), row.Batch != 0);
            }

            _openThrough = last;
        }
    }

    /// <summary>Within a transaction, once there is enough: writes some rows.</summary>
    public void Write(bool evenFew)
    {
        _staged = 0;
        if (_queue.Count == 0)
        {
            if (_open.Count == 0 || !(evenFew || _events >= options.MostUnwritten.Events || _open.Count >= options.MostUnwritten.Rollups)) return;
            Freeze();
        }

        WriteQueue(options.RollupsInCommit);
    }

    public void Committed()
    {
        if (_staged == 0) return;
        _written += _staged;
        _staged = 0;
        if (_written < _queue.Count) return;
        lock (_gate) (_frozen, _queue, _written) = (new RollupSheet(), [], 0);
    }

    /// <summary>Within a transaction: writes all there is, and then counts events that waited, whose positions lie behind.</summary>
    public Action Release(IEnumerable<(long Batch, byte[] Body)> events)
    {
        var session = Session;
        var through = _openThrough;
        foreach (var (key, sums) in _queue.Skip(_written)) WriteRow(session, key, sums, through);
        foreach (var (key, sums) in _open.All()) WriteRow(session, key, sums, through);
        var released = new RollupSheet();
        foreach (var (batch, body) in events) released.Add(new EventView(body), batch != 0);
        foreach (var (key, sums) in released.All()) WriteRow(session, key, sums, through);
        session.Execute("UPDATE usage_rolled SET position = ?1", through);
        return () =>
        {
            lock (_gate) (_open, _frozen, _queue, _written, _events, _frozenThrough) = (new RollupSheet(), new RollupSheet(), [], 0, 0, through);
        };
    }

    /// <summary>A model's sums, with what is not written yet.</summary>
    /// <param name="written">Reads its rows, see <see cref="List"/>.</param>
    public List<(RollupKey Key, RollupSums Sums)> Read(Func<List<(RollupKey Key, RollupSums Sums, long Through)>> written, ModelId model, uint firstDay, uint lastDay)
    {
        bool Wanted(RollupKey key) => key.Model == model && key.Day >= firstDay && key.Day <= lastDay;
        List<(RollupKey Key, RollupSums Sums)> open, frozen;
        long frozenThrough;
        lock (_gate)
        {
            open = [.. _open.All().Where(pair => Wanted(pair.Key)).Select(pair => (pair.Key, pair.Sums.Copy()))];
            frozen = [.. _frozen.All().Where(pair => Wanted(pair.Key))];
            frozenThrough = _frozenThrough;
        }

        // Read after memory was: a row has what memory had, or says by its position that it has not.
        var all = written().ToDictionary(row => row.Key, row => (row.Sums, row.Through));
        foreach (var (key, sums) in frozen) Merge(key, sums, frozenThrough - 1);
        foreach (var (key, sums) in open) Merge(key, sums, frozenThrough);
        return [.. all.Select(pair => (pair.Key, pair.Value.Sums)).OrderBy(row => row.Key.Day).ThenBy(row => row.Key.Domain, StringComparer.Ordinal).ThenBy(row => row.Key.Payer)];

        void Merge(RollupKey key, RollupSums sums, long missingUpTo)
        {
            if (!all.TryGetValue(key, out var row)) all.Add(key, row = (new RollupSums(), 0));
            if (row.Through <= missingUpTo) row.Sums.Merge(sums);
        }
    }

    public static List<(RollupKey Key, RollupSums Sums, long Through)> List(BooksSession session, ModelId model, uint firstDay, uint lastDay) => session.Query(
        $"SELECT {Columns}, day, domain, payer FROM usage_rollups WHERE model = ?1 AND day >= ?2 AND day <= ?3",
        row =>
        {
            var (sums, through) = ToSums(row);
            return (new RollupKey(model, row.GetString(8), (uint)row.GetInt64(7), row.Account(9)), sums, through);
        },
        model, (long)firstDay, (long)lastDay);

    /// <summary>Every row, as it is written.</summary>
    public static List<(RollupKey Key, RollupSums Sums, long Through)> All(BooksSession session) => session.Query(
        $"SELECT {Columns}, day, domain, payer, model FROM usage_rollups",
        row =>
        {
            var (sums, through) = ToSums(row);
            return (new RollupKey(row.Model(10), row.GetString(8), checked((uint)row.GetInt64(7)), row.Account(9)), sums, through);
        });

    /// <summary>Within a transaction, while no node runs: these are all there are, of the events up to a position.</summary>
    public static void Replace(BooksSession session, RollupSheet sheet, long through)
    {
        session.Execute("DELETE FROM usage_rollups");
        foreach (var (key, sums) in sheet.All()) WriteRow(session, key, sums, through);
        session.Execute("UPDATE usage_rolled SET position = ?1", through);
    }

    private void Freeze()
    {
        lock (_gate) (_frozen, _frozenThrough, _open, _events) = (_open, _openThrough, new RollupSheet(), 0);
        _queue = [.. _frozen.All()];
        _written = 0;
    }

    private void WriteQueue(int most)
    {
        var session = Session;
        _staged = Math.Min(most, _queue.Count - _written);
        foreach (var (key, sums) in _queue.Skip(_written).Take(_staged)) WriteRow(session, key, sums, _frozenThrough);
        if (_written + _staged == _queue.Count) session.Execute("UPDATE usage_rolled SET position = ?1", _frozenThrough);
    }

    private static void WriteRow(BooksSession session, RollupKey key, RollupSums more, long through)
    {
        var sums = more;
        if (Find(session, key) is { } known)
        {
            sums = known.Sums;
            sums.Merge(more);
        }

        session.Execute(
            $"""
            INSERT INTO usage_rollups ({Columns}, model, day, domain, payer) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            ON CONFLICT (model, day, domain, payer) DO UPDATE SET
                uses = excluded.uses, signed = excluded.signed, units = excluded.units, successes = excluded.successes, trials = excluded.trials,
                consumers = excluded.consumers, through = excluded.through
            """,
            sums.Uses, sums.Signed, sums.Units, sums.Successes, sums.Trials, (ReadOnlyMemory<byte>)sums.Consumers.Encode(), through,
            key.Model, (long)key.Day, key.Domain, key.Payer);
    }

    private static (RollupSums Sums, long Through)? Find(BooksSession session, RollupKey key)
    {
        var (sums, through) = session.Single(
            $"SELECT {Columns} FROM usage_rollups WHERE model = ?1 AND day = ?2 AND domain = ?3 AND payer = ?4", ToSums, key.Model, (long)key.Day, key.Domain, key.Payer);
        return sums is null ? null : (sums, through);
    }

    private static (RollupSums Sums, long Through) ToSums(DbDataReader row) => (
        new RollupSums
        {
            Uses = row.Number(0), Signed = row.Number(1), Units = row.Amount(2), Successes = row.Number(3), Trials = row.Number(4), Consumers = ConsumerCount.Decode(row.Bytes(5)),
        },
        row.GetInt64(6));
}
