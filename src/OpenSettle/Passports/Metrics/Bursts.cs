using OpenSettle.Primitives;

namespace OpenSettle.Passports.Metrics;

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
        var (all, passing) = (new UInt256[market.Weeks], new UInt256[market.Weeks]);
        var returns = new bool[clusters.Count];
        for (var i = 0; i < returns.Length; i++) returns[i] = clusters.Activity.Count(i) >= Retention.RepeatWeeks;
        foreach (var row in market.Rows)
        {
            var cluster = clusters.Of(row);
            if (row.Week < 0 || cluster < 0) continue;
            all[row.Week] += row.Settled;
            if (!returns[cluster]) passing[row.Week] += row.Settled;
        }

        var sorted = all.Where(amount => !amount.IsZero).Order().ToArray();
        var weeks = new List<int>();
        for (var week = 0; week < all.Length; week++)
        {
            if (sorted.Length > LeastOthers && all[week] > MedianWithout(sorted, all[week]) * Times && passing[week] * 2 > all[week]) weeks.Add(week);
        }

        var amounts = new UInt256[clusters.Count];
        var burst = weeks.ToHashSet();
        foreach (var row in market.Rows)
        {
            var cluster = clusters.Of(row);
            if (cluster >= 0 && !returns[cluster] && burst.Contains(row.Week)) amounts[cluster] += row.Settled;
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
