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
    private readonly List<Terms> _terms = [];
    private readonly Dictionary<(Terms, Address), BigInteger> _reaching = [];
    private readonly Dictionary<(Terms, Address), LogPosition?> _oldest = [];

    public DivisionOracle(IReadOnlyList<DividedPayment> payments, IReadOnlyList<Residue> residues)
    {
        (_payments, _residues) = (payments, residues);
        foreach (var payment in payments) Collect(payment.Terms);
        foreach (var token in payments.Select(payment => payment.Settled.Payment.Token).Distinct())
        {
            foreach (var terms in _terms) DivideOne(terms, token);
        }

        foreach (var residue in residues)
        {
            if (!_terms.Exists(terms => terms.Model == residue.Model && Oldest(terms, residue.Token) is not null))
                Add(Residues, (residue.Model, residue.Token), residue.Amount.Big());
        }
    }

    public Dictionary<(ModelId Model, Address Token, Address Account), BigInteger> Earned { get; } = [];

    public Dictionary<(ModelId Child, Address Token, ModelId Parent), BigInteger> Upstream { get; } = [];

    public Dictionary<(ModelId Model, Address Token), BigInteger> Residues { get; } = [];

    /// <summary>The most that rounding may leave: each group leaves less than one unit for each of its rows.</summary>
    public Dictionary<(ModelId Model, Address Token), BigInteger> Bounds { get; } = [];

    private static BigInteger UpFrom(BigInteger amount, UpstreamTerms parent) => amount * parent.Share / 1_000_000;

    private static void Add<TKey>(Dictionary<TKey, BigInteger> sums, TKey key, BigInteger amount) where TKey : notnull
    {
        if (!amount.IsZero) sums[key] = sums.GetValueOrDefault(key) + amount;
    }

    private void Collect(Terms terms)
    {
        if (_terms.Contains(terms)) return;
        _terms.Add(terms);
        foreach (var parent in terms.Parents) Collect(parent.Terms);
    }

    private void DivideOne(Terms terms, Address token)
    {
        if (Oldest(terms, token) is null) return;
        var amount = Reaching(terms, token);
        var rest = amount;
        foreach (var parent in terms.Parents)
        {
            Add(Upstream, (terms.Model, token, parent.Terms.Model), UpFrom(amount, parent));
            rest -= UpFrom(amount, parent);
        }

        var rows = terms.Split.Rows.GroupBy(row => row.Account ?? terms.Owner)
            .Select(rows => (Account: rows.Key, Weight: rows.Aggregate(BigInteger.Zero, (sum, row) => sum + row.Weight))).ToList();
        var whole = rows.Aggregate(BigInteger.Zero, (sum, row) => sum + row.Weight);
        var left = rest;
        foreach (var (account, weight) in rows)
        {
            Add(Earned, (terms.Model, token, account), rest * weight / whole);
            left -= rest * weight / whole;
        }

        Add(Residues, (terms.Model, token), left);
        Bounds[(terms.Model, token)] = Bounds.GetValueOrDefault((terms.Model, token)) + rows.Count - 1;
    }

    /// <summary>All that these terms divide: payments, what children send up, and perhaps the model's residue.</summary>
    private BigInteger Reaching(Terms terms, Address token)
    {
        if (_reaching.TryGetValue((terms, token), out var known)) return known;
        var sum = BigInteger.Zero;
        foreach (var (settled, under) in _payments)
        {
            if (under == terms && settled.Payment.Token == token) sum += settled.Settled.Big();
        }

        foreach (var child in _terms)
        {
            foreach (var parent in child.Parents.Where(parent => parent.Terms == terms)) sum += UpFrom(Reaching(child, token), parent);
        }

        var first = _terms.Where(other => other.Model == terms.Model && Oldest(other, token) is not null)
            .OrderBy(other => Oldest(other, token)).ThenBy(other => other.Id).FirstOrDefault();
        if (first == terms)
            sum += _residues.Where(residue => residue.Model == terms.Model && residue.Token == token).Select(residue => residue.Amount.Big()).SingleOrDefault();
        return _reaching[(terms, token)] = sum;
    }

    /// <summary>The oldest payment whose money reaches these terms, or null where none does.</summary>
    private LogPosition? Oldest(Terms terms, Address token)
    {
        if (_oldest.TryGetValue((terms, token), out var known)) return known;
        var places = _payments.Where(payment => payment.Terms == terms && payment.Settled.Payment.Token == token)
            .Select(payment => payment.Settled.Payment.At).ToList();
        foreach (var child in _terms)
        {
            if (!child.Parents.Any(parent => parent.Terms == terms) || Oldest(child, token) is not { } place) continue;
            if (child.Parents.Any(parent => parent.Terms == terms && !UpFrom(Reaching(child, token), parent).IsZero)) places.Add(place);
        }

        return _oldest[(terms, token)] = places.Count > 0 ? places.Min() : null;
    }
}
