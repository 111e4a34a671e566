using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Passports;

/// <summary>
/// The accounts whose money says who belongs together: a model's payers, those who gain by it, and who funded them, up to three steps.
/// What reaches them is enough: what one of them sent another reached that one.
/// </summary>
/// <param name="Near">Payers and those who gain.</param>
/// <param name="Funders">Whoever gave a quarter or more of what an account of theirs got in a token, by steps from them.</param>
/// <param name="Flows">What reached all of them, on days before that of the last epoch's end.</param>
/// <param name="Missing">Why it is not known whole; null where it is.</param>
internal sealed record RelatedAccounts(IReadOnlySet<Address> Near, IReadOnlyList<IReadOnlySet<Address>> Funders, IReadOnlyList<TokenFlow> Flows, string? Missing)
{
    /// <summary>How far funders are followed.</summary>
    public const int Steps = 3;

    /// <summary>More accounts than these are not looked at for one model.</summary>
    public const int MostNear = 50_000;

    /// <summary>Anybody may call itself an evaluator: those of the first evaluations, in chain order, are looked at.</summary>
    public const int MostEvaluations = 1_000;

    private const uint DaySeconds = 86_400;

    public static RelatedAccounts Of(IFlows known, PassportFacts facts, ModelEntry entry)
    {
        var never = Never(facts, entry);
        var near = NearOf(facts, entry);
        near.ExceptWith(never);
        if (near.Count > MostNear) return new RelatedAccounts(near, [], [], $"{near.Count} accounts paid or gain, and at most {MostNear} are looked at");
        var lastEnd = facts.Epochs.Count > 0 ? facts.Epochs[^1].EndTime : 0;
        // Days that are over, and were read whole: so what is known of them stays as it is.
        var day = checked((uint)(Math.Min(lastEnd, facts.AsOf.Timestamp) / DaySeconds));
        var (flows, funders, seen) = (new List<TokenFlow>(), new List<IReadOnlySet<Address>>(), new HashSet<Address>(near));
        string? missing = null;
        var level = near;
        for (var step = 0; step <= Steps && level.Count > 0; step++)
        {
            var states = known.Of(level);
            missing ??= MissingOf(states, level, (ulong)day * DaySeconds);
            // Of those with too many only some were read: how many depends on who read them.
            var into = known.Into(level.Where(account => states.TryGetValue(account, out var state) && state.State != FlowState.TooMany).Order(), day);
            flows.AddRange(into);
            if (step == Steps) break;
            var next = FundersOf(into).Where(account => !never.Contains(account) && seen.Add(account)).ToHashSet();
            if (next.Count > 0) funders.Add(next);
            level = next;
        }

        return new RelatedAccounts(near, funders, flows, missing);
    }

    /// <summary>
    /// An account with too many transfers is read no further: it is one that nobody stands behind. If it made all unknown, anybody could
    /// hide what comes back to payers by sending one of them dust.
    /// </summary>
    private static string? MissingOf(Dictionary<Address, FlowAccount> states, IReadOnlySet<Address> level, ulong until)
    {
        foreach (var account in level)
        {
            if (!states.TryGetValue(account, out var state)) return $"the transfers to {account.ToChecksumString()} were not read yet";
            if (state.State != FlowState.TooMany && state.ReadTime < until)
            {
                return $"the transfers to {account.ToChecksumString()} were not read up to the last epoch yet";
            }
        }

        return null;
    }

    /// <summary>Whoever gave an account a quarter or more of what it got in a token.</summary>
    internal static IEnumerable<Address> FundersOf(IEnumerable<TokenFlow> flows)
    {
        foreach (var into in flows.GroupBy(flow => (flow.To, flow.Token)))
        {
            var all = into.Aggregate(UInt256.Zero, (sum, flow) => sum + flow.Amount);
            foreach (var from in into.GroupBy(flow => flow.From))
            {
                // Half of what is left when what went back is taken off may be less than half of all.
                if (!from.Key.IsZero && from.Aggregate(UInt256.Zero, (sum, flow) => sum + flow.Amount) >= all / 4UL) yield return from.Key;
            }
        }
    }

    private static HashSet<Address> NearOf(PassportFacts facts, ModelEntry entry)
    {
        var near = new HashSet<Address>();
        foreach (var row in facts.Revenue) near.Add(row.Payer);
        foreach (var earning in facts.Earnings) near.Add(earning.Account);
        // Whom those who gain pay speaks for them.
        foreach (var said in facts.Attestations.Where(one => one is { Kind: StatementKind.Evaluation, OnChain: true }).Take(MostEvaluations)) near.Add(said.Attester);
        foreach (var model in Line(facts, entry))
        {
            near.Add(model.Registration.Creator);
            foreach (var change in model.OwnerFacts.Where(change => change.At.Block < facts.AsOf.Number)) near.Add(change.Owner);
            foreach (var split in model.SplitFacts.Where(split => split.At.Block < facts.AsOf.Number))
            {
                var table = split.Table.AtHand ? split.Table : facts.Tables.Find(split.Table);
                foreach (var row in table is null ? [] : table.Rows.Concat(table.Fallback))
                {
                    if (row.Account is { } account) near.Add(account);
                }
            }
        }

        near.Remove(Address.Zero);
        return near;
    }

    /// <summary>The model and all above it.</summary>
    private static List<ModelEntry> Line(PassportFacts facts, ModelEntry entry)
    {
        var (found, level, seen) = (new List<ModelEntry>(), new List<ModelEntry> { entry }, new HashSet<ModelId> { entry.Id });
        for (var depth = 0; depth <= TermsResolver.MaxDepth && level.Count > 0; depth++)
        {
            found.AddRange(level);
            level = [.. level.SelectMany(model => model.LineageAt(facts.AsOf).Parents).Where(parent => seen.Add(parent.Model)).Select(parent => facts.Registry.Get(parent.Model))];
        }

        return found;
    }

    /// <summary>Contracts and public sources: what comes through them says nothing of who stands behind an account.</summary>
    private static HashSet<Address> Never(PassportFacts facts, ModelEntry entry) =>
        [.. facts.PublicSources, Address.Zero, facts.Deployment.Vault, facts.Deployment.Rail, facts.Deployment.Registry, entry.PayAddress];
}
