namespace OpenSettle.Passports;

/// <summary>What of the model itself, and of those who speak for it, has to be looked at.</summary>
internal static class ModelFlags
{
    // A model that was sold in the last twelve weeks has a past that is another owner's.
    private const ulong NewOwnerSeconds = 84 * Calendar.SecondsOfDay;

    public static void Add(PassportContext context, IReadOnlyList<JudgedAttestation> judged)
    {
        var facts = context.Facts;
        if (facts.Status is 1 or 2 or 3)
        {
            var word = facts.Status switch { 1 => "deprecated", 2 => "retired", _ => "salvage" };
            context.Flag(word, string.Empty, $"Its owner says that it is {word}.");
        }

        foreach (var owner in context.Entry.OwnerFacts)
        {
            // The first transfer is the registration's own.
            if (owner.At.Block >= facts.AsOf.Number || owner.At.Block == context.Entry.Registration.At.Block || owner.Timestamp + NewOwnerSeconds < facts.AsOf.Timestamp) continue;
            context.Flag("new-owner", string.Empty, $"It changed hands at {owner.Timestamp}.");
            break;
        }

        var split = context.Entry.SplitAt(facts.AsOf);
        if (!split.AtHand && facts.Tables.Find(split) is null)
            context.Flag("table-missing", string.Empty, $"The table of split {split.Version} was not published, or not found: who shares the revenue is not known.");
        if (!facts.FlowsKnown && context.Markets.Count > 0)
            context.Flag("transfers-not-read", string.Empty, "Transfers between accounts were not read: nothing is known of who is one buyer, and of what came back.");
        // What is off chain not everybody sees, and a flag is for everybody.
        var evaluations = judged.Where(one => one is { Standing: AttestationStanding.Valid, Entry: { OnChain: true, Statement: EvaluationStatement } }).ToList();
        foreach (var own in evaluations.Where(one => one is { Benefits: true, Entry.Statement: EvaluationStatement { IsCommitment: false } }).GroupBy(one => one.Entry.Attester))
            context.Flag("evaluator-benefits", own.Key.ToString(), $"Who evaluated it in {own.Count()} attestations gains when it earns: they do not rank.");
        AddSilent(context, judged, evaluations);
    }

    /// <summary>Who commits to many sets and publishes one chooses what is seen.</summary>
    private static void AddSilent(PassportContext context, IReadOnlyList<JudgedAttestation> judged, IReadOnlyList<JudgedAttestation> evaluations)
    {
        var published = judged.Where(one => one.Entry is { OnChain: true, Statement: EvaluationStatement { IsCommitment: false } }).Select(one => one.Entry.RefUid).ToHashSet();
        foreach (var own in evaluations
            .Where(one => one.Entry.Statement is EvaluationStatement { IsCommitment: true } && !published.Contains(one.Entry.Uid))
            .GroupBy(one => one.Entry.Attester))
        {
            if (own.Count() > 1) context.Flag("results-withheld", own.Key.ToString(), $"It committed to {own.Count()} sets, and published nothing of them.");
        }
    }
}
