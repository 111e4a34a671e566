using System.Numerics;
using System.Runtime.InteropServices;
using Npgsql;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// Makes segments of one size that stand side by side into one of the next, so that an id is asked of few. Segments never change, so most of
/// it needs no lock: only its begin and its end do, which say what is to be used. It is done by the node that moves the rollups on, a piece
/// at a time; one that was begun and not finished is begun anew.
/// </summary>
internal sealed class IdMerge(PostgresPlace place, int segmentSize, int fanOut)
{
    private const int IdsAtOnce = 131_072;

    // The largest have so many times fanOut of the smallest: old ids go within the horizon.
    private const int MostLevels = 2;

    private readonly UsageRows _rows = new();
    private readonly int _more = BitOperations.Log2((uint)fanOut);
    private List<IdSegment> _sources = [];
    private IdSegment? _target;
    private int _next;

    public bool IsBegun => _target is not null;

    /// <summary>Does a piece. Whether there was anything to do.</summary>
    public bool Step()
    {
        try
        {
            if (_target is null && !Begin()) return false;
            if (_target is not { } target) return false;
            if (_next < _sources[0].Buckets) Move(target);
            else Finish(target);
            return true;
        }
        catch
        {
            Forget();
            throw;
        }
    }

    public void Forget() => (_sources, _target, _next) = ([], null, 0);

    private bool Begin()
    {
        using (var look = place.Connect())
        {
            if (Next(look) is null) return false;
        }

        var (connection, head) = UsageLock.Take(place);
        using (connection)
        {
            try
            {
                if (Next(connection) is not { } run)
                {
                    PostgresPlace.RollBack(connection);
                    return false;
                }

                foreach (var begun in Building(connection)) UsageIds.Drop(connection, begun);
                var target = new IdSegment(head.Segments + 1, run[0].First, run[^1].Last, run.Max(segment => segment.Newest), run[0].Bits + _more);
                target.Insert(connection, isWhole: false);
                Commit(connection, head with { Segments = head.Segments + 1 });
                (_sources, _target, _next) = (run, target, 0);
                return true;
            }
            catch
            {
                PostgresPlace.RollBack(connection);
                throw;
            }
        }
    }

    /// <summary>The oldest that are enough for one of the next size.</summary>
    private List<IdSegment>? Next(NpgsqlConnection connection)
    {
        var all = IdSegment.Read(connection);
        var largest = IdSegment.BitsFor(segmentSize) + MostLevels * _more;
        for (var i = 0; i + fanOut <= all.Count; i++)
        {
            var run = all.GetRange(i, fanOut);
            if (run[0].Bits + _more <= largest && run.All(segment => segment.Bits == run[0].Bits)) return run;
        }

        return null;
    }

    private void Move(IdSegment target)
    {
        var buckets = Math.Clamp(IdsAtOnce / Math.Max(segmentSize * _sources.Count / _sources[0].Buckets, 1), 1, _sources[0].Buckets - _next);
        using var connection = place.Connect();
        var entries = new List<IdEntry>(IdsAtOnce * 2);
        using (var read = new NpgsqlCommand("SELECT keys FROM usage_ids WHERE segment = ANY($1) AND bucket >= $2 AND bucket < $3", connection))
        {
            read.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. _sources.Select(source => source.Id)] });
            read.Parameters.Add(PostgresEngine.Parameter((long)_next));
            read.Parameters.Add(PostgresEngine.Parameter((long)_next + buckets));
            using var rows = read.ExecuteReader();
            while (rows.Read()) entries.AddRange(MemoryMarshal.Cast<byte, IdEntry>((byte[])rows.GetValue(0)));
        }

        var sorted = CollectionsMarshal.AsSpan(entries);
        sorted.Sort();
        _rows.Begin();
        target.AddBuckets(_rows, sorted, _next << _more, (_next + buckets) << _more);
        _rows.Send(connection, IdSegment.Ids);
        _next += buckets;
        if (_next == _sources[0].Buckets) target.WriteFilter(connection, _rows);
    }

    private void Finish(IdSegment target)
    {
        var (connection, head) = UsageLock.Take(place);
        using (connection)
        {
            try
            {
                // Another node began anew, or a part of it is beyond the horizon by now.
                var whole = IdSegment.Read(connection).Select(segment => segment.Id).ToHashSet();
                if (!Building(connection).Contains(target.Id) || !_sources.TrueForAll(source => whole.Contains(source.Id)))
                {
                    PostgresPlace.RollBack(connection);
                    Forget();
                    return;
                }

                PostgresPlace.Execute(connection, "UPDATE usage_segments SET state = 2 WHERE id = $1", target.Id);
                foreach (var source in _sources) UsageIds.Drop(connection, source.Id);
                Commit(connection, head with { Segments = head.Segments + 1 });
                Forget();
            }
            catch
            {
                PostgresPlace.RollBack(connection);
                throw;
            }
        }
    }

    private static List<long> Building(NpgsqlConnection connection)
    {
        using var read = new NpgsqlCommand("SELECT id FROM usage_segments WHERE state = 1", connection);
        using var rows = read.ExecuteReader();
        var all = new List<long>();
        while (rows.Read()) all.Add(rows.GetInt64(0));
        return all;
    }

    private static void Commit(NpgsqlConnection connection, UsageHead head)
    {
        using var end = new NpgsqlBatch(connection);
        head.Write(end);
        end.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        end.ExecuteNonQuery();
    }
}
