using OpenSettle.Ethereum.Ports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>What the resolver would ask, were it asked.</summary>
public interface IRulesView
{
    /// <summary>Who owns the model; null where there is no such model.</summary>
    Address? OwnerOf(ModelId model);

    /// <summary>Whether the account calls itself an evaluator.</summary>
    bool IsEvaluator(Address account);

    /// <summary>When the account took the uid back (EAS's <c>revokeOffchain</c>), in seconds; zero: never.</summary>
    ulong RevokedAt(Address attester, Hash32 uid);
}

/// <summary>What became of an off-chain attestation that somebody brought.</summary>
public enum OffchainOutcome
{
    Unknown = 0,

    /// <summary>It would be taken on chain, and is what its signer signed.</summary>
    Accepted,

    /// <summary>It is signed for another chain, or for another EAS.</summary>
    OtherDeployment,

    /// <summary>Its uid is not that of what it says.</summary>
    WrongUid,

    /// <summary>It is not signed by the key that it names.</summary>
    WrongSignature,

    /// <summary>Its schema is none of this resolver's.</summary>
    UnknownSchema,

    /// <summary>Under this schema the resolver alone attests, and on chain.</summary>
    ResolverOnly,

    /// <summary>Its data is not what its schema says.</summary>
    Malformed,

    UnknownModel,
    NotTheOwner,
    NotAnEvaluator,
    Expired,

    /// <summary>It says that it was made later than now.</summary>
    FromTheFuture,

    /// <summary>Its attester took it back.</summary>
    Revoked,
}

/// <summary>What became of an off-chain attestation, and why.</summary>
/// <param name="Message">For people; empty where it is accepted.</param>
/// <param name="Entry">Where it is accepted: the attestation, of level attested.</param>
public sealed record OffchainVerdict(OffchainOutcome Outcome, string Message, AttestationEntry? Entry);

/// <summary>
/// The resolver's rules, applied to what no resolver ever saw: anybody can sign anything off chain. Signers are accounts with a key; a
/// contract's own way of signing is not asked.
/// </summary>
/// <param name="chainId">The chain that it has to be signed for.</param>
/// <param name="service">The EAS that it has to be signed for.</param>
/// <param name="schemas">The resolver's schemas.</param>
/// <param name="recover">Whose key made a signature, see <see cref="IChainProvider.Recover"/>.</param>
public sealed class OffchainRules(ulong chainId, Address service, SchemaSet schemas, Func<Hash32, RecoverableSignature, Address?> recover)
{
    /// <summary>Seconds by which a signer's clock may be ahead.</summary>
    public const ulong ClockTolerance = 600;

    /// <param name="now">Time of the newest block, or the clock's, in seconds.</param>
    public OffchainVerdict Judge(OffchainAttestation attestation, IRulesView view, ulong now)
    {
        var (domain, message) = (attestation.Domain, attestation.Message);
        if (domain.ChainId != chainId || domain.Service != service)
            return No(OffchainOutcome.OtherDeployment, $"it is signed for chain {domain.ChainId} and EAS at {domain.Service.ToChecksumString()}, not for chain {chainId} and {service.ToChecksumString()}");
        var uid = OffchainAttestation.UidOf(message);
        if (uid != attestation.Uid) return No(OffchainOutcome.WrongUid, $"what it says has the uid {uid}, not {attestation.Uid}");
        if (recover(OffchainAttestation.TypedData(domain, message).Digest(), attestation.Signature) is not { } signer || signer != attestation.Signer || signer.IsZero)
            return No(OffchainOutcome.WrongSignature, $"it is not signed by {attestation.Signer.ToChecksumString()}");
        if (schemas.KindOf(message.Schema) is not { } kind) return No(OffchainOutcome.UnknownSchema, $"schema {message.Schema} is none of this deployment's");
        if (!SchemaUid.IsRevocable(kind)) return No(OffchainOutcome.ResolverOnly, $"a statement of kind {StatementCodec.Name(kind)} counts only where the resolver attests it on chain");
        if (StatementCodec.Decode(kind, message.Data.Span, out var problem) is not { About: { } model } statement) return No(OffchainOutcome.Malformed, problem ?? "its data names no model");
        if (Times(message, now) is { } late) return late;
        if (Who(kind, model, signer, view) is { } stranger) return stranger;
        if (view.RevokedAt(signer, uid) is > 0 and var at) return No(OffchainOutcome.Revoked, $"its attester took it back at {at}");
        return new OffchainVerdict(
            OffchainOutcome.Accepted, string.Empty,
            new AttestationEntry(uid, message.Schema, kind, signer, message.Recipient, message.RefUid, message.Time, message.ExpirationTime, 0, OnChain: false, At: null, statement));
    }

    private static OffchainVerdict? Times(OffchainMessage message, ulong now)
    {
        if (message.Time > now && message.Time - now > ClockTolerance) return No(OffchainOutcome.FromTheFuture, $"it says that it was made at {message.Time}, and now it is {now}");
        if (message.ExpirationTime != 0 && message.ExpirationTime <= Math.Max(now, message.Time)) return No(OffchainOutcome.Expired, $"it expired at {message.ExpirationTime}");
        return null;
    }

    private static OffchainVerdict? Who(StatementKind kind, ModelId model, Address signer, IRulesView view)
    {
        if (view.OwnerOf(model) is not { } owner) return No(OffchainOutcome.UnknownModel, $"there is no model {model}");
        if (kind == StatementKind.Evaluation)
            return view.IsEvaluator(signer) ? null : No(OffchainOutcome.NotAnEvaluator, $"{signer.ToChecksumString()} is not registered as an evaluator");
        return signer == owner
            ? null
            : No(OffchainOutcome.NotTheOwner, $"{signer.ToChecksumString()} does not own the model: {owner.ToChecksumString()} does, and a statement of kind {StatementCodec.Name(kind)} is the owner's");
    }

    private static OffchainVerdict No(OffchainOutcome outcome, string message) => new(outcome, message, null);
}
