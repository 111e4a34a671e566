using Microsoft.Data.Sqlite;

namespace OpenSettle.Storage.Sqlite;

/// <summary>Epochs and how far each has come.</summary>
public sealed class EpochStore(BooksSession session)
{
    private const string AllColumns =
        "number, attempt, state, first_block, last_block, last_hash, last_time, previous_root, root, bundle_hash, bundle_uri, payments, usage_events, ready_at, usage_position, usage_chain";

    public SettledEpoch? Latest() => session.Single($"SELECT {AllColumns} FROM epochs ORDER BY number DESC LIMIT 1", ReadEpoch);

    public SettledEpoch? Get(ulong number) => session.Single($"SELECT {AllColumns} FROM epochs WHERE number = ?1", ReadEpoch, number);

    /// <summary>The newest epoch whose root can be claimed against.</summary>
    public SettledEpoch? LatestActive() => session.Single(
        $"SELECT {AllColumns} FROM epochs WHERE state IN (?1, ?2) ORDER BY number DESC LIMIT 1", ReadEpoch, EpochState.Active, EpochState.Attested);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<SettledEpoch> List(int most) =>
        session.Query($"SELECT {AllColumns} FROM epochs ORDER BY number DESC LIMIT ?1", ReadEpoch, most);

    /// <summary>Epochs that are active and not yet attested, oldest first.</summary>
    public IReadOnlyList<SettledEpoch> ToAttest() =>
        session.Query($"SELECT {AllColumns} FROM epochs WHERE state = ?1 ORDER BY number", ReadEpoch, EpochState.Active);

    /// <summary>The proposal's bytes: once the vault has one, those that it has.</summary>
    public ReadOnlyMemory<byte> Proposal(ulong number) =>
        session.Single("SELECT proposal FROM epochs WHERE number = ?1 AND proposal IS NOT NULL", row => row.Bytes(0), number)
        ?? throw new StorageException(StorageErrorKind.Inconsistent, $"The books have no proposal of epoch {number}.");

    public void SetProposal(ulong number, ReadOnlyMemory<byte> proposal) =>
        session.Execute("UPDATE epochs SET proposal = ?2 WHERE number = ?1", number, proposal);

    public void Add(SettledEpoch e, ReadOnlyMemory<byte> proposal) => session.Execute(
        $"INSERT INTO epochs ({AllColumns}, proposal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        e.Number, (long)e.Attempt, e.State, e.FirstBlock, e.LastBlock, e.LastBlockHash, e.LastBlockTime, e.PreviousRoot, e.Root, e.BundleHash,
        e.BundleUri, e.Payments, e.UsageEvents, e.ReadyAt, e.UsagePosition, e.UsageChain, proposal);

    public void SetState(ulong number, EpochState state) =>
        session.Execute("UPDATE epochs SET state = ?2 WHERE number = ?1", number, state);

    public void SetProposed(ulong number, ulong readyAt, ReadOnlyMemory<byte> proposal) => session.Execute(
        "UPDATE epochs SET state = ?2, ready_at = ?3, proposal = ?4 WHERE number = ?1", number, EpochState.Proposed, readyAt, proposal);

    /// <summary>For books from before usage had a file of its own.</summary>
    internal void SetUsageCut(ulong number, long position, Primitives.Hash32 chain) =>
        session.Execute("UPDATE epochs SET usage_position = ?2, usage_chain = ?3 WHERE number = ?1", number, position, chain);

    private static SettledEpoch ReadEpoch(SqliteDataReader row) => new(
        row.Number(0), checked((uint)row.GetInt64(1)), (EpochState)row.GetInt32(2), row.Number(3), row.Number(4), row.Word(5), row.Number(6),
        row.Word(7), row.Word(8), row.Word(9), row.GetString(10), row.GetInt32(11), row.GetInt64(12), row.Number(13),
        row.GetInt64(14), row.Word(15));
}
