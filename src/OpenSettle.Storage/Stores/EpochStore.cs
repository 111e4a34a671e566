using System.Data.Common;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>Epochs and how far each has come.</summary>
public sealed class EpochStore(BooksSession session)
{
    private const string AllColumns =
        "number, attempt, state, first_block, last_block, last_hash, last_time, previous_root, root, bundle_hash, bundle_uri, payments, usage_events, ready_at, usage_position, usage_chain, push_root, record_root";

    /// <summary>Active, attested, pushed.</summary>
    private const string ActiveStates = "(3, 4, 8)";

    public SettledEpoch? Latest() => session.Single($"SELECT {AllColumns} FROM epochs ORDER BY number DESC LIMIT 1", ReadEpoch);

    public SettledEpoch? Get(ulong number) => session.Single($"SELECT {AllColumns} FROM epochs WHERE number = ?1", ReadEpoch, number);

    /// <summary>The newest epoch whose root can be claimed against.</summary>
    public SettledEpoch? LatestActive() =>
        session.Single($"SELECT {AllColumns} FROM epochs WHERE state IN {ActiveStates} ORDER BY number DESC LIMIT 1", ReadEpoch);

    /// <summary>Whether an epoch has that bundle, or had it before it was vetoed.</summary>
    public bool HasBundle(Hash32 hash) => session.Single(
        "SELECT (SELECT count(*) FROM epochs WHERE bundle_hash = ?1) + (SELECT count(*) FROM epoch_attempts WHERE bundle_hash = ?1)", row => row.GetInt64(0), hash) > 0;

    /// <summary>How often the guardian deleted a proposal.</summary>
    public long CountVetoes() => session.Single("SELECT count(*) FROM epoch_attempts", row => row.GetInt64(0));

    /// <summary>Newest first.</summary>
    public IReadOnlyList<SettledEpoch> List(int most, ulong before = long.MaxValue) =>
        session.Query($"SELECT {AllColumns} FROM epochs WHERE number < ?2 ORDER BY number DESC LIMIT ?1", ReadEpoch, most, before);

    /// <summary>Those before one, newest first.</summary>
    public IReadOnlyList<SettledEpoch> List(ulong before, int most) =>
        session.Query($"SELECT {AllColumns} FROM epochs WHERE number < ?1 ORDER BY number DESC LIMIT ?2", ReadEpoch, before, most);

    /// <summary>Where and when it was activated; zero before.</summary>
    public (ulong Block, ulong Time) Activation(ulong number) =>
        session.Single("SELECT activated_block, activated_time FROM epochs WHERE number = ?1", row => (row.Number(0), row.Number(1)), number);

    /// <summary>Epochs that are active and not yet attested, oldest first.</summary>
    public IReadOnlyList<SettledEpoch> ToAttest() =>
        session.Query($"SELECT {AllColumns} FROM epochs WHERE state = ?1 ORDER BY number", ReadEpoch, EpochState.Active);

    /// <summary>What became of it so far, where the guardian vetoed it; oldest first.</summary>
    public IReadOnlyList<VetoedAttempt> Vetoed(ulong number) => session.Query(
        "SELECT attempt, last_block, root, bundle_hash, bundle_uri, time FROM epoch_attempts WHERE number = ?1 ORDER BY attempt",
        row => new VetoedAttempt(number, checked((uint)row.GetInt64(0)), row.Number(1), row.Word(2), row.Word(3), row.GetString(4), row.Number(5)),
        number);

    /// <summary>The proposal's bytes: once the vault has one, those that it has.</summary>
    public ReadOnlyMemory<byte> Proposal(ulong number) =>
        session.Single("SELECT proposal FROM epochs WHERE number = ?1 AND proposal IS NOT NULL", row => row.Bytes(0), number)
        ?? throw new StorageException(StorageErrorKind.Inconsistent, $"The books have no proposal of epoch {number}.");

    /// <summary>Adds an epoch of which nothing is posted yet.</summary>
    public void Add(SettledEpoch e, ReadOnlyMemory<byte>? proposal = null) => session.Execute(
        $"INSERT INTO epochs ({AllColumns}, proposal, posted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, 0)",
        e.Number, (long)e.Attempt, e.State, e.FirstBlock, e.LastBlock, e.LastBlockHash, e.LastBlockTime, e.PreviousRoot, e.Root, e.BundleHash,
        e.BundleUri, e.Payments, e.UsageEvents, e.ReadyAt, e.UsagePosition, e.UsageChain, e.PushRoot, e.RecordRoot, proposal is { } bytes ? (object)bytes : null);

