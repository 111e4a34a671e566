using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>
/// Weeks in which much more came in than in others, most of it from buyers that did not come back: what an incentive, or a gift of
/// credits, leaves.
/// </summary>
internal sealed class Bursts
{
    /// <summary>A burst is more than so many times the median of the other weeks with revenue.</summary>
    public const uint Times = 4;

    /// <summary>There are that many others at least.</summary>
    public const int LeastOthers = 4;

    private Bursts(IReadOnlyList<int> weeks, UInt256[] amounts) => (Weeks, Amounts) = (weeks, amounts);

    public IReadOnlyList<int> Weeks { get; }

    /// <summary>What each cluster that did not come back paid in such weeks.</summary>
    public UInt256[] Amounts { get; }

    public static Bursts Of(TokenMarket market, MarketClusters clusters)
    {
        var all = market.WeeklyKnown;
        var sorted = all.Where(amount => !amount.IsZero).Order().ToArray();
        var much = new bool[all.Length];
        for (var week = 0; week < all.Length; week++) much[week] = sorted.Length > LeastOthers && all[week] > MedianWithout(sorted, all[week]) * Times;
        var amounts = new UInt256[clusters.Count];
        if (!much.AsSpan().Contains(true)) return new Bursts([], amounts);

        // Of each such week what buyers paid that did not come back.
        var passing = new UInt256[all.Length];
        var returns = new bool[clusters.Count];
        for (var i = 0; i < returns.Length; i++) returns[i] = clusters.Activity.Count(i) >= Retention.RepeatWeeks;
        foreach (ref readonly var row in market.Rows)
        {
            if (row.Week >= 0 && row.Payer >= 0 && !returns[clusters.Of(in row)]) passing[row.Week] += row.Settled;
        }

        var weeks = new List<int>();
        for (var week = 0; week < all.Length; week++)
        {
            much[week] &= passing[week] * 2 > all[week];
            if (much[week]) weeks.Add(week);
        }

        foreach (ref readonly var row in market.Rows)
        {
            if (row.Week >= 0 && row.Payer >= 0 && much[row.Week] && !returns[clusters.Of(in row)]) amounts[clusters.Of(in row)] += row.Settled;
        }

        return new Bursts(weeks, amounts);
    }

    /// <summary>The lower median of all but one of them.</summary>
    private static UInt256 MedianWithout(UInt256[] sorted, UInt256 one)
    {
        var middle = (sorted.Length - 2) / 2;
        var at = Array.BinarySearch(sorted, one);
        return at >= 0 && at <= middle ? sorted[middle + 1] : sorted[middle];
    }
}
