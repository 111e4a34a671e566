using Microsoft.Data.Sqlite;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// One commit of usage: which events are new, their rows, the seal, and what follows from them. What is held in memory
/// changes only after the commit, so that one that fails leaves nothing behind.
/// </summary>
internal sealed class UsageCommit : IDisposable
{
    // How long after the horizon a segment is kept: clocks may be apart, see HoldRule.
    private static readonly TimeSpan Margin = TimeSpan.FromHours(2);

    private readonly SqliteConnection _connection;
    private readonly PreparedStatements _prepared = new();
    private readonly TimeProvider _time;
    private readonly UsageOptions _options;
    private readonly BulkStatement _insertEvent;
    private readonly BulkStatement _findEvent;
    private readonly IdIndex _index;
    private readonly RollupTable _rollups;
    private readonly Dictionary<Address, LastBatch> _lastBatches = [];

    // Of the commit that is being made.
    private readonly Dictionary<Address, LastBatch> _newBatches = [];
    private readonly HashSet<long> _newHeld = [];
    private readonly List<long> _candidates = [];
    private ulong[] _keys = [];
    private byte[] _rows = new byte[64 * 1024];
    private int _rowsLength;
    private long _position;
    private long _held;
    private long _conflicts;

    private volatile Seal _sealed = Seal.Start;
    private volatile UsageTotals _totals = new(0, 0, 0);

    private UsageCommit(SqliteConnection connection, TimeProvider time, UsageOptions options)
    {
        (_connection, _time, _options) = (connection, time, options);
        _insertEvent = new SqliteBulk(connection, "INSERT INTO usage_events (position, gateway, batch, body) VALUES (?1, ?2, ?3, ?4)");
        _findEvent = new SqliteBulk(connection, "SELECT body FROM usage_events WHERE position = ?1");
        _index = new IdIndex(connection, options);
        _rollups = new RollupTable(connection, _prepared, options);
    }

    public Seal Sealed => _sealed;

    public UsageTotals Totals => _totals;

    public RollupTable Rollups => _rollups;

    private BooksSession Session => SqliteEngine.Session(_connection, _prepared);

    public static UsageCommit Load(SqliteConnection connection, TimeProvider time, UsageOptions options)
    {
        var commit = new UsageCommit(connection, time, options);
        try
        {
            commit.Load();
            return commit;
        }
        catch
        {
            commit.Dispose();
            throw;
        }
    }

    public T InTransaction<T>(Func<T> work) => SqliteFile.InTransaction(_connection, "BEGIN IMMEDIATE", work);

    /// <summary>The position of an event; 0 where it is not known.</summary>
    public long Find(Hash32 identity)
    {
        foreach (var position in Candidates(identity))
        {
            var found = IsAt(position, identity);
            _findEvent.Reset();
            if (found) return position;
        }

        return 0;
    }

    /// <summary>Commits what waits, and sets each one's answer. Tells how many bytes of rows that were.</summary>
    public int Append(IReadOnlyList<UsageQueue.Waiting> waiting)
    {
        Forget();
        var before = (_held, _conflicts);
        Attempt(
            () =>
            {
                // A clock that goes back does not make later events older.
                var received = Math.Max(_time.GetUtcNow().ToUnixTimeMilliseconds(), _sealed.Received);
                foreach (var one in waiting)
                {
                    if (one.Append is { } append) one.Answered = Add(append, received);
                }

                return Close(received);
            },
            () => (_held, _conflicts) = before);
        return _rowsLength;
    }

    /// <summary>Writes what is due while nothing comes. Tells whether there is more.</summary>
    public bool Rest()
    {
        if (!_rollups.HasUnwritten) return false;
        Forget();
        Attempt(() => _sealed, () => { }, evenFew: true);
        return _rollups.HasUnwritten;
    }

