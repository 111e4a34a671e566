using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Verify;

/// <summary>What the vault says of an epoch.</summary>
public sealed record EpochOnChain(ulong Number, Hash32 Root, Hash32 BundleHash, ulong LastBlock);

/// <summary>Whether an epoch is what it says it is; if not, the first difference, in words.</summary>
public sealed record VerifyOutcome(bool Agrees, string Message)
{
    internal static VerifyOutcome Differs(string message) => new(false, message);
}

/// <summary>
/// Recomputes an epoch from its bundle and the one before it, and compares with the chain. Uses nothing but what it is
/// given: the same check serves the daemon, the command line and the tests.
/// </summary>
public static class EpochVerifier
{
    /// <param name="bundle">The epoch's bundle.</param>
    /// <param name="bundleHash">keccak-256 of its bytes.</param>
    /// <param name="previous">The bundle before it, already verified; null for the first epoch.</param>
    /// <param name="previousHash">keccak-256 of that one's bytes; zero for the first epoch.</param>
    /// <param name="onChain">What the vault says.</param>
    public static VerifyOutcome Verify(Bundle bundle, Hash32 bundleHash, Bundle? previous, Hash32 previousHash, EpochOnChain onChain)
    {
        if (bundle.Number != onChain.Number) return VerifyOutcome.Differs($"the bundle is of epoch {bundle.Number}, the vault's record of epoch {onChain.Number}");
        if (bundleHash != onChain.BundleHash) return VerifyOutcome.Differs($"the bundle's hash is {bundleHash}, on chain it is {onChain.BundleHash}");
        if (bundle.LastBlock != onChain.LastBlock) return VerifyOutcome.Differs($"the bundle ends at block {bundle.LastBlock}, the vault's record at {onChain.LastBlock}");
        if (previous is not null && previous.Deployment != bundle.Deployment) return VerifyOutcome.Differs("the bundle before it is of another deployment");
        if (bundle.Number != (previous?.Number ?? 0) + 1) return VerifyOutcome.Differs($"epoch {bundle.Number} does not follow epoch {previous?.Number ?? 0}");
        if (bundle.PreviousBundle != previousHash) return VerifyOutcome.Differs($"the bundle names {bundle.PreviousBundle} as the one before it, which is {previousHash}");
        if (bundle.PreviousRoot != (previous?.Root ?? Hash32.Zero)) return VerifyOutcome.Differs($"the bundle names {bundle.PreviousRoot} as the root before it");
        if (previous is not null && bundle.FirstBlock != previous.LastBlock + 1) return VerifyOutcome.Differs($"the bundle begins at block {bundle.FirstBlock}, the one before it ends at {previous.LastBlock}");
        if (CheckTerms(bundle) is { } badTerms) return VerifyOutcome.Differs(badTerms);
        if (CheckPayments(bundle) is { } badPayment) return VerifyOutcome.Differs(badPayment);

        EpochResult result;
        try
        {
            result = EpochBuilder.Build(new EpochInput(
                bundle.Number, bundle.FirstBlock, bundle.LastBlock, bundle.LastBlockHash, bundle.PreviousRoot,
                previous?.After ?? SettlementState.Empty, bundle.Tokens, bundle.Payments, bundle.Usage));
        }
        catch (Exception e) when (e is InvalidOperationException or OverflowException or KeyNotFoundException or ArgumentException)
        {
            return VerifyOutcome.Differs($"the epoch cannot be recomputed: {e.Message}");
        }

        var first = FirstDifference("account", result.After.Accounts, bundle.After.Accounts)
            ?? FirstDifference("residue", result.After.Residues, bundle.After.Residues)
            ?? FirstDifference("total", result.Changed, bundle.Changed);
        if (first is not null) return VerifyOutcome.Differs(first);
        var root = result.Tree?.Root ?? Hash32.Zero;
        if (root != bundle.Root) return VerifyOutcome.Differs($"the recomputed root is {root}, the bundle's is {bundle.Root}");
        if (root != onChain.Root) return VerifyOutcome.Differs($"the recomputed root is {root}, on chain it is {onChain.Root}");
        return new VerifyOutcome(true, $"epoch {bundle.Number}: {bundle.Payments.Count} payments, {bundle.After.Accounts.Count} accounts, root {root} recomputed");
    }

    private static string? CheckTerms(Bundle bundle)
    {
        // Terms are a graph that shares nodes, with far more paths than nodes: each is measured once, parents first.
        var heights = new Dictionary<Terms, int>();
        foreach (var terms in bundle.Terms)
        {
            ulong shares = 0;
            var height = 0;
            foreach (var parent in terms.Parents)
            {
                shares += parent.Share;
                if (!heights.TryGetValue(parent.Terms, out var below)) return $"terms {terms.Id}: parent terms {parent.Terms.Id} do not stand before them";
                if (parent.Terms.ModelNumber >= terms.ModelNumber) return $"terms {terms.Id}: parent {parent.Terms.Model} is not older than the model";
                height = Math.Max(height, below + 1);
            }

            if (shares > Division.ShareUnit) return $"terms {terms.Id}: shares of parents sum to more than the whole";
            if (height > TermsResolver.MaxDepth) return $"terms {terms.Id}: money goes up more than {TermsResolver.MaxDepth} steps";
            heights[terms] = height;
        }

        return null;
    }

    private static string? CheckPayments(Bundle bundle)
    {
        LogPosition? last = null;
        foreach (var (settled, _) in bundle.Payments)
        {
            var payment = settled.Payment;
            if (last is { } before && payment.At <= before) return $"payment {payment.At} does not come after payment {before}";
            if (payment.At.Block > bundle.LastBlock) return $"payment {payment.At} is after the epoch's last block {bundle.LastBlock}";
            if (settled.Settled > payment.Amount) return $"payment {payment.At} settles more than was paid";
            last = payment.At;
        }

        return null;
    }

    private static string? FirstDifference<T>(string what, IReadOnlyList<T> recomputed, IReadOnlyList<T> stated)
    {
        for (var i = 0; i < Math.Max(recomputed.Count, stated.Count); i++)
        {
            if (i >= recomputed.Count) return $"{what} {i + 1}: the bundle has {stated[i]}, recomputing gives none";
            if (i >= stated.Count) return $"{what} {i + 1}: recomputing gives {recomputed[i]}, the bundle has none";
            if (!Equals(recomputed[i], stated[i])) return $"{what} {i + 1}: recomputing gives {recomputed[i]}, the bundle has {stated[i]}";
        }

        return null;
    }
}
