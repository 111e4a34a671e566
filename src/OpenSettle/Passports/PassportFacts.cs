using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>
/// All that a passport is computed from, as of a block. A node has it in its store, a verifier reads it from the chain and the bundles: the
/// same facts give the same passport.
/// </summary>
public sealed record PassportFacts
{
    public required DeploymentId Deployment { get; init; }

    public required ModelId Model { get; init; }

    /// <summary>The start of this block: facts of earlier blocks count.</summary>
    public required BlockPoint AsOf { get; init; }

    /// <summary>All models. It may know later facts too: it is asked as of <see cref="AsOf"/>.</summary>
    public required RegistryBook Registry { get; init; }

    /// <summary>Committed tables that are at hand.</summary>
    public required PublishedTables Tables { get; init; }

    /// <summary>Active epochs, from the first one on.</summary>
    public required IReadOnlyList<EpochPoint> Epochs { get; init; }

    /// <summary>What payments to the model were settled with, by epoch, day, payer and token, in that order.</summary>
    public IReadOnlyList<SettledRevenue> Revenue { get; init; } = [];

    /// <summary>What was paid to the model, settled or not, by token.</summary>
    public IReadOnlyList<TokenRevenue> Paid { get; init; } = [];

    /// <summary>The model's records, in order of epoch.</summary>
    public IReadOnlyList<(ulong Epoch, ModelRecord Record)> Records { get; init; } = [];

    /// <summary>What accounts earned by this model's money, in order of epoch.</summary>
    public IReadOnlyList<Earning> Earnings { get; init; } = [];

    /// <summary>What flowed from this model up to its parents, in order of epoch.</summary>
    public IReadOnlyList<UpstreamFlow> Upstream { get; init; } = [];

    /// <summary>Transfers of listed tokens from or to payers, beneficiaries and who funded them, as far as they were read.</summary>
    public IReadOnlyList<TokenFlow> Flows { get; init; } = [];

    /// <summary>Whether <see cref="Flows"/> were read at all: where not, nothing is said of clusters and washing.</summary>
    public bool FlowsKnown { get; init; }

    /// <summary>Accounts that fund anybody, like an exchange's: what comes from them says nothing of who somebody is.</summary>
    public IReadOnlySet<Address> PublicSources { get; init; } = new HashSet<Address>();

    /// <summary>Attestations about the model made before <see cref="AsOf"/>, those that are void too, in chain order; those off chain last.</summary>
    public IReadOnlyList<AttestationEntry> Attestations { get; init; } = [];

    /// <summary>Who calls itself an evaluator as of the block.</summary>
    public IReadOnlySet<Address> Evaluators { get; init; } = new HashSet<Address>();

    /// <summary>What the registry says of permissions, by account and use; the last word of each.</summary>
    public IReadOnlyList<RegistryPermission> Permissions { get; init; } = [];

    /// <summary>The registry's status: 0 active, 1 deprecated, 2 retired, 3 salvage.</summary>
    public byte Status { get; init; }

    public bool IsFrozen { get; init; }

    /// <summary>Digest of the document that says more of the model, and where it can be found.</summary>
    public Hash32 MetadataHash { get; init; }

    public string MetadataUri { get; init; } = string.Empty;

    /// <summary>That document's bytes, where they are at hand: they have that digest.</summary>
    public ReadOnlyMemory<byte>? Metadata { get; init; }

    /// <summary>Usage in no epoch that this node saw, by day and domain: only its word.</summary>
    public IReadOnlyList<SeenUsage> Seen { get; init; } = [];

    /// <summary>Symbols and decimals, for people.</summary>
    public IReadOnlyList<TokenName> TokenNames { get; init; } = [];
}

/// <summary>An active epoch.</summary>
/// <param name="EndTime">Time of its last block.</param>
/// <param name="ActivatedAt">Time of the block in which it was activated.</param>
/// <param name="RecordRoot">Zero where it has no records.</param>
public sealed record EpochPoint(ulong Number, ulong FirstBlock, ulong LastBlock, ulong EndTime, ulong ActivatedAt, Hash32 RecordRoot, Hash32 BundleHash);

/// <summary>What one payer's payments of one day were settled with in one epoch.</summary>
/// <param name="Day">Days since 1970, by the time of the payment's block.</param>
/// <param name="Payer">Zero: nobody knows, as with an excess.</param>
/// <param name="TimeWeighted">Sum of settled amount times the payment's time.</param>
/// <param name="Oldest">Time of the oldest payment.</param>
public readonly record struct SettledRevenue(ulong Epoch, uint Day, Address Payer, Address Token, ulong Payments, UInt256 Settled, UInt256 TimeWeighted, ulong Oldest);

/// <summary>What an account earned by a model's money in an epoch.</summary>
public readonly record struct Earning(ulong Epoch, Address Token, Address Account, UInt256 Amount);

/// <summary>What went from a model up to a parent in an epoch.</summary>
public readonly record struct UpstreamFlow(ulong Epoch, Address Token, ModelId Parent, UInt256 Amount);

/// <summary>What an account sent another of a listed token on one day.</summary>
public readonly record struct TokenFlow(uint Day, Address Token, Address From, Address To, UInt256 Amount);

/// <summary>The registry's last word on a permission.</summary>
public readonly record struct RegistryPermission(Address Account, Hash32 Use, byte Permission, ulong Expires, Hash32 TermsHash, string Uri, LogPosition At);

/// <summary>Usage that a node saw and no epoch has.</summary>
public readonly record struct SeenUsage(uint Day, string Domain, ulong Uses, ulong Signed, ulong Successes, ulong Trials);

/// <summary>A token as people know it.</summary>
public readonly record struct TokenName(Address Token, string Symbol, byte Decimals);
