using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>What came in: how much, how much of it is whose own, how it lasts, and whether it was settled in time.</summary>
internal static class RevenueFigures
{
    /// <summary>Half-lives are of so many weeks at most.</summary>
    public const int HalfLifeWeeks = 52;

    /// <summary>And of so many at least.</summary>
    public const ulong LeastWeeks = 8;

    private const ulong DayOfSeconds = 86_400;

    public static void Add(PassportContext context, TokenMarket market, MarketClusters? joined)
    {
        var scope = market.Token.ToString();
        var figures = new FigureWriter(context, scope, market.FirstEpoch);
        var anonymous = market.Settled - market.Known;
        var note = anonymous.IsZero ? null : $"{anonymous} of it came from nobody that is known, and counts for no figure of buyers.";
        figures.Add("revenue.settled", FigureLevel.OnChain, market.Payments, 1, () => new FigureValue(market.Settled.ToString(), Note: note));
        figures.Add("revenue.payments", FigureLevel.OnChain, market.Payments, 1, () => new FigureValue(FigureText.Whole(market.Payments)));
        AddWeekly(figures, market);
        AddSettlement(context, figures, market);
        if (joined is null)
        {
            foreach (var id in (string[])["revenue.washAdjusted", "wash.share", "wash.costToFake"]) figures.NotRead(id, "Transfers between accounts were not read.");
        }
        else
        {
            AddWash(figures, market, joined);
        }

        AddHalfLife(figures, market, joined);
    }

    private static void AddWeekly(FigureWriter figures, TokenMarket market)
    {
        var (recent, count) = (UInt256.Zero, 0UL);
        var points = new List<FigurePoint>(market.Weeks);
        for (var week = 0; week < market.Weeks; week++)
        {
            points.Add(new FigurePoint(Calendar.Label(market.FirstWeek + (uint)week), market.Weekly[week].ToString(), market.WeeklyPayments[week]));
            if (week < market.Weeks - Retention.Window) continue;
            recent += market.Weekly[week];
            count += market.WeeklyPayments[week];
        }

        figures.Add("revenue.weekly", FigureLevel.OnChain, (ulong)market.Weeks, 1, () =>
            new FigureValue(recent.ToString(), Points: points, Note: $"The value is of the last {Retention.Window} complete weeks, with {count} payments."));
    }

    private static void AddSettlement(PassportContext context, FigureWriter figures, TokenMarket market)
    {
        var paid = UInt256.Zero;
        foreach (var entry in context.Facts.Paid)
        {
            if (entry.Token == market.Token) paid += entry.Amount;
        }

        // An excess was settled and is in no payment; it is left out of what payers may expect.
        var settled = market.Known < paid ? market.Known : paid;
        figures.Add("settlement.share", FigureLevel.OnChain, paid.IsZero ? 0 : Math.Max(1, market.Payments), 1, () => new FigureValue(FigureText.Ratio(settled, paid)));
        figures.Add("settlement.lateness", FigureLevel.OnChain, market.Payments, 1, () =>
        {
            var mean = market.Settled.IsZero ? UInt256.Zero : UInt256.MulDivFloor(market.Waited, 2, market.Settled);
            return new FigureValue(((mean + UInt256.One) / 2).ToString(), Note: $"Seconds from payment to activation, weighted by amount. The longest wait was {market.LongestWait}.");
        });
        Late(context, market, settled, paid);
    }

    private static void Late(PassportContext context, TokenMarket market, UInt256 settled, UInt256 paid)
    {
        const ulong LongWait = 14 * DayOfSeconds;
        if (market.Waited > market.Settled * LongWait)
            context.Flag("late-settlement", market.Token.ToString(), $"Payments wait for more than {LongWait / DayOfSeconds} days on average until they are settled.");
        else if (!paid.IsZero && settled * 5 < paid * 4)
            context.Flag("late-settlement", market.Token.ToString(), $"Only {settled} of {paid} that were paid are settled.");
    }

    private static void AddWash(FigureWriter figures, TokenMarket market, MarketClusters clusters)
    {
        var returned = new UInt256[clusters.Count];
        for (var i = 0; i < returned.Length; i++) returned[i] = clusters.ReturnedTo(i);
        var (washed, paid) = WashShare.Of(clusters.Paid, returned);
        figures.Add("revenue.washAdjusted", FigureLevel.OnChain, market.KnownPayments, 1, () => new FigureValue((paid - washed).ToString()));
        figures.Add("wash.share", FigureLevel.OnChain, paid.IsZero ? 0 : market.KnownPayments, 1, () => new FigureValue(FigureText.Ratio(washed, paid), Note: "A lower bound: only what was seen to come back."));
        figures.Add("wash.costToFake", FigureLevel.OnChain, market.Settled.IsZero ? 0 : market.Payments, 1, () => Cost(market, clusters, returned));
    }

    /// <summary>Of one unit: what does not come back to whoever gets most back, seen or by what it earns of any payment.</summary>
    private static FigureValue Cost(TokenMarket market, MarketClusters clusters, UInt256[] returned)
    {
        var (back, paid) = (UInt256.Zero, UInt256.Zero);
        for (var i = 0; i < returned.Length; i++)
        {
            if (returned[i].IsZero) continue;
            back += clusters.Paid[i] < returned[i] ? clusters.Paid[i] : returned[i];
            paid += clusters.Paid[i];
        }

        var earned = clusters.MostEarned < market.Settled ? clusters.MostEarned : market.Settled;
        // back / paid against earned / settled, whole.
        var seen = !paid.IsZero && FigureText.Big(back) * FigureText.Big(market.Settled) > FigureText.Big(earned) * FigureText.Big(paid);
        var (part, whole) = seen ? (back, paid) : (earned, market.Settled);
        return new FigureValue(FigureText.Ratio(whole - part, whole), Note: "What one unit of made-up revenue costs at least, gas not counted.");
    }

    private static void AddHalfLife(FigureWriter figures, TokenMarket market, MarketClusters? clusters)
    {
        var weeks = market.WeeklyKnown;
        if (clusters is not null && clusters.Subsidised.AsSpan().Contains(true))
        {
            weeks = [.. weeks];
            foreach (ref readonly var row in market.Rows)
            {
                if (row.Week >= 0 && row.Payer >= 0 && clusters.Subsidised[clusters.Of(in row)]) weeks[row.Week] -= row.Settled;
            }
        }

        var first = Math.Max(Array.FindIndex(weeks, amount => !amount.IsZero), weeks.Length - HalfLifeWeeks);
        var count = Array.TrueForAll(weeks, amount => amount.IsZero) ? 0 : weeks.Length - first;
        figures.Add("revenue.halfLife", FigureLevel.OnChain, (ulong)count, LeastWeeks, () =>
        {
            var half = HalfLife.Of(weeks.AsSpan(first));
            var slope = FigureText.Six(half.Slope.Slope);
            return half is { Periods: { } periods, Low: { } low, High: { } high }
                ? new FigureValue(FigureText.Six(periods), FigureText.Six(low), FigureText.Six(high), Note: $"Weeks. The logarithm of revenue changes by {slope} a week.")
                : new FigureValue(null, Note: "No detectable decay.");
        });
    }
}
