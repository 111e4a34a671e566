using Microsoft.Data.Sqlite;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Sqlite;

/// <summary>This node's transactions: the intent before the bytes, the bytes before the broadcast.</summary>
public sealed class OutboxStore(BooksSession session)
{
    private const string AllColumns = "id, purpose, state, target, data, nonce, raw, hash, gas_used, gas_price";

    /// <summary>Plans a transaction. A purpose that is already there is left as it is.</summary>
    public void Plan(string purpose, Address to, ReadOnlyMemory<byte> data) => session.Execute(
        "INSERT INTO outbox (purpose, state, target, data) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (purpose) DO NOTHING",
        purpose, OutboxState.Planned, to, data);

    public OutboxRecord? Find(string purpose) => session.Single($"SELECT {AllColumns} FROM outbox WHERE purpose = ?1", ReadRow, purpose);

    /// <summary>All that is not final, in order of planning.</summary>
    public IReadOnlyList<OutboxRecord> Open() =>
        session.Query($"SELECT {AllColumns} FROM outbox WHERE state < 3 ORDER BY id", ReadRow);

    /// <summary>Whether anything with that beginning of purpose is under way.</summary>
    public bool IsOpen(string purposePrefix) =>
        session.Single("SELECT count(*) FROM outbox WHERE state < 3 AND substr(purpose, 1, length(?1)) = ?1", row => row.GetInt64(0), purposePrefix) > 0;

    public IReadOnlyList<OutboxRecord> Recent(int most) =>
        session.Query($"SELECT {AllColumns} FROM outbox ORDER BY id DESC LIMIT ?1", ReadRow, most);

    /// <summary>The nonce after the highest that was ever given out, or null where none was.</summary>
    public ulong? NextNonce() => session.Single(
        "SELECT max(nonce) FROM outbox", row => row.IsDBNull(0) ? (ulong?)null : row.Number(0) + 1);

    public void SetSigned(long id, ulong nonce, ReadOnlyMemory<byte> raw, Hash32 hash) => session.Execute(
        "UPDATE outbox SET state = ?2, nonce = ?3, raw = ?4, hash = ?5 WHERE id = ?1 AND state = ?6",
        id, OutboxState.Signed, nonce, raw, hash, OutboxState.Planned);

    public void SetFinal(long id, bool succeeded, ulong gasUsed, UInt256 gasPrice) => session.Execute(
        "UPDATE outbox SET state = ?2, gas_used = ?3, gas_price = ?4 WHERE id = ?1",
        id, succeeded ? OutboxState.Done : OutboxState.Reverted, gasUsed, gasPrice);

    /// <summary>Gives a plan up that was never signed: the chain already shows its effect, or another takes its place.</summary>
    public void DropPlanned(long id) => session.Execute("DELETE FROM outbox WHERE id = ?1 AND state = ?2", id, OutboxState.Planned);

    private static OutboxRecord ReadRow(SqliteDataReader row) => new(
        row.GetInt64(0), row.GetString(1), (OutboxState)row.GetInt32(2), row.Account(3), row.Bytes(4),
        row.IsDBNull(5) ? null : row.Number(5), row.IsDBNull(6) ? ReadOnlyMemory<byte>.Empty : row.Bytes(6),
        row.IsDBNull(7) ? Hash32.Zero : row.Word(7), row.Number(8), row.IsDBNull(9) ? UInt256.Zero : row.Amount(9));
}
