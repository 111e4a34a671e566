using System.Numerics;
using System.Runtime.InteropServices;
using Npgsql;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>Ids that came one after another, sorted, in buckets by their first bits; and the filter over them.</summary>
internal sealed class IdSegment(long id, long first, long last, long newest, int bits)
{
    /// <summary>Where buckets are copied into.</summary>
    public const string Ids = "usage_ids (segment, bucket, keys)";

    private const int IdsInBucket = 64;

    // A filter's bucket stands for four of these, see IdFilter.
    private const int FilterBits = 2;
    private const int FilterRow = 64;

    public long Id => id;

    public long First => first;

    public long Last => last;

    public long Newest => newest;

    public int Bits => bits;

    public int Buckets => 1 << bits;

    public IdFilter Filter => field ??= new IdFilter(bits - FilterBits);

    private int FilterBuckets => Math.Min(FilterRow, 1 << (bits - FilterBits));

    public static int BitsFor(int ids) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(ids / IdsInBucket, 1 << FilterBits)));

    /// <summary>Those that are whole, in their order; without their filters.</summary>
    public static List<IdSegment> Read(NpgsqlConnection connection)
    {
        var all = new List<IdSegment>();
        using var read = new NpgsqlCommand("SELECT id, first_position, last_position, newest, bits FROM usage_segments WHERE state = 2 ORDER BY first_position", connection);
        using var rows = read.ExecuteReader();
        while (rows.Read()) all.Add(new IdSegment(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3), (int)rows.GetInt64(4)));
        return all;
    }

    public int BucketOf(ulong key) => (int)(key >> (64 - bits));

    /// <summary>Its row, and the partition for its buckets.</summary>
    public void Insert(NpgsqlConnection connection, bool isWhole)
    {
        PostgresPartitions.Make(connection, "usage_ids", id, PostgresUsageSchema.SegmentsInPartition);
        PostgresPlace.Execute(
            connection, "INSERT INTO usage_segments (id, state, first_position, last_position, newest, bits) VALUES ($1, $2, $3, $4, $5, $6)",
            id, isWhole ? 2L : 1L, first, last, newest, (long)bits);
    }

    /// <summary>Adds buckets, with their ids sorted, to the rows and to the filter.</summary>
    public void AddBuckets(UsageRows rows, ReadOnlySpan<IdEntry> entries, int from, int to)
    {
        var at = 0;
        for (var bucket = from; bucket < to; bucket++)
        {
            var end = at;
            for (; end < entries.Length && BucketOf(entries[end].Key) == bucket; end++) Filter.Add(entries[end].Key);
            if (end > at) rows.Add(id, bucket, MemoryMarshal.AsBytes(entries[at..end]));
            at = end;
        }
    }

    public void WriteFilter(NpgsqlConnection connection, UsageRows rows)
    {
        rows.Begin();
        for (var part = 0; part * FilterBuckets < 1 << (bits - FilterBits); part++) rows.Add(id, part, Filter.Read(part * FilterBuckets, FilterBuckets));
        rows.Send(connection, "usage_filters (segment, part, filter)");
    }

    public void ReadFilter(NpgsqlConnection connection)
    {
        using var read = PostgresPlace.Command(connection, "SELECT part, filter FROM usage_filters WHERE segment = $1", id);
        using var rows = read.ExecuteReader();
        while (rows.Read()) Filter.Write((int)rows.GetInt64(0) * FilterBuckets, (byte[])rows.GetValue(1));
    }
}
