using Npgsql;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Postgres;

/// <summary>Where the journal of a deployment ends, whoever wrote it.</summary>
/// <param name="Batches">The last id of a batch: counted here, so that one that was not committed leaves no gap.</param>
/// <param name="Segments">Changes with every change of the index's segments.</param>
/// <param name="Indexed">Ids up to there are in segments.</param>
internal sealed record UsageHead(Seal Seal, long Batches, long Held, long Conflicts, long Segments, long Indexed)
{
    private const string Columns = "SELECT position, received, chain, batches, held, conflicts, segments, indexed FROM usage_head";

    public long Position => Seal.Position;

    public UsageTotals Totals => new(Position, Held, Conflicts);

    public static UsageHead Read(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(Columns, connection);
        using var row = command.ExecuteReader();
        return Read(row);
    }

    /// <summary>Begins a transaction that has the journal for itself, in one message.</summary>
    public static UsageHead Lock(NpgsqlConnection connection)
    {
        using var batch = new NpgsqlBatch(connection);
        foreach (var sql in UsageLock.Begin) batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Columns));
        using var row = batch.ExecuteReader();
        // The lock's own answer comes first.
        row.NextResult();
        return Read(row);
    }

    /// <summary>Adds what writes it.</summary>
    public void Write(NpgsqlBatch batch)
    {
        PostgresPlace.Add(
            batch, "UPDATE usage_head SET position = $1, received = $2, chain = $3, batches = $4, held = $5, conflicts = $6, segments = $7, indexed = $8",
            Position, Seal.Received, Seal.Chain.ToArray(), Batches, Held, Conflicts, Segments, Indexed);
    }

    private static UsageHead Read(NpgsqlDataReader row)
    {
        if (!row.Read()) throw new InvalidOperationException("usage_head has no row.");
        return new UsageHead(
            new Seal(row.GetInt64(0), row.GetInt64(1), Hash32.FromBytes((byte[])row.GetValue(2))), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7));
    }
}
