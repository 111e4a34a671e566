using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>A market's payers, those that are one together, and what came back to them. Without flows each payer stands for itself.</summary>
internal sealed class MarketClusters
{
    /// <summary>For so many days after a payment, what a beneficiary sends the payer is a rebate.</summary>
    public const uint RebateDays = 30;

    /// <summary>A cluster that got one part in so many of what it paid from beneficiaries pays with their money.</summary>
    public const uint SubsidyPart = 10;

    private readonly TokenMarket _market;
    private readonly int[] _clusterOf;

    // By the number of an account in the graph: the cluster of those that it is one with, and whether one of these gains.
    private int[] _ofRoot = [];
    private bool[] _gives = [];
    private FundingGraph? _graph;
    private UInt256 _crumb;

    private MarketClusters(TokenMarket market)
    {
        _market = market;
        _clusterOf = new int[market.Payers.Count];
    }

    public int Count { get; private set; }

    /// <summary>What each cluster paid.</summary>
    public UInt256[] Paid { get; private set; } = [];

    public ulong[] Payments { get; private set; } = [];

    /// <summary>What it paid in the last weeks (<see cref="Retention.Window"/>).</summary>
    public UInt256[] Recent { get; private set; } = [];

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

    /// <summary>Each payer for itself.</summary>
    public static MarketClusters Apart(TokenMarket market)
    {
        var clusters = new MarketClusters(market) { Count = market.Payers.Count };
        for (var i = 0; i < clusters._clusterOf.Length; i++) clusters._clusterOf[i] = i;
        clusters.Sum();
        return clusters;
    }

    /// <summary>Payers joined by who funded them.</summary>
    public static MarketClusters Joined(TokenMarket market, PassportFacts facts, Beneficiaries beneficiaries, Outsiders outsiders)
    {
        var clusters = new MarketClusters(market);
        var earned = new Dictionary<Address, UInt256>();
        foreach (var earning in facts.Earnings)
        {
            if (earning.Token == market.Token) earned[earning.Account] = earned.GetValueOrDefault(earning.Account) + earning.Amount;
        }

        clusters.Join(facts, beneficiaries, outsiders, earned);
        clusters.Sum();
        clusters.AddEarnings(facts.Earnings, earned);
        clusters.AddBenefits(beneficiaries);
        clusters.AddReturns(outsiders);
        for (var i = 0; i < clusters.Count; i++)
            clusters.Subsidised[i] = clusters.Benefits[i] || (clusters.SubsidyOf(i) * SubsidyPart >= clusters.Paid[i] && !clusters.Paid[i].IsZero);
        return clusters;
    }

    /// <summary>The index of a row's cluster; −1 where nobody knows who paid.</summary>
    public int Of(in MarketRow row) => row.Payer < 0 ? -1 : _clusterOf[row.Payer];

    public int OfPayer(int payer) => _clusterOf[payer];

    /// <summary>Whether an account is one with somebody who gains when the model earns.</summary>
    public bool IsOneWithGiver(Address account) => _graph is { } graph && graph.Line(account, _crumb).Any(one => _gives[graph.Root(one)]);

    public UInt256 ReturnedTo(int cluster) => Earned[cluster] + Rebates[cluster];

    public UInt256 SubsidyOf(int cluster) => ReturnedTo(cluster) + Gifts[cluster];

    private void Join(PassportFacts facts, Beneficiaries beneficiaries, Outsiders outsiders, Dictionary<Address, UInt256> earned)
    {
        var known = earned.Select(pair => (pair.Key, pair.Value)).Concat(_market.Payers.Select((payer, i) => (payer, _market.PaidBy[i])));
        _graph = FundingGraph.Of(facts.Flows, _market.Token, _market.LastDay, outsiders.Contains, known);
        foreach (var payer in _market.Payers) _graph.Follow(payer, UInt256.Zero);
        // Payers had at least what they paid. An account that never had anything is anybody's for a unit of dust: not by less than a crumb.
        _crumb = _market.Settled / Beneficiaries.LeastEarnings;
        foreach (var account in beneficiaries.All) _graph.Follow(account, _crumb);
        _ofRoot = new int[_graph.Accounts.Count];
        _gives = new bool[_graph.Accounts.Count];
        Array.Fill(_ofRoot, -1);
        for (var i = 0; i < _clusterOf.Length; i++)
        {
            ref var cluster = ref _ofRoot[_graph.Root(_graph.Number(_market.Payers[i]))];
            if (cluster < 0) cluster = Count++;
            _clusterOf[i] = cluster;
        }
    }

