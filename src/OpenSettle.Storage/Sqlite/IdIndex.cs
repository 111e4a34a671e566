using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// From ids to positions, for as long as the horizon. New ids are in memory; a full memory is written as a segment, sorted, and
/// never changed; segments of one size become one of the next, a little with every commit. So nothing is ever put into the
/// middle of a large tree, however random ids are. An id is asked of every segment, most of which say no from memory.
/// The index follows from the journal: what memory had is read from there at the next start.
/// </summary>
internal sealed class IdIndex : IDisposable
{
    private const int IdsInBucket = 256;
    private const int BucketsInFilterRow = 8;

    // The largest have 8^3 of the smallest: their filters stay within one array, and old ids go within the horizon.
    private const int HighestLevel = 3;

    private readonly SqliteConnection _connection;
    private readonly UsageOptions _options;
    private readonly RecentIds _recent;

    // Of the commit that is being made.
    private readonly RecentIds _new;
    private readonly List<Segment> _segments = [];
    private readonly Queue<Segment> _dropped = new();
    private readonly BulkStatement _readKeys;
    private readonly BulkStatement _writeKeys;
    private readonly BulkStatement _writeFilter;
    private readonly List<Action> _staged = [];
    private Merge? _merge;
    private long _newest;

    public IdIndex(SqliteConnection connection, UsageOptions options)
    {
        (_connection, _options) = (connection, options);
        _recent = new RecentIds(options.SegmentSize + options.MostInCommit);
        _new = new RecentIds(options.MostInCommit);
        _readKeys = new SqliteBulk(connection, "SELECT keys FROM usage_keys WHERE id = ?1");
        _writeKeys = new SqliteBulk(connection, "INSERT INTO usage_keys (id, keys) VALUES (?1, ?2)");
        _writeFilter = new SqliteBulk(connection, "INSERT INTO usage_filters (id, filter) VALUES (?1, ?2)");
    }

    private enum State
    {
        Unknown = 0,
        Building = 1,
        Whole = 2,
        Dropped = 3,
    }

    /// <summary>Ids up to here are in segments.</summary>
    public long Indexed => _segments.Count == 0 ? 0 : _segments[^1].Last;

    public int Segments => _segments.Count;

    /// <summary>Reads what is written, and forgets what was begun and not finished.</summary>
    public void Load()
    {
        var session = SqliteEngine.Session(_connection);
        foreach (var (state, segment) in session.Query(
            "SELECT id, level, state, first_position, last_position, newest, bits FROM usage_segments ORDER BY first_position, id",
            row => ((State)row.GetInt32(2), new Segment(row.GetInt64(0), row.GetInt32(1), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt32(6)))))
        {
            if (state == State.Whole) _segments.Add(segment);
            else _dropped.Enqueue(segment);
        }

        foreach (var segment in _segments)
        {
            foreach (var (id, filter) in session.Query(
                "SELECT id, filter FROM usage_filters WHERE id >= ?1 AND id < ?2 ORDER BY id", row => (row.GetInt64(0), row.Bytes(1)), segment.Row(0), segment.Row(0) + (1L << 32)))
            {
                segment.Filter.Write((int)(id & uint.MaxValue) * BucketsInFilterRow, filter);
            }
        }
    }

    /// <summary>Adds an id that is committed.</summary>
    public void Add(ulong key, long position, long received)
    {
        _recent.Add(key, position);
        _newest = Math.Max(_newest, received);
    }

    /// <summary>Adds an id of the commit that is being made.</summary>
    public void AddNew(ulong key, long position) => _new.Add(key, position);

    /// <summary>What <see cref="Touch"/> read. It is kept so that the reading is not left out.</summary>
    public ulong Touched { get; private set; }

    /// <summary>
    /// Before many ids are asked for one by one: each waits for memory, and together they wait once.
    /// </summary>
    public void Touch(ReadOnlySpan<ulong> keys)
    {
        var touched = _new.Touch(keys) ^ _recent.Touch(keys);
        foreach (var segment in _segments) touched ^= segment.Filter.Touch(keys);
        Touched = touched;
    }

    /// <summary>The positions of all ids with these first eight bytes.</summary>
    public void Find(ulong key, List<long> positions)
    {
        _new.Find(key, positions);
        _recent.Find(key, positions);
        for (var i = _segments.Count - 1; i >= 0; i--)
        {
            if (_segments[i].Filter.MayHave(key)) FindIn(_segments[i], key, positions);
        }
    }

