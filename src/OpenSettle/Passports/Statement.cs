using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>The resolver's schemas, in its order.</summary>
public enum StatementKind
{
    Provenance = 0,
    Lineage,
    Contribution,
    Permission,
    Evaluation,
    Epoch,
    UsageRecord,
}

/// <summary>What an attestation under one of the resolver's schemas says, in the words of the domain.</summary>
public abstract record Statement(StatementKind Kind)
{
    /// <summary>The model that it is about; null for an epoch.</summary>
    public abstract ModelId? About { get; }
}

/// <summary>What a model was made from. Relations are words like <c>trained-on</c>, <c>fine-tuned-from</c>, <c>distilled-from</c>, <c>merged</c>, one for each hash.</summary>
public sealed record ProvenanceStatement(ModelId Model, Hash32 IdentityHash, IReadOnlyList<Hash32> DatasetHashes, IReadOnlyList<string> Relations, string Uri)
    : Statement(StatementKind.Provenance)
{
    public override ModelId? About => Model;
}

/// <summary>The parents, and the millionths that flow up to each.</summary>
public sealed record LineageStatement(ModelId Model, IReadOnlyList<Parent> Parents, uint Version) : Statement(StatementKind.Lineage)
{
    public override ModelId? About => Model;
}

/// <summary>What an account did for a model, and how that was weighed.</summary>
public sealed record ContributionStatement(ModelId Model, Address Account, Hash32 Role, UInt128 Weight, Hash32 Method) : Statement(StatementKind.Contribution)
{
    public override ModelId? About => Model;
}

/// <summary>What an account (zero: anybody) may do. <paramref name="Permission"/> is the registry's number: 1 allowed, 2 not allowed, 3 constrained by terms.</summary>
public sealed record PermissionStatement(ModelId Model, Address Account, Hash32 Use, byte Permission, ulong Expires, Hash32 TermsHash) : Statement(StatementKind.Permission)
{
    public override ModelId? About => Model;
}

/// <summary>
/// An evaluator's word. Before the results it commits to the set: the same statement with an empty value and no n. The results name that
/// attestation as the one that they refer to.
/// </summary>
public sealed record EvaluationStatement(ModelId Model, Hash32 Domain, string Metric, string Value, ulong N, Hash32 EvalSetHash, Hash32 MethodHash)
    : Statement(StatementKind.Evaluation)
{
    public override ModelId? About => Model;

    /// <summary>Whether it commits to a set, and says nothing of results yet.</summary>
    public bool IsCommitment => N == 0 && Value.Length == 0;
}

/// <summary>An epoch that the vault activated.</summary>
public sealed record EpochStatement(ulong Number, ulong LastBlock, Hash32 Root, Hash32 RecordRoot, Hash32 BundleHash) : Statement(StatementKind.Epoch)
{
    public override ModelId? About => null;
}

/// <summary>A model's record of an epoch, taken out of the epoch's record root.</summary>
public sealed record UsageRecordStatement(
    ModelId Model, ulong Epoch, ulong Uses, ulong Consumers, IReadOnlyList<TokenRevenue> Revenue, IReadOnlyList<(Hash32 Domain, ulong Successes, ulong Trials)> Domains)
    : Statement(StatementKind.UsageRecord)
{
    public override ModelId? About => Model;
}

/// <summary>An attestation as the chain, or a file, has it.</summary>
/// <param name="Statement">What it says; null where its data is not what its schema says.</param>
/// <param name="Time">When it was made, in seconds.</param>
/// <param name="Expires">From then on it says nothing any more; zero: never.</param>
/// <param name="RevokedAt">When it was revoked; zero: never.</param>
/// <param name="OnChain">Whether the chain has it. Resolvers do not run for others: their rules are applied by whoever reads.</param>
/// <param name="At">The log of it; null off chain.</param>
public sealed record AttestationEntry(
    Hash32 Uid, Hash32 Schema, StatementKind Kind, Address Attester, Address Recipient, Hash32 RefUid, ulong Time, ulong Expires, ulong RevokedAt, bool OnChain, LogPosition? At, Statement? Statement);
