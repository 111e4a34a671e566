using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>What several figures need: worked out once.</summary>
internal sealed class PassportContext
{
    private readonly Dictionary<ulong, EpochPoint> _epochs;

    public PassportContext(PassportFacts facts)
    {
        Facts = facts;
        Entry = facts.Registry.Get(facts.Model);
        _epochs = facts.Epochs.ToDictionary(epoch => epoch.Number);
        Calendar = new Calendar(facts.Epochs.Count > 0 ? facts.Epochs[^1].EndTime + 1 : facts.AsOf.Timestamp);
        Ancestors = Ancestry.Of(facts, Entry);
        PublicSources = Contracts(facts);
        Markets = TokenMarket.All(facts, Calendar);
        Beneficiaries = Beneficiaries.Of(facts, Entry, Ancestors.Select(ancestor => ancestor.Model), Markets, PublicSources);
        Apart = [.. Markets.Select(MarketClusters.Apart)];
        Joined = facts.FlowsKnown ? [.. Markets.Select(market => MarketClusters.Joined(market, facts, Beneficiaries, PublicSources))] : null;
    }

    public PassportFacts Facts { get; }

    public ModelEntry Entry { get; }

    public Calendar Calendar { get; }

    public Beneficiaries Beneficiaries { get; }

    public IReadOnlyList<Ancestor> Ancestors { get; }

    public IReadOnlyList<TokenMarket> Markets { get; }

    /// <summary>Of each market, each payer for itself.</summary>
    public IReadOnlyList<MarketClusters> Apart { get; }

    /// <summary>Of each market, payers that are one joined; null where transfers were not read.</summary>
    public IReadOnlyList<MarketClusters>? Joined { get; }

    /// <summary>Evaluations that rank, with who made them.</summary>
    public List<(Address Evaluator, EvaluationStatement Said)> Ranked { get; } = [];

    /// <summary>Accounts and contracts whose money says nothing of who somebody is.</summary>
    public IReadOnlySet<Address> PublicSources { get; }

    public List<Figure> Figures { get; } = [];

    public List<PassportFlag> Flags { get; } = [];

    public ulong LastBlock => Facts.Epochs.Count > 0 ? Facts.Epochs[^1].LastBlock : 0;

    /// <summary>
    /// Whether an account gained when the model earned, at that time or by what it earned since. A row that it got later alone says
    /// nothing: an owner could silence an evaluator by it.
    /// </summary>
    public bool Gains(Address account, ulong time)
    {
        if (Beneficiaries.Since(account) is { } since) return since <= time;
        return Joined?.Any(clusters => clusters.IsOneWithGiver(account)) ?? false;
    }

    public EpochPoint Epoch(ulong number) => _epochs[number];

    /// <summary>The first block of an epoch; zero where there is none.</summary>
    public ulong FirstBlockOf(ulong epoch) => _epochs.TryGetValue(epoch, out var point) ? point.FirstBlock : 0;

    public void Flag(string id, string scope, string message) => Flags.Add(new PassportFlag(id, scope, message));

    // What comes out of the vault is a claim, and is counted as earned; what a token's contract mints comes from nobody.
    private static HashSet<Address> Contracts(PassportFacts facts)
    {
        var all = new HashSet<Address>(facts.PublicSources) { Address.Zero, facts.Deployment.Vault, facts.Deployment.Rail, facts.Deployment.Registry };
        foreach (var model in facts.Registry.Models) all.Add(model.PayAddress);
        return all;
    }
}
