using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// One commit of usage: which events are new, their rows, the seal, and what follows from them. What is held in memory
/// changes only after the commit, so that one that fails leaves nothing behind.
/// </summary>
internal sealed class UsageCommit : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly BulkStatement _insertEvent;
    private readonly BulkStatement _findEvent;
    private readonly Dictionary<Hash32, long> _ids = [];
    private readonly Dictionary<Hash32, long> _new = [];
    private readonly Dictionary<Address, (ulong Number, Hash32 Digest)> _lastBatches = [];
    private readonly Dictionary<Address, (ulong Number, Hash32 Digest)> _newBatches = [];
    private byte[] _rows = new byte[64 * 1024];
    private int _rowsLength;
    private long _position;
    private long _held;
    private long _conflicts;
    private volatile Seal _sealed = Seal.Start;
    private volatile UsageTotals _totals = new(0, 0, 0);

    private UsageCommit(SqliteConnection connection, TimeProvider time)
    {
        (_connection, _time) = (connection, time);
        _insertEvent = new BulkStatement(connection, "INSERT INTO usage_events (position, gateway, batch, body) VALUES (?1, ?2, ?3, ?4)");
        _findEvent = new BulkStatement(connection, "SELECT gateway, batch, body FROM usage_events WHERE position = ?1");
    }

    public Seal Sealed => _sealed;

    public UsageTotals Totals => _totals;

    public static UsageCommit Load(SqliteConnection connection, TimeProvider time, UsageOptions options)
    {
        _ = options;
        var commit = new UsageCommit(connection, time);
        var session = new BooksSession(connection);
        commit._sealed = session.Single("SELECT position, received, chain FROM usage_seals ORDER BY position DESC LIMIT 1", row => new Seal(row.GetInt64(0), row.GetInt64(1), row.Word(2))) ?? Seal.Start;
        foreach (var (position, body) in session.Query("SELECT position, body FROM usage_events ORDER BY position", row => (row.GetInt64(0), row.Bytes(1))))
            commit._ids.Add(new EventView(body).Identity(), position);
        foreach (var (gateway, number, digest) in session.Query("SELECT gateway, max(number), digest FROM usage_batches GROUP BY gateway", row => (row.Account(0), row.Number(1), row.Word(2))))
            commit._lastBatches.Add(gateway, (number, digest));
        commit._held = session.Single("SELECT count(*) FROM usage_held", row => row.GetInt64(0));
        commit._conflicts = session.Single("SELECT count(*) FROM usage_conflicts", row => row.GetInt64(0));
        commit._totals = new UsageTotals(commit._sealed.Position, commit._held, commit._conflicts);
        return commit;
    }

    public T InTransaction<T>(Func<T> work) => SqliteFile.InTransaction(_connection, "BEGIN IMMEDIATE", work);

    /// <summary>The position of an event; 0 where it is not known.</summary>
    public long Find(Hash32 identity) => _ids.GetValueOrDefault(identity);

    /// <summary>Commits what waits, and sets each one's answer.</summary>
    public void Append(IReadOnlyList<UsageWriter.Waiting> waiting)
    {
        var before = (_held, _conflicts);
        Forget();
        try
        {
            var sealedNow = InTransaction(() =>
            {
                // A clock that goes back does not make later events older.
                var received = Math.Max(_time.GetUtcNow().ToUnixTimeMilliseconds(), _sealed.Received);
                foreach (var one in waiting)
                {
                    if (one.Append is { } append) one.Answered = Add(append, received);
                }

                return Close(received);
            });
            foreach (var (identity, position) in _new) _ids.Add(identity, position);
            foreach (var (gateway, last) in _newBatches) _lastBatches[gateway] = last;
            _sealed = sealedNow;
            _totals = new UsageTotals(_position, _held, _conflicts);
        }
        catch
        {
            (_held, _conflicts) = before;
            throw;
        }
    }

    public void Dispose()
    {
        _insertEvent.Dispose();
        _findEvent.Dispose();
    }

    private void Forget()
    {
        _new.Clear();
        _newBatches.Clear();
        _rowsLength = 0;
        _position = _sealed.Position;
    }

    private AppendResult Add(UsageAppend append, long received)
    {
        var events = append.Events;
        if (append.Batch is { } batch)
        {
            var refused = Refuse(append, batch);
            if (refused is not null) return refused;
        }

        var id = append.Batch is { } signed ? AddBatch(signed) : 0;
        for (var i = 0; i < events.Length; i++)
        {
            ref var e = ref events[i];
            var body = append.BodyOf(e);
            e.Verdict = Judge(e.Identity, body, out var known);
            if (e.Verdict == Verdict.Conflict) AddConflict(known, append.Gateway, received, body);
            if (e.Verdict != Verdict.Accepted) continue;
            var position = ++_position;
            _insertEvent.Bind(1, position);
            _insertEvent.Bind(2, append.Gateway);
            _insertEvent.Bind(3, id);
            _insertEvent.Bind(4, body);
            _insertEvent.Run();
            AddRow(position, append.Gateway, id, body);
            _new.Add(e.Identity, position);
            if (e.Hold != Hold.None) AddHeld(ref e, position, append.Gateway, new EventView(body).Model);
        }

        return new AppendResult(AppendStatus.Stored);
    }

    /// <summary>Why a signed batch cannot be taken; null where it can.</summary>
    private AppendResult? Refuse(UsageAppend append, SignedStatement batch)
    {
        var statement = batch.Statement;
        if (!_newBatches.TryGetValue(statement.Gateway, out var last)) last = _lastBatches.GetValueOrDefault(statement.Gateway);
        if (statement.Number <= last.Number)
        {
            var known = new BooksSession(_connection).Single(
                "SELECT digest FROM usage_batches WHERE gateway = ?1 AND number = ?2", row => row.Word(0), statement.Gateway, statement.Number);
            if (known == batch.Digest)
            {
                foreach (ref var e in append.Events.AsSpan()) e.Verdict = Verdict.Duplicate;
                return new AppendResult(AppendStatus.BatchKnown);
            }
        }

        if (statement.Number != last.Number + 1 || statement.Previous != last.Digest) return new AppendResult(AppendStatus.OutOfOrder, last.Number, last.Digest);
        var allNew = true;
        var seen = new HashSet<Hash32>();
        foreach (ref var e in append.Events.AsSpan())
        {
            e.Verdict = seen.Add(e.Identity) ? Judge(e.Identity, append.BodyOf(e), out _) : Verdict.Duplicate;
            allNew &= e.Verdict == Verdict.Accepted;
        }

        return allNew ? null : new AppendResult(AppendStatus.BatchNotNew);
    }

    private long AddBatch(SignedStatement signed)
    {
        var statement = signed.Statement;
        var id = new BooksSession(_connection).Single(
            """
            INSERT INTO usage_batches (gateway, number, root, events, first_time, last_time, previous, digest, signature, first_position)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id
            """,
            row => row.GetInt64(0),
            statement.Gateway, statement.Number, statement.Root, statement.Count, statement.FirstTime, statement.LastTime, statement.Previous, signed.Digest,
            signed.Signature, _position + 1);
        _newBatches[statement.Gateway] = (statement.Number, signed.Digest);
        return id;
    }

    private Verdict Judge(Hash32 identity, ReadOnlySpan<byte> body, out long position)
    {
        if (!_new.TryGetValue(identity, out position) && !_ids.TryGetValue(identity, out position)) return Verdict.Accepted;
        _findEvent.Bind(1, position);
        var same = _findEvent.Step() && _findEvent.Bytes(2).SequenceEqual(body);
        _findEvent.Reset();
        return same ? Verdict.Duplicate : Verdict.Conflict;
    }

    private void AddConflict(long known, int gateway, long received, ReadOnlySpan<byte> body)
    {
        new BooksSession(_connection).Execute(
            "INSERT INTO usage_conflicts (position, gateway, received, body) VALUES (?1, ?2, ?3, ?4)", known, gateway, received, (ReadOnlyMemory<byte>)body.ToArray());
        _conflicts++;
    }

    private void AddHeld(ref AppendedEvent e, long position, int gateway, Registry.ModelId model)
    {
        new BooksSession(_connection).Execute(
            "INSERT INTO usage_held (position, hold, model, gateway) VALUES (?1, ?2, ?3, ?4)", position, e.Hold, model, gateway);
        e.Verdict = Verdict.Held;
        _held++;
    }

    /// <summary>Row after row as the chain hashes them: position 8, gateway 4, batch 8, length 4, body.</summary>
    private void AddRow(long position, int gateway, long batch, ReadOnlySpan<byte> body)
    {
        const int Head = 24;
        if (_rows.Length - _rowsLength < Head + body.Length) Array.Resize(ref _rows, Math.Max(_rows.Length * 2, _rowsLength + Head + body.Length));
        var row = _rows.AsSpan(_rowsLength);
        BinaryPrimitives.WriteInt64BigEndian(row, position);
        BinaryPrimitives.WriteInt32BigEndian(row[8..], gateway);
        BinaryPrimitives.WriteInt64BigEndian(row[12..], batch);
        BinaryPrimitives.WriteInt32BigEndian(row[20..], body.Length);
        body.CopyTo(row[Head..]);
        _rowsLength += Head + body.Length;
    }

    private Seal Close(long received)
    {
        if (_position == _sealed.Position) return _sealed;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(_sealed.Chain.ToArray());
        hash.AppendData(_rows, 0, _rowsLength);
        var seal = new Seal(_position, received, Hash32.FromBytes(hash.GetHashAndReset()));
        new BooksSession(_connection).Execute("INSERT INTO usage_seals (position, received, chain) VALUES (?1, ?2, ?3)", seal.Position, seal.Received, seal.Chain);
        return seal;
    }
}
