using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>Which deployment an epoch belongs to.</summary>
public sealed record DeploymentId(ulong ChainId, Address Registry, Address Rail, Address Vault);

/// <summary>
/// The epoch's public file: with the one before it, everything needed to recompute the epoch. Its keccak-256 and its
/// place are on chain.
/// </summary>
/// <param name="PreviousBundle">Hash of the bundle before it; zero for the first.</param>
/// <param name="Tokens">In order of token.</param>
/// <param name="Terms">All terms that the payments were divided under, parents before children.</param>
/// <param name="Payments">In chain order.</param>
/// <param name="Usage">In order of model.</param>
/// <param name="After">The books after the epoch.</param>
/// <param name="Root">Root of the tree over the books' leaves.</param>
/// <param name="Changed">New totals of the tokens whose leaves changed.</param>
public sealed record Bundle(
    DeploymentId Deployment,
    ulong Number,
    ulong FirstBlock,
    ulong LastBlock,
    Hash32 LastBlockHash,
    Hash32 PreviousRoot,
    Hash32 PreviousBundle,
    IReadOnlyList<ListedToken> Tokens,
    IReadOnlyList<Terms> Terms,
    IReadOnlyList<DividedPayment> Payments,
    IReadOnlyList<UsageCount> Usage,
    SettlementState After,
    IReadOnlyList<TokenTotal> Changed,
    Hash32 Root)
{
    /// <summary>The bundle of a built epoch. An epoch without a single leaf has nothing to propose, and none.</summary>
    public static Bundle Of(DeploymentId deployment, EpochResult result, IReadOnlyList<Terms> terms, Hash32 previousBundle)
    {
        var input = result.Input;
        var tree = result.Tree ?? throw new InvalidOperationException($"Epoch {input.Number} has no leaf, so it has no bundle.");
        return new Bundle(
            deployment, input.Number, input.FirstBlock, input.LastBlock, input.LastBlockHash, input.PreviousRoot, previousBundle,
            [.. input.Tokens.OrderBy(token => token.Token)], terms, input.Payments, [.. input.Usage.OrderBy(usage => usage.Model)], result.After, result.Changed, tree.Root);
    }
}

/// <summary>A bundle's bytes are not a bundle's. The message says which line, and what is wrong with it.</summary>
public sealed class BundleFormatException(long line, string message)
    : FormatException($"Bundle, line {line}: {message}")
{
    public long Line { get; } = line;
}
