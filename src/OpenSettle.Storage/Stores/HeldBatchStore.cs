using System.Data.Common;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>A signed batch that was pulled.</summary>
/// <param name="Digest">What its gateway signed; the next batch names it.</param>
/// <param name="Seen">The chain's time when it was pulled first.</param>
public sealed record HeldBatch(Address Gateway, ulong Number, Hash32 Digest, Hash32 Root, ulong Events, ulong Seen);

/// <summary>Signed batches of usage that this node pulled by itself, so that nobody can leave one out and say that it never was.</summary>
public sealed class HeldBatchStore(BooksSession session)
{
    private const string Columns = "gateway, number, digest, root, events, seen";

    /// <param name="body">As BatchFile has it, compressed.</param>
    public void Add(HeldBatch batch, ReadOnlyMemory<byte> body) => session.Execute(
        $"INSERT INTO held_batches ({Columns}, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", batch.Gateway, batch.Number, batch.Digest, batch.Root, batch.Events, batch.Seen, body);

    public HeldBatch? Find(Address gateway, ulong number) => session.Single($"SELECT {Columns} FROM held_batches WHERE gateway = ?1 AND number = ?2", Read, gateway, number);

    /// <summary>Its bytes, compressed; null where it is not here.</summary>
    public byte[]? Body(Address gateway, ulong number) => session.Single("SELECT body FROM held_batches WHERE gateway = ?1 AND number = ?2", row => row.Bytes(0), gateway, number);

    /// <summary>A gateway's last one; null before the first.</summary>
    public HeldBatch? Last(Address gateway) => session.Single($"SELECT {Columns} FROM held_batches WHERE gateway = ?1 ORDER BY number DESC LIMIT 1", Read, gateway);

    /// <summary>The first of a gateway after a number, where it was seen by a time; null where there is none.</summary>
    public HeldBatch? First(Address gateway, ulong after, ulong seenBy) => session.Single(
        $"SELECT {Columns} FROM held_batches WHERE gateway = ?1 AND number > ?2 AND seen <= ?3 ORDER BY number LIMIT 1", Read, gateway, after, seenBy);

    public long Count() => session.Single("SELECT count(*) FROM held_batches", row => row.GetInt64(0));

    private static HeldBatch Read(DbDataReader row) => new(row.Account(0), row.Number(1), row.Word(2), row.Word(3), row.Number(4), row.Number(5));
}
