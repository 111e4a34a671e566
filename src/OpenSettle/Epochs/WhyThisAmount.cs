using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>By what an account has a part in money.</summary>
public enum ReasonKind
{
    Unknown = 0,

    /// <summary>A row of the split.</summary>
    Row = 1,

    /// <summary>Influence that events measured for the payments that they name.</summary>
    Direct = 2,

    /// <summary>Influence that the epoch's other events measured.</summary>
    Open = 3,

    /// <summary>A fallback row: nothing was measured.</summary>
    Fallback = 4,
}

/// <summary>One exact part of what an account earned.</summary>
/// <param name="Payment">The payment that it is of; null for money that came out of suspense.</param>
/// <param name="Money">What that payment was settled with, or what came out of suspense.</param>
/// <param name="Path">The models that the money went through: first the one that was paid, last the one that divided it.</param>
/// <param name="Role">The row's role; empty for influence.</param>
/// <param name="Weight">The account's weight in the row, or its sum of influence.</param>
/// <param name="Of">The sum of all weights that it stands among.</param>
/// <param name="Amount">The exact part of the money, before rounding.</param>
public sealed record ReasonLine(
    Ledger.Payment? Payment, UInt256 Money, IReadOnlyList<ModelId> Path, ReasonKind Kind, string Role, UInt256 Weight, UInt256 Of, Fraction Amount);

/// <summary>Why an account earned what it did in an epoch: exact parts, and one line for all rounding.</summary>
/// <param name="Lines">Worked out as they are gone through: a deep lineage has many ways up.</param>
/// <param name="Rounding">What the account got less the sum of all lines: what rounding took, and what residues of earlier epochs gave.</param>
public sealed record Explanation(Address Account, Address Token, UInt256 Amount, IEnumerable<ReasonLine> Lines, Fraction Rounding);

/// <summary>Explains an account's earnings of an epoch from its bundle and the books before it.</summary>
public sealed class WhyThisAmount
{
    private readonly Bundle _bundle;
    private readonly SettlementState _before;
    private readonly Address _account;
    private readonly Address _token;
    private readonly InfluenceTables _influence;
    private readonly Dictionary<(Terms Terms, bool Own, bool Named), Fraction> _parts = [];

    private WhyThisAmount(Bundle bundle, SettlementState before, Address account, Address token)
    {
        (_bundle, _before, _account, _token) = (bundle, before, account, token);
        _influence = new InfluenceTables(bundle.Usage);
    }

    /// <param name="bundle">The epoch's bundle, with its payments.</param>
    /// <param name="before">The books before it.</param>
    public static Explanation Explain(Bundle bundle, SettlementState before, Address account, Address token)
    {
        var why = new WhyThisAmount(bundle, before, account, token);
        var exact = Fraction.Zero;
        // Payments under equal terms have equal parts: the sum needs one product for each terms, not for each payment.
        var sums = new Dictionary<(Terms Terms, bool Named), UInt256>();
        foreach (var (settled, terms, named) in why.Payments()) sums[(terms, named > 0)] = sums.GetValueOrDefault((terms, named > 0)) + settled.Settled;
        foreach (var ((terms, named), money) in sums) exact += Fraction.Of(money) * why.PartOf(terms, own: true, named);
        foreach (var (terms, money) in why.Released()) exact += Fraction.Of(money) * why.PartOf(terms, own: true, named: false);
        var amount = EarnedIn(bundle.After, account, token) - EarnedIn(before, account, token);
        return new Explanation(account, token, amount, why.Lines(), Fraction.Of(amount) - exact);
    }

    private static UInt256 EarnedIn(SettlementState books, Address account, Address token) =>
        books.Accounts.Where(state => state.Account == account && state.Token == token).Select(state => state.Earned).SingleOrDefault();

    private IEnumerable<DividedPayment> Payments() => _bundle.Payments.Where(payment => payment.Settled.Payment.Token == _token && !payment.Settled.Settled.IsZero);

