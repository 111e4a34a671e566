using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Verify;

/// <summary>What holds a bundle together, and to the one before it.</summary>
internal static class FormCheck
{
    public static string? Difference(Bundle bundle, Hash32 hash, VerifiedEpoch? previous, EpochOnChain onChain)
    {
        if (bundle.Number != onChain.Number) return $"the bundle is of epoch {bundle.Number}, the vault's record of epoch {onChain.Number}";
        if (hash != onChain.BundleHash) return $"the bundle's hash is {hash}, on chain it is {onChain.BundleHash}";
        if (bundle.LastBlock != onChain.LastBlock) return $"the bundle ends at block {bundle.LastBlock}, the vault's record at {onChain.LastBlock}";
        if (bundle.FirstBlock > bundle.LastBlock) return $"the bundle begins at block {bundle.FirstBlock} and ends at {bundle.LastBlock}";
        var before = previous?.Bundle;
        if (before is not null && before.Deployment != bundle.Deployment) return "the bundle before it is of another deployment";
        if (bundle.Number != (before?.Number ?? 0) + 1) return $"epoch {bundle.Number} does not follow epoch {before?.Number ?? 0}";
        var previousHash = previous?.Hash ?? Hash32.Zero;
        if (bundle.PreviousBundle != previousHash) return $"the bundle names {bundle.PreviousBundle} as the one before it, which is {previousHash}";
        if (bundle.PreviousRoot != (before?.Root ?? Hash32.Zero)) return $"the bundle names {bundle.PreviousRoot} as the root before it";
        if (bundle.ParentHash != (before?.LastBlockHash ?? Hash32.Zero)) return $"the bundle names {bundle.ParentHash} as the block before it";
        if (before is not null && bundle.FirstBlock != before.LastBlock + 1) return $"the bundle begins at block {bundle.FirstBlock}, the one before it ends at {before.LastBlock}";
        return TermsDifference(bundle);
    }

    private static string? TermsDifference(Bundle bundle)
    {
        // Terms are a graph that shares nodes, with far more paths than nodes: each is measured once, parents first.
        var heights = new Dictionary<Terms, int>();
        var tables = new Dictionary<(ModelId Model, uint Version), Hash32>();
        var numbers = new Dictionary<ModelId, ulong>();
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
            if (!numbers.TryAdd(terms.Model, terms.ModelNumber) && numbers[terms.Model] != terms.ModelNumber) return $"terms {terms.Id}: model {terms.Model} has two numbers";
            var table = TableText.HashOf(terms.Split);
            if (!tables.TryAdd((terms.Model, terms.Split.Version), table) && tables[(terms.Model, terms.Split.Version)] != table)
                return $"terms {terms.Id}: split {terms.Split.Version} of model {terms.Model} is another than before";
        }

        return null;
    }
}

/// <summary>What holds the payments together. The reader has seen that they are in chain order.</summary>
internal sealed class PaymentsCheck
{
    private HashSet<Address>? _listed;

    public string? Difference { get; private set; }

    public void Take(Bundle head, DividedPayment divided)
    {
        if (Difference is not null) return;
        _listed ??= [.. head.Tokens.Select(token => token.Token)];
        var (payment, settled) = (divided.Settled.Payment, divided.Settled.Settled);
        if (payment.At.Block > head.LastBlock) Difference = $"payment {payment.At} is after the epoch's last block {head.LastBlock}";
        else if (settled > payment.Amount) Difference = $"payment {payment.At} settles more than was paid";
        else if (!_listed.Contains(payment.Token)) Difference = $"payment {payment.At} is in token {payment.Token}, which is not listed";
    }
}
