using System.Buffers.Binary;
using Npgsql;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// Commits of usage to the journal that all nodes share. Each has the journal for itself, first takes in what others committed, and changes
/// what is held in memory only once the server has said that it is durable: where that answer is lost, the next one reads what became of it.
/// </summary>
internal sealed class PostgresUsageCommit(PostgresPlace place, TimeProvider time, UsageOptions options)
{
    // How long after the horizon a segment is kept: clocks may be apart, see HoldRule.
    private static readonly TimeSpan Margin = TimeSpan.FromHours(2);

    private readonly UsageIds _ids = new(SegmentSizeOf(options));
    private readonly UsageRows _copy = new();

    // The last batches of gateways, while no other node adds one.
    private readonly Dictionary<Address, LastBatch> _lastBatches = [];
    private long _batches = -1;
    private long _partition = -1;

    // Of the commit that is being made.
    private readonly Dictionary<Address, LastBatch> _newBatches = [];
    private readonly KnownEvents _known = new();
    private readonly HashSet<long> _newHeld = [];
    private readonly RecentIds _new = new(options.MostInCommit);
    private readonly List<int> _starts = [];
    private readonly List<long> _candidates = [];
    private BooksSession? _session;
    private BulkStatement? _addHeld;
    private BulkStatement? _addConflict;
    private BulkStatement? _addBatch;
    private UsageHead _head = new(Seal.Start, 0, 0, 0, 0, 0);
    private byte[] _rows = new byte[256 * 1024];
    private byte[] _keys = new byte[64 * 1024];
    private int _rowsLength;
    private long _position;
    private long _batch;
    private long _held;
    private long _conflicts;

    /// <summary>Told of what was committed: the head, the rows, and which of them wait.</summary>
    public Action<UsageHead, ReadOnlyMemory<byte>, IReadOnlySet<long>> OnCommitted { get; init; } = static (_, _, _) => { };

    /// <summary>Ids in the smallest segments: as many as in the file's second, since nothing is merged within a commit.</summary>
    public static int SegmentSizeOf(UsageOptions options) => checked(options.SegmentSize * options.FanOut);

    private BooksSession Session => _session ?? throw new InvalidOperationException("There is no commit.");

    /// <summary>The event of an identity; null where it is not known.</summary>
    public JournaledEvent? Find(Hash32 identity)
    {
        using var connection = place.Connect();
        return PostgresPlace.InTransaction(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", () =>
        {
            _ids.CatchUp(connection, UsageHead.Read(connection));
            _known.Load(connection, _ids, [IdEntry.KeyOf(identity)]);
            foreach (var candidate in _known.Of(IdEntry.KeyOf(identity)))
            {
                if (candidate.Identity == identity) return candidate.ToEvent();
            }

            return null;
        });
    }

    /// <summary>Commits what waits, and sets each one's answer.</summary>
    public void Append(IReadOnlyList<UsageQueue.Waiting> waiting)
    {
        var (connection, head) = UsageLock.Take(place);
        try
        {
            Begin(connection, head);
            _ids.CatchUp(connection, head);
            _known.Load(connection, _ids, KeysOf(waiting));
            // A clock that goes back does not make later events older.
            var received = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), head.Seal.Received);
            foreach (var one in waiting)
            {
                if (one.Append is { } append) one.Answered = Add(connection, append, received);
            }

