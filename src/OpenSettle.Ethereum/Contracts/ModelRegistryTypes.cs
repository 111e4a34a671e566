using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>One row of a split table.</summary>
/// <param name="Account">Who earns; <see cref="ModelRegistry.OwnerSentinel"/> stands for the token's owner.</param>
/// <param name="Weight">At most 96 bits.</param>
/// <param name="Role">Short ASCII text, left aligned.</param>
public sealed record SplitRow(Address Account, UInt256 Weight, Hash32 Role);

/// <summary>A table that the chain does not carry whole.</summary>
/// <param name="Hash">keccak-256 of its text; zero where the table is carried whole.</param>
/// <param name="Rows">How many rows it has, fallback rows too.</param>
/// <param name="Weight">The sum of its rows' weights and its pool's; at most 128 bits.</param>
/// <param name="Uri">Where it is published.</param>
public sealed record TableCommitment(Hash32 Hash, uint Rows, UInt256 Weight, string Uri)
{
    public static TableCommitment None { get; } = new(Hash32.Zero, 0, UInt256.Zero, string.Empty);
}

/// <summary>A split table as it is given to the registry: whole, or committed and then without rows and pool.</summary>
/// <param name="Rows">Who shares what is not in the pool.</param>
/// <param name="PoolWeight">Weight of the part that is divided by measured influence; at most 96 bits.</param>
/// <param name="FallbackRows">Who shares the pool where nothing was measured.</param>
/// <param name="Committed">What it is committed by.</param>
public sealed record SplitTable(IReadOnlyList<SplitRow> Rows, UInt256 PoolWeight, IReadOnlyList<SplitRow> FallbackRows, TableCommitment Committed)
{
    /// <summary>A table of rows alone.</summary>
    public static SplitTable Of(IReadOnlyList<SplitRow> rows) => new(rows, UInt256.Zero, [], TableCommitment.None);

    /// <summary>A table that stands elsewhere.</summary>
    public static SplitTable Commit(TableCommitment committed) => new([], UInt256.Zero, [], committed);
}

/// <summary>A model that another one derives from.</summary>
/// <param name="ModelId">The parent.</param>
/// <param name="Share">Millionths of what reaches the child that flow up.</param>
public sealed record Parent(Hash32 ModelId, uint Share);

/// <summary>All that is said of a model when it is registered.</summary>
/// <param name="Royalty">Hundredths of a percent of a resale's price that go to the pay address.</param>
public sealed record Registration(
    Hash32 Salt,
    uint NoticePeriod,
    Hash32 IdentityHash,
    Hash32 MetadataHash,
    string Uri,
    ushort Royalty,
    SplitTable Split,
    IReadOnlyList<Parent> Parents,
    IReadOnlyList<Address> Gateways);

/// <summary>What of a model has versions, in the contract's numbers.</summary>
public enum ModelTerm
{
    Split = 0,
    Lineage = 1,
    Royalty = 2,
}

/// <summary>How far a model still is of use, in the contract's numbers.</summary>
public enum ModelStatus
{
    Active = 0,
    Deprecated = 1,
    Retired = 2,
    Salvage = 3,
}

/// <summary>What a use is, in the contract's numbers.</summary>
public enum UsePermission
{
    Unset = 0,
    Allowed = 1,
    NotAllowed = 2,
    Constrained = 3,
}