    /// <summary>Counts events that waited. Tells how many.</summary>
    public long Release(HeldGroup group, int most)
    {
        Action? done = null;
        var released = InTransaction(() =>
        {
            var session = Session;
            var events = session.Query(
                """
                SELECT e.position, e.batch, e.body FROM usage_held h JOIN usage_events e ON e.position = h.position
                WHERE h.hold = ?1 AND h.model = ?2 AND h.gateway = ?3 AND h.position BETWEEN ?6 AND ?4 ORDER BY h.position LIMIT ?5
                """,
                row => (Position: row.GetInt64(0), Batch: row.GetInt64(1), Body: row.Bytes(2)), group.Hold, group.Model, group.Gateway, group.LastPosition, (long)most, group.FirstPosition);
            if (events.Count == 0) return 0;
            done = _rollups.Release(events.Select(e => (e.Batch, e.Body)));
            return session.Execute(
                "DELETE FROM usage_held WHERE hold = ?1 AND model = ?2 AND gateway = ?3 AND position BETWEEN ?5 AND ?4", group.Hold, group.Model, group.Gateway, events[^1].Position, group.FirstPosition);
        });
        done?.Invoke();
        _held -= released;
        _totals = new UsageTotals(_sealed.Position, _held, _conflicts);
        return released;
    }

    public void Dispose()
    {
        _insertEvent.Dispose();
        _findEvent.Dispose();
        _index.Dispose();
        _prepared.Dispose();
    }

    private void Load()
    {
        var session = Session;
        _sealed = session.Single("SELECT position, received, chain FROM usage_seals ORDER BY position DESC LIMIT 1", row => new Seal(row.GetInt64(0), row.GetInt64(1), row.Word(2))) ?? Seal.Start;
        _index.Load();
        foreach (var (position, body) in session.Query("SELECT position, body FROM usage_events WHERE position > ?1 ORDER BY position", row => (row.GetInt64(0), row.Bytes(1)), _index.Indexed))
            _index.Add(IdEntry.KeyOf(new EventView(body).Identity()), position, _sealed.Received);
        foreach (var (gateway, number, digest) in session.Query("SELECT gateway, max(number), digest FROM usage_batches GROUP BY gateway", row => (row.Account(0), row.Number(1), row.Word(2))))
            _lastBatches.Add(gateway, new LastBatch(number, digest));
        foreach (var lost in LostBatchTable.All(session))
        {
            if (lost.Last > _lastBatches.GetValueOrDefault(lost.Gateway).Number) _lastBatches[lost.Gateway] = new LastBatch(lost.Last, Hash32.Zero, lost.Epoch);
        }

        _held = session.Single("SELECT count(*) FROM usage_held", row => row.GetInt64(0));
        _conflicts = session.Single("SELECT count(*) FROM usage_conflicts", row => row.GetInt64(0));
        _totals = new UsageTotals(_sealed.Position, _held, _conflicts);
        InTransaction(() =>
        {
            _rollups.Load(_sealed.Position);
            return true;
        });
    }

    /// <summary>Makes a commit, with the work that goes along with each, and takes it over; or leaves all as it was.</summary>
    private void Attempt(Func<Seal> work, Action undo, bool evenFew = false)
    {
        try
        {
            var sealedNow = InTransaction(() =>
            {
                var seal = work();
                _index.Maintain((int)(_position - _sealed.Position), _sealed.Received - (long)(_options.Horizon + Margin).TotalMilliseconds);
                _rollups.Write(evenFew);
                return seal;
            });
            _index.Committed(sealedNow.Received);
            _rollups.Committed();
            foreach (var (gateway, last) in _newBatches) _lastBatches[gateway] = last;
            if (_rowsLength > 0) _rollups.Add(_rows.AsSpan(0, _rowsLength), _newHeld, _position);
            _sealed = sealedNow;
            _totals = new UsageTotals(_position, _held, _conflicts);
        }
        catch
        {
            _index.Abandoned();
            undo();
            throw;
        }
    }

    private void Forget()
    {
        _newBatches.Clear();
        _newHeld.Clear();
        _rowsLength = 0;
        _position = _sealed.Position;
    }

