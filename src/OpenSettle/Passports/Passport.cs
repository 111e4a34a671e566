using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>How surely something is known.</summary>
public enum FigureLevel
{
    Unknown = 0,

    /// <summary>It follows from the chain and the bundles whose hashes are on it: anybody recomputes it.</summary>
    OnChain,

    /// <summary>An account signed it: as true as that account is honest.</summary>
    Attested,

    /// <summary>The model's owner, or this node, says so.</summary>
    SelfReported,
}

/// <summary>Whether a figure has a value.</summary>
public enum FigureState
{
    Unknown = 0,
    Known,

    /// <summary>Too little data: fewer than <see cref="Figure.LeastN"/>.</summary>
    Insufficient,

    /// <summary>There is enough data, and nothing to be found in it (no detectable decay, say).</summary>
    NotFound,

    /// <summary>What it would be computed from was not read.</summary>
    NotRead,
}

/// <summary>One figure of a passport.</summary>
/// <param name="Id">What it is, like <c>concentration.hhi</c>; docs/metrics.md has them all.</param>
/// <param name="Scope">Of what: a token's address, a domain, or empty.</param>
/// <param name="Value">As text, by the invariant culture: amounts in the token's smallest unit, ratios with six digits; null without one.</param>
/// <param name="Low">Lower end of the 95 % interval, where there is one.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="N">How many observations it has.</param>
/// <param name="LeastN">With how many it is given at all.</param>
/// <param name="FirstBlock">Of what it was computed from.</param>
/// <param name="LastBlock">Of what it was computed from.</param>
/// <param name="Points">A series behind it, where there is one.</param>
/// <param name="Note">What a reader has to know, in words; null: nothing.</param>
public sealed record Figure(
    string Id, string Scope, FigureState State, string? Value, string? Low, string? High, ulong N, ulong LeastN, FigureLevel Level, ulong FirstBlock, ulong LastBlock,
    IReadOnlyList<FigurePoint> Points, string? Note);

/// <summary>A point of a figure's series.</summary>
/// <param name="At">A day, a week, or how many weeks later: the figure says.</param>
public readonly record struct FigurePoint(string At, string Value, ulong N);

/// <summary>Something that a buyer should look at before believing the figures.</summary>
/// <param name="Id">What kind, like <c>self-payment</c>; docs/metrics.md has them all.</param>
public sealed record PassportFlag(string Id, string Scope, string Message);

/// <summary>What an attestation is worth to a reader.</summary>
public enum AttestationStanding
{
    Unknown = 0,
    Valid,
    Revoked,
    Expired,

    /// <summary>A later one of the same attester about the same thing took its place.</summary>
    Replaced,

    /// <summary>Not from whom the resolver's rules ask for.</summary>
    Stranger,

    /// <summary>Its data is not what its schema says, or it contradicts the registry.</summary>
    Void,
}

/// <summary>An attestation, and what it is worth.</summary>
/// <param name="Why">In words, where it is not plainly valid; null: nothing to say.</param>
/// <param name="Benefits">Whether its attester benefits from the model: an owner, a contributor, or one of their cluster.</param>
public sealed record JudgedAttestation(AttestationEntry Entry, AttestationStanding Standing, bool Benefits, string? Why);

/// <summary>What a model's standing in a domain is ranked by.</summary>
public enum DomainBasis
{
    Unknown = 0,

    /// <summary>Evaluations by evaluators that committed to their set first and do not benefit.</summary>
    Evaluated,

    /// <summary>Judged uses that name a settled payment.</summary>
    PaidUsage,
}

/// <summary>How a model does in a domain. Without trials that count there is no basis, and it is not ranked.</summary>
/// <param name="Text">The domain as people write it.</param>
/// <param name="Low">Lower end of Wilson's 95 % interval, six digits.</param>
/// <param name="High">Upper end of it.</param>
public sealed record DomainStanding(Hash32 Domain, string Text, DomainBasis Basis, ulong Successes, ulong Trials, string Low, string High);

/// <summary>A contributor, by what rows and pool gave.</summary>
/// <param name="Roles">Of its rows in the split in force; empty for influence alone.</param>
/// <param name="Earned">By token.</param>
public sealed record Contributor(Address Account, IReadOnlyList<string> Roles, IReadOnlyList<(Address Token, UInt256 Amount)> Earned);

/// <summary>A parent, and what flowed up to it.</summary>
public sealed record Ancestor(ModelId Model, uint Depth, ulong ShareMillionths, IReadOnlyList<(Address Token, UInt256 Amount)> Flowed);

/// <summary>What may be done with the model, and who says so.</summary>
/// <param name="Attestation">The attestation behind it; null: the registry's own word.</param>
public sealed record StatedPermission(Address Account, Hash32 Use, byte Permission, ulong Expires, Hash32 TermsHash, string Uri, Hash32? Attestation);

/// <summary>All that a buyer can know of a model.</summary>
/// <param name="CodeVersion">Of the rules that computed it: figures of different versions are not compared.</param>
public sealed record Passport(
    string CodeVersion,
    ulong ChainId,
    ModelId Model,
    BlockPoint AsOf,
    ulong LastEpoch,
    Address Owner,
    Address PayAddress,
    Hash32 IdentityHash,
    byte Status,
    bool IsFrozen,
    Hash32 MetadataHash,
    string MetadataUri,
    IReadOnlyList<DomainStanding> Domains,
    IReadOnlyList<Figure> Figures,
    IReadOnlyList<PassportFlag> Flags,
    IReadOnlyList<Ancestor> Ancestors,
    IReadOnlyList<Contributor> Contributors,
    IReadOnlyList<StatedPermission> Permissions,
    IReadOnlyList<JudgedAttestation> Attestations)
{
    /// <summary>Accounts that whoever made the passport says fund anybody: clusters were formed without them. Ascending.</summary>
    public IReadOnlyList<Address> PublicSources { get; init; } = [];
}
