using System.Data.Common;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>Signed claims that this node relays, and the transactions that they go in.</summary>
public sealed class RelayStore(BooksSession session)
{
    internal const string Step =
        """
        -- Claims that their accounts signed and this node brings to the vault; id: the digest that was signed. State: 1 queued, 2 batched,
        -- 3 paid, 4 declined. Times in milliseconds since 1970 by this node's clock; deadline: seconds of block time.
        CREATE TABLE relay_claims (
            id BLOB PRIMARY KEY CHECK (length(id) = 32),
            accepted INTEGER NOT NULL,
            account BLOB NOT NULL CHECK (length(account) = 20),
            token BLOB NOT NULL CHECK (length(token) = 20),
            target BLOB NOT NULL CHECK (length(target) = 20),
            cumulative BLOB NOT NULL CHECK (length(cumulative) = 32),
            deadline INTEGER NOT NULL,
            signature BLOB NOT NULL,
            proof BLOB NOT NULL CHECK (length(proof) % 32 = 0),
            gas INTEGER NOT NULL,
            state INTEGER NOT NULL,
            batch INTEGER,
            tries INTEGER NOT NULL DEFAULT 0,
            amount BLOB CHECK (amount IS NULL OR length(amount) = 32),
            block INTEGER,
            tx BLOB CHECK (tx IS NULL OR length(tx) = 32),
            code TEXT,
            words TEXT
        ) WITHOUT ROWID;
        CREATE INDEX relay_claims_queued ON relay_claims (accepted, id) WHERE state = 1;
        CREATE INDEX relay_claims_batch ON relay_claims (batch) WHERE state = 2;
        CREATE INDEX relay_claims_account ON relay_claims (account, token, accepted);

        -- reserve: what is set aside for it until its cost is known, in wei.
        CREATE TABLE relay_batches (
            number INTEGER PRIMARY KEY,
            planned INTEGER NOT NULL,
            reserve BLOB NOT NULL CHECK (length(reserve) = 32)
        );
        CREATE INDEX relay_batches_planned ON relay_batches (planned);
        """;

    private const string Columns = "id, accepted, account, token, target, cumulative, deadline, signature, proof, gas, state, batch, tries, amount, block, tx, code, words";

    /// <summary>Takes a claim: a new one, or one that was declined and is good now.</summary>
    public void Add(RelayClaim claim) => Require(session.Execute(
        """
        INSERT INTO relay_claims (id, accepted, account, token, target, cumulative, deadline, signature, proof, gas, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT (id) DO UPDATE SET accepted = ?2, signature = ?8, proof = ?9, gas = ?10, state = ?11, code = NULL, words = NULL WHERE relay_claims.state = 4
        """,
        claim.Id, claim.Accepted.ToUnixTimeMilliseconds(), claim.Account, claim.Token, claim.To, claim.Cumulative, claim.Deadline, claim.Signature, Join(claim.Proof), claim.Gas, RelayState.Queued), claim.Id);

    public RelayClaim? Find(Hash32 id) => session.Single($"SELECT {Columns} FROM relay_claims WHERE id = ?1", Read, id);

    /// <summary>Those that wait for a transaction, in the order in which they came.</summary>
    public IReadOnlyList<RelayClaim> Queued(int most) => session.Query($"SELECT {Columns} FROM relay_claims WHERE state = 1 ORDER BY accepted, id LIMIT ?1", Read, most);

    /// <summary>Those that wait, and whose deadline is before that block time.</summary>
    public IReadOnlyList<RelayClaim> Late(ulong time) => session.Query($"SELECT {Columns} FROM relay_claims WHERE state = 1 AND deadline < ?1 ORDER BY accepted, id", Read, time);

    /// <summary>How many wait, and the gas that they take by themselves.</summary>
    public (long Count, ulong Gas) QueuedGas() =>
        session.Single("SELECT count(*), coalesce(sum(gas), 0) FROM relay_claims WHERE state = 1", row => (row.GetInt64(0), row.Number(1)));

    /// <summary>Those that are in a transaction.</summary>
    public IReadOnlyList<RelayClaim> InBatch(long number) => session.Query($"SELECT {Columns} FROM relay_claims WHERE state = 2 AND batch = ?1 ORDER BY accepted, id", Read, number);

