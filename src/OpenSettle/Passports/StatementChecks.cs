using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>What is wrong with what an attestation says, in words; null where nothing is.</summary>
internal static class StatementChecks
{
    private const ulong Whole = 1_000_000;

    public static string? Fault(PassportContext context, AttestationEntry entry)
    {
        if (entry.Statement is not { } statement) return "Its data is not what its schema says.";
        if (statement.Kind != entry.Kind) return $"It was made as {entry.Kind}, and says {statement.Kind}.";
        if (!Enum.IsDefined(entry.Kind)) return $"Its kind, {(int)entry.Kind}, is not known.";
        if (statement.About is { } about && about != context.Facts.Model) return $"It is about model {about}.";
        if (entry.Time > context.Facts.AsOf.Timestamp) return $"Its date, {entry.Time}, is in the future.";
        return statement switch
        {
            ProvenanceStatement said => Provenance(context, said),
            LineageStatement said => Parents(context, said),
            ContributionStatement said => Contribution(said),
            PermissionStatement said => Permission(said),
            EvaluationStatement said => Evaluations.Fault(said),
            EpochStatement said => Epoch(context, said),
            UsageRecordStatement said => UsageRecord(context, said),
            _ => $"Its kind, {entry.Kind}, is not known.",
        };
    }

    private static string? Provenance(PassportContext context, ProvenanceStatement said)
    {
        var identity = context.Entry.Registration.IdentityHash;
        if (said.IdentityHash != identity) return $"It is about weights with the hash {said.IdentityHash}, the registry's is {identity}.";
        if (said.DatasetHashes.Count != said.Relations.Count) return $"It has {said.DatasetHashes.Count} hashes and {said.Relations.Count} relations.";
        if (said.DatasetHashes.Any(hash => hash.IsZero)) return "The hash of a data set is zero.";
        return said.Relations.Any(string.IsNullOrWhiteSpace) ? "A relation is empty." : null;
    }

    private static string? Parents(PassportContext context, LineageStatement said)
    {
        var (sum, seen) = (0UL, new HashSet<ModelId>());
        foreach (var parent in said.Parents)
        {
            if (parent.Model == context.Facts.Model) return "The model is its own parent: lineage has no circles.";
            if (!context.Facts.Registry.TryGet(parent.Model, out var entry)) return $"Its parent {parent.Model} is not in the registry.";
            if (entry.Number >= context.Entry.Number) return $"Its parent {parent.Model} was registered later: lineage has no circles.";
            if (!seen.Add(parent.Model)) return $"Its parent {parent.Model} is there twice.";
            sum += parent.Share;
        }

        if (sum > Whole) return $"The parents' shares are {sum} millionths, more than all.";
        var fact = context.Entry.LineageFacts.FirstOrDefault(fact => fact.Lineage.Version == said.Version && fact.At.Block < context.Facts.AsOf.Number);
        if (fact is null) return said is { Version: 0, Parents.Count: 0 } ? null : $"The registry has no lineage {said.Version} of the model.";
        return fact.Lineage.Parents.SequenceEqual(said.Parents) ? null : $"The registry's lineage {said.Version} has other parents or shares.";
    }

    private static string? Contribution(ContributionStatement said)
    {
        if (said.Account.IsZero) return "It names no account.";
        return said.Weight == 0 ? "A contribution of weight zero is none." : null;
    }

    private static string? Permission(PermissionStatement said)
    {
        if (said.Use.IsZero) return "It names no use.";
        if (said.Permission is < 1 or > 3) return $"{said.Permission} is no permission: 1 allowed, 2 not allowed, 3 constrained.";
        return said.Permission == 3 && said.TermsHash.IsZero ? "A constrained use names its terms, and this does not." : null;
    }

    private static string? Epoch(PassportContext context, EpochStatement said)
    {
        var epoch = context.Facts.Epochs.FirstOrDefault(epoch => epoch.Number == said.Number);
        if (epoch is null) return $"Epoch {said.Number} was not active.";
        return epoch.LastBlock == said.LastBlock && epoch.RecordRoot == said.RecordRoot && epoch.BundleHash == said.BundleHash ? null : $"Epoch {said.Number} has another last block, record root or bundle.";
    }

    private static string? UsageRecord(PassportContext context, UsageRecordStatement said)
    {
        foreach (var (epoch, record) in context.Facts.Records)
        {
            if (epoch != said.Epoch) continue;
            var domains = record.Domains.Select(domain => (domain.Domain, domain.Successes, domain.Trials));
            return record.Uses == said.Uses && record.Consumers == said.Consumers && record.Revenue.SequenceEqual(said.Revenue) && domains.SequenceEqual(said.Domains)
                ? null
                : $"It is not the model's record of epoch {epoch}.";
        }

        return $"The model has no record of epoch {said.Epoch}.";
    }
}
