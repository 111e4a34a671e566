using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Npgsql;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// From ids to positions, for as long as the horizon, for all nodes: what came last is in memory, and in the table as a few bytes of each
/// commit; once that is enough it becomes a segment, sorted, which never changes. An id is asked of every segment, and most say no from
/// memory. Each node reads what others added when it has the journal's lock, so that none ever decides by old knowledge.
/// </summary>
internal sealed class UsageIds(int segmentSize)
{
    private readonly List<IdSegment> _segments = [];
    private readonly UsageRows _rows = new();
    private RecentIds _recent = new(64);
    private long _version = -1;
    private long _position;

    /// <summary>Positions up to here are in segments.</summary>
    public long Indexed => _segments.Count == 0 ? 0 : _segments[^1].Last;

    /// <summary>What <see cref="Touch"/> read. It is kept so that the reading is not left out.</summary>
    public ulong Touched { get; private set; }

    /// <summary>Within a transaction: takes in what is committed, up to a head that was read in it.</summary>
    public void CatchUp(NpgsqlConnection connection, UsageHead head)
    {
        if (head.Segments != _version) ReadSegments(connection, head);
        var after = Math.Max(_position, Indexed);
        if (head.Position != after)
        {
            using var read = PostgresPlace.Command(connection, "SELECT position, keys FROM usage_fresh WHERE position > $1 ORDER BY position", after);
            using var rows = read.ExecuteReader();
            while (rows.Read())
            {
                var (last, keys) = (rows.GetInt64(0), (byte[])rows.GetValue(1));
                if (last - keys.Length / sizeof(ulong) != after) break;
                Add(keys, after + 1);
                after = last;
            }

            if (after != head.Position)
                throw new StorageException(StorageErrorKind.Inconsistent, $"The index of ids ends at {after}, and the journal at {head.Position}: usage_fresh lacks rows. Restore the database from a back-up.");
        }

        _position = head.Position;
    }

    /// <summary>After a commit: its ids, from the position after the one before.</summary>
    public void Add(ReadOnlySpan<byte> keys, long position)
    {
        for (; keys.Length > 0; keys = keys[sizeof(ulong)..]) _recent.Add(BinaryPrimitives.ReadUInt64LittleEndian(keys), position++);
        _position = position - 1;
    }

    /// <inheritdoc cref="RecentIds.Touch"/>
    public void Touch(ReadOnlySpan<ulong> keys)
    {
        var touched = _recent.Touch(keys);
        foreach (var segment in _segments) touched ^= segment.Filter.Touch(keys);
        Touched = touched;
    }

    /// <summary>The positions of what came last, and in which buckets one has to look beside.</summary>
    public void Find(ulong key, List<long> positions, List<(long Segment, int Bucket, ulong Key)> buckets)
    {
        _recent.Find(key, positions);
        foreach (var segment in _segments)
        {
            if (segment.Filter.MayHave(key)) buckets.Add((segment.Id, segment.BucketOf(key), key));
        }
    }