            var (closed, committed) = Close(connection, received);
            committed?.Invoke();
            _ids.Add(_keys.AsSpan(0, checked((int)(_position - head.Position) * sizeof(ulong))), head.Position + 1);
            foreach (var (gateway, last) in _newBatches) _lastBatches[gateway] = last;
            _batches = closed.Batches;
            OnCommitted(closed, _rows.AsMemory(0, _rowsLength), _newHeld);
        }
        catch
        {
            PostgresPlace.RollBack(connection);
            // Whether it was committed nobody here knows: the next one reads it.
            _batches = _partition = -1;
            throw;
        }
        finally
        {
            (_session, _addHeld, _addConflict, _addBatch) = (null, null, null, null);
            connection.Dispose();
        }
    }

    private void Begin(NpgsqlConnection connection, UsageHead head)
    {
        _head = head;
        (_position, _batch, _held, _conflicts, _rowsLength) = (head.Position, head.Batches, head.Held, head.Conflicts, 0);
        _newBatches.Clear();
        _newHeld.Clear();
        _new.Clear();
        _starts.Clear();
        _copy.Begin();
        if (head.Batches != _batches) _lastBatches.Clear();
        var session = new BooksSession(new PostgresEngine(connection));
        _session = session;
        _addHeld = session.Bulk("INSERT INTO usage_held (position, hold, model, gateway) VALUES (?1, ?2, ?3, ?4)");
        _addConflict = session.Bulk("INSERT INTO usage_conflicts (position, gateway, received, body) VALUES (?1, ?2, ?3, ?4)");
        _addBatch = session.Bulk("INSERT INTO usage_batches (id, gateway, number, root, events, first_time, last_time, previous, digest, signature, first_position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    }

    private static ulong[] KeysOf(IReadOnlyList<UsageQueue.Waiting> waiting)
    {
        var keys = new ulong[waiting.Sum(one => one.Append?.Events.Length ?? 0)];
        var at = 0;
        foreach (var one in waiting)
        {
            foreach (ref var e in one.Append is { } append ? append.Events.AsSpan() : []) keys[at++] = IdEntry.KeyOf(e.Identity);
        }

        return keys;
    }

    private AppendResult Add(NpgsqlConnection connection, UsageAppend append, long received)
    {
        if (append.Mark is { } before)
        {
            if (StreamMarks.IsTaken(Session, before)) return new AppendResult(AppendStatus.StreamTaken);
            if (before.Lease is { } lease && !PostgresLeases.IsHeld(connection, lease)) return new AppendResult(AppendStatus.LeaseLost);
        }

        var (last, id) = (default(LastBatch), 0L);
        if (append.Batch is { } batch)
        {
            last = Last(batch.Statement.Gateway);
            if (UsageBatchTable.Refuse(Session, append, batch, last, (identity, body) => Judge(IdEntry.KeyOf(identity), identity, body, out _)) is { } refused) return refused;
            id = AddBatch(batch);
        }

        foreach (ref var e in append.Events.AsSpan())
        {
            var body = append.BodyOf(e);
            var key = IdEntry.KeyOf(e.Identity);
            e.Verdict = Judge(key, e.Identity, body, out var known);
            if (e.Verdict == Verdict.Conflict) AddConflict(known, append.Gateway, received, body);
            if (e.Verdict != Verdict.Accepted) continue;
            AddRow(key, append.Gateway, id, body);
            if (e.Hold != Hold.None) AddHeld(ref e, append.Gateway, new EventView(body).Model);
        }

        if (append.Mark is { } mark) StreamMarks.Set(Session, mark);
        return new AppendResult(AppendStatus.Stored, SettledBy: last.LostIn);
    }

    private void AddRow(ulong key, int gateway, long batch, ReadOnlySpan<byte> body)
    {
        var position = ++_position;
        // The model's place in the bytes of an event: see EventBody.
        _copy.Add(body.Slice(2, Hash32.Size), position, gateway, batch, body);
        _starts.Add(_rowsLength);
        _rowsLength += JournalRow.Write(ref _rows, _rowsLength, position, gateway, batch, body);
        var at = checked((int)(position - _head.Position - 1) * sizeof(ulong));
        if (_keys.Length < at + sizeof(ulong)) Array.Resize(ref _keys, _keys.Length * 2);
        BinaryPrimitives.WriteUInt64LittleEndian(_keys.AsSpan(at), key);
        _new.Add(key, position);
    }

    private LastBatch Last(Address gateway)
    {
        if (_newBatches.TryGetValue(gateway, out var last) || _lastBatches.TryGetValue(gateway, out last)) return last;
        return _lastBatches[gateway] = UsageBatchTable.Last(Session, gateway);
    }

    private long AddBatch(SignedStatement signed)
    {
        var statement = signed.Statement;
        _newBatches[statement.Gateway] = new LastBatch(statement.Number, signed.Digest);
        var insert = _addBatch!;
        insert.Bind(1, ++_batch);
        insert.Bind(2, statement.Gateway);
        insert.Bind(3, statement.Number);
        insert.Bind(4, statement.Root);
        insert.Bind(5, statement.Count);
        insert.Bind(6, statement.FirstTime);
        insert.Bind(7, statement.LastTime);
        insert.Bind(8, statement.Previous);
        insert.Bind(9, signed.Digest);
        insert.Bind(10, signed.Signature.Span);
        insert.Bind(11, _position + 1);
        insert.Run();
        return _batch;
    }

    private Verdict Judge(ulong key, Hash32 identity, ReadOnlySpan<byte> body, out long position)
    {
        foreach (var known in _known.Of(key))
        {
            if (known.Identity != identity) continue;
            position = known.Position;
            return known.Body.AsSpan().SequenceEqual(body) ? Verdict.Duplicate : Verdict.Conflict;
        }

        _candidates.Clear();
        _new.Find(key, _candidates);
        foreach (var candidate in _candidates)
        {
            var start = _starts[(int)(candidate - _head.Position - 1)];
            var other = _rows.AsSpan(start + JournalRow.Head, BinaryPrimitives.ReadInt32BigEndian(_rows.AsSpan(start + JournalRow.Head - sizeof(int))));
            if (new EventView(other).Identity() != identity) continue;
            position = candidate;
            return other.SequenceEqual(body) ? Verdict.Duplicate : Verdict.Conflict;
        }

        position = 0;
        return Verdict.Accepted;
    }

    private void AddConflict(long known, int gateway, long received, ReadOnlySpan<byte> body)
    {
        var insert = _addConflict!;
        insert.Bind(1, known);
        insert.Bind(2, (long)gateway);
        insert.Bind(3, received);
        insert.Bind(4, body);
        insert.Run();
        _conflicts++;
    }

    private void AddHeld(ref AppendedEvent e, int gateway, ModelId model)
    {
        var insert = _addHeld!;
        insert.Bind(1, _position);
        insert.Bind(2, (long)e.Hold);
        insert.Bind(3, model.Value);
        insert.Bind(4, (long)gateway);
        insert.Run();
        e.Verdict = Verdict.Held;
        _newHeld.Add(_position);
        _held++;
    }

    /// <summary>Writes the rows, the seal and the head, and commits.</summary>
    private (UsageHead Head, Action? Committed) Close(NpgsqlConnection connection, long received)
    {
        Session.Engine.Flush();
        var head = _head with { Batches = _batch, Held = _held, Conflicts = _conflicts };
        Action? committed = null;
        using var end = new NpgsqlBatch(connection);
        if (_position > _head.Position)
        {
            MakePartitions(connection);
            _copy.Send(connection, "usage_events (model, position, gateway, batch, body)");
            (head, committed) = _ids.Maintain(connection, head, head.Seal.Received - (long)(options.Horizon + Margin).TotalMilliseconds);
            head = head with { Seal = new Seal(_position, received, UsageChain.Next(_head.Seal.Chain, _rows.AsSpan(0, _rowsLength))) };
            PostgresPlace.Add(end, "INSERT INTO usage_seals (position, received, chain) VALUES ($1, $2, $3)", _position, received, head.Seal.Chain.ToArray());
            PostgresPlace.Add(end, "INSERT INTO usage_fresh (position, keys) VALUES ($1, $2)", _position, _keys.AsSpan(0, checked((int)(_position - _head.Position) * sizeof(ulong))).ToArray());
        }

        if (head != _head) head.Write(end);
        end.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        end.ExecuteNonQuery();
        if (_position > _head.Position) _partition = _position / PostgresUsageSchema.EventsInPartition;
        return (head, committed);
    }

    /// <summary>The one that the commit's last row falls into, and the next one before it is needed.</summary>
    private void MakePartitions(NpgsqlConnection connection)
    {
        const long Width = PostgresUsageSchema.EventsInPartition;
        var ahead = (_position + Width / 8) / Width;
        if (_partition == _position / Width && (_head.Position + Width / 8) / Width == ahead) return;
        for (var part = (_head.Position + 1) / Width; part <= ahead; part++) PostgresPartitions.Make(connection, "usage_events", part * Width, Width);
    }
}
