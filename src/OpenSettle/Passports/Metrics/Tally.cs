using OpenSettle.Epochs;
using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>A domain's trials, by week.</summary>
internal sealed class Tally(Hash32 domain)
{
    private readonly SortedDictionary<uint, DomainRecord> _weeks = [];

    public Hash32 Domain => domain;

    public ulong Successes { get; private set; }

    public ulong Trials { get; private set; }

    public ulong PaidSuccesses { get; private set; }

    public ulong PaidTrials { get; private set; }

    public ulong FirstEpoch { get; private set; } = ulong.MaxValue;

    public void Add(ulong epoch, uint week, DomainRecord record)
    {
        if (record.Successes > record.Trials || record.PaidSuccesses > record.PaidTrials || record.PaidTrials > record.Trials)
            throw new ArgumentException($"The record of epoch {epoch} has more successes than trials, or more paid trials than trials.", nameof(record));
        (Successes, Trials) = (Successes + record.Successes, Trials + record.Trials);
        (PaidSuccesses, PaidTrials) = (PaidSuccesses + record.PaidSuccesses, PaidTrials + record.PaidTrials);
        FirstEpoch = Math.Min(FirstEpoch, epoch);
        var known = _weeks.GetValueOrDefault(week);
        _weeks[week] = new DomainRecord(
            domain, known.Successes + record.Successes, known.Trials + record.Trials, known.PaidSuccesses + record.PaidSuccesses, known.PaidTrials + record.PaidTrials);
    }

    /// <summary>Complete weeks with enough trials: paid ones, or any where too few weeks have enough paid ones.</summary>
    public Series Series(uint end)
    {
        var paid = Of(end, true);
        return (ulong)paid.Weeks.Count >= DomainFigures.LeastWeeks ? paid : Of(end, false);
    }

    private Series Of(uint end, bool paid)
    {
        var series = new Series([], [], [], paid);
        foreach (var (week, record) in _weeks)
        {
            var (successes, trials) = paid ? (record.PaidSuccesses, record.PaidTrials) : (record.Successes, record.Trials);
            if (week >= end || week + DomainFigures.MostWeeks < end || trials < DomainFigures.LeastOfWeek) continue;
            series.Weeks.Add(week);
            series.Rates.Add((double)successes / trials);
            series.Trials.Add(trials);
        }

        return series;
    }
}

/// <summary>Weekly rates of success.</summary>
internal sealed record Series(List<uint> Weeks, List<double> Rates, List<ulong> Trials, bool Paid);
