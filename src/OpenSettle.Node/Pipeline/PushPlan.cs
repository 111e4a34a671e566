using OpenSettle.Epochs;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Pipeline;

/// <summary>What decides who is paid by push.</summary>
/// <param name="Above">By token: an accrual of at least that much is worth a push. Without a token in it nobody is pushed for it.</param>
/// <param name="GasPrice">Of one gas now, in wei.</param>
/// <param name="MostPrice">Above it everything is left to claims.</param>
/// <param name="MostCostPercent">Most that an account's entries may cost of what they bring, where the tokens have prices.</param>
/// <param name="Recipients">Accounts that want their money elsewhere, and where.</param>
/// <param name="Refusing">Accounts that refused a push and did not take it since: the next one would be refused too.</param>
internal sealed record PushTerms(
    IReadOnlyDictionary<Address, UInt256> Above, UInt256 GasPrice, UInt256 MostPrice, uint MostCostPercent, TokenPrices Prices, IReadOnlyDictionary<Address, Address> Recipients,
    IReadOnlySet<Address> Refusing);

/// <summary>
/// The cheapest mix of pushing and leaving to claims. A push costs the operator gas in every epoch, a claim costs the account more gas,
/// but once for as many epochs as it likes. So pushed is what is large against its gas; the rest waits in leaves, where it adds up.
/// </summary>
internal static class PushPlan
{
    /// <summary>Gas of one entry in a batch, at an account that never had the token: gas-snapshot.json, push_fresh_500, rounded up.</summary>
    public const ulong GasEach = 27_000;

    /// <summary>Who is paid by push, accounts ascending. An account is pushed all that becomes payable to it, or nothing.</summary>
    public static IReadOnlyList<PushOrder> Choose(IReadOnlyList<Accrual> accruals, PushTerms terms)
    {
        if (terms.Above.Count == 0 || terms.GasPrice > terms.MostPrice) return [];
        var orders = new List<PushOrder>();
        foreach (var account in accruals.GroupBy(accrual => accrual.Account))
        {
            if (!terms.Refusing.Contains(account.Key) && IsLarge(account, terms) && IsWorthIt([.. account], terms))
                orders.Add(new PushOrder(account.Key, terms.Recipients.GetValueOrDefault(account.Key, account.Key)));
        }

        orders.Sort(static (left, right) => left.Account.CompareTo(right.Account));
        return orders;
    }

    private static bool IsLarge(IEnumerable<Accrual> accruals, PushTerms terms) =>
        accruals.Any(accrual => terms.Above.TryGetValue(accrual.Token, out var least) && accrual.Amount >= least);

    private static bool IsWorthIt(IReadOnlyList<Accrual> accruals, PushTerms terms)
    {
        var (value, priced) = (UInt256.Zero, 0);
        foreach (var accrual in accruals)
        {
            if (!terms.Prices.TryValue(accrual.Token, accrual.Amount, out var wei)) continue;
            priced++;
            value = value <= UInt256.MaxValue - wei ? value + wei : UInt256.MaxValue;
        }

        // Without a price the operator's own limit has to do.
        return priced == 0 || GasEach * (ulong)accruals.Count * terms.GasPrice <= UInt256.MulDivFloor(value, terms.MostCostPercent, 100);
    }
}
