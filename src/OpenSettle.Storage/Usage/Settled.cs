using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Usage;

/// <summary>A batch that the bundle of an activated epoch names.</summary>
public sealed record SettledBatch(ulong Epoch, Address Gateway, ulong Number, Hash32 Root, ulong Events);

/// <summary>What the bundle of an activated epoch says of its usage.</summary>
/// <param name="Events">All that the node saw between the epoch's cut and the one before, in batches or not.</param>
public sealed record SettledUsage(ulong Epoch, ulong Events, IReadOnlyList<SettledBatch> Batches)
{
    public static SettledUsage Of(Bundle bundle) => Of(bundle.Number, bundle.Usage);

    public static SettledUsage Of(ulong epoch, EpochUsage usage) => new(
        epoch, usage.Counts.Aggregate(0UL, (sum, count) => checked(sum + count.Events)),
        [.. usage.Batches.Select(batch => new SettledBatch(epoch, batch.Gateway, batch.Number, batch.Root, batch.Events))]);
}

/// <summary>Up to where an epoch took usage, as the journal that is here has it.</summary>
/// <param name="Position">A sealed position. Where the epoch's own usage is lost, that of the epoch before: nothing behind it was settled, and nothing up to it is settled again.</param>
/// <param name="Chain">The seal's hash there; zero at position 0.</param>
/// <param name="Whole">Whether all batches of the epoch are in the journal.</param>
public sealed record SettledCut(ulong Epoch, long Position, Hash32 Chain, bool Whole);

/// <summary>Batches of a gateway, one after another, that epochs settled and that are not in the journal any more.</summary>
/// <param name="Events">How many events they had.</param>
/// <param name="Epoch">The epoch that settled the last of them.</param>
public sealed record LostBatches(Address Gateway, ulong First, ulong Last, ulong Events, ulong Epoch);

/// <summary>A file of older events that the journal does not have, and why not. It lies in the folder "unused" of the archives now.</summary>
public sealed record UnusedArchive(string Name, string Why);

/// <summary>What became of the usage of a node whose files were lost.</summary>
/// <param name="WasThere">Whether there was a usage file: then nothing was restored.</param>
/// <param name="Sealed">Where the journal ends.</param>
/// <param name="Archives">Archives that were restored.</param>
/// <param name="Batches">Signed batches of them.</param>
/// <param name="Gateways">Gateways of them. Their keys are gone: each has to be added anew.</param>
/// <param name="Lost">What epochs settled and is not there.</param>
/// <param name="Cuts">One for each settled epoch, in their order.</param>
public sealed record RestoredUsage(
    bool WasThere, Seal Sealed, IReadOnlyList<UsageArchiveName> Archives, long Batches, IReadOnlyList<string> Gateways,
    IReadOnlyList<UnusedArchive> Unused, IReadOnlyList<LostBatches> Lost, IReadOnlyList<SettledCut> Cuts);

/// <summary>An archive by its name.</summary>
public sealed record UsageArchiveName(string Name, long First, long Last);

/// <summary>Looks whether a statement's signature is its gateway's.</summary>
/// <returns>The digest that was signed, and what is wrong; null where nothing is.</returns>
public delegate (Hash32 Digest, string? Problem) StatementCheck(BatchStatement statement, ReadOnlyMemory<byte> signature);
