using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>All money of one token that reaches the same terms.</summary>
internal sealed class Group(Terms terms, Address token)
{
    /// <summary>After every payment: the place of a group that has none.</summary>
    public static LogPosition Never => new(ulong.MaxValue, uint.MaxValue);

    public Terms Terms { get; } = terms;

    public Address Token { get; } = token;

    public UInt256 Amount { get; set; }

    /// <summary>The part of its own payments that events name.</summary>
    public UInt256 Named { get; set; }

    public UInt256 CameUp { get; set; }

    public UInt256 Released { get; set; }

    /// <summary>The first of all payments whose money is in it.</summary>
    public LogPosition? Oldest { get; private set; }

    public void Meet(LogPosition payment)
    {
        if (Oldest is not { } oldest || payment < oldest) Oldest = payment;
    }
}

/// <summary>The epoch's sums of influence, as tables.</summary>
internal sealed class InfluenceTables
{
    private readonly Dictionary<ModelId, WeightTable> _open;
    private readonly Dictionary<(int Terms, Address Token), WeightTable> _direct;

    public InfluenceTables(EpochUsage usage)
    {
        _open = usage.Open.GroupBy(sum => sum.Model).ToDictionary(sums => sums.Key, sums => WeightTable.Of([.. sums.Select(sum => (sum.Account, sum.Weight))]));
        _direct = usage.Direct.GroupBy(sum => (sum.Terms, sum.Token))
            .ToDictionary(sums => sums.Key, sums => WeightTable.Of([.. sums.Select(sum => (sum.Account, sum.Weight))]));
    }

    /// <summary>Who shares the named part of a pool; nobody where no event names a payment of the group.</summary>
    public WeightTable Direct(Terms terms, Address token) => _direct.GetValueOrDefault((terms.Id, token), WeightTable.Empty);

    /// <summary>Who shares the rest of a pool.</summary>
    public WeightTable Open(Terms terms) => _open.GetValueOrDefault(terms.Model, WeightTable.Empty) is { Count: > 0 } open ? open : terms.Fallback;

    /// <summary>Whether usage, and not the fallback rows, decides over the rest of a pool.</summary>
    public bool HasOpen(ModelId model) => _open.ContainsKey(model);
}

/// <summary>What the groups of one model and token give, summed up.</summary>
internal sealed class ModelParts(ModelId model, Address token)
{
    private readonly List<Part<ModelId>> _up = [];
    private readonly PartSum _rows = new();
    private readonly PartSum _influence = new();
    private UInt256 _pool;
    private UInt256 _suspended;
    private UInt256 _residue;

    public void Up(ModelId parent, UInt256 amount)
    {
        for (var i = 0; i < _up.Count; i++)
        {
            if (_up[i].To != parent) continue;
            _up[i] = new Part<ModelId>(parent, _up[i].Amount + amount);
            return;
        }

        _up.Add(new Part<ModelId>(parent, amount));
    }

    public void Suspend(UInt256 amount) => _suspended += amount;

    /// <summary>Divides what is left of a group after its parents' shares.</summary>
    public void Divide(Group group, UInt256 rest, InfluenceTables influence)
    {
        var terms = group.Terms;
        if (terms.Fault() is { } fault) throw new InvalidOperationException($"Model {terms.Model}: {fault}.");
        UInt256 poolWeight = terms.Split.PoolWeight;
        var whole = terms.Rows.Sum + poolWeight;
        var left = rest - _rows.Add(terms.Rows, rest, whole);
        if (!poolWeight.IsZero)
        {
            var pool = UInt256.MulDivFloor(rest, poolWeight, whole);
            _pool += pool;
            left -= DividePool(group, pool, influence);
        }

        _residue += left;
    }

    public ModelDivision Finish(List<Group> groups)
    {
        var (cameUp, released) = (UInt256.Zero, UInt256.Zero);
        foreach (var group in groups)
        {
            cameUp += group.CameUp;
            released += group.Released;
        }

        _up.Sort(static (a, b) => a.To.CompareTo(b.To));
        return new ModelDivision(model, token, cameUp, released, _up, _rows.ToParts(), _pool, _influence.ToParts(), _suspended, _residue);
    }

    private UInt256 DividePool(Group group, UInt256 pool, InfluenceTables influence)
    {
        if (pool.IsZero) return UInt256.Zero;
        var direct = influence.Direct(group.Terms, group.Token);
        var named = direct.Count > 0 ? UInt256.MulDivFloor(pool, group.Named, group.Amount) : UInt256.Zero;
        var given = named.IsZero ? UInt256.Zero : _influence.Add(direct, named, direct.Sum);
        var open = influence.Open(group.Terms);
        return given + _influence.Add(open, pool - named, open.Sum);
    }

    /// <summary>Parts of accounts. One division comes in order; several are brought into it at the end.</summary>
    private sealed class PartSum
    {
        private ReadOnlyMemory<Address> _shared;
        private Address[] _accounts = [];
        private UInt256[] _amounts = [];
        private int _count;

        public UInt256 Add(WeightTable table, UInt256 amount, UInt256 whole)
        {
            if (amount.IsZero || table.Count == 0) return UInt256.Zero;
            var first = _count == 0;
            if (!first) OwnAccounts(table.Count);
            Grow(ref _amounts, table.Count);
            var amounts = _amounts.AsSpan(_count, table.Count);
            var given = table.Divide(amount, whole, amounts);
            // The usual case: one division, and everybody gets something. Then the table's own accounts are the parts'.
            if (first && !UInt256.MulDivFloor(amount, table.Least, whole).IsZero) (_shared, _count) = (table.SharedAccounts, table.Count);
            else Keep(table.Accounts, amounts);
            return given;
        }

        public PartList ToParts()
        {
            if (_shared.IsEmpty) Merge();
            return new PartList(_shared.IsEmpty ? _accounts.AsMemory(0, _count) : _shared, _amounts.AsMemory(0, _count));
        }

        private void Keep(ReadOnlySpan<Address> accounts, ReadOnlySpan<UInt256> amounts)
        {
            OwnAccounts(accounts.Length);
            for (var i = 0; i < accounts.Length; i++)
            {
                if (!amounts[i].IsZero) (_accounts[_count], _amounts[_count++]) = (accounts[i], amounts[i]);
            }
        }

        private void OwnAccounts(int more)
        {
            Grow(ref _accounts, more);
            _shared.CopyTo(_accounts);
            _shared = default;
        }

        /// <summary>Makes room. All of it is written before it is read, so it need not be cleared.</summary>
        private void Grow<T>(ref T[] array, int more) where T : struct
        {
            if (array.Length - _count >= more) return;
            var larger = GC.AllocateUninitializedArray<T>(checked(_count == 0 ? more : Math.Max(_count * 2, _count + more)));
            array.AsSpan(0, Math.Min(array.Length, _count)).CopyTo(larger);
            array = larger;
        }

        private void Merge()
        {
            Array.Sort(_accounts, _amounts, 0, _count);
            var kept = 0;
            for (var i = 0; i < _count; i++)
            {
                if (kept > 0 && _accounts[kept - 1] == _accounts[i]) _amounts[kept - 1] += _amounts[i];
                else (_accounts[kept], _amounts[kept++]) = (_accounts[i], _amounts[i]);
            }

            _count = kept;
        }
    }
}
