using OpenSettle.Epochs;

namespace OpenSettle.Verify;

/// <summary>Whether the stated books are exactly those that follow from payments, sums and the books before.</summary>
internal static class PoolsCheck
{
    public static string? Difference(EpochResult result, Bundle bundle)
    {
        return AccountsDifference(result.After.Accounts, bundle.After.Accounts)
            ?? First("residue", result.After.Residues, bundle.After.Residues)
            ?? First("suspense", result.After.Suspense, bundle.After.Suspense)
            ?? First("total", result.Changed, bundle.Changed)
            ?? First("push", result.PushOrders, bundle.Push)
            ?? (result.Root == bundle.Root ? null : $"the recomputed root is {result.Root}, the bundle's is {bundle.Root}")
            ?? (result.PushRoot == bundle.PushRoot ? null : $"the recomputed root of the pushes is {result.PushRoot}, the bundle's is {bundle.PushRoot}")
            ?? RecordsCheck.Difference(result.Records, bundle.Records)
            ?? (result.RecordRoot == bundle.RecordRoot ? null : $"the recomputed root of the records is {result.RecordRoot}, the bundle's is {bundle.RecordRoot}");
    }

    /// <summary>Named by account, not by row: one that was put in moves all rows after it. Who lost something is named before who gained it.</summary>
    private static string? AccountsDifference(IReadOnlyList<AccountState> recomputed, IReadOnlyList<AccountState> stated)
    {
        AccountState? added = null;
        for (int i = 0, j = 0; i < recomputed.Count || j < stated.Count;)
        {
            var order = i == recomputed.Count ? 1 : j == stated.Count ? -1 : AccountState.Compare(recomputed[i], stated[j]);
            if (order > 0)
            {
                added ??= stated[j];
                j++;
                continue;
            }

            if (order < 0) return $"{Named(recomputed[i])}: recomputing gives {Text(recomputed[i])}, the bundle has nothing";
            if (recomputed[i] != stated[j]) return $"{Named(stated[j])}: recomputing gives {Text(recomputed[i])}, the bundle has {Text(stated[j])}";
            i++;
            j++;
        }

        return added is { } state ? $"{Named(state)}: recomputing gives nothing, the bundle has {Text(state)}" : null;
    }

    private static string Named(AccountState state) => $"account {state.Account}, token {state.Token}";

    private static string Text(AccountState state) => $"{state.Earned} earned, {state.Leaf} to claim and {state.Pushed} pushed";

    internal static string? First<T>(string what, IReadOnlyList<T> recomputed, IReadOnlyList<T> stated) where T : notnull
    {
        var comparer = EqualityComparer<T>.Default;
        for (var i = 0; i < Math.Max(recomputed.Count, stated.Count); i++)
        {
            if (i >= recomputed.Count) return $"{what} {i + 1}: the bundle has {stated[i]}, recomputing gives none";
            if (i >= stated.Count) return $"{what} {i + 1}: recomputing gives {recomputed[i]}, the bundle has none";
            if (!comparer.Equals(recomputed[i], stated[i])) return $"{what} {i + 1}: recomputing gives {recomputed[i]}, the bundle has {stated[i]}";
        }

        return null;
    }
}