    private IEnumerable<(Terms Terms, UInt256 Money)> Released() =>
        from terms in _bundle.Terms
        where terms.Releases
        from suspense in _before.Suspense
        where suspense.Key == new SuspenseKey(terms.Model, terms.Split.Version, terms.Owner, _token)
        select (terms, suspense.Amount);

    private IEnumerable<ReasonLine> Lines()
    {
        foreach (var (settled, terms, named) in Payments())
        {
            foreach (var line in LinesOf(settled.Payment, settled.Settled, terms, named > 0, [terms.Model], Fraction.Of(settled.Settled))) yield return line;
        }

        foreach (var (terms, money) in Released())
        {
            foreach (var line in LinesOf(null, money, terms, named: false, [terms.Model], Fraction.Of(money))) yield return line;
        }
    }

    private IEnumerable<ReasonLine> LinesOf(Ledger.Payment? payment, UInt256 money, Terms terms, bool named, ModelId[] path, Fraction reaching)
    {
        var rest = reaching * Rest(terms);
        foreach (var (kind, role, weight, of, part) in rest.IsZero ? [] : Reasons(terms, path.Length == 1, named)) yield return new ReasonLine(payment, money, path, kind, role, weight, of, rest * part);
        foreach (var parent in terms.Parents)
        {
            if (PartOf(parent.Terms, own: false, named: false).IsZero) continue;
            foreach (var line in LinesOf(payment, money, parent.Terms, named: false, [.. path, parent.Terms.Model], reaching * Share(parent))) yield return line;
        }
    }

    /// <summary>The account's part of all money that reaches these terms, by whatever way from here.</summary>
    private Fraction PartOf(Terms terms, bool own, bool named)
    {
        if (_parts.TryGetValue((terms, own, named), out var known)) return known;
        var sum = Fraction.Zero;
        foreach (var (_, _, _, _, part) in Reasons(terms, own, named)) sum += part;
        sum *= Rest(terms);
        foreach (var parent in terms.Parents) sum += Share(parent) * PartOf(parent.Terms, own: false, named: false);
        return _parts[(terms, own, named)] = sum;
    }

    /// <summary>The account's rows and influence in what these terms divide, each with its part of that.</summary>
    private IEnumerable<(ReasonKind Kind, string Role, UInt256 Weight, UInt256 Of, Fraction Part)> Reasons(Terms terms, bool own, bool named)
    {
        var split = terms.Split;
        if (!split.AtHand) yield break;
        UInt256 whole = terms.Rows.Sum + split.PoolWeight;
        foreach (var row in split.Rows)
        {
            if ((row.Account ?? terms.Owner) == _account) yield return (ReasonKind.Row, row.Role, row.Weight, whole, Fraction.Of(row.Weight, whole));
        }

        if (split.PoolWeight == 0) yield break;
        var pool = Fraction.Of(split.PoolWeight, whole);
        var direct = _influence.Direct(terms, _token);
        if (own && named && direct.Count > 0)
        {
            var weight = direct.WeightOf(_account);
            if (!weight.IsZero) yield return (ReasonKind.Direct, string.Empty, weight, direct.Sum, pool * Fraction.Of(weight, direct.Sum));
            yield break;
        }

        var open = _influence.Open(terms);
        if (_influence.HasOpen(terms.Model))
        {
            var weight = open.WeightOf(_account);
            if (!weight.IsZero) yield return (ReasonKind.Open, string.Empty, weight, open.Sum, pool * Fraction.Of(weight, open.Sum));
            yield break;
        }

        foreach (var row in split.Fallback)
        {
            if ((row.Account ?? terms.Owner) == _account) yield return (ReasonKind.Fallback, row.Role, row.Weight, open.Sum, pool * Fraction.Of(row.Weight, open.Sum));
        }
    }

    private static Fraction Share(UpstreamTerms parent) => new(parent.Share, Division.ShareUnit);

    private static Fraction Rest(Terms terms)
    {
        ulong up = 0;
        foreach (var parent in terms.Parents) up += parent.Share;
        return new Fraction(Division.ShareUnit - up, Division.ShareUnit);
    }
}
