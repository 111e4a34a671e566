using System.Numerics;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

/// <summary>
/// The division, once more, the other way round: no queue and no running state, but the question "how much reaches these
/// terms?", asked from parents down to the payments, in the framework's big integers.
/// </summary>
internal sealed class DivisionOracle
{
    private readonly IReadOnlyList<DividedPayment> _payments;
    private readonly IReadOnlyList<Residue> _residues;
    private readonly IReadOnlyList<Suspense> _suspense;
    private readonly EpochUsage _usage;
    private readonly HashSet<Terms> _terms = [];
    private readonly Dictionary<(Terms, Address), BigInteger> _reaching = [];
    private readonly Dictionary<(Terms, Address), (bool Exists, LogPosition? Oldest)> _groups = [];

    public DivisionOracle(
        IReadOnlyList<DividedPayment> payments, IReadOnlyList<Residue> residues, IReadOnlyList<Suspense> suspense, IReadOnlyList<Terms> terms, EpochUsage usage)
    {
        (_payments, _residues, _suspense, _usage) = (payments, residues, suspense, usage);
        foreach (var payment in payments) Collect(payment.Terms);
        foreach (var one in terms) Collect(one);
        foreach (var token in payments.Select(payment => payment.Settled.Payment.Token).Concat(suspense.Select(waiting => waiting.Key.Token)).Distinct())
        {
            foreach (var one in _terms) DivideOne(one, token);
        }

        foreach (var residue in residues)
        {
            if (!_terms.Any(one => one.Model == residue.Model && GroupOf(one, residue.Token).Exists)) Add(Residues, (residue.Model, residue.Token), residue.Amount.Big());
        }

        foreach (var (key, amount) in suspense)
        {
            if (!_terms.Any(one => Frees(one, key))) Add(Waiting, key, amount.Big());
        }
    }

    /// <summary>By rows.</summary>
    public Dictionary<(ModelId Model, Address Token, Address Account), BigInteger> Rows { get; } = [];

    /// <summary>By pools.</summary>
    public Dictionary<(ModelId Model, Address Token, Address Account), BigInteger> Influence { get; } = [];

    public Dictionary<(ModelId Model, Address Token), BigInteger> Pools { get; } = [];

    public Dictionary<(ModelId Child, Address Token, ModelId Parent), BigInteger> Upstream { get; } = [];

    public Dictionary<(ModelId Model, Address Token), BigInteger> CameUp { get; } = [];

    public Dictionary<(ModelId Model, Address Token), BigInteger> Released { get; } = [];

    public Dictionary<(ModelId Model, Address Token), BigInteger> Residues { get; } = [];

    public Dictionary<SuspenseKey, BigInteger> Waiting { get; } = [];

    /// <summary>The most that rounding may leave: less than one unit for each account of each division.</summary>
    public Dictionary<(ModelId Model, Address Token), BigInteger> Bounds { get; } = [];

    /// <summary>What went by each way of a pool.</summary>
    public (BigInteger Direct, BigInteger Open, BigInteger Fallback) Ways { get; private set; }

    private static BigInteger UpFrom(BigInteger amount, UpstreamTerms parent) => amount * parent.Share / 1_000_000;

    private static void Add<TKey>(Dictionary<TKey, BigInteger> sums, TKey key, BigInteger amount) where TKey : notnull
    {
        if (!amount.IsZero) sums[key] = sums.GetValueOrDefault(key) + amount;
    }

    private static bool Frees(Terms terms, SuspenseKey key) =>
        terms.LineageVersion == 0 && terms.Parents.Count == 0 && terms.Split.Commitment is null
        && terms.Model == key.Model && terms.Split.Version == key.SplitVersion && terms.Owner == key.Owner;