    /// <summary>Transactions of whose claims nothing is known yet.</summary>
    public IReadOnlyList<long> OpenBatches() => session.Query("SELECT DISTINCT batch FROM relay_claims WHERE state = 2 ORDER BY batch", row => row.GetInt64(0));

    /// <summary>When the account's last claim of the token was taken, but for those that cost nothing; null: never.</summary>
    public DateTimeOffset? Last(Address account, Address token) => session.Single(
        "SELECT max(accepted) FROM relay_claims WHERE account = ?1 AND token = ?2 AND NOT (state = 4 AND tries = 0)",
        row => row.IsDBNull(0) ? (DateTimeOffset?)null : Time(row, 0), account, token);

    /// <summary>Puts queued claims into a transaction.</summary>
    public RelayBatch Batch(IEnumerable<Hash32> claims, DateTimeOffset planned, UInt256 reserve)
    {
        var number = session.Single("SELECT coalesce(max(number), 0) + 1 FROM relay_batches", row => row.GetInt64(0));
        session.Execute("INSERT INTO relay_batches (number, planned, reserve) VALUES (?1, ?2, ?3)", number, planned.ToUnixTimeMilliseconds(), reserve);
        foreach (var id in claims) Require(session.Execute("UPDATE relay_claims SET state = 2, batch = ?2, tries = tries + 1 WHERE id = ?1 AND state = 1", id, number), id);
        return new RelayBatch(number, planned, reserve);
    }

    /// <summary>Transactions that were planned since a time, and those of whose claims nothing is known yet.</summary>
    public IReadOnlyList<RelayBatch> Batches(DateTimeOffset since) => session.Query(
        "SELECT number, planned, reserve FROM relay_batches WHERE planned > ?1 OR number IN (SELECT batch FROM relay_claims WHERE state = 2) ORDER BY number",
        row => new RelayBatch(row.GetInt64(0), Time(row, 1), row.Amount(2)), since.ToUnixTimeMilliseconds());

    /// <summary>Nothing of its transaction took effect, and nothing will: it waits for another.</summary>
    public void Requeue(Hash32 id) => Require(session.Execute("UPDATE relay_claims SET state = 1 WHERE id = ?1 AND state = 2", id), id);

    public void SetPaid(Hash32 id, UInt256? amount, ulong? block, Hash32? transaction) => Require(
        session.Execute(
            "UPDATE relay_claims SET state = 3, amount = ?2, block = ?3, tx = ?4 WHERE id = ?1 AND state < 3",
            id, amount, block, transaction),
        id);

    public void SetDeclined(Hash32 id, string code, string words) =>
        Require(session.Execute("UPDATE relay_claims SET state = 4, code = ?2, words = ?3 WHERE id = ?1 AND state < 3", id, code, words), id);

    private static void Require(int changed, Hash32 id)
    {
        if (changed != 1) throw new StorageException(StorageErrorKind.Inconsistent, $"The signed claim {id} is not in the state that this follows.");
    }

    private static RelayClaim Read(DbDataReader row) => new(
        row.Word(0), Time(row, 1), row.Account(2), row.Account(3), row.Account(4), row.Amount(5), row.Number(6), row.Bytes(7), Split(row.Bytes(8)), row.Number(9))
    {
        State = (RelayState)row.GetInt32(10),
        Batch = row.IsDBNull(11) ? null : row.GetInt64(11),
        Tries = row.GetInt32(12),
        Outcome = row.GetInt32(10) < (int)RelayState.Paid ? null : new RelayOutcome(
            row.IsDBNull(13) ? null : row.Amount(13), row.IsDBNull(14) ? null : row.Number(14), row.IsDBNull(15) ? null : row.Word(15),
            row.IsDBNull(16) ? null : row.GetString(16), row.IsDBNull(17) ? null : row.GetString(17)),
    };

    private static ReadOnlyMemory<byte> Join(IReadOnlyList<Hash32> proof)
    {
        var bytes = new byte[proof.Count * Hash32.Size];
        for (var i = 0; i < proof.Count; i++) proof[i].WriteTo(bytes.AsSpan(i * Hash32.Size));
        return bytes;
    }

    private static Hash32[] Split(byte[] bytes) =>
        [.. Enumerable.Range(0, bytes.Length / Hash32.Size).Select(i => Hash32.FromBytes(bytes.AsSpan(i * Hash32.Size, Hash32.Size)))];

    private static DateTimeOffset Time(DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
