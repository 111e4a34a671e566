using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>What gateways counted, how much of it names a payment, and what a use cost.</summary>
internal static class UsageFigures
{
    /// <summary>Fewer uses say nothing of a share or a price.</summary>
    public const ulong LeastUses = 30;

    /// <summary>A price is of so many days.</summary>
    public const ulong PriceDays = 84;

    public static void Add(PassportContext context)
    {
        var records = context.Facts.Records;
        var figures = new FigureWriter(context, string.Empty, records.Count > 0 ? records.Min(record => record.Epoch) : 0);
        var (uses, paid) = (UInt256.Zero, UInt256.Zero);
        foreach (var (_, record) in records) (uses, paid) = (uses + record.Uses, paid + record.PaidUses);
        var n = Count(uses);
        figures.Add("usage.uses", FigureLevel.Attested, n, 1, () => new FigureValue(uses.ToString()));
        figures.Add("usage.paidShare", FigureLevel.Attested, n, LeastUses, () => new FigureValue(FigureText.Ratio(paid, uses), Note: "Uses that name a settled payment. Others are a gateway's word, and rank nothing."));
        AddConsumers(context, figures);
        AddWeekly(context, figures);
        AddSeen(context);
        AddPrices(context);
        if (n >= LeastUses && paid * 2 < uses) context.Flag("unpaid-usage", string.Empty, $"Only {paid} of {uses} uses name a settled payment: the others cost whoever counted them nothing.");
    }

    private static void AddConsumers(PassportContext context, FigureWriter figures)
    {
        var points = context.Facts.Records.OrderBy(record => record.Epoch).Select(record => (record.Epoch, record.Record.Consumers)).ToList();
        var recent = points.Where(point => IsRecent(context, point.Epoch)).ToList();
        var most = recent.Count > 0 ? recent.Max(point => point.Consumers) : 0;
        figures.Add("usage.consumers", FigureLevel.Attested, (ulong)recent.Count, 1, () => new FigureValue(
            FigureText.Whole(most), Note: $"The most of one epoch of the last {PriceDays} days: those of several cannot be added, for who comes back is counted again."));
    }

    private static void AddWeekly(PassportContext context, FigureWriter figures)
    {
        var weeks = new SortedDictionary<uint, (UInt256 Uses, ulong Epochs)>();
        var recent = UInt256.Zero;
        foreach (var (epoch, record) in context.Facts.Records)
        {
            var week = WeekOf(context, epoch);
            var known = weeks.GetValueOrDefault(week);
            weeks[week] = (known.Uses + record.Uses, known.Epochs + 1);
            if (IsRecent(context, epoch)) recent += record.Uses;
        }

        var points = weeks.TakeLast(Calendar.MostWeeks).Select(week => new FigurePoint(Calendar.Label(week.Key), week.Value.Uses.ToString(), week.Value.Epochs)).ToList();
        figures.Add("usage.weekly", FigureLevel.Attested, (ulong)weeks.Count, 1, () => new FigureValue(recent.ToString(), Points: points, Note: $"By the end of their epochs; the value is of the last {PriceDays} days."));
    }

    private static void AddSeen(PassportContext context)
    {
        var (uses, signed) = (UInt256.Zero, UInt256.Zero);
        foreach (var seen in context.Facts.Seen) (uses, signed) = (uses + seen.Uses, signed + seen.Signed);
        var figures = new FigureWriter(context, string.Empty, 0);
        figures.Add("usage.seenOutside", FigureLevel.SelfReported, Count(uses), 1, () => new FigureValue(uses.ToString(), Note: $"In no epoch: this node's word. {signed} of them a gateway signed."));
    }

    private static void AddPrices(PassportContext context)
    {
        var (uses, paid) = (UInt256.Zero, UInt256.Zero);
        var epochs = new HashSet<ulong>();
        foreach (var (epoch, record) in context.Facts.Records)
        {
            if (!IsRecent(context, epoch)) continue;
            (uses, paid) = (uses + record.Uses, paid + record.PaidUses);
            epochs.Add(epoch);
        }

        foreach (var market in context.Markets)
        {
            var revenue = UInt256.Zero;
            foreach (var epoch in epochs) revenue += market.SettledIn(epoch);
            var figures = new FigureWriter(context, market.Token.ToString(), epochs.Count > 0 ? epochs.Min() : 0);
            var note = paid * 2 < uses ? "Most of the uses name no payment: it may be too low." : null;
            figures.Add("price.perUse", FigureLevel.Attested, revenue.IsZero ? 0 : Count(uses), LeastUses, () => new FigureValue(FigureText.Ratio(revenue, uses), Note: note));
        }
    }

    private static bool IsRecent(PassportContext context, ulong epoch) => context.Epoch(epoch).EndTime + PriceDays * Calendar.SecondsOfDay >= context.Calendar.Until;

    private static uint WeekOf(PassportContext context, ulong epoch) => Calendar.WeekOf(Calendar.DayOf(context.Epoch(epoch).EndTime));

    private static ulong Count(UInt256 number) => number.FitsUInt64 ? (ulong)number : ulong.MaxValue;
}