    private static Dictionary<Address, BigInteger> Merged(IEnumerable<(Address Account, BigInteger Weight)> rows) =>
        rows.GroupBy(row => row.Account).ToDictionary(row => row.Key, row => row.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Weight));

    private static Dictionary<Address, BigInteger> Merged(IEnumerable<SplitRow> rows, Address owner) =>
        Merged(rows.Select(row => (row.Account ?? owner, (BigInteger)row.Weight)));

    private static BigInteger Sum(IEnumerable<BigInteger> amounts) => amounts.Aggregate(BigInteger.Zero, (sum, amount) => sum + amount);

    private void Collect(Terms terms)
    {
        if (!_terms.Add(terms)) return;
        foreach (var parent in terms.Parents) Collect(parent.Terms);
    }

    private void DivideOne(Terms terms, Address token)
    {
        if (!GroupOf(terms, token).Exists) return;
        var amount = Reaching(terms, token);
        var rest = amount;
        foreach (var parent in terms.Parents)
        {
            Add(Upstream, (terms.Model, token, parent.Terms.Model), UpFrom(amount, parent));
            Add(CameUp, (parent.Terms.Model, token), UpFrom(amount, parent));
            rest -= UpFrom(amount, parent);
        }

        Add(Released, (terms.Model, token), Freed(terms, token));
        Bounds.TryAdd((terms.Model, token), 0);
        if (terms.Split.Commitment is not null)
        {
            Add(Waiting, new SuspenseKey(terms.Model, terms.Split.Version, terms.Owner, token), rest);
            return;
        }

        var rows = Merged(terms.Split.Rows, terms.Owner);
        var poolWeight = (BigInteger)terms.Split.PoolWeight;
        var whole = Sum(rows.Values) + poolWeight;
        var given = Give(Rows, terms, token, rest, rows, whole);
        var most = rows.Count + (poolWeight.IsZero ? 0 : 1) - 1;
        var pool = rest * poolWeight / whole;
        Add(Pools, (terms.Model, token), pool);
        if (!pool.IsZero)
        {
            var direct = Merged(_usage.Direct.Where(sum => sum.Terms == terms.Id && sum.Token == token).Select(sum => (sum.Account, sum.Weight.Big())));
            var own = Sum(_payments.Where(payment => payment.Terms == terms && payment.Settled.Payment.Token == token && payment.Named > 0).Select(payment => payment.Settled.Settled.Big()));
            var named = direct.Count == 0 ? BigInteger.Zero : pool * own / amount;
            if (!named.IsZero)
            {
                var part = Give(Influence, terms, token, named, direct, Sum(direct.Values));
                given += part;
                most += direct.Count - 1;
                Ways = Ways with { Direct = Ways.Direct + part };
            }

            var open = Merged(_usage.Open.Where(sum => sum.Model == terms.Model).Select(sum => (sum.Account, sum.Weight.Big())));
            var sharers = open.Count > 0 ? open : Merged(terms.Split.Fallback, terms.Owner);
            var others = Give(Influence, terms, token, pool - named, sharers, Sum(sharers.Values));
            given += others;
            most += sharers.Count - 1;
            Ways = open.Count > 0 ? Ways with { Open = Ways.Open + others } : Ways with { Fallback = Ways.Fallback + others };
        }

        Add(Residues, (terms.Model, token), rest - given);
        Bounds[(terms.Model, token)] += most;
    }

    private static BigInteger Give(
        Dictionary<(ModelId Model, Address Token, Address Account), BigInteger> to, Terms terms, Address token, BigInteger amount,
        Dictionary<Address, BigInteger> weights, BigInteger whole)
    {
        var given = BigInteger.Zero;
        foreach (var (account, weight) in weights)
        {
            Add(to, (terms.Model, token, account), amount * weight / whole);
            given += amount * weight / whole;
        }

        return given;
    }

    private BigInteger Freed(Terms terms, Address token) =>
        Sum(_suspense.Where(waiting => waiting.Key.Token == token && Frees(terms, waiting.Key)).Select(waiting => waiting.Amount.Big()));

    /// <summary>All that these terms divide: payments, what came out of suspense, what children send up, and perhaps the model's residue.</summary>
    private BigInteger Reaching(Terms terms, Address token)
    {
        if (_reaching.TryGetValue((terms, token), out var known)) return known;
        var sum = Freed(terms, token);
        foreach (var (settled, under, _) in _payments)
        {
            if (under == terms && settled.Payment.Token == token) sum += settled.Settled.Big();
        }

        foreach (var child in _terms)
        {
            foreach (var parent in child.Parents.Where(parent => parent.Terms == terms)) sum += UpFrom(Reaching(child, token), parent);
        }

        var last = new LogPosition(ulong.MaxValue, uint.MaxValue);
        var first = _terms.Where(other => other.Model == terms.Model && GroupOf(other, token).Exists)
            .OrderBy(other => GroupOf(other, token).Oldest ?? last).ThenBy(other => other.Id).FirstOrDefault();
        if (first == terms)
            sum += _residues.Where(residue => residue.Model == terms.Model && residue.Token == token).Select(residue => residue.Amount.Big()).SingleOrDefault();
        return _reaching[(terms, token)] = sum;
    }

    /// <summary>Whether there is such a group, and the oldest payment whose money reaches it, if any.</summary>
    private (bool Exists, LogPosition? Oldest) GroupOf(Terms terms, Address token)
    {
        if (_groups.TryGetValue((terms, token), out var known)) return known;
        var places = _payments.Where(payment => payment.Terms == terms && payment.Settled.Payment.Token == token)
            .Select(payment => (LogPosition?)payment.Settled.Payment.At).ToList();
        var exists = places.Count > 0 || !Freed(terms, token).IsZero;
        foreach (var child in _terms)
        {
            if (!child.Parents.Any(parent => parent.Terms == terms)) continue;
            var (there, place) = GroupOf(child, token);
            if (!there || !child.Parents.Any(parent => parent.Terms == terms && !UpFrom(Reaching(child, token), parent).IsZero)) continue;
            exists = true;
            places.Add(place);
        }

        return _groups[(terms, token)] = (exists, places.Min());
    }
}
