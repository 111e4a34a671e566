using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>Which deployment an epoch belongs to.</summary>
public sealed record DeploymentId(ulong ChainId, Address Registry, Address Rail, Address Vault);

/// <summary>
/// The epoch's public file: with the one before it, everything needed to recompute the epoch. Its keccak-256 and its
/// place are on chain. Payments may be many: they are gone through, not held.
/// </summary>
/// <param name="ParentHash">Hash of the last block of the epoch before; zero for the first.</param>
/// <param name="PreviousBundle">Hash of the bundle before it; zero for the first.</param>
/// <param name="Tokens">In order of token.</param>
/// <param name="Terms">All terms that the payments were divided under, parents before children.</param>
/// <param name="Payments">In chain order.</param>
/// <param name="Usage">The epoch's usage and its sums.</param>
/// <param name="Push">Who gets a push entry, and where to, accounts ascending.</param>
/// <param name="After">The books after the epoch.</param>
/// <param name="Changed">New totals of the tokens of which something was promised.</param>
/// <param name="Root">Root of the tree over the books' leaves; zero without leaves.</param>
/// <param name="PushRoot">Root of the tree over the epoch's push entries; zero without entries.</param>
/// <param name="Records">What each model did, models ascending.</param>
/// <param name="RecordRoot">Root of the tree over the records; zero without records.</param>
public sealed record Bundle(
    DeploymentId Deployment,
    ulong Number,
    ulong FirstBlock,
    ulong LastBlock,
    Hash32 ParentHash,
    Hash32 LastBlockHash,
    Hash32 PreviousRoot,
    Hash32 PreviousBundle,
    IReadOnlyList<ListedToken> Tokens,
    IReadOnlyList<Terms> Terms,
    IEnumerable<DividedPayment> Payments,
    EpochUsage Usage,
    IReadOnlyList<PushOrder> Push,
    SettlementState After,
    IReadOnlyList<TokenTotal> Changed,
    Hash32 Root,
    Hash32 PushRoot,
    IReadOnlyList<ModelRecord> Records,
    Hash32 RecordRoot)
{
    /// <summary>The bundle of a built epoch. While nothing was ever promised there is nothing to propose, and none.</summary>
    public static Bundle Of(DeploymentId deployment, EpochResult result, Hash32 previousBundle)
    {
        var input = result.Input;
        if (result.Tree is null && !result.After.Accounts.Any(account => !account.Pushed.IsZero))
            throw new InvalidOperationException($"Epoch {input.Number} promises nothing, so it has no bundle.");
        return new Bundle(
            deployment, input.Number, input.FirstBlock, input.LastBlock, input.ParentHash, input.LastBlockHash, input.PreviousRoot, previousBundle,
            [.. input.Tokens.OrderBy(token => token.Token)], input.Terms, input.Payments, input.Usage, result.PushOrders, result.After, result.Changed, result.Root, result.PushRoot,
            result.Records, result.RecordRoot);
    }
}

/// <summary>A bundle's bytes are not a bundle's. The message says which line, and what is wrong with it.</summary>
public sealed class BundleFormatException(long line, string message)
    : FormatException($"Bundle, line {line}: {message}")
{
    public long Line { get; } = line;
}
