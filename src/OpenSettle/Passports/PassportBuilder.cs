using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>Makes a passport of facts. It has no other input: the same facts, in any order, give the same text on every machine.</summary>
public static class PassportBuilder
{
    /// <summary>Of the rules in this room; docs/metrics.md says them in words. Whatever changes a figure changes it.</summary>
    public const string CodeVersion = "1";

    /// <exception cref="ArgumentException">The facts contradict each other, or are of after the block.</exception>
    public static Passport Build(PassportFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        FactsCheck.Check(facts);
        var context = new PassportContext(facts);
        for (var i = 0; i < context.Markets.Count; i++)
        {
            RevenueFigures.Add(context, context.Markets[i], context.Joined?[i]);
            BuyerFigures.Add(context, context.Markets[i], MarketClusters.Apart(context.Markets[i]), context.Joined?[i]);
        }

        UsageFigures.Add(context);
        var judged = JudgeAttestations.Judge(context);
        var domains = DomainFigures.Add(context);
        ModelFlags.Add(context, judged);
        return Compose(context, judged, domains);
    }

    private static Passport Compose(PassportContext context, IReadOnlyList<JudgedAttestation> judged, IReadOnlyList<DomainStanding> domains)
    {
        var facts = context.Facts;
        return new Passport(
            CodeVersion,
            facts.Deployment.ChainId,
            facts.Model,
            facts.AsOf,
            facts.Epochs.Count > 0 ? facts.Epochs[^1].Number : 0,
            context.Entry.OwnerAt(facts.AsOf.Number),
            context.Entry.PayAddress,
            context.Entry.Registration.IdentityHash,
            facts.Status,
            facts.IsFrozen,
            facts.MetadataHash,
            facts.MetadataUri,
            domains,
            [.. context.Figures.OrderBy(figure => figure.Id, StringComparer.Ordinal).ThenBy(figure => figure.Scope, StringComparer.Ordinal)],
            [.. context.Flags.OrderBy(flag => flag.Id, StringComparer.Ordinal).ThenBy(flag => flag.Scope, StringComparer.Ordinal).ThenBy(flag => flag.Message, StringComparer.Ordinal)],
            context.Ancestors,
            Contributors(context),
            PermissionAnswer.InForce(facts.Permissions, judged, facts.AsOf.Timestamp),
            judged)
        {
            PublicSources = [.. facts.PublicSources.Order()],
        };
    }

    /// <summary>Whoever has a row in the split in force, or earned.</summary>
    private static IReadOnlyList<Contributor> Contributors(PassportContext context)
    {
        var facts = context.Facts;
        var all = new SortedDictionary<Address, (SortedSet<string> Roles, SortedDictionary<Address, UInt256> Earned)>();
        var split = context.Entry.SplitAt(facts.AsOf);
        var table = split.AtHand ? split : facts.Tables.Find(split);
        foreach (var row in table?.Rows ?? []) Of(row.Account ?? context.Entry.OwnerAt(facts.AsOf.Number)).Roles.Add(row.Role);
        foreach (var earning in facts.Earnings)
        {
            var earned = Of(earning.Account).Earned;
            earned[earning.Token] = earned.GetValueOrDefault(earning.Token) + earning.Amount;
        }

        return [.. all.Select(pair => new Contributor(pair.Key, [.. pair.Value.Roles], [.. pair.Value.Earned.Select(earned => (earned.Key, earned.Value))]))];

        (SortedSet<string> Roles, SortedDictionary<Address, UInt256> Earned) Of(Address account)
        {
            if (!all.TryGetValue(account, out var known)) all.Add(account, known = (new SortedSet<string>(StringComparer.Ordinal), []));
            return known;
        }
    }
}