    private void Sum()
    {
        (Earned, Rebates, Gifts, Benefits, Subsidised) = (new UInt256[Count], new UInt256[Count], new UInt256[Count], new bool[Count], new bool[Count]);
        if (Count == _clusterOf.Length)
        {
            // Nobody was joined: whoever came first has the first number in both.
            (Paid, Payments, Recent, Activity) = (_market.PaidBy, _market.PaymentsBy, _market.RecentBy, _market.Activity);
            return;
        }

        (Paid, Payments, Recent, Activity) = (new UInt256[Count], new ulong[Count], new UInt256[Count], new WeeklyActivity(Count, _market.Weeks));
        for (var i = 0; i < _clusterOf.Length; i++)
        {
            var cluster = _clusterOf[i];
            Paid[cluster] += _market.PaidBy[i];
            Payments[cluster] += _market.PaymentsBy[i];
            Recent[cluster] += _market.RecentBy[i];
            Activity.MarkAll(cluster, _market.Activity, i);
        }
    }

    /// <summary>
    /// What came back of a cluster's payments is its part of each epoch's earnings in proportion to what it paid of that epoch's revenue:
    /// what it earned by others' payments it did not pay itself.
    /// </summary>
    private void AddEarnings(IReadOnlyList<Earning> earnings, Dictionary<Address, UInt256> earned)
    {
        if (_graph is null) return;
        var byRoot = new Dictionary<int, UInt256>();
        foreach (var (account, amount) in earned)
        {
            var root = _graph.Root(_graph.Number(account));
            byRoot[root] = byRoot.GetValueOrDefault(root) + amount;
            if (byRoot[root] > MostEarned) MostEarned = byRoot[root];
        }

        var own = new Dictionary<(int Cluster, ulong Epoch), (UInt256 Earned, UInt256 Paid)>();
        foreach (var earning in earnings)
        {
            if (earning.Token != _market.Token || _ofRoot[_graph.Root(_graph.Number(earning.Account))] is not (>= 0 and var cluster)) continue;
            own[(cluster, earning.Epoch)] = (own.GetValueOrDefault((cluster, earning.Epoch)).Earned + earning.Amount, UInt256.Zero);
        }

        if (own.Count == 0) return;
        foreach (ref readonly var row in _market.Rows)
        {
            if (own.TryGetValue((Of(in row), row.Epoch), out var known)) own[(Of(in row), row.Epoch)] = (known.Earned, known.Paid + row.Settled);
        }

        foreach (var ((cluster, epoch), (amount, paid)) in own)
        {
            if (paid.IsZero) continue;
            var back = UInt256.MulDivFloor(amount, paid, _market.SettledIn(epoch));
            Earned[cluster] += back < paid ? back : paid;
        }
    }

    private void AddBenefits(Beneficiaries beneficiaries)
    {
        if (_graph is null) return;
        foreach (var account in beneficiaries.All)
        {
            if (_graph.Number(account) is not (>= 0 and var number)) continue;
            var root = _graph.Root(number);
            _gives[root] = true;
            if (_ofRoot[root] >= 0) Benefits[_ofRoot[root]] = true;
        }
    }

    /// <summary>What moves within one cluster is nothing that came back: it only changed pockets.</summary>
    private void AddReturns(Outsiders outsiders)
    {
        if (_graph is null) return;
        var returns = new List<(int Cluster, uint Day, UInt256 Amount)>();
        foreach (var flow in _graph.Flows)
        {
            var (from, to) = (_graph.Root(flow.From), _graph.Root(flow.To));
            if (!_gives[from] || from == to || _ofRoot[to] < 0) continue;
            if (outsiders.Contains(_graph.Accounts[flow.From]) || outsiders.Contains(_graph.Accounts[flow.To])) continue;
            returns.Add((_ofRoot[to], flow.Day, flow.Amount));
        }

        if (returns.Count == 0) return;
        var days = new List<uint>?[Count];
        foreach (var back in returns) days[back.Cluster] ??= [];
        foreach (ref readonly var row in _market.Rows)
        {
            if (row.Payer >= 0) days[Of(in row)]?.Add(row.Day);
        }

        foreach (var own in days) own?.Sort();
        foreach (var (cluster, day, amount) in returns)
        {
            if (PaidBefore(days[cluster] ?? [], day)) Rebates[cluster] += amount;
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
}
