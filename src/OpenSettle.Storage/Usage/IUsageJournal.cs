using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Usage;

/// <summary>
/// The journal of usage, and what is kept of it: the index of ids, what waits, and the rollups. One engine stands behind it
/// for one node, another can for several.
/// </summary>
public interface IUsageJournal : IDisposable
{
    /// <summary>Takes a request's events. The answer comes after the commit is on disk, together with others'.</summary>
    /// <exception cref="StorageException">The disk does not take it. Nothing of it is stored.</exception>
    Task<AppendResult> AppendAsync(UsageAppend append);

    /// <summary>Up to where the journal is complete. An epoch's cut is such a position.</summary>
    Seal Sealed { get; }

    /// <summary>What it takes on the disk: tables, indexes, and a file's log. Archives are not in it.</summary>
    long Bytes { get; }

    /// <summary>Why work beside the journal does not go on; null while all is well. What the journal says is right all the same.</summary>
    string? Trouble { get; }

    /// <summary>Events in the journal, those that wait, and conflicts that were seen.</summary>
    UsageTotals Totals { get; }

    /// <summary>Up to where a stream is taken, by the last commit with its mark; null before the first.</summary>
    StreamMark? StreamTaken(string stream);

    /// <summary>Finds an event by its identity, inside the horizon; null where it is not known.</summary>
    Task<JournaledEvent?> FindAsync(string source, string id);

    /// <summary>Events after a position, in order, at most so many.</summary>
    IReadOnlyList<JournaledEvent> Events(long after, int most);

    /// <summary>How many events that came in no batch there are of each model, after one position and not after another. Models ascend.</summary>
    IReadOnlyList<(ModelId Model, ulong Events)> Unsigned(long after, long upTo);

    /// <summary>The first seal that covers a position; null after the last one.</summary>
    Seal? SealOf(long position);

    /// <summary>Why the event at a position waits.</summary>
    Hold HoldOf(long position);

    /// <summary>Batches whose events all lie after one position and not after another, in their order.</summary>
    IReadOnlyList<JournaledBatch> Batches(long after, long upTo);

    JournaledBatch? Batch(Address gateway, ulong number);

    JournaledBatch? BatchOf(long id);

    /// <summary>The number and the digest of a gateway's last batch; zero before the first. Where the last one was lost its digest is zero.</summary>
    (ulong Number, Hash32 Digest) LastBatch(Address gateway);

    /// <summary>The batches that epochs settled, that are lost here, and that a number is one of; null where it is of none.</summary>
    LostBatches? LostBatch(Address gateway, ulong number);

    /// <summary>What waits, by model, gateway and reason.</summary>
    IReadOnlyList<HeldGroup> Held();

    /// <summary>Positions of a group's events whose time is not after that one, in order.</summary>
    IReadOnlyList<long> HeldUntil(HeldGroup group, ulong eventTime);

    /// <summary>Lets the events of a group go on: they are counted as if they came now.</summary>
    Task<long> ReleaseAsync(HeldGroup group);

    /// <summary>A model's sums, by domain, day and payer.</summary>
    IReadOnlyList<(RollupKey Key, RollupSums Sums)> Rollups(ModelId model, uint firstDay = 0, uint lastDay = uint.MaxValue);

    IReadOnlyList<GatewayRecord> Gateways();

    /// <summary>Events of a gateway in commits at or after a time in milliseconds. It reads all rows since then.</summary>
    long StoredSince(int gateway, long received);
}

/// <summary>What the journal holds.</summary>
public sealed record UsageTotals(long Events, long Held, long Conflicts);
