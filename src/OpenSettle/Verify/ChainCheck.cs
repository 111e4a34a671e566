using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Registry;

namespace OpenSettle.Verify;

/// <summary>Holds the bundle's payments and terms against the verifier's own reading of the chain, payment by payment.</summary>
internal sealed class ChainCheck
{
    private readonly ChainView _chain;
    private readonly TermsResolver _resolver;
    private readonly IEnumerator<SettledPayment> _payments;
    private string? _difference;

    public ChainCheck(ChainView chain, Bundle head)
    {
        _chain = chain;
        // A committed table that the bundle has whole proves itself by its hash: whoever reads the bundle knows it too.
        var brought = head.Terms.Where(terms => chain.Registry.TryGet(terms.Model, out var model) && model.SplitOf(terms.Split.Version) is { AtHand: false });
        _resolver = new TermsResolver(chain.Registry, chain.Tables.With(brought.Select(terms => terms.Split)));
        _payments = chain.Payments.GetEnumerator();
    }

    public void Take(DividedPayment payment)
    {
        if (_difference is not null) return;
        var made = payment.Settled.Payment;
        if (!_payments.MoveNext())
        {
            _difference = $"payment {made.At} is not on the chain, or another epoch took it";
            return;
        }

        var expected = _payments.Current;
        var terms = _resolver.Resolve(expected.Payment.Model, expected.Payment.Block);
        if (expected.Payment.At != made.At) _difference = $"the next payment of the chain is {expected.Payment.At}, the bundle's {made.At}";
        else if (expected != payment.Settled) _difference = $"payment {made.At} is {expected} on the chain and {payment.Settled} in the bundle";
        else if (terms.Id != payment.Terms.Id) _difference = $"payment {made.At} is under terms {terms.Id} by the chain and {payment.Terms.Id} in the bundle";
    }

    public string? Finish(Bundle bundle, SettlementState before, DivisionResult? division)
    {
        using (_payments)
        {
            if (bundle.Deployment != _chain.Deployment) return "the bundle is of another deployment";
            if (bundle.FirstBlock != _chain.FirstBlock) return $"the bundle begins at block {bundle.FirstBlock}, the epoch at {_chain.FirstBlock}";
            if (bundle.LastBlockHash != _chain.LastBlockHash) return $"block {bundle.LastBlock} is {_chain.LastBlockHash} on the chain and {bundle.LastBlockHash} in the bundle";
            if (_difference is not null) return _difference;
            if (_payments.MoveNext()) return $"payment {_payments.Current.Payment.At} is missing";
        }

        _resolver.Release(before.Suspense.Select(suspense => suspense.Key));
        return PoolsCheck.First("token", [.. _chain.Tokens.OrderBy(token => token.Token)], bundle.Tokens)
            ?? TermsDifference(bundle)
            ?? PushDifference(bundle, before)
            ?? (division is null ? null : PartsDifference(bundle, before, division));
    }

    private string? TermsDifference(Bundle bundle)
    {
        for (var i = 0; i < Math.Max(_resolver.All.Count, bundle.Terms.Count); i++)
        {
            if (i >= bundle.Terms.Count) return $"terms {i} are missing";
            if (i >= _resolver.All.Count) return $"terms {i} are not those of any payment";
            var (expected, stated) = (_resolver.All[i], bundle.Terms[i]);
            if (expected.Model != stated.Model || expected.ModelNumber != stated.ModelNumber) return $"terms {i} are those of model {expected.Model}";
            if (expected.LineageVersion != stated.LineageVersion || !SameParents(expected, stated)) return $"terms {i}: the lineage is another";
            if (expected.Owner != stated.Owner) return $"terms {i}: the owner was {expected.Owner}";
            if (expected.Split.Version != stated.Split.Version || TableText.HashOf(expected.Split) != TableText.HashOf(stated.Split) || expected.Split.AtHand != stated.Split.AtHand)
                return $"terms {i}, of model {expected.Model}: the split is another{RowDifference(expected.Split, stated.Split)}";
        }

        return null;
    }

    /// <summary>The first row that differs, where both tables are here: who was left out, and who was put in.</summary>
    private static string RowDifference(SplitTable expected, SplitTable stated)
    {
        var (ours, theirs) = (expected.Rows.Concat(expected.Fallback).ToList(), stated.Rows.Concat(stated.Fallback).ToList());
        for (var i = 0; i < Math.Min(ours.Count, theirs.Count); i++)
        {
            if (ours[i] != theirs[i]) return $": row {i + 1} is {Text(ours[i])} by the chain and {Text(theirs[i])} in the bundle";
        }

        return string.Empty;
        static string Text(SplitRow row) => $"{row.Account?.ToString() ?? "the owner"} with {row.Weight}";
    }

    /// <summary>Whoever is paid by push is paid to the recipient that the chain has, and has no leaf that rose.</summary>
    private string? PushDifference(Bundle bundle, SettlementState before)
    {
        foreach (var order in bundle.Push)
        {
            var recipient = _chain.Recipients.GetValueOrDefault(order.Account, order.Account);
            if (recipient != order.Recipient) return $"account {order.Account} is paid to {recipient}, and the bundle pushes to {order.Recipient}";
        }

        // Who is pushed is the builder's choice; but who is, is with all that became payable.
        var pushed = bundle.Push.Select(order => order.Account).ToHashSet();
        var earlier = before.Accounts.ToDictionary(state => (state.Token, state.Account), state => state.Leaf);
        foreach (var state in bundle.After.Accounts)
        {
            if (pushed.Contains(state.Account) && state.Leaf > earlier.GetValueOrDefault((state.Token, state.Account))) return $"account {state.Account} is paid by push, and its leaf rose";
        }

        return null;
    }

    /// <summary>Rows do not depend on influence, so they can be held against the books without it.</summary>
    private static string? PartsDifference(Bundle bundle, SettlementState before, DivisionResult division)
    {
        var least = before.Accounts.ToDictionary(state => (state.Token, state.Account), state => state.Earned);
        foreach (var model in division.Models)
        {
            foreach (var (account, amount) in model.Rows) least[(model.Token, account)] = least.GetValueOrDefault((model.Token, account)) + amount;
        }

        foreach (var state in bundle.After.Accounts)
        {
            if (least.Remove((state.Token, state.Account), out var amount) && state.Earned < amount)
                return $"account {state.Account}, token {state.Token}: rows and lineage give {amount}, the bundle {state.Earned}";
        }

        foreach (var ((token, account), amount) in least)
        {
            if (!amount.IsZero) return $"account {account}, token {token}: rows and lineage give {amount}, the bundle has no such account";
        }

        return null;
    }

    private static bool SameParents(Terms expected, Terms stated)
    {
        if (expected.Parents.Count != stated.Parents.Count) return false;
        for (var i = 0; i < expected.Parents.Count; i++)
        {
            if (expected.Parents[i].Terms.Id != stated.Parents[i].Terms.Id || expected.Parents[i].Share != stated.Parents[i].Share) return false;
        }

        return true;
    }
}
