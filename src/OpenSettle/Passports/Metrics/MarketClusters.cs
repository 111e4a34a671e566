using OpenSettle.Primitives;

namespace OpenSettle.Passports.Metrics;

/// <summary>A market's payers, those that are one together, and what came back to them. Without flows each payer stands for itself.</summary>
internal sealed class MarketClusters
{
    /// <summary>For so many days after a payment, what a beneficiary sends the payer is a rebate.</summary>
    public const uint RebateDays = 30;

    /// <summary>A cluster that got one part in so many of what it paid from beneficiaries pays with their money.</summary>
    public const uint SubsidyPart = 10;

    private readonly TokenMarket _market;
    private readonly int[] _clusterOf;
    private readonly Dictionary<Address, int> _index = [];
    private HashSet<Address> _givers = [];
    private FundingGraph? _graph;

    private MarketClusters(TokenMarket market)
    {
        _market = market;
        _clusterOf = new int[market.Payers.Count];
    }

    public int Count { get; private set; }

    /// <summary>What each cluster paid.</summary>
    public UInt256[] Paid { get; private set; } = [];

    public ulong[] Payments { get; private set; } = [];

    /// <summary>What of its own payments its accounts earned.</summary>
    public UInt256[] Earned { get; private set; } = [];

    /// <summary>What beneficiaries outside of it sent it soon after a payment.</summary>
    public UInt256[] Rebates { get; private set; } = [];

    /// <summary>What they sent it at other times.</summary>
    public UInt256[] Gifts { get; private set; } = [];

    /// <summary>Whether a beneficiary is in it.</summary>
    public bool[] Benefits { get; private set; } = [];

    /// <summary>Whether it pays with beneficiaries' money.</summary>
    public bool[] Subsidised { get; private set; } = [];

    /// <summary>What the cluster that earned most got of the model's money, whether it paid or not.</summary>
    public UInt256 MostEarned { get; private set; }

    public WeeklyActivity Activity { get; private set; } = new(0, 0);

    /// <summary>The index of a row's cluster; −1 where nobody knows who paid.</summary>
    public int Of(MarketRow row) => row.Payer < 0 ? -1 : _clusterOf[row.Payer];

    public int OfPayer(int payer) => _clusterOf[payer];

    /// <summary>Each payer for itself.</summary>
    public static MarketClusters Apart(TokenMarket market)
    {
        var clusters = new MarketClusters(market);
        for (var i = 0; i < clusters._clusterOf.Length; i++) clusters._clusterOf[i] = i;
        clusters.Count = market.Payers.Count;
        clusters.AddRows();
        return clusters;
    }

    /// <summary>Payers joined by who funded them.</summary>
    public static MarketClusters Joined(TokenMarket market, PassportFacts facts, Beneficiaries beneficiaries, IReadOnlySet<Address> publicSources)
    {
        var clusters = new MarketClusters(market);
        var flows = facts.Flows.Where(flow => flow.Token == market.Token).ToList();
        var earned = Sum(facts.Earnings.Where(earning => earning.Token == market.Token).Select(earning => (earning.Account, earning.Amount)));
        // Evaluators too: whom somebody pays is whose word it may be.
        var evaluators = facts.Attestations.Where(entry => entry.Kind == StatementKind.Evaluation).Select(entry => entry.Attester).ToHashSet();
        clusters.Join(flows, beneficiaries, publicSources, earned, evaluators);
        clusters.AddRows();
        clusters.AddEarnings(facts.Earnings.Where(earning => earning.Token == market.Token), earned);
        clusters.AddBenefits(beneficiaries);
        clusters.AddReturns(flows, beneficiaries, publicSources);
        clusters.Subsidised = new bool[clusters.Count];
        for (var i = 0; i < clusters.Count; i++)
            clusters.Subsidised[i] = clusters.Benefits[i] || (clusters.SubsidyOf(i) * SubsidyPart >= clusters.Paid[i] && !clusters.Paid[i].IsZero);
        return clusters;
    }

    /// <summary>Whether an account is one with somebody who gains when the model earns.</summary>
    public bool IsOneWithGiver(Address account) => _givers.Contains(Find(account));

    public UInt256 ReturnedTo(int cluster) => Earned[cluster] + Rebates[cluster];

    public UInt256 SubsidyOf(int cluster) => ReturnedTo(cluster) + Gifts[cluster];

    /// <summary>Sums by account.</summary>
    private static Dictionary<Address, UInt256> Sum(IEnumerable<(Address Account, UInt256 Amount)> amounts)
    {
        var sums = new Dictionary<Address, UInt256>();
        foreach (var (account, amount) in amounts) sums[account] = sums.GetValueOrDefault(account) + amount;
        return sums;
    }

