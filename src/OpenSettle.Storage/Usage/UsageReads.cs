using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Usage;

/// <summary>What is read of a journal alike, whichever engine it is in: see <see cref="IUsageJournal"/>.</summary>
public abstract class UsageReads
{
    // Of no engine but those of this project.
    private protected UsageReads()
    {
    }

    public StreamMark? StreamTaken(string stream) => Read(session => StreamMarks.Find(session, stream));

    public Seal? SealOf(long position) => Read(session => session.Single(
        "SELECT position, received, chain FROM usage_seals WHERE position >= ?1 ORDER BY position LIMIT 1", row => new Seal(row.GetInt64(0), row.GetInt64(1), row.Word(2)), position));

    public Hold HoldOf(long position) => Read(session => session.Single("SELECT hold FROM usage_held WHERE position = ?1", row => (Hold)row.GetInt32(0), position));

    public IReadOnlyList<JournaledBatch> Batches(long after, long upTo) => Read(session => UsageBatchTable.Within(session, after, upTo));

    public JournaledBatch? Batch(Address gateway, ulong number) => Read(session => UsageBatchTable.Find(session, gateway, number));

    public JournaledBatch? BatchOf(long id) => Read(session => UsageBatchTable.Find(session, id));

    public (ulong Number, Hash32 Digest) LastBatch(Address gateway)
    {
        var last = Read(session => UsageBatchTable.Last(session, gateway));
        return (last.Number, last.Digest);
    }

    public LostBatches? LostBatch(Address gateway, ulong number) => Read(session => LostBatchTable.Find(session, gateway, number));

    public IReadOnlyList<HeldGroup> Held() => Read(HeldTable.Groups);

    public IReadOnlyList<long> HeldUntil(HeldGroup group, ulong eventTime) => Read(session => HeldTable.Until(session, group, eventTime));

    public IReadOnlyList<GatewayRecord> Gateways() => Read(GatewayTable.Read);

    public long StoredSince(int gateway, long received) => Read(session => session.Single(
        "SELECT count(*) FROM usage_events WHERE gateway = ?1 AND position > (SELECT coalesce(max(position), 0) FROM usage_seals WHERE received < ?2)",
        row => row.GetInt64(0), (long)gateway, received));

    /// <summary>Reads in one snapshot.</summary>
    private protected abstract T Read<T>(Func<BooksSession, T> work);
}
