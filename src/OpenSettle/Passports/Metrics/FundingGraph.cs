using System.Runtime.InteropServices;
using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>A transfer between numbered accounts.</summary>
internal readonly record struct NumberedFlow(int From, int To, uint Day, UInt256 Amount);

/// <summary>
/// Which accounts are one: whoever was funded by an account, and that account. The funder of an account is where at least half of what it
/// had came from, net of what went back, so that a gift of dust joins nobody, and sending money to and fro hides nobody.
/// </summary>
internal sealed class FundingGraph
{
    /// <summary>How many steps up funders are followed.</summary>
    public const int Steps = 3;

    private readonly Dictionary<Address, int> _numbers;
    private readonly List<Address> _accounts;
    private readonly List<NumberedFlow> _flows;
    private UInt256[] _scale = [];
    private (int From, UInt256 Amount)[] _best = [];
    private int[] _parents = [];

    private FundingGraph(int capacity)
    {
        _numbers = new Dictionary<Address, int>(capacity);
        _accounts = new List<Address>(capacity);
        _flows = new List<NumberedFlow>(capacity);
    }

    /// <summary>Every account that is named, by its number.</summary>
    public IReadOnlyList<Address> Accounts => _accounts;

    /// <summary>All flows of the token but those of an account to itself.</summary>
    public IReadOnlyList<NumberedFlow> Flows => _flows;

    /// <param name="flows">All flows; those of other tokens are left out.</param>
    /// <param name="lastDay">Later ones do not say where a payer's money came from.</param>
    /// <param name="isOutsider">Whether an account's money says nothing of who somebody is.</param>
    /// <param name="known">What accounts paid to the model or earned by it: they had at least that, whatever flows were read.</param>
    public static FundingGraph Of(
        IReadOnlyList<TokenFlow> flows, Address token, uint lastDay, Predicate<Address> isOutsider, IEnumerable<(Address Account, UInt256 Amount)> known)
    {
        var graph = new FundingGraph(flows.Count);
        foreach (var flow in flows)
        {
            if (flow.Token != token || flow.From == flow.To || flow.Amount.IsZero) continue;
            graph._flows.Add(new NumberedFlow(graph.NumberOf(flow.From), graph.NumberOf(flow.To), flow.Day, flow.Amount));
        }

        var amounts = known.Select(one => (Account: graph.NumberOf(one.Account), one.Amount)).ToList();
        var count = graph._accounts.Count;
        (graph._scale, graph._best, graph._parents) = (new UInt256[count], new (int, UInt256)[count], new int[count]);
        for (var i = 0; i < count; i++) (graph._best[i].From, graph._parents[i]) = (-1, i);
        graph.AddSources(lastDay, isOutsider);
        foreach (var (account, amount) in amounts) graph.Raise(account, amount);
        return graph;
    }

    /// <summary>The number of an account; −1 where no flow and no payment names it.</summary>
    public int Number(Address account) => _numbers.TryGetValue(account, out var number) ? number : -1;

    /// <summary>Joins an account with its funders, as far as each gave at least so much.</summary>
    public void Follow(Address account, UInt256 least)
    {
        var at = Number(account);
        for (var step = 0; step < Steps && FunderOf(at, least) is >= 0 and var funder; step++)
        {
            Join(at, funder);
            at = funder;
        }
    }

    /// <summary>An account and those that it would be joined with.</summary>
    public IEnumerable<int> Line(Address account, UInt256 least)
    {
        var at = Number(account);
        for (var step = 0; at >= 0 && step <= Steps; step++)
        {
            yield return at;
            at = FunderOf(at, least);
        }
    }

    /// <summary>One number for all that are one with this one.</summary>
    public int Root(int account)
    {
        var root = account;
        while (_parents[root] != root) root = _parents[root];
        // Whoever stands on the way points to the end of it from now on.
        while (_parents[account] != root) (account, _parents[account]) = (_parents[account], root);
        return root;
    }

    /// <summary>One account for all that are one with this one: the lowest.</summary>
    public Address Find(Address account)
    {
        var number = Number(account);
        return number < 0 ? account : _accounts[Root(number)];
    }

    /// <summary>−1 where no single account gave half of what it had, or so much.</summary>
    private int FunderOf(int account, UInt256 least)
    {
        if (account < 0) return -1;
        var (from, amount) = _best[account];
        return from < 0 || amount + amount < _scale[account] || amount < least ? -1 : from;
    }

    private void AddSources(uint lastDay, Predicate<Address> isOutsider)
    {
        var isPublic = new bool[_accounts.Count];
        for (var i = 0; i < isPublic.Length; i++) isPublic[i] = isOutsider(_accounts[i]);
        var (keys, amounts) = Pairs(lastDay);
        var (received, sent) = (new UInt256[_accounts.Count], new UInt256[_accounts.Count]);
        for (var i = 0; i < keys.Length; i++)
        {
            var (from, to) = ((int)(keys[i] >> 32), (int)(keys[i] & uint.MaxValue));
            var reverse = Array.BinarySearch(keys, Key(to, from));
            var back = reverse < 0 ? UInt256.Zero : amounts[reverse];
            if (amounts[i] <= back) continue;
            var net = amounts[i] - back;
            received[to] += net;
            sent[from] += net;
            var best = _best[to];
            if (!isPublic[from] && (best.From < 0 || net > best.Amount || (net == best.Amount && _accounts[from] < _accounts[best.From]))) _best[to] = (from, net);
        }

        for (var i = 0; i < received.Length; i++)
        {
            Raise(i, received[i]);
            Raise(i, sent[i]);
        }
    }

    /// <summary>What each sent each, one entry for each pair, in order.</summary>
    private (ulong[] Keys, UInt256[] Amounts) Pairs(uint lastDay)
    {
        var keys = new ulong[_flows.Count];
        var amounts = new UInt256[_flows.Count];
        var count = 0;
        foreach (var flow in CollectionsMarshal.AsSpan(_flows))
        {
            if (flow.Day <= lastDay) (keys[count], amounts[count++]) = (Key(flow.From, flow.To), flow.Amount);
        }

        Array.Sort(keys, amounts, 0, count);
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            if (kept > 0 && keys[kept - 1] == keys[i]) amounts[kept - 1] += amounts[i];
            else (keys[kept], amounts[kept++]) = (keys[i], amounts[i]);
        }

        return (keys[..kept], amounts[..kept]);
    }

    private static ulong Key(int from, int to) => ((ulong)(uint)from << 32) | (uint)to;

    private int NumberOf(Address account)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, account, out var exists);
        if (exists) return number;
        number = _accounts.Count;
        _accounts.Add(account);
        return number;
    }

    private void Raise(int account, UInt256 amount)
    {
        if (_scale[account] < amount) _scale[account] = amount;
    }

    /// <summary>The lowest account stands for all: whatever was joined first.</summary>
    private void Join(int left, int right)
    {
        var (a, b) = (Root(left), Root(right));
        if (a == b) return;
        if (_accounts[b] < _accounts[a]) (a, b) = (b, a);
        _parents[b] = a;
    }
}