    /// <summary>For a check: whether an event that has to be in a segment is there.</summary>
    public bool Has(long position, ulong key)
    {
        if (_segments.Count == 0 || position < _segments[0].First || position > Indexed) return true;
        var segment = _segments.Find(segment => segment.First <= position && position <= segment.Last);
        var found = new List<long>();
        if (segment?.Filter.MayHave(key) == true) FindIn(segment, key, found);
        return found.Contains(position);
    }

    /// <summary>Within a transaction: writes what is due, a little with every commit.</summary>
    /// <param name="events">How many events the commit has: work keeps up with them.</param>
    /// <param name="forgetBefore">Segments whose newest id came before this are dropped.</param>
    public void Maintain(int events, long forgetBefore)
    {
        _staged.Clear();
        if (_recent.Count >= _options.SegmentSize) Write();
        for (var left = Math.Max(4096, 3 * events); left > 0 && (_merge ??= NextMerge()) is { } merge && !merge.Done;) left -= Step(merge);
        // The last one stays: it says up to where ids are written.
        if (_segments.SkipLast(1).FirstOrDefault(segment => segment.Newest < forgetBefore && _merge?.Sources.Contains(segment) != true) is { } old) Drop(old);
        Clean();
    }

    /// <summary>After the commit: what was written is used from now on.</summary>
    public void Committed(long received)
    {
        // A segment that was written has what was committed before, and not this commit.
        foreach (var change in _staged) change();
        _staged.Clear();
        _new.MoveTo(_recent);
        _newest = Math.Max(_newest, received);
    }

    /// <summary>After a commit that failed: it is as if nothing had been written.</summary>
    public void Abandoned()
    {
        _staged.Clear();
        _new.Clear();
        if (_merge is { Target.IsBegun: false }) _merge = null;
        else _merge?.Back();
    }

    public void Dispose()
    {
        _readKeys.Dispose();
        _writeKeys.Dispose();
        _writeFilter.Dispose();
    }

