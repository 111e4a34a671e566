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

/// <summary>
/// A versioned table of who shares a model's revenue. A table that is committed and not at hand has its commitment and
/// no rows.
/// </summary>
public sealed record SplitTable(uint Version, IReadOnlyList<SplitRow> Rows)
{
    /// <summary>No row or pool weighs as much, so that sums of weights stay far from 128 bits.</summary>
    public static UInt128 WeightLimit { get; } = UInt128.One << 96;

    /// <summary>Weight of the part that is divided by measured influence.</summary>
    public UInt128 PoolWeight { get; init; }

    /// <summary>Who shares the pool where nothing was measured.</summary>
    public IReadOnlyList<SplitRow> Fallback { get; init; } = [];

    /// <summary>What the chain says of a table that it does not carry whole; null once the table is at hand.</summary>
    public TableCommitment? Commitment { get; init; }

    public bool AtHand => Commitment is null;

    /// <summary>What is wrong with the table, or null. Nothing is divided by a table that has a fault.</summary>
    public string? Fault()
    {
        if (!AtHand) return null;
        if (Rows.Count == 0 && PoolWeight == 0) return $"split {Version} is empty";
        if (PoolWeight >= WeightLimit) return $"split {Version} has a pool of more than 96 bits";
        if (PoolWeight > 0 != Fallback.Count > 0)
            return PoolWeight > 0 ? $"split {Version} has a pool without fallback rows" : $"split {Version} has fallback rows without a pool";
        return FaultOf(Rows) ?? FaultOf(Fallback);
    }

    private string? FaultOf(IReadOnlyList<SplitRow> rows)
    {
        foreach (var row in rows)
        {
            if (row.Weight == 0) return $"split {Version} has a row of weight zero";
            if (row.Weight >= WeightLimit) return $"split {Version} has a row of more than 96 bits";
            if (row.Account is { IsZero: true }) return $"split {Version} has a row of the zero address";
        }

        return null;
    }
}

/// <summary>What the chain says of a table that it does not carry whole.</summary>
/// <param name="Hash">keccak-256 of the table's text (<see cref="TableText"/>).</param>
/// <param name="Rows">How many rows it has, fallback rows too.</param>
/// <param name="Weight">The sum of its rows' weights and its pool's.</param>
public sealed record TableCommitment(Hash32 Hash, uint Rows, UInt256 Weight);

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

/// <summary>A lineage version that had not taken effect never will.</summary>
public sealed record LineageCancelled(LogPosition At, ulong Timestamp, ModelId Model, uint Version)
    : RegistryFact(At, Timestamp, Model);

/// <summary>A gateway was listed, or taken off the list.</summary>
public sealed record GatewaySet(LogPosition At, ulong Timestamp, ModelId Model, Address Gateway, bool Listed)
    : RegistryFact(At, Timestamp, Model);

/// <summary>The model's token changed hands.</summary>
public sealed record OwnerChanged(LogPosition At, ulong Timestamp, ModelId Model, Address Owner)
    : RegistryFact(At, Timestamp, Model);
