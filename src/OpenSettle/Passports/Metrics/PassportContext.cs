using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>What several figures need: worked out once, and not before it is asked for.</summary>
internal sealed class PassportContext
{
    private readonly Dictionary<ulong, EpochPoint> _epochs;
    private readonly Lazy<IReadOnlyList<Ancestor>> _ancestors;
    private readonly Lazy<Beneficiaries> _beneficiaries;
    private readonly Lazy<IReadOnlyList<TokenMarket>> _markets;
    private readonly Lazy<IReadOnlyList<MarketClusters>?> _joined;

    public PassportContext(PassportFacts facts)
    {
        Facts = facts;
        Entry = facts.Registry.Get(facts.Model);
        _epochs = facts.Epochs.ToDictionary(epoch => epoch.Number);
        Calendar = new Calendar(facts.Epochs.Count > 0 ? facts.Epochs[^1].EndTime + 1 : facts.AsOf.Timestamp);
        var outsiders = new Outsiders(facts);
        _ancestors = new(() => Ancestry.Of(facts, Entry));
        _markets = new(() => TokenMarket.All(facts, Calendar));
        _beneficiaries = new(() => Beneficiaries.Of(facts, Entry, Ancestors.Select(ancestor => ancestor.Model), Markets, outsiders));
        _joined = new(() => facts.FlowsKnown ? [.. Markets.Select(market => MarketClusters.Joined(market, facts, Beneficiaries, outsiders))] : null);
    }

    public PassportFacts Facts { get; }

    public ModelEntry Entry { get; }

    public Calendar Calendar { get; }

    public Beneficiaries Beneficiaries => _beneficiaries.Value;

    public IReadOnlyList<Ancestor> Ancestors => _ancestors.Value;

    public IReadOnlyList<TokenMarket> Markets => _markets.Value;

    /// <summary>Of each market, payers that are one joined; null where transfers were not read.</summary>
    public IReadOnlyList<MarketClusters>? Joined => _joined.Value;

    /// <summary>Evaluations that rank, with who made them.</summary>
    public List<(Address Evaluator, EvaluationStatement Said)> Ranked { get; } = [];

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
}
