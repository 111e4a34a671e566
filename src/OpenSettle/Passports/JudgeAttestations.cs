using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>Says of each attestation what it is worth as of the block, and why.</summary>
internal static class JudgeAttestations
{
    /// <summary>Those on chain in chain order, then those off chain by time.</summary>
    public static IReadOnlyList<JudgedAttestation> Judge(PassportContext context)
    {
        var entries = context.Facts.Attestations
            .OrderBy(entry => entry.At is null).ThenBy(entry => entry.At ?? default).ThenBy(entry => entry.Time).ThenBy(entry => entry.Uid).ThenBy(entry => entry.Attester)
            .ToList();
        var judged = new JudgedAttestation[entries.Count];
        for (var i = 0; i < judged.Length; i++) judged[i] = Judge(context, entries[i], context.Gains(entries[i].Attester, entries[i].Time));
        Replace(judged);
        RankEvaluations(context, judged);
        return judged;
    }

    /// <summary>Permissions alone, for who asks for nothing else; who benefits is not looked at.</summary>
    public static IReadOnlyList<JudgedAttestation> Permissions(PassportFacts facts)
    {
        var context = new PassportContext(facts);
        var judged = facts.Attestations.Where(entry => entry.Kind == StatementKind.Permission)
            .OrderBy(entry => entry.At is null).ThenBy(entry => entry.At ?? default).ThenBy(entry => entry.Time).ThenBy(entry => entry.Uid).ThenBy(entry => entry.Attester)
            .Select(entry => Judge(context, entry, false)).ToArray();
        Replace(judged);
        return judged;
    }

    private static JudgedAttestation Judge(PassportContext context, AttestationEntry entry, bool benefits)
    {
        var (standing, why) = StatementChecks.Fault(context, entry) is { } fault ? (AttestationStanding.Void, fault)
            : Stranger(context, entry) is { } stranger ? (AttestationStanding.Stranger, stranger)
            : entry.RevokedAt != 0 && entry.RevokedAt <= context.Facts.AsOf.Timestamp ? (AttestationStanding.Revoked, $"It was revoked at {entry.RevokedAt}.")
            : Expired(context, entry) is { } expired ? (AttestationStanding.Expired, expired)
            : (AttestationStanding.Valid, (string?)null);
        return new JudgedAttestation(entry, standing, benefits, why);
    }

    /// <summary>The rules of the resolver, which has not run for what is off chain.</summary>
    private static string? Stranger(PassportContext context, AttestationEntry entry)
    {
        if (entry.Kind is StatementKind.Epoch or StatementKind.UsageRecord)
            return entry.OnChain ? null : "Only the resolver says this, and it says it on chain.";
        if (entry.Kind == StatementKind.Evaluation)
            return context.Facts.Evaluators.Contains(entry.Attester) ? null : $"{entry.Attester} does not call itself an evaluator.";
        if (entry.At is { } at)
            return OwnerAt(context, at) == entry.Attester ? null : $"{entry.Attester} was not the model's owner at {at}.";
        // Off chain nothing proves when it was said: who sold the model could still say it, with an old date.
        return context.Entry.OwnerAt(context.Facts.AsOf.Number) == entry.Attester ? null : $"{entry.Attester} is not the model's owner, and off chain nothing proves when it was said.";
    }

    private static Address OwnerAt(PassportContext context, LogPosition at)
    {
        var owners = context.Entry.OwnerFacts;
        for (var i = owners.Count - 1; i >= 0; i--)
        {
            if (owners[i].At < at) return owners[i].Owner;
        }

        return context.Entry.Registration.Creator;
    }

    private static string? Expired(PassportContext context, AttestationEntry entry)
    {
        var now = context.Facts.AsOf.Timestamp;
        if (entry.Expires != 0 && entry.Expires <= now) return $"It said nothing any more from {entry.Expires} on.";
        return entry.Statement is PermissionStatement { Expires: not 0 } permission && permission.Expires <= now ? $"What it permits ended at {permission.Expires}." : null;
    }

    /// <summary>What is off chain takes no place of what is on chain: its date is its maker's word.</summary>
    private static void Replace(JudgedAttestation[] judged)
    {
        var later = new Dictionary<Subject, AttestationEntry>();
        foreach (var onChain in (bool[])[true, false])
        {
            for (var i = judged.Length - 1; i >= 0; i--)
            {
                var entry = judged[i].Entry;
                if (entry.OnChain != onChain || judged[i].Standing != AttestationStanding.Valid || Subject.Of(entry) is not { } subject) continue;
                if (!later.TryGetValue(subject, out var other)) later.Add(subject, entry);
                else if (onChain || !other.OnChain || other.Time >= entry.Time)
                    judged[i] = judged[i] with { Standing = AttestationStanding.Replaced, Why = $"{other.Uid} took its place." };
            }
        }
    }

    private static void RankEvaluations(PassportContext context, JudgedAttestation[] judged)
    {
        var byUid = new Dictionary<Hash32, JudgedAttestation>();
        foreach (var one in judged) byUid.TryAdd(one.Entry.Uid, one);
        for (var i = 0; i < judged.Length; i++)
        {
            if (judged[i] is not { Standing: AttestationStanding.Valid, Entry: { Kind: StatementKind.Evaluation, Statement: EvaluationStatement statement } }) continue;
            var why = statement.IsCommitment ? "It commits to a set; the results name it." : Evaluations.WhyUnranked(judged[i], statement, byUid);
            if (why is null) context.Ranked.Add((judged[i].Entry.Attester, statement));
            else judged[i] = judged[i] with { Why = why };
        }
    }

    /// <summary>What an attestation is about, as far as a later one takes its place.</summary>
    private readonly record struct Subject(StatementKind Kind, Address Attester, Address Account, Hash32 First, Hash32 Second, string Text)
    {
        public static Subject? Of(AttestationEntry entry) => entry.Statement switch
        {
            ProvenanceStatement or LineageStatement => new Subject(entry.Kind, entry.Attester, default, default, default, string.Empty),
            ContributionStatement said => new Subject(entry.Kind, entry.Attester, said.Account, said.Role, default, string.Empty),
            PermissionStatement said => new Subject(entry.Kind, entry.Attester, said.Account, said.Use, default, string.Empty),
            EvaluationStatement said => new Subject(entry.Kind, entry.Attester, default, said.Domain, said.EvalSetHash, (said.IsCommitment ? "c:" : "r:") + said.Metric),
            _ => null,
        };
    }
}