    private static int Bits(int ids) => System.Numerics.BitOperations.Log2(System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(ids / IdsInBucket, BucketsInFilterRow)));

    private void FindIn(Segment segment, ulong key, List<long> positions)
    {
        foreach (var entry in ReadBucket(segment, segment.BucketOf(key)))
        {
            if (entry.Key == key) positions.Add(entry.Position);
        }
    }

    private IdEntry[] ReadBucket(Segment segment, int bucket)
    {
        _readKeys.Bind(1, segment.Row(bucket));
        if (!_readKeys.Step()) return [];
        var entries = MemoryMarshal.Cast<byte, IdEntry>(_readKeys.Bytes(0)).ToArray();
        _readKeys.Reset();
        return entries;
    }

    private void Write()
    {
        var entries = _recent.Sorted().AsSpan();
        // Not every position before it has an id here: what is archived has none after a restart.
        var last = Indexed;
        foreach (var entry in entries) last = Math.Max(last, entry.Position);
        var segment = Begin(0, Indexed + 1, last, _newest, Bits(_options.SegmentSize), State.Whole);
        var at = 0;
        for (var bucket = 0; bucket < segment.Buckets; bucket++)
        {
            var end = at;
            while (end < entries.Length && segment.BucketOf(entries[end].Key) == bucket) end++;
            WriteBucket(segment, bucket, entries[at..end]);
            at = end;
        }

        _staged.Add(() =>
        {
            _segments.Add(segment);
            _recent.Clear();
        });
    }

    private Segment Begin(int level, long first, long last, long newest, int bits, State state)
    {
        var id = SqliteEngine.Session(_connection).Single(
            "INSERT INTO usage_segments (level, state, first_position, last_position, newest, bits) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
            row => row.GetInt64(0), level, state, first, last, newest, bits);
        return new Segment(id, level, first, last, newest, bits);
    }

    private void WriteBucket(Segment segment, int bucket, ReadOnlySpan<IdEntry> entries)
    {
        foreach (var entry in entries) segment.Filter.Add(entry.Key);
        if (!entries.IsEmpty)
        {
            _writeKeys.Bind(1, segment.Row(bucket));
            _writeKeys.Bind(2, MemoryMarshal.AsBytes(entries));
            _writeKeys.Run();
        }

        if (bucket % BucketsInFilterRow != BucketsInFilterRow - 1) return;
        _writeFilter.Bind(1, segment.Row(bucket / BucketsInFilterRow));
        _writeFilter.Bind(2, segment.Filter.Read(bucket - BucketsInFilterRow + 1, BucketsInFilterRow));
        _writeFilter.Run();
    }

    /// <summary>The oldest segments of one level that stand side by side and are enough for the next.</summary>
    private Merge? NextMerge()
    {
        for (var i = 0; i + _options.FanOut <= _segments.Count; i++)
        {
            var run = _segments.GetRange(i, _options.FanOut);
            if (run[0].Level < HighestLevel && run.All(segment => segment.Level == run[0].Level && segment.Bits == run[0].Bits)) return new Merge(run);
        }

        return null;
    }

    /// <summary>Merges one bucket of each source. Tells how many ids that were.</summary>
    private int Step(Merge merge)
    {
        var sources = merge.Sources;
        var more = System.Numerics.BitOperations.Log2((uint)_options.FanOut);
        var target = merge.Target.Segment ??= Begin(
            sources[0].Level + 1, sources[0].First, sources[^1].Last, sources.Max(source => source.Newest), sources[0].Bits + more, State.Building);
        var entries = new List<IdEntry>(IdsInBucket * sources.Count * 2);
        foreach (var source in sources) entries.AddRange(ReadBucket(source, merge.Next));
        var all = CollectionsMarshal.AsSpan(entries);
        all.Sort();
        var at = 0;
        for (var bucket = merge.Next << more; bucket < (merge.Next + 1) << more; bucket++)
        {
            var end = at;
            while (end < all.Length && target.BucketOf(all[end].Key) == bucket) end++;
            WriteBucket(target, bucket, all[at..end]);
            at = end;
        }

        merge.Next++;
        if (merge.Done) Finish(merge, target);
        else if (!merge.IsStaged) Stage(merge);
        return all.Length + IdsInBucket;
    }

    private void Stage(Merge merge)
    {
        merge.IsStaged = true;
        _staged.Add(merge.Keep);
    }

    private void Finish(Merge merge, Segment target)
    {
        var session = SqliteEngine.Session(_connection);
        session.Execute("UPDATE usage_segments SET state = ?2 WHERE id = ?1", target.Id, State.Whole);
        foreach (var source in merge.Sources) session.Execute("UPDATE usage_segments SET state = ?2 WHERE id = ?1", source.Id, State.Dropped);
        _staged.Add(() =>
        {
            var at = _segments.IndexOf(merge.Sources[0]);
            _segments.RemoveRange(at, merge.Sources.Count);
            _segments.Insert(at, target);
            foreach (var source in merge.Sources) _dropped.Enqueue(source);
            _merge = null;
        });
    }

    private void Drop(Segment segment)
    {
        SqliteEngine.Session(_connection).Execute("UPDATE usage_segments SET state = ?2 WHERE id = ?1", segment.Id, State.Dropped);
        _staged.Add(() =>
        {
            _segments.Remove(segment);
            _dropped.Enqueue(segment);
        });
    }

    /// <summary>Deletes some rows of a segment that is not needed any more.</summary>
    private void Clean()
    {
        const int MostRows = 256;
        if (!_dropped.TryPeek(out var segment)) return;
        var session = SqliteEngine.Session(_connection);
        var deleted = 0;
        foreach (var table in (ReadOnlySpan<string>)["usage_keys", "usage_filters"])
        {
            deleted += session.Execute(
                $"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3)", segment.Row(0), segment.Row(0) + (1L << 32), MostRows);
        }

        if (deleted > 0) return;
        session.Execute("DELETE FROM usage_segments WHERE id = ?1", segment.Id);
        _staged.Add(() => _dropped.Dequeue());
    }

    private sealed class Segment(long id, int level, long first, long last, long newest, int bits)
    {
        public long Id => id;

        public int Level => level;

        public long First => first;

        public long Last => last;

        public long Newest => newest;

        public int Bits => bits;

        public int Buckets => 1 << bits;

        public IdFilter Filter => field ??= new IdFilter(bits);

        public int BucketOf(ulong key) => (int)(key >> (64 - bits));

        public long Row(int bucket) => (id << 32) | (uint)bucket;
    }

    /// <summary>Segments on their way to one.</summary>
    private sealed class Merge(List<Segment> sources)
    {
        private int _kept;

        public List<Segment> Sources => sources;

        public MergeTarget Target { get; } = new();

        public int Next { get; set; }

        public bool IsStaged { get; set; }

        public bool Done => Next == sources[0].Buckets;

        /// <summary>What was merged up to here is committed.</summary>
        public void Keep() => (_kept, IsStaged, Target.IsBegun) = (Next, false, true);

        public void Back() => (Next, IsStaged) = (_kept, false);
    }

    private sealed class MergeTarget
    {
        public Segment? Segment { get; set; }

        /// <summary>Whether its row is committed.</summary>
        public bool IsBegun { get; set; }
    }
}