    private void Join(List<TokenFlow> flows, Beneficiaries beneficiaries, IReadOnlySet<Address> publicSources, Dictionary<Address, UInt256> earned, IEnumerable<Address> others)
    {
        var paid = new UInt256[_clusterOf.Length];
        foreach (var row in _market.Rows)
        {
            if (row.Payer >= 0) paid[row.Payer] += row.Settled;
        }

        var known = earned.Select(pair => (pair.Key, pair.Value)).Concat(_market.Payers.Select((payer, i) => (payer, paid[i])));
        _graph = FundingGraph.Of(flows.Where(flow => flow.Day <= _market.LastDay), publicSources, known);
        foreach (var payer in _market.Payers) _graph.Follow(payer, UInt256.Zero);
        // Payers had at least what they paid. An account that never had anything is anybody's for a unit of dust: not by less than a crumb.
        var crumb = _market.Settled / Beneficiaries.LeastEarnings;
        foreach (var account in beneficiaries.All) _graph.Follow(account, crumb);
        foreach (var account in others) _graph.Follow(account, crumb);
        for (var i = 0; i < _clusterOf.Length; i++)
        {
            var root = _graph.Find(_market.Payers[i]);
            if (!_index.TryGetValue(root, out var cluster)) _index.Add(root, cluster = _index.Count);
            _clusterOf[i] = cluster;
        }

        Count = _index.Count;
    }

    private void AddRows()
    {
        (Paid, Payments, Earned, Rebates) = (new UInt256[Count], new ulong[Count], new UInt256[Count], new UInt256[Count]);
        (Gifts, Benefits, Subsidised) = (new UInt256[Count], new bool[Count], new bool[Count]);
        Activity = new WeeklyActivity(Count, _market.Weeks);
        foreach (var row in _market.Rows)
        {
            var cluster = Of(row);
            if (cluster < 0) continue;
            Paid[cluster] += row.Settled;
            Payments[cluster] += row.Payments;
            if (row.Week >= 0) Activity.Mark(cluster, row.Week);
        }
    }

    /// <summary>
    /// What came back of a cluster's payments is its part of each epoch's earnings in proportion to what it paid of that epoch's revenue:
    /// what it earned by others' payments it did not pay itself.
    /// </summary>
    private void AddEarnings(IEnumerable<Earning> earnings, Dictionary<Address, UInt256> earned)
    {
        foreach (var (_, amount) in Sum(earned.Select(pair => (Find(pair.Key), pair.Value))))
        {
            if (amount > MostEarned) MostEarned = amount;
        }

        var own = new Dictionary<(int Cluster, ulong Epoch), (UInt256 Earned, UInt256 Paid)>();
        foreach (var earning in earnings)
        {
            if (!_index.TryGetValue(Find(earning.Account), out var cluster)) continue;
            own[(cluster, earning.Epoch)] = (own.GetValueOrDefault((cluster, earning.Epoch)).Earned + earning.Amount, UInt256.Zero);
        }

        if (own.Count == 0) return;
        var settled = new Dictionary<ulong, UInt256>();
        foreach (var row in _market.Rows)
        {
            settled[row.Epoch] = settled.GetValueOrDefault(row.Epoch) + row.Settled;
            if (own.TryGetValue((Of(row), row.Epoch), out var known)) own[(Of(row), row.Epoch)] = (known.Earned, known.Paid + row.Settled);
        }

        foreach (var ((cluster, epoch), (amount, paid)) in own)
        {
            if (paid.IsZero) continue;
            var back = UInt256.MulDivFloor(amount, paid, settled[epoch]);
            Earned[cluster] += back < paid ? back : paid;
        }
    }

    private void AddBenefits(Beneficiaries beneficiaries)
    {
        foreach (var account in beneficiaries.All)
        {
            if (_index.TryGetValue(Find(account), out var cluster)) Benefits[cluster] = true;
        }
    }

    /// <summary>What moves within one cluster is nothing that came back: it only changed pockets.</summary>
    private void AddReturns(List<TokenFlow> flows, Beneficiaries beneficiaries, IReadOnlySet<Address> publicSources)
    {
        _givers = beneficiaries.All.Select(Find).ToHashSet();
        var returns = new List<(int Cluster, uint Day, UInt256 Amount)>();
        foreach (var flow in flows)
        {
            if (publicSources.Contains(flow.From) || publicSources.Contains(flow.To)) continue;
            var from = Find(flow.From);
            if (!_givers.Contains(from)) continue;
            var to = Find(flow.To);
            if (to != from && _index.TryGetValue(to, out var cluster)) returns.Add((cluster, flow.Day, flow.Amount));
        }

        if (returns.Count == 0) return;
        var days = returns.Select(back => back.Cluster).Distinct().ToDictionary(cluster => cluster, _ => new List<uint>());
        foreach (var row in _market.Rows)
        {
            if (row.Payer >= 0 && days.TryGetValue(Of(row), out var own)) own.Add(row.Day);
        }

        foreach (var own in days.Values) own.Sort();
        foreach (var (cluster, day, amount) in returns)
        {
            if (PaidBefore(days[cluster], day)) Rebates[cluster] += amount;
            else Gifts[cluster] += amount;
        }
    }

    /// <summary>Whether the last of these days up to a day is at most so long ago.</summary>
    private static bool PaidBefore(List<uint> days, uint day)
    {
        var (low, high) = (0, days.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (days[middle] <= day) low = middle + 1;
            else high = middle;
        }

        return low > 0 && day - days[low - 1] <= RebateDays;
    }

    private Address Find(Address account) => _graph is { } graph ? graph.Find(account) : account;
}
