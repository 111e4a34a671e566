using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Verify;

/// <summary>What the vault says of an epoch.</summary>
public sealed record EpochOnChain(ulong Number, Hash32 Root, Hash32 BundleHash, ulong LastBlock, Hash32 RecordRoot);

/// <summary>An epoch that was verified: its bundle and the hash of its bytes.</summary>
public sealed record VerifiedEpoch(Bundle Bundle, Hash32 Hash)
{
    /// <summary>Who got what of which model's money, recomputed; null where it could not be.</summary>
    public DivisionResult? Division { get; init; }
}

/// <summary>What a verifier itself knows of the chain, at the end of an epoch's last block.</summary>
/// <param name="FirstBlock">The block after the epoch before; for the first epoch, the deployment's.</param>
/// <param name="LastBlockHash">Hash of the epoch's last block.</param>
/// <param name="Registry">All models.</param>
/// <param name="Tables">Committed tables that the verifier knows. The bundle may bring more: a table proves itself.</param>
/// <param name="Tokens">Listed tokens, in any order.</param>
/// <param name="Payments">The payments that the epoch has to take, in chain order. Gone through once.</param>
/// <param name="Credited">What the vault was ever credited with, by token.</param>
/// <param name="Recipients">Accounts that set another recipient, and which, as of the end of the last block. All others are paid to themselves.</param>
public sealed record ChainView(
    DeploymentId Deployment,
    ulong FirstBlock,
    Hash32 LastBlockHash,
    RegistryBook Registry,
    PublishedTables Tables,
    IReadOnlyList<ListedToken> Tokens,
    IEnumerable<SettledPayment> Payments,
    IReadOnlyDictionary<Address, UInt256> Credited,
    IReadOnlyDictionary<Address, Address> Recipients);