    /// <summary>What a closed epoch was divided to.</summary>
    public void SetBuilt(SettledEpoch e, ReadOnlyMemory<byte> proposal) => Require(
        session.Execute(
            """
            UPDATE epochs SET state = ?3, root = ?4, bundle_hash = ?5, bundle_uri = ?6, payments = ?7, usage_events = ?8, usage_position = ?9, usage_chain = ?10, push_root = ?11, proposal = ?12, record_root = ?13
            WHERE number = ?1 AND attempt = ?2 AND state = 6
            """,
            e.Number, (long)e.Attempt, EpochState.Built, e.Root, e.BundleHash, e.BundleUri, e.Payments, e.UsageEvents, e.UsagePosition, e.UsageChain, e.PushRoot, proposal,
            e.RecordRoot),
        e.Number, "is not closed");

    /// <summary>The attestors signed this.</summary>
    public void SetSigned(ulong number, uint attempt, ReadOnlyMemory<byte> proposal) => Require(
        session.Execute(
            "UPDATE epochs SET state = ?3, proposal = ?4 WHERE number = ?1 AND attempt = ?2 AND state IN (1, 7)", number, (long)attempt, EpochState.Signed, proposal),
        number, "waits for no signature");

    /// <summary>Takes an epoch back that is built and was signed by too few: its number is open again.</summary>
    public void Withdraw(ulong number, uint attempt) => Require(
        session.Execute("DELETE FROM epochs WHERE number = ?1 AND attempt = ?2 AND state = 1", number, (long)attempt), number, "waits for no signature");

    /// <summary>Somebody else's proposal took the number of one that the vault does not have, if there is one.</summary>
    public void Displace(SettledEpoch foreign, ReadOnlyMemory<byte> proposal)
    {
        session.Execute("DELETE FROM epochs WHERE number = ?1 AND state IN (1, 6, 7)", foreign.Number);
        Add(foreign with { State = EpochState.Foreign }, proposal);
    }

    /// <summary>Takes an epoch back that is closed, or was vetoed: its number is open again.</summary>
    public void Reopen(ulong number, uint attempt) => Require(
        session.Execute("DELETE FROM epochs WHERE number = ?1 AND attempt = ?2 AND state IN (5, 6)", number, (long)attempt), number, "cannot be opened again");

    /// <summary>A closed epoch that came out as the attempt that was vetoed is that attempt again.</summary>
    public void BackToVetoed(ulong number) => Require(
        session.Execute(
            """
            UPDATE epochs SET state = 5, (attempt, last_block, root, bundle_hash, bundle_uri, record_root) =
                (SELECT attempt, last_block, root, bundle_hash, bundle_uri, record_root FROM epoch_attempts a WHERE a.number = epochs.number ORDER BY attempt DESC LIMIT 1)
            WHERE number = ?1 AND state = 6 AND EXISTS (SELECT 1 FROM epoch_attempts a WHERE a.number = epochs.number)
            """,
            number),
        number, "was never vetoed");

    public void SetState(ulong number, EpochState state) =>
        session.Execute("UPDATE epochs SET state = ?2 WHERE number = ?1", number, state);

    public void SetReadyAt(ulong number, ulong readyAt) =>
        session.Execute("UPDATE epochs SET ready_at = ?2 WHERE number = ?1", number, readyAt);

    public void SetProposed(ulong number, ulong readyAt, ReadOnlyMemory<byte> proposal) => session.Execute(
        "UPDATE epochs SET state = ?2, ready_at = ?3, proposal = ?4 WHERE number = ?1", number, EpochState.Proposed, readyAt, proposal);

    /// <summary>The guardian deleted the proposal.</summary>
    public void SetVetoed(ulong number, uint attempt, ulong time)
    {
        Require(
            session.Execute("UPDATE epochs SET state = ?3 WHERE number = ?1 AND attempt = ?2", number, (long)attempt, EpochState.Vetoed), number, "was not proposed");
        session.Execute(
            """
            INSERT INTO epoch_attempts (number, attempt, last_block, root, bundle_hash, bundle_uri, time, record_root)
            SELECT number, attempt, last_block, root, bundle_hash, bundle_uri, ?2, record_root FROM epochs WHERE number = ?1
            """,
            number, time);
    }

    /// <summary>Whether its entries were posted already.</summary>
    public bool IsPosted(ulong number) => session.Single("SELECT posted FROM epochs WHERE number = ?1", row => row.Flag(0), number);

