using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ledger;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Watch;

/// <summary>One thing that the contracts said, in the words of the books.</summary>
public abstract record ChainFact(LogPosition At);

/// <summary>The registry said something of a model.</summary>
public sealed record RegistrySaid(LogPosition At, RegistryFact Fact) : ChainFact(At);

/// <summary>The vault settles a token from now on.</summary>
public sealed record TokenWasListed(LogPosition At, Epochs.ListedToken Token) : ChainFact(At);

/// <summary>A payment was made.</summary>
public sealed record PaymentMade(LogPosition At, Payment Payment) : ChainFact(At);

/// <summary>A pay address was swept.</summary>
public sealed record PayAddressSwept(LogPosition At, Sweep Sweep) : ChainFact(At);

/// <summary>An account was paid.</summary>
public sealed record AccountPaid(LogPosition At, Payout Payout) : ChainFact(At);

/// <summary>Entries of an epoch's push root were tried. All from the first on are paid but those that were refused, and those that were paid before.</summary>
/// <param name="Amount">What was paid together.</param>
/// <param name="Refused">The entries that were refused, ascending.</param>
public sealed record PushMade(LogPosition At, Hash32 Transaction, ulong Epoch, Address Token, ulong First, ulong Count, UInt256 Amount, IReadOnlyList<ulong> Refused) : ChainFact(At);

/// <summary>An account took its entry of a push root itself.</summary>
public sealed record PushWasTaken(LogPosition At, Hash32 Transaction, ulong Epoch, ulong Index, Address Account, Address To, UInt256 Amount) : ChainFact(At);

/// <summary>An account wants its money elsewhere; zero: at itself.</summary>
public sealed record RecipientWasSet(LogPosition At, Address Account, Address Recipient) : ChainFact(At);

/// <summary>A root, or the key of an epoch's pushes, pays nobody any more.</summary>
/// <param name="Epoch">By whose activation.</param>
public sealed record RootWasRevoked(LogPosition At, ulong Epoch, Hash32 Key) : ChainFact(At);

/// <summary>The guardian holds proposals up; what is left of a window is left afterwards.</summary>
public sealed record VaultWasPaused(LogPosition At, ulong Time, ulong Until) : ChainFact(At);

/// <summary>The guardian ended the pause early.</summary>
public sealed record VaultWasUnpaused(LogPosition At, ulong Time) : ChainFact(At);

/// <summary>An epoch's window opened.</summary>
public sealed record EpochWasProposed(LogPosition At, Proposal Proposal, ulong ReadyAt) : ChainFact(At);

/// <summary>The guardian deleted an epoch's proposal.</summary>
public sealed record EpochWasVetoed(LogPosition At, ulong Time, ulong Epoch, uint Attempt) : ChainFact(At);

/// <summary>An epoch's root can be claimed against.</summary>
public sealed record EpochWasActivated(LogPosition At, ulong Time, ulong Epoch, Hash32 Root) : ChainFact(At);

/// <summary>An epoch stands on EAS.</summary>
public sealed record EpochWasAttested(LogPosition At, ulong Epoch, Hash32 Uid) : ChainFact(At);

/// <summary>The registry said something of a model that decides no money.</summary>
public sealed record NoticeWasGiven(LogPosition At, ModelNotice Notice) : ChainFact(At);

/// <summary>An account calls itself an evaluator, or no longer.</summary>
public sealed record EvaluatorWasSet(LogPosition At, ulong Time, Address Account, bool Registered, string Uri) : ChainFact(At);

/// <summary>EAS has an attestation by one of the resolver's schemas. What it says is not in the log; the uid proves it.</summary>
public sealed record AttestationWasMade(LogPosition At, ulong Time, Hash32 Uid, StatementKind Kind, Hash32 Schema, Address Attester, Address Recipient) : ChainFact(At);

/// <summary>Its attester took it back.</summary>
public sealed record AttestationWasRevoked(LogPosition At, ulong Time, Hash32 Uid) : ChainFact(At);

/// <summary>A model's record of an epoch stands on EAS by itself.</summary>
public sealed record RecordWasAttested(LogPosition At, ulong Epoch, ModelId Model, Hash32 Uid) : ChainFact(At);

/// <summary>The resolver says of which model an attestation is, which EAS's own log does not: <paramref name="Uid"/> is the attester's latest; zero: it revoked all of them.</summary>
public sealed record LatestWasSet(LogPosition At, ModelId Model, Hash32 Uid) : ChainFact(At);

/// <summary>The contracts that one node settles for, and the block of their deployment.</summary>
public sealed record WatchedDeployment(DeploymentId Id, Address Resolver, ulong FirstBlock)
{
    /// <summary>The attestation service; zero: attestations are not watched.</summary>
    public Address Eas { get; init; }

    /// <summary>Brings many signed claims at once; zero: the deployment is of before there was one.</summary>
    public Address ClaimRelay { get; init; }
}

/// <summary>The endpoint contradicts what it said before about final blocks: nobody may go on as if nothing had happened.</summary>
public sealed class FinalBlockChangedException(string message) : Exception(message);
