using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>Who pays, whether they are many, whether they come back, and with whose money.</summary>
internal static class BuyerFigures
{
    public const ulong LeastCohort = 10;

    public const ulong LeastBuyers = 3;

    /// <summary>The curve's last week.</summary>
    public const int CurveWeeks = 12;

    // The one that is the figure's value.
    private const int CurveValue = 4;

    private static readonly string[] OfClusters = ["buyers.clusters", "concentration.hhiClustered", "concentration.effectiveBuyersClustered", "dependency.unsubsidised"];

    public static void Add(PassportContext context, TokenMarket market, MarketClusters apart, MarketClusters? joined)
    {
        var figures = new FigureWriter(context, market.Token.ToString(), market.FirstEpoch);
        figures.Add("buyers.payers", FigureLevel.OnChain, (ulong)apart.Count, 1, () => new FigureValue(FigureText.Whole((ulong)apart.Count)));
        AddConcentration(figures, apart, string.Empty);
        if (joined is null)
        {
            foreach (var id in OfClusters) figures.NotRead(id, "Transfers between accounts were not read.");
        }
        else
        {
            figures.Add("buyers.clusters", FigureLevel.OnChain, (ulong)joined.Count, 1, () => new FigureValue(FigureText.Whole((ulong)joined.Count)));
            AddConcentration(figures, joined, "Clustered");
            AddDependency(context, figures, market, joined);
            MarketFlags.Add(context, market, joined);
        }

        AddRetention(figures, market, joined ?? apart, joined is null ? "Each account counts as one buyer: transfers were not read." : null);
    }

    private static void AddConcentration(FigureWriter figures, MarketClusters clusters, string suffix)
    {
        var of = Concentration.Of(clusters.Paid);
        var n = of is null ? 0 : (ulong)clusters.Count;
        figures.Add("concentration.hhi" + suffix, FigureLevel.OnChain, n, 1, () => new FigureValue(of?.Index));
        figures.Add("concentration.effectiveBuyers" + suffix, FigureLevel.OnChain, n, 1, () => new FigureValue(of?.Effective));
    }

    private static void AddDependency(PassportContext context, FigureWriter figures, TokenMarket market, MarketClusters clusters)
    {
        var bursts = Bursts.Of(market, clusters);
        var own = UInt256.Zero;
        for (var i = 0; i < clusters.Count; i++)
        {
            var off = clusters.SubsidyOf(i) + bursts.Amounts[i];
            if (!clusters.Subsidised[i] && off < clusters.Paid[i]) own += clusters.Paid[i] - off;
        }

        figures.Add("dependency.unsubsidised", FigureLevel.OnChain, market.Settled.IsZero ? 0 : market.Payments, 1, () =>
            new FigureValue(FigureText.Ratio(own, market.Settled), Note: $"{own} of {market.Settled} came from buyers with money of their own, outside of bursts."));
        if (bursts.Weeks.Count == 0) return;
        var weeks = string.Join(", ", bursts.Weeks.Take(8).Select(week => Calendar.Label(market.FirstWeek + (uint)week)));
        context.Flag("burst", market.Token.ToString(), $"In {bursts.Weeks.Count} weeks ({weeks}) revenue was over {Bursts.Times} times the usual, most of it from buyers that did not come back.");
    }

    private static void AddRetention(FigureWriter figures, TokenMarket market, MarketClusters clusters, string? note)
    {
        var from = Math.Max(0, market.Weeks - Retention.Window);
        var buyers = (ulong)clusters.Recent.Count(amount => !amount.IsZero);
        figures.Add("retention.repeatShare", FigureLevel.OnChain, market.Weeks < Retention.RepeatWeeks ? 0 : buyers, LeastBuyers, () =>
        {
            var (repeat, all) = Retention.RepeatShare(clusters.Activity, clusters.Recent, IsReal, from, market.Weeks);
            return new FigureValue(FigureText.Ratio(repeat, all + market.RecentAnonymous), Note: note);
        });
        var curve = Retention.Curve(clusters.Activity, IsReal, CurveWeeks);
        figures.Add("retention.curve", FigureLevel.OnChain, curve[CurveValue].Of, LeastCohort, () => new FigureValue(
            Share(curve[CurveValue]),
            Points: [.. curve.Select((point, week) => (point, week)).Where(at => at.point.Of > 0).Select(at => new FigurePoint(FigureText.Whole((ulong)at.week), Share(at.point), at.point.Of))],
            Note: note));

        bool IsReal(int cluster) => !clusters.Subsidised[cluster];
    }

    private static string Share((ulong Active, ulong Of) point) => FigureText.Ratio((UInt256)point.Active, point.Of);
}
