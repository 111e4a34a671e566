using OpenSettle.Primitives;

namespace OpenSettle.Passports.Metrics;

/// <summary>
/// Which accounts are one: whoever was funded by an account, and that account. The funder of an account is where at least half of what it
/// had came from, net of what went back, so that a gift of dust joins nobody, and sending money to and fro hides nobody.
/// </summary>
internal sealed class FundingGraph
{
    /// <summary>How many steps up funders are followed.</summary>
    public const int Steps = 3;

    private readonly Dictionary<Address, List<(Address From, UInt256 Amount)>> _sources = [];
    private readonly Dictionary<Address, UInt256> _scale = [];
    private readonly Dictionary<Address, (Address Account, UInt256 Amount)?> _funders = [];
    private readonly Dictionary<Address, Address> _parents = [];
    private readonly IReadOnlySet<Address> _public;

    private FundingGraph(IReadOnlySet<Address> publicSources) => _public = publicSources;

    /// <param name="flows">Of one token, up to the last payment.</param>
    /// <param name="publicSources">Accounts and contracts whose money says nothing of who somebody is.</param>
    /// <param name="known">What accounts paid to the model or earned by it: they had at least that, whatever flows were read.</param>
    public static FundingGraph Of(IEnumerable<TokenFlow> flows, IReadOnlySet<Address> publicSources, IEnumerable<(Address Account, UInt256 Amount)> known)
    {
        var graph = new FundingGraph(publicSources);
        var pairs = new Dictionary<(Address From, Address To), UInt256>();
        var sent = new Dictionary<Address, UInt256>();
        foreach (var flow in flows)
        {
            if (flow.From == flow.To || flow.Amount.IsZero) continue;
            pairs[(flow.From, flow.To)] = pairs.GetValueOrDefault((flow.From, flow.To)) + flow.Amount;
        }

        var received = new Dictionary<Address, UInt256>();
        foreach (var ((from, to), amount) in pairs)
        {
            var back = pairs.GetValueOrDefault((to, from));
            if (amount <= back) continue;
            var net = amount - back;
            received[to] = received.GetValueOrDefault(to) + net;
            sent[from] = sent.GetValueOrDefault(from) + net;
            if (!graph._sources.TryGetValue(to, out var sources)) graph._sources.Add(to, sources = []);
            sources.Add((from, net));
        }

        foreach (var (account, amount) in received) graph.Raise(account, amount);
        foreach (var (account, amount) in sent) graph.Raise(account, amount);
        foreach (var (account, amount) in known) graph.Raise(account, amount);
        return graph;
    }

    /// <summary>Joins an account with its funders, as far as each gave at least so much.</summary>
    public void Follow(Address account, UInt256 least)
    {
        for (var step = 0; step < Steps && FunderOf(account) is { } funder && funder.Amount >= least; step++)
        {
            Join(account, funder.Account);
            account = funder.Account;
        }
    }

    /// <summary>One account for all that are one with this one.</summary>
    public Address Find(Address account)
    {
        var root = account;
        while (_parents.TryGetValue(root, out var parent)) root = parent;
        // Whoever stands on the way points to the end of it from now on.
        while (_parents.TryGetValue(account, out var next) && next != root)
        {
            _parents[account] = root;
            account = next;
        }

        return root;
    }

    /// <summary>Null where no single account gave half of what it had.</summary>
    public (Address Account, UInt256 Amount)? FunderOf(Address account)
    {
        if (_funders.TryGetValue(account, out var known)) return known;
        (Address Account, UInt256 Amount)? funder = null;
        foreach (var (from, amount) in _sources.GetValueOrDefault(account) ?? [])
        {
            if (_public.Contains(from) || from.IsZero || amount + amount < _scale[account]) continue;
            if (funder is { } other && (amount < other.Amount || (amount == other.Amount && from > other.Account))) continue;
            funder = (from, amount);
        }

        _funders.Add(account, funder);
        return funder;
    }

    private void Raise(Address account, UInt256 amount)
    {
        if (_scale.GetValueOrDefault(account) < amount) _scale[account] = amount;
    }

    /// <summary>The lowest account stands for all: whatever was joined first.</summary>
    private void Join(Address left, Address right)
    {
        var (a, b) = (Find(left), Find(right));
        if (a == b) return;
        if (b < a) (a, b) = (b, a);
        _parents[b] = a;
    }
}