    private AppendResult Add(UsageAppend append, long received)
    {
        if (append.Mark is { } before && StreamMarks.IsTaken(Session, before)) return new AppendResult(AppendStatus.StreamTaken);
        Touch(append.Events);
        var (last, id) = (default(LastBatch), 0L);
        if (append.Batch is { } batch)
        {
            last = _newBatches.TryGetValue(batch.Statement.Gateway, out var added) ? added : _lastBatches.GetValueOrDefault(batch.Statement.Gateway);
            if (UsageBatchTable.Refuse(Session, append, batch, last, (identity, body) => Judge(identity, body, out _)) is { } refused) return refused;
            id = AddBatch(batch);
        }

        // These stay bound from row to row.
        _insertEvent.Bind(2, append.Gateway);
        _insertEvent.Bind(3, id);
        foreach (ref var e in append.Events.AsSpan())
        {
            var body = append.BodyOf(e);
            e.Verdict = Judge(e.Identity, body, out var known);
            if (e.Verdict == Verdict.Conflict) AddConflict(known, append.Gateway, received, body);
            if (e.Verdict != Verdict.Accepted) continue;
            var position = ++_position;
            _insertEvent.Bind(1, position);
            _insertEvent.Bind(4, body);
            _insertEvent.Run();
            _rowsLength += JournalRow.Write(ref _rows, _rowsLength, position, append.Gateway, id, body);
            _index.AddNew(IdEntry.KeyOf(e.Identity), position);
            if (e.Hold != Hold.None) AddHeld(ref e, position, append.Gateway, new EventView(body).Model);
        }

        if (append.Mark is { } mark) StreamMarks.Set(Session, mark);
        return new AppendResult(AppendStatus.Stored, SettledBy: last.LostIn);
    }

    private void Touch(ReadOnlySpan<AppendedEvent> events)
    {
        if (_keys.Length < events.Length) _keys = new ulong[events.Length];
        for (var i = 0; i < events.Length; i++) _keys[i] = IdEntry.KeyOf(events[i].Identity);
        _index.Touch(_keys.AsSpan(0, events.Length));
    }

    private long AddBatch(SignedStatement signed)
    {
        var statement = signed.Statement;
        _newBatches[statement.Gateway] = new LastBatch(statement.Number, signed.Digest);
        return Session.Single(
            """
            INSERT INTO usage_batches (gateway, number, root, events, first_time, last_time, previous, digest, signature, first_position)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id
            """,
            row => row.GetInt64(0),
            statement.Gateway, statement.Number, statement.Root, statement.Count, statement.FirstTime, statement.LastTime, statement.Previous, signed.Digest,
            signed.Signature, _position + 1);
    }

    private Verdict Judge(Hash32 identity, ReadOnlySpan<byte> body, out long position)
    {
        position = 0;
        foreach (var candidate in Candidates(identity))
        {
            var same = IsAt(candidate, identity);
            _findEvent.Reset();
            if (!same) continue;
            position = candidate;
            return Compare(candidate, body);
        }

        return Verdict.Accepted;
    }

    private List<long> Candidates(Hash32 identity)
    {
        _candidates.Clear();
        _index.Find(IdEntry.KeyOf(identity), _candidates);
        return _candidates;
    }

    /// <summary>Whether the event at a position is of that identity. Where there is no row it was archived, beyond the horizon.</summary>
    private bool IsAt(long position, Hash32 identity)
    {
        _findEvent.Bind(1, position);
        return _findEvent.Step() && new EventView(_findEvent.Bytes(0)).Identity() == identity;
    }

    private Verdict Compare(long position, ReadOnlySpan<byte> body)
    {
        _findEvent.Bind(1, position);
        var same = _findEvent.Step() && _findEvent.Bytes(0).SequenceEqual(body);
        _findEvent.Reset();
        return same ? Verdict.Duplicate : Verdict.Conflict;
    }

    private void AddConflict(long known, int gateway, long received, ReadOnlySpan<byte> body)
    {
        Session.Execute(
            "INSERT INTO usage_conflicts (position, gateway, received, body) VALUES (?1, ?2, ?3, ?4)", known, gateway, received, (ReadOnlyMemory<byte>)body.ToArray());
        _conflicts++;
    }

    private void AddHeld(ref AppendedEvent e, long position, int gateway, ModelId model)
    {
        Session.Execute("INSERT INTO usage_held (position, hold, model, gateway) VALUES (?1, ?2, ?3, ?4)", position, e.Hold, model, gateway);
        e.Verdict = Verdict.Held;
        _newHeld.Add(position);
        _held++;
    }

    private Seal Close(long received)
    {
        if (_position == _sealed.Position) return _sealed;
        var seal = new Seal(_position, received, UsageChain.Next(_sealed.Chain, _rows.AsSpan(0, _rowsLength)));
        Session.Execute("INSERT INTO usage_seals (position, received, chain) VALUES (?1, ?2, ?3)", seal.Position, seal.Received, seal.Chain);
        return seal;
    }
}
