using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>A token's cumulative total: all that activated leaves of that token promise together.</summary>
/// <param name="Token">The zero address: native coin.</param>
/// <param name="Total">At most 128 bits.</param>
public sealed record TokenTotal(Address Token, UInt256 Total);

/// <summary>A token that the vault settles, and the smallest accrual that becomes payable.</summary>
public sealed record ListedToken(Address Token, UInt256 SmallestLeaf);

/// <summary>What a quorum of attestors signs and anyone may bring. The interface of the contract says what each part means.</summary>
public sealed record Proposal(
    ulong Epoch,
    uint Attempt,
    Hash32 PreviousRoot,
    Hash32 Root,
    Hash32 BundleHash,
    ulong LastBlock,
    Hash32 LastBlockHash,
    IReadOnlyList<TokenTotal> Totals,
    string BundleUri);

/// <summary>The proposal whose window runs.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Root">Its root.</param>
/// <param name="ReadyAt">Block time in seconds from which it can be activated.</param>
public sealed record OpenProposal(ulong Epoch, Hash32 Root, ulong ReadyAt);

/// <summary>What is kept of an activated epoch.</summary>
public sealed record EpochRecord(Hash32 Root, Hash32 BundleHash, ulong LastBlock, ulong ActivatedAt);

/// <summary>One claim: all that the account ever earned of the token, with its proof.</summary>
public sealed record ClaimRequest(Address Account, Address Token, UInt256 Cumulative, IReadOnlyList<Hash32> Proof);
