using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>Whether buyers come back.</summary>
internal static class Retention
{
    /// <summary>In how many distinct weeks somebody has to have paid to be one who comes back.</summary>
    public const int RepeatWeeks = 3;

    /// <summary>Of how many weeks.</summary>
    public const int Window = 12;

    /// <summary>
    /// What was paid in the window by those who come back and whose money counts, beside all that was paid in it by anybody.
    /// </summary>
    /// <param name="amounts">What each account paid in these weeks.</param>
    public static (UInt256 Repeat, UInt256 All) RepeatShare(WeeklyActivity activity, ReadOnlySpan<UInt256> amounts, Predicate<int> counts, int from, int until)
    {
        var (repeat, all) = (UInt256.Zero, UInt256.Zero);
        for (var account = 0; account < activity.Accounts; account++)
        {
            var amount = amounts[account];
            if (amount.IsZero) continue;
            all += amount;
            if (counts(account) && activity.Count(account, from, until) >= RepeatWeeks) repeat += amount;
        }

        return (repeat, all);
    }

    /// <summary>For each number of weeks after an account's first: how many were active then, of those whose week that was is over.</summary>
    public static (ulong Active, ulong Of)[] Curve(WeeklyActivity activity, Predicate<int> counts, int weeks)
    {
        var curve = new (ulong Active, ulong Of)[weeks + 1];
        for (var account = 0; account < activity.Accounts; account++)
        {
            var first = activity.First(account);
            if (first < 0 || !counts(account)) continue;
            for (var later = 0; later <= weeks && first + later < activity.Weeks; later++)
            {
                curve[later].Of++;
                if (activity.IsActive(account, first + later)) curve[later].Active++;
            }
        }

        return curve;
    }
}
