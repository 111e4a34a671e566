using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>What the counted events of one model say of it, beside their number: the part of its record that only the events tell.</summary>
public sealed record ModelUses(ModelId Model, ulong PaidUses, ulong Consumers, IReadOnlyList<DomainRecord> Domains)
{
    public bool Equals(ModelUses? other) =>
        other is not null && Model == other.Model && PaidUses == other.PaidUses && Consumers == other.Consumers && Domains.SequenceEqual(other.Domains);

    public override int GetHashCode() => HashCode.Combine(Model, PaidUses, Consumers, Domains.Count);
}

/// <summary>The records of an epoch.</summary>
internal static class ModelRecords
{
    /// <summary>One for each model with counted events or with money of its own, models ascending.</summary>
    public static IReadOnlyList<ModelRecord> Of(EpochUsage usage, IReadOnlyList<(ModelId Model, TokenRevenue Revenue)> revenue)
    {
        var uses = usage.Uses.ToDictionary(told => told.Model);
        var records = new SortedDictionary<ModelId, ModelRecord>();
        foreach (var count in usage.Counts)
        {
            if (count.Counted == 0) continue;
            var told = uses.GetValueOrDefault(count.Model) ?? new ModelUses(count.Model, 0, 0, []);
            records.Add(count.Model, new ModelRecord(count.Model, count.Counted, told.PaidUses, told.Consumers, [], told.Domains));
        }

        foreach (var own in revenue.GroupBy(pair => pair.Model))
        {
            var record = records.GetValueOrDefault(own.Key) ?? new ModelRecord(own.Key, 0, 0, 0, [], []);
            records[own.Key] = record with { Revenue = [.. own.Select(pair => pair.Revenue)] };
        }

        return [.. records.Values];
    }
}

/// <summary>Sums up the counted events of one model.</summary>
internal sealed class UseTally
{
    private readonly HashSet<Hash32> _consumers = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<DomainRecord> _domains = [];
    private ulong _paid;

    /// <summary>Takes an event in, and tells the place of its domain.</summary>
    public int Add(Hash32 consumer, string domain, bool success, bool trial)
    {
        if (!consumer.IsZero) _consumers.Add(consumer);
        if (!_places.TryGetValue(domain, out var place))
        {
            place = _domains.Count;
            _places.Add(domain, place);
            _domains.Add(new DomainRecord(DomainWord.Of(domain), 0, 0, 0, 0));
        }

        if (!trial) return place;
        var known = _domains[place];
        _domains[place] = known with { Successes = known.Successes + (success ? 1UL : 0), Trials = known.Trials + 1 };
        return place;
    }

    /// <summary>Uses that were taken in before are paid.</summary>
    public void Pay(ulong uses) => _paid += uses;

    public void Pay(int place, ulong successes, ulong trials)
    {
        var known = _domains[place];
        _domains[place] = known with { PaidSuccesses = known.PaidSuccesses + successes, PaidTrials = known.PaidTrials + trials };
    }

    /// <summary>Two texts may be one word: it has one place in the record.</summary>
    public ModelUses Finish(ModelId model)
    {
        var byWord = new SortedDictionary<Hash32, DomainRecord>();
        foreach (var told in _domains)
        {
            if (told.Trials == 0) continue;
            var sum = byWord.GetValueOrDefault(told.Domain);
            byWord[told.Domain] = new DomainRecord(
                told.Domain, sum.Successes + told.Successes, sum.Trials + told.Trials, sum.PaidSuccesses + told.PaidSuccesses, sum.PaidTrials + told.PaidTrials);
        }

        return new ModelUses(model, _paid, (ulong)_consumers.Count, [.. byWord.Values]);
    }
}
