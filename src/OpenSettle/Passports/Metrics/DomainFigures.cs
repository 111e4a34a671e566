using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>How a model does in each domain, how surely, and whether it decays.</summary>
internal static class DomainFigures
{
    /// <summary>A passport has no more domains: those with most paid trials, then most trials.</summary>
    public const int MostDomains = 128;

    /// <summary>Fewer trials are shown as insufficient.</summary>
    public const ulong LeastTrials = 30;

    /// <summary>A week with fewer is no point of a series.</summary>
    public const ulong LeastOfWeek = 10;

    /// <summary>A series has so many points at least, and is of so many weeks at most.</summary>
    public const ulong LeastWeeks = 8;

    public const int MostWeeks = 104;

    private const double Alpha = 0.05;

    public static IReadOnlyList<DomainStanding> Add(PassportContext context)
    {
        var tallies = Tallies(context);
        var pooled = Evaluations.Pool(context.Ranked);
        foreach (var domain in pooled.Keys) tallies.TryAdd(domain, new Tally(domain));
        var shown = tallies.Values
            .OrderByDescending(tally => tally.PaidTrials).ThenByDescending(tally => tally.Trials)
            .ThenByDescending(tally => pooled.GetValueOrDefault(tally.Domain).Trials).ThenBy(tally => tally.Domain)
            .Take(MostDomains).OrderBy(tally => tally.Domain).ToList();
        if (tallies.Count > shown.Count) context.Flag("many-domains", string.Empty, $"{tallies.Count} domains have trials; the {shown.Count} with most paid ones are shown.");
        var own = OwnPart(context);
        var standings = new List<DomainStanding>(shown.Count);
        foreach (var tally in shown) standings.Add(AddDomain(context, tally, pooled.GetValueOrDefault(tally.Domain), own));
        AddDecay(context, shown, standings);
        return standings;
    }

    private static DomainStanding AddDomain(PassportContext context, Tally tally, (ulong Successes, ulong Trials) evaluated, (UInt256 Part, UInt256 Whole) own)
    {
        // Records have words alone: a long name, or one of other letters, is a hash, whatever some node saw it written as.
        var text = RoleText.FromWord(tally.Domain);
        var figures = new FigureWriter(context, text, tally.FirstEpoch);
        // As many as the owners' own payments could be, and each of them as if it had succeeded.
        var off = own.Whole.IsZero ? 0 : (ulong)((tally.PaidTrials * own.Part + own.Whole - UInt256.One) / own.Whole);
        var (paidSuccesses, paidTrials) = (tally.PaidSuccesses - Math.Min(off, tally.PaidSuccesses), tally.PaidTrials - off);
        paidSuccesses = Math.Min(paidSuccesses, paidTrials);
        var note = off == 0 ? null : $"{off} of {tally.PaidTrials} trials are taken off as successes: so much was paid with money of who gains.";
        figures.Add("domain.paidUsage", FigureLevel.Attested, paidTrials, LeastTrials, () => Rate(paidSuccesses, paidTrials, note));
        figures.Add("domain.observed", FigureLevel.Attested, tally.Trials, LeastTrials, () => Rate(tally.Successes, tally.Trials, "Paid or not: a gateway's word, which ranks nothing."));
        figures.Add("domain.evaluated", FigureLevel.Attested, evaluated.Trials, Evaluations.LeastTrials, () => Rate(evaluated.Successes, evaluated.Trials, null));
        var basis = evaluated.Trials >= Evaluations.LeastTrials ? DomainBasis.Evaluated : paidTrials > 0 ? DomainBasis.PaidUsage : DomainBasis.Unknown;
        var (successes, trials) = basis switch
        {
            DomainBasis.Evaluated => evaluated,
            DomainBasis.PaidUsage => (paidSuccesses, paidTrials),
            _ => (0UL, 0UL),
        };
        var (low, high) = trials == 0 ? (0, 1) : Wilson.Interval(successes, trials);
        if (basis == DomainBasis.Evaluated && paidTrials >= LeastTrials && Wilson.Interval(paidSuccesses, paidTrials).High < low)
            context.Flag("evaluation-contradicted", text, "Buyers that paid saw it succeed less often than its evaluators say.");
        return new DomainStanding(tally.Domain, text, basis, successes, trials, FigureText.Six(low), FigureText.Six(high));
    }

