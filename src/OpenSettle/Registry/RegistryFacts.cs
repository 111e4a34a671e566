using OpenSettle.Primitives;

namespace OpenSettle.Registry;

/// <summary>A registered model, on one chain: keccak-256 of its creator and a salt.</summary>
public readonly record struct ModelId(Hash32 Value) : IComparable<ModelId>
{
    public static bool operator <(ModelId left, ModelId right) => left.CompareTo(right) < 0;

    public static bool operator >(ModelId left, ModelId right) => left.CompareTo(right) > 0;

    public static bool operator <=(ModelId left, ModelId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ModelId left, ModelId right) => left.CompareTo(right) >= 0;

    public int CompareTo(ModelId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}

/// <summary>A log's place on the chain. Chain order is this order.</summary>
public readonly record struct LogPosition(ulong Block, uint LogIndex) : IComparable<LogPosition>
{
    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;

    public int CompareTo(LogPosition other) =>
        Block != other.Block ? Block.CompareTo(other.Block) : LogIndex.CompareTo(other.LogIndex);

    public override string ToString() => $"{Block}:{LogIndex}";
}

/// <summary>A block's number and its time, the only clock that rules know.</summary>
public readonly record struct BlockPoint(ulong Number, ulong Timestamp);

/// <summary>
/// One row of a split. A null <paramref name="Account"/> is the row <c>OWNER</c>: whoever owns the model's token.
/// </summary>
public sealed record SplitRow(Address? Account, UInt128 Weight, string Role);

/// <summary>A versioned table of who shares a model's revenue.</summary>
public sealed record SplitTable(uint Version, IReadOnlyList<SplitRow> Rows);

/// <summary>A model that another derives from, and the millionths of what reaches the child that flow up to it.</summary>
public sealed record Parent(ModelId Model, uint Share);

/// <summary>A versioned list of a model's parents.</summary>
public sealed record Lineage(uint Version, IReadOnlyList<Parent> Parents);

/// <summary>Something that the registry contract said, in chain order.</summary>
public abstract record RegistryFact(LogPosition At, ulong Timestamp, ModelId Model);

/// <summary>A model exists from here on.</summary>
public sealed record ModelRegistered(
    LogPosition At,
    ulong Timestamp,
    ModelId Model,
    ulong Number,
    Address Creator,
    Address PayAddress,
    uint NoticePeriod,
    Hash32 IdentityHash,
    Hash32 MetadataHash,
    string Uri) : RegistryFact(At, Timestamp, Model);

/// <summary>A split version that is in force in later blocks whose time is at least <paramref name="EffectiveAt"/>.</summary>
public sealed record SplitSet(LogPosition At, ulong Timestamp, ModelId Model, ulong EffectiveAt, SplitTable Table)
    : RegistryFact(At, Timestamp, Model);

/// <summary>A split version that had not taken effect never will.</summary>
public sealed record SplitCancelled(LogPosition At, ulong Timestamp, ModelId Model, uint Version)
    : RegistryFact(At, Timestamp, Model);

/// <summary>The model's parents, under the same rule of time as a split.</summary>
public sealed record LineageSet(LogPosition At, ulong Timestamp, ModelId Model, ulong EffectiveAt, Lineage Lineage)
    : RegistryFact(At, Timestamp, Model);

/// <summary>A gateway was listed, or taken off the list.</summary>
public sealed record GatewaySet(LogPosition At, ulong Timestamp, ModelId Model, Address Gateway, bool Listed)
    : RegistryFact(At, Timestamp, Model);

/// <summary>The model's token changed hands.</summary>
public sealed record OwnerChanged(LogPosition At, ulong Timestamp, ModelId Model, Address Owner)
    : RegistryFact(At, Timestamp, Model);
