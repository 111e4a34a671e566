using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Verify;

/// <summary>Whether the stated records are those that follow. The first difference is told by its model, and what of it differs.</summary>
internal static class RecordsCheck
{
    public static string? Difference(IReadOnlyList<ModelRecord> recomputed, IReadOnlyList<ModelRecord> stated)
    {
        for (var i = 0; i < Math.Max(recomputed.Count, stated.Count); i++)
        {
            if (i >= recomputed.Count || (i < stated.Count && stated[i].Model.CompareTo(recomputed[i].Model) < 0))
                return $"record {i + 1}: the bundle has one of model {stated[i].Model}, which has neither payments nor counted usage";
            if (i >= stated.Count || recomputed[i].Model != stated[i].Model) return $"record {i + 1}: the bundle has none of model {recomputed[i].Model}";
            if (Difference(recomputed[i], stated[i]) is { } difference) return $"record {i + 1}, of model {stated[i].Model}: {difference}";
        }

        return null;
    }

    /// <summary>What only events tell of the models.</summary>
    public static string? Difference(IReadOnlyList<ModelUses> events, IReadOnlyList<ModelUses> stated)
    {
        var ours = events.ToDictionary(uses => uses.Model);
        foreach (var said in stated)
        {
            var told = ours.Remove(said.Model, out var found) ? found : new ModelUses(said.Model, 0, 0, []);
            if (Counts(told, said) is { } difference) return $"record of model {said.Model}: {difference}";
        }

        // Whether a record is due at all, the counts and the payments say: here only what it tells of events.
        return ours.Values.FirstOrDefault(told => told.PaidUses > 0 || told.Consumers > 0 || told.Domains.Count > 0) is { } missing
            ? $"the record of model {missing.Model} is missing, or tells nothing"
            : null;
    }

    private static string? Difference(ModelRecord recomputed, ModelRecord stated)
    {
        if (recomputed.Uses != stated.Uses) return $"{recomputed.Uses} events count, and it has {stated.Uses} uses";
        return PoolsCheck.First("revenue", recomputed.Revenue, stated.Revenue) ?? Counts(Of(recomputed), Of(stated));
    }

    private static string? Counts(ModelUses told, ModelUses said)
    {
        if (told.PaidUses != said.PaidUses) return $"{told.PaidUses} uses are paid, the bundle says {said.PaidUses}";
        if (told.Consumers != said.Consumers) return $"there are {told.Consumers} consumers, the bundle says {said.Consumers}";
        for (var i = 0; i < Math.Max(told.Domains.Count, said.Domains.Count); i++)
        {
            if (i >= said.Domains.Count) return $"the bundle has no domain '{Name(told.Domains[i].Domain)}'";
            if (i >= told.Domains.Count) return $"the bundle has a domain '{Name(said.Domains[i].Domain)}' without trials";
            if (told.Domains[i] == said.Domains[i]) continue;
            return $"domain {i + 1}: there is {Text(told.Domains[i])}, the bundle says {Text(said.Domains[i])}";
        }

        return null;
    }

    private static ModelUses Of(ModelRecord record) => new(record.Model, record.PaidUses, record.Consumers, record.Domains);

    private static string Name(Hash32 domain) => RoleText.FromWord(domain);

    private static string Text(DomainRecord domain) =>
        $"'{Name(domain.Domain)}' with {domain.Successes} of {domain.Trials} good, and {domain.PaidSuccesses} of {domain.PaidTrials} where paid";
}