    private static FigureValue Rate(ulong successes, ulong trials, string? note)
    {
        var (low, high) = Wilson.Interval(successes, trials);
        return new FigureValue(FigureText.Ratio((UInt256)successes, trials), FigureText.Six(low), FigureText.Six(high), Note: note);
    }

    /// <summary>Weekly rates of paid trials, or of all where too few are paid. Who looks at many domains is not fooled by chance in one.</summary>
    private static void AddDecay(PassportContext context, List<Tally> tallies, List<DomainStanding> standings)
    {
        var series = tallies.Select(tally => tally.Series(context.Calendar.End)).ToList();
        var enough = series.Select((one, i) => (one, i)).Where(at => (ulong)at.one.Weeks.Count >= LeastWeeks).ToList();
        var adjusted = BenjaminiHochberg.Adjust([.. enough.Select(at => MannKendall.Of([.. at.one.Rates]).P)]);
        var byTally = enough.Select((at, k) => (at.i, adjusted[k])).ToDictionary(pair => pair.i, pair => pair.Item2);
        for (var i = 0; i < series.Count; i++)
        {
            var (one, at) = (series[i], i);
            new FigureWriter(context, standings[i].Text, tallies[i].FirstEpoch).Add("domain.decay", FigureLevel.Attested, (ulong)one.Weeks.Count, LeastWeeks, () =>
            {
                var slope = TheilSen.Of([.. one.Weeks.Select(week => (double)week)], [.. one.Rates]);
                var p = byTally[at];
                var found = p <= Alpha && (slope.High < 0 || slope.Low > 0);
                var points = one.Weeks.Select((week, k) => new FigurePoint(Calendar.Label(week), FigureText.Six(one.Rates[k]), one.Trials[k])).ToList();
                var words = !found ? "No trend can be told from chance." : slope.Slope < 0 ? "It succeeds less and less often." : "It succeeds more and more often.";
                var note = $"Change of the rate a week, p {FigureText.Six(p)} adjusted for {enough.Count} domains. {words}{(one.Paid ? "" : " Of paid and unpaid trials.")}";
                return new FigureValue(found ? FigureText.Six(slope.Slope) : null, Bound(slope.Low), Bound(slope.High), points, note);
            });
        }
    }

    private static string? Bound(double value) => double.IsFinite(value) ? FigureText.Six(value) : null;

    private static Dictionary<Hash32, Tally> Tallies(PassportContext context)
    {
        var tallies = new Dictionary<Hash32, Tally>();
        foreach (var (epoch, record) in context.Facts.Records)
        {
            var week = Calendar.WeekOf(Calendar.DayOf(context.Epoch(epoch).EndTime));
            foreach (var domain in record.Domains)
            {
                if (!tallies.TryGetValue(domain.Domain, out var tally)) tallies.Add(domain.Domain, tally = new Tally(domain.Domain));
                tally.Add(epoch, week, domain);
            }
        }

        return tallies;
    }

    /// <summary>Which part of all payments was made with money of who gains: by number, or by amount where that is more.</summary>
    private static (UInt256 Part, UInt256 Whole) OwnPart(PassportContext context)
    {
        var (part, whole) = (UInt256.Zero, UInt256.Zero);
        for (var i = 0; i < (context.Joined?.Count ?? 0); i++)
        {
            var (market, clusters) = (context.Markets[i], context.Joined?[i]);
            if (clusters is null || market.Known.IsZero) continue;
            var (payments, amount) = (0UL, UInt256.Zero);
            for (var k = 0; k < clusters.Count; k++)
            {
                if (clusters.Subsidised[k]) (payments, amount) = (payments + clusters.Payments[k], amount + clusters.Paid[k]);
            }

            var byAmount = UInt256.MulDivFloor(market.KnownPayments, amount, market.Known);
            part += byAmount > payments ? byAmount : payments;
            whole += market.KnownPayments;
        }

        return (part, whole);
    }
}
