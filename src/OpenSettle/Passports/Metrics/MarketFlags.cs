using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>What of a market's money has to be looked at.</summary>
internal static class MarketFlags
{
    /// <summary>Less than one part in so many of what was paid is not worth a word.</summary>
    public const uint LeastPart = 100;

    public static void Add(PassportContext context, TokenMarket market, MarketClusters clusters)
    {
        var (own, rebates, gifts, accounts) = (UInt256.Zero, UInt256.Zero, UInt256.Zero, 0);
        var payers = new int[clusters.Count];
        for (var i = 0; i < market.Payers.Count; i++) payers[clusters.OfPayer(i)]++;
        for (var i = 0; i < clusters.Count; i++)
        {
            if (clusters.Benefits[i]) (own, accounts) = (own + clusters.Paid[i], accounts + payers[i]);
            rebates += Least(clusters.Paid[i], clusters.Rebates[i]);
            gifts += Least(clusters.Paid[i], clusters.Gifts[i]);
        }

        var scope = market.Token.ToString();
        if (Matters(own)) context.Flag("self-payment", scope, $"{own} of {market.Known} came from {accounts} accounts that are, or were funded by, who gains when the model earns.");
        if (Matters(rebates)) context.Flag("rebate", scope, $"Who gains when the model earns sent payers {rebates} within {MarketClusters.RebateDays} days after a payment.");
        if (Matters(gifts)) context.Flag("incentive", scope, $"Who gains when the model earns sent payers {gifts} at other times than after a payment.");
        Concentrated(context, market, clusters);

        bool Matters(UInt256 amount) => !amount.IsZero && amount * LeastPart >= market.Known;
    }

    private static void Concentrated(PassportContext context, TokenMarket market, MarketClusters clusters)
    {
        var most = UInt256.Zero;
        foreach (var paid in clusters.Paid)
        {
            if (paid > most) most = paid;
        }

        if (!most.IsZero && most * 2 > market.Known)
            context.Flag("concentrated", market.Token.ToString(), $"One buyer, with the accounts that are one with it, paid {FigureText.Ratio(most, market.Known)} of the revenue.");
    }

    private static UInt256 Least(UInt256 left, UInt256 right) => left < right ? left : right;
}
