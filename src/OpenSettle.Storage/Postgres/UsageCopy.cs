using System.Buffers.Binary;
using Npgsql;
using OpenSettle.Metering;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>The events of a usage file, and of its archives, with their positions as they are; and the index of their ids, made anew.</summary>
internal sealed class UsageCopy(DataPaths from, BooksSession source, NpgsqlConnection target, Action<string, long> tell, CancellationToken cancellation)
{
    private const int AtOnce = 65_536;

    private readonly UsageRows _rows = new();
    private readonly List<byte> _keys = [];

    /// <summary>Copies them within a transaction, whose seals are there. Tells how many there were.</summary>
    public long Run()
    {
        var last = source.Single("SELECT position, received, chain FROM usage_seals ORDER BY position DESC LIMIT 1", row => new Seal(row.GetInt64(0), row.GetInt64(1), row.Word(2))) ?? Seal.Start;
        var rolled = source.Single("SELECT position FROM usage_rolled", row => row.GetInt64(0));
        if (rolled != last.Position) throw new StorageException(StorageErrorKind.Inconsistent, $"{from.Usage}: its sums are written up to {rolled}, and it ends at {last.Position}. Run 'opensettle db check --rebuild-rollups', then copy again.");
        for (long first = 0; first <= last.Position; first += PostgresUsageSchema.EventsInPartition) PostgresPartitions.Make(target, "usage_events", first, PostgresUsageSchema.EventsInPartition);
        var head = new UsageHead(
            Seal.Start, Number("SELECT coalesce(max(id), 0) FROM usage_batches"), Number("SELECT count(*) FROM usage_held"), Number("SELECT count(*) FROM usage_conflicts"), 0, 0);
        var ids = new UsageIds(AtOnce);
        long copied = 0;
        Span<byte> key = stackalloc byte[sizeof(ulong)];
        _rows.Begin();
        foreach (var row in Rows())
        {
            if (row.Position != copied + 1) throw new StorageException(StorageErrorKind.Inconsistent, $"{from.Usage}: position {row.Position} comes after {copied}.");
            copied = row.Position;
            var view = new EventView(row.Body.Span);
            _rows.Add(view.Model.Value.ToArray(), row.Position, row.Gateway, row.Batch, row.Body.Span);
            BinaryPrimitives.WriteUInt64LittleEndian(key, IdEntry.KeyOf(view.Identity()));
            _keys.AddRange(key);
            if (copied % AtOnce != 0 && copied != last.Position) continue;
            cancellation.ThrowIfCancellationRequested();
            head = Send(ids, head, copied);
            if (copied % (AtOnce * 16) == 0) tell("usage_events", copied);
        }

        if (copied != last.Position) throw new StorageException(StorageErrorKind.Inconsistent, $"{from.Usage}: the last event is {copied}, and the last seal is of {last.Position}.");
        using var batch = new NpgsqlBatch(target);
        (head with { Seal = last }).Write(batch);
        PostgresPlace.Add(batch, "UPDATE usage_rolled SET position = $1", last.Position);
        batch.ExecuteNonQuery();
        tell("usage_events", copied);
        return copied;
    }

    /// <summary>Sends what was gathered, and puts its ids into the index.</summary>
    private UsageHead Send(UsageIds ids, UsageHead head, long position)
    {
        _rows.Send(target, "usage_events (model, position, gateway, batch, body)");
        _rows.Begin();
        PostgresPlace.Execute(target, "INSERT INTO usage_fresh (position, keys) VALUES ($1, $2)", position, _keys.ToArray());
        var received = source.Single("SELECT received FROM usage_seals WHERE position >= ?1 ORDER BY position LIMIT 1", row => row.GetInt64(0), position);
        ids.Add(_keys.ToArray(), position - _keys.Count / sizeof(ulong) + 1);
        _keys.Clear();
        var (after, committed) = ids.Maintain(target, head with { Seal = new Seal(position, received, head.Seal.Chain) }, forgetBefore: 0);
        committed?.Invoke();
        return after;
    }

    private IEnumerable<JournalBytes> Rows()
    {
        var archives = UsageArchive.List(source);
        foreach (var archive in archives)
        {
            using var reader = ArchiveReader.Open(Path.Combine(from.Archive, archive.Name), archive);
            foreach (var row in reader.Rows(archive.First, archive.Last)) yield return row;
        }

        var last = archives.Count == 0 ? 0 : archives[^1].Last;
        while (true)
        {
            var part = source.Query(
                "SELECT position, gateway, batch, body FROM usage_events WHERE position > ?1 ORDER BY position LIMIT ?2",
                row => new JournalBytes(row.GetInt64(0), row.GetInt32(1), row.GetInt64(2), row.Bytes(3)), last, 4_096L);
            if (part.Count == 0) yield break;
            foreach (var row in part) yield return row;
            last = part[^1].Position;
        }
    }

    private long Number(string sql) => source.Single(sql, row => row.GetInt64(0));
}