    /// <summary>Looks into buckets. Gives the positions of each key that is there.</summary>
    public static void Look(NpgsqlConnection connection, List<(long Segment, int Bucket, ulong Key)> buckets, Action<ulong, long> found)
    {
        if (buckets.Count == 0) return;
        var keys = buckets.ToLookup(one => (one.Segment, one.Bucket), one => one.Key);
        var wanted = keys.Select(one => one.Key).ToList();
        // Each by its key: where it is many, a planner that may would rather read the whole table.
        using var read = new NpgsqlCommand("SELECT w.segment, w.bucket, i.keys FROM unnest($1, $2) w(segment, bucket) CROSS JOIN LATERAL (SELECT keys FROM usage_ids WHERE segment = w.segment AND bucket = w.bucket LIMIT 1) i", connection);
        read.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. wanted.Select(one => one.Segment)] });
        read.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. wanted.Select(one => (long)one.Bucket)] });
        using var rows = read.ExecuteReader();
        while (rows.Read())
        {
            var entries = MemoryMarshal.Cast<byte, IdEntry>((byte[])rows.GetValue(2));
            foreach (var key in keys[(rows.GetInt64(0), (int)rows.GetInt64(1))])
            {
                foreach (var entry in entries)
                {
                    if (entry.Key == key) found(key, entry.Position);
                }
            }
        }
    }

    /// <summary>
    /// Within a commit: once there is enough in memory it becomes a segment, and one that nothing is asked of any more goes.
    /// </summary>
    /// <param name="head">Up to which it has everything.</param>
    /// <param name="forgetBefore">Segments whose newest id came before this are dropped.</param>
    /// <returns>The head with what changed, and what changes in memory once it is committed.</returns>
    public (UsageHead Head, Action? Committed) Maintain(NpgsqlConnection connection, UsageHead head, long forgetBefore)
    {
        var full = _recent.Count >= segmentSize;
        // The last one stays: it says up to where ids are written.
        var old = _segments.SkipLast(full ? 0 : 1).TakeWhile(one => one.Newest < forgetBefore).ToList();
        if (!full && old.Count == 0) return (head, null);
        var version = head.Segments + 1;
        List<IdSegment> left = full ? [.. _segments, Write(connection, version, head)] : [.. _segments];
        left.RemoveRange(0, old.Count);
        foreach (var one in old) Drop(connection, one.Id);
        return (head with { Segments = version, Indexed = left[^1].Last }, () =>
        {
            _segments.Clear();
            _segments.AddRange(left);
            _version = version;
            if (full) _recent = new RecentIds(segmentSize);
        });
    }

    /// <summary>Within a transaction that has the journal's lock. Its ids go with the others of their partition, at once.</summary>
    public static void Drop(NpgsqlConnection connection, long segment)
    {
        PostgresPlace.Execute(connection, "DELETE FROM usage_segments WHERE id = $1", segment);
        PostgresPlace.Execute(connection, "DELETE FROM usage_filters WHERE segment = $1", segment);
        var part = segment / PostgresUsageSchema.SegmentsInPartition;
        using var others = PostgresPlace.Command(connection, "SELECT count(*) FROM usage_segments WHERE id / $1 = $2", PostgresUsageSchema.SegmentsInPartition, part);
        if (others.ExecuteScalar() is 0L) PostgresPlace.Execute(connection, $"DROP TABLE IF EXISTS usage_ids_{part}");
    }

    private void ReadSegments(NpgsqlConnection connection, UsageHead head)
    {
        var known = _segments.ToDictionary(segment => segment.Id);
        var all = new List<IdSegment>();
        foreach (var segment in IdSegment.Read(connection))
        {
            if (known.TryGetValue(segment.Id, out var here))
            {
                all.Add(here);
                continue;
            }

            segment.ReadFilter(connection);
            all.Add(segment);
        }

        _segments.Clear();
        _segments.AddRange(all);
        _version = head.Segments;
        // What is in segments now is not needed in memory.
        var recent = new RecentIds(segmentSize);
        foreach (var entry in _recent.Sorted())
        {
            if (entry.Position > Indexed) recent.Add(entry.Key, entry.Position);
        }

        _recent = recent;
    }

    private IdSegment Write(NpgsqlConnection connection, long id, UsageHead head)
    {
        var entries = _recent.Sorted().AsSpan();
        var segment = new IdSegment(id, Indexed + 1, head.Position, head.Seal.Received, IdSegment.BitsFor(segmentSize));
        segment.Insert(connection, isWhole: true);
        _rows.Begin();
        segment.AddBuckets(_rows, entries, 0, segment.Buckets);
        _rows.Send(connection, IdSegment.Ids);
        segment.WriteFilter(connection, _rows);
        PostgresPlace.Execute(connection, "DELETE FROM usage_fresh WHERE position <= $1", segment.Last);
        return segment;
    }
}