    /// <summary>Its root can be claimed against, and its entries are in the ledger.</summary>
    public void SetActive(ulong number, int payments, long usageEvents, Hash32 pushRoot, Hash32 recordRoot) => session.Execute(
        "UPDATE epochs SET state = ?2, posted = 1, payments = ?3, usage_events = ?4, push_root = ?5, record_root = ?6 WHERE number = ?1",
        number, EpochState.Active, payments, usageEvents, pushRoot, recordRoot);

    /// <summary>When it was activated.</summary>
    public void SetActivated(ulong number, ulong block, ulong time) =>
        session.Execute("UPDATE epochs SET activated_block = ?2, activated_time = ?3 WHERE number = ?1", number, block, time);

    /// <summary>The time of its last block, for books that were written without it.</summary>
    public void SetLastTime(ulong number, ulong time) => session.Execute("UPDATE epochs SET last_time = ?2 WHERE number = ?1", number, time);

    /// <summary>Active epochs whose last block's time is not known.</summary>
    public IReadOnlyList<SettledEpoch> WithoutTime() => session.Query($"SELECT {AllColumns} FROM epochs WHERE activated_block > 0 AND last_time = 0 ORDER BY number", ReadEpoch);

    /// <summary>The newest epoch that was activated before a block; 0 where none was.</summary>
    public ulong NewestActivatedBefore(ulong block) => session.Single(
        "SELECT coalesce(max(number), 0) FROM epochs WHERE activated_block > 0 AND activated_block < ?1", row => row.Number(0), block);

    /// <summary>Epochs that were activated before a block, oldest first, with when.</summary>
    public IReadOnlyList<(SettledEpoch Epoch, ulong ActivatedTime)> ActivatedBefore(ulong block) => session.Query(
        $"SELECT {AllColumns}, activated_time FROM epochs WHERE activated_block > 0 AND activated_block < ?1 ORDER BY number", row => (ReadEpoch(row), row.Number(row.GetOrdinal("activated_time"))), block);

    /// <summary>Where, and where to, each account wants its money after a block.</summary>
    public void SetRecipient(Address account, Registry.LogPosition at, Address recipient) => session.Execute(
        "INSERT INTO recipients (account, block, log_index, recipient) VALUES (?1, ?2, ?3, ?4)", account, at.Block, (long)at.LogIndex, recipient);

    /// <summary>Accounts that want their money elsewhere at the end of a block, and where.</summary>
    public IReadOnlyDictionary<Address, Address> Recipients(ulong block) => session
        .Query(
            "SELECT account, recipient FROM recipients WHERE block <= ?1 ORDER BY account, block, log_index", row => (Account: row.Account(0), Recipient: row.Account(1)), block)
        .GroupBy(row => row.Account)
        .Select(words => (words.Key, words.Last().Recipient))
        .Where(pair => pair.Recipient != Address.Zero)
        .ToDictionary(pair => pair.Key, pair => pair.Recipient);

    /// <summary>Where an account wants its money (zero: at itself), and how often it said so: the nonce that its signatures carry.</summary>
    public (Address Recipient, ulong Nonce) RecipientOf(Address account)
    {
        var words = session.Query("SELECT recipient FROM recipients WHERE account = ?1 ORDER BY block, log_index", row => row.Account(0), account);
        return (words.Count > 0 ? words[^1] : Address.Zero, (ulong)words.Count);
    }

    public void Revoke(Hash32 key, ulong epoch) =>
        session.Execute("INSERT INTO revoked_roots (key, epoch) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING", key, epoch);

    public bool IsRevoked(Hash32 key) => session.Single("SELECT count(*) FROM revoked_roots WHERE key = ?1", row => row.GetInt64(0), key) > 0;

    /// <summary>Up to where an epoch took usage, for books that were written without their usage.</summary>
    public void SetUsageCut(ulong number, long position, Hash32 chain) =>
        session.Execute("UPDATE epochs SET usage_position = ?2, usage_chain = ?3 WHERE number = ?1", number, position, chain);

    private static void Require(int changed, ulong number, string trouble)
    {
        if (changed != 1) throw new StorageException(StorageErrorKind.Inconsistent, $"Epoch {number} {trouble}.");
    }

    private static SettledEpoch ReadEpoch(DbDataReader row) => new(
        row.Number(0), checked((uint)row.GetInt64(1)), (EpochState)row.GetInt32(2), row.Number(3), row.Number(4), row.Word(5), row.Number(6),
        row.Word(7), row.Word(8), row.Word(9), row.GetString(10), row.GetInt32(11), row.GetInt64(12), row.Number(13),
        row.GetInt64(14), row.Word(15), row.Word(16), row.Word(17));
}
