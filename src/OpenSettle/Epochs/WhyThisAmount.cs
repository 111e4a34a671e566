using System.Numerics;
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

/// <summary>One way in which an account has a part in the money of a group.</summary>
/// <param name="Path">The models that the money went through: first the one that was paid, last the one that divided it.</param>
/// <param name="Role">The row's role; empty for influence.</param>
/// <param name="Weight">The account's weight in the row, or its sum of influence.</param>
/// <param name="Of">The sum of all weights that it stands among.</param>
/// <param name="Part">The exact part of each unit of the money.</param>
public sealed record Reason(IReadOnlyList<ModelId> Path, ReasonKind Kind, string Role, UInt256 Weight, UInt256 Of, Fraction Part);

/// <summary>What an account has of a group's money.</summary>
/// <param name="Part">The exact part of each unit of it.</param>
public sealed record GroupPart(MoneyGroup Group, Fraction Part)
{
    /// <summary>The exact part of all of it, before rounding.</summary>
    public Fraction Amount => Fraction.Of(Group.Money) * Part;
}

/// <summary>One exact part of what an account earned.</summary>
/// <param name="Payment">The payment that it is of; null for money that came out of suspense.</param>
/// <param name="Money">What that payment was settled with, or what came out of suspense.</param>
/// <param name="Amount">The exact part of the money, before rounding.</param>
public sealed record ReasonLine(Ledger.Payment? Payment, UInt256 Money, Reason Reason, Fraction Amount);

/// <summary>Why an account earned what it did in an epoch: exact parts, and one line for all rounding.</summary>
/// <param name="Lines">Worked out as they are gone through: a deep lineage has many ways up.</param>
/// <param name="Rounding">What the account got less the sum of all lines: what rounding took, and what residues of earlier epochs gave.</param>
public sealed record Explanation(Address Account, Address Token, UInt256 Amount, IEnumerable<ReasonLine> Lines, Fraction Rounding);

/// <summary>
/// Explains an account's earnings of an epoch and token. Payments of one group have equal parts, so that what an epoch of any length
/// gave is explained by its groups; single payments are multiplied with the parts of theirs.
/// </summary>
public sealed class WhyThisAmount
{
    private readonly Address _account;
    private readonly Address _token;
    private readonly EpochMoney _epoch;
    private readonly Dictionary<(Terms Terms, bool Own, bool Named), Fraction> _parts = [];

    /// <param name="epoch">The epoch's bundle, summed up.</param>
    /// <param name="waiting">What waited for tables before it; those of it that came out are groups too.</param>
    public WhyThisAmount(EpochMoney epoch, IReadOnlyList<Suspense> waiting, Address account, Address token)
    {
        (_epoch, _account, _token) = (epoch, account, token);
        Groups = [.. epoch.Groups.Where(group => group.Token == token).Concat(Released(waiting)).Select(group => new GroupPart(group, PartOf(group))).Where(group => !group.Part.IsZero)];
        Exact = Groups.Aggregate(Fraction.Zero, static (sum, group) => sum + group.Amount);
    }

    /// <summary>The groups that the account has a part in.</summary>
    public IReadOnlyList<GroupPart> Groups { get; }

    /// <summary>What it would have got of them if nothing were rounded.</summary>
    public Fraction Exact { get; }

    /// <param name="bundle">The epoch's bundle, with its payments.</param>
    /// <param name="before">The books before it.</param>
    public static Explanation Explain(Bundle bundle, SettlementState before, Address account, Address token)
    {
        var why = new WhyThisAmount(EpochMoney.Of(bundle), before.Suspense, account, token);
        var amount = (bundle.After.Find(account, token)?.Earned ?? UInt256.Zero) - (before.Find(account, token)?.Earned ?? UInt256.Zero);
        return new Explanation(account, token, amount, why.Lines(bundle), Fraction.Of(amount) - why.Exact);
    }

    /// <summary>Every way in which the account has a part in a group. Worked out as they are gone through: there may be very many.</summary>
    public IEnumerable<Reason> Reasons(MoneyGroup group) => Reasons(group.Terms, group.Source == MoneySource.Named, [group.Terms.Model], Fraction.One);

    /// <summary>
    /// What rounding can have taken from the account at most, in units: less than one wherever something is rounded down on its way. It can
    /// have given as much, where a model kept what did not go up, and besides what earlier epochs left with the models.
    /// </summary>
    /// <param name="left">What they left; none: what rounding can have taken.</param>
    public BigInteger MostRounding(IReadOnlyList<Residue> left)
    {
        var most = BigInteger.Zero;
        var models = new HashSet<ModelId>();
        // Parents stand before their children.
        var reached = new HashSet<Terms>();
        foreach (var terms in _epoch.Head.Terms)
        {
            // Where all goes up, what rounding keeps back is still divided: no part is nothing to get.
            if (!OwnReasons(terms, own: true, named: true).Any() && !OwnReasons(terms, own: false, named: false).Any() && !terms.Parents.Any(parent => reached.Contains(parent.Terms))) continue;
            reached.Add(terms);
            // The rows, the pool, what of it is named, its two divisions; and what each parent gets.
            most += 5 + terms.Parents.Count;
            models.Add(terms.Model);
        }

        foreach (var residue in left)
        {
            if (residue.Token == _token && models.Contains(residue.Model)) most += Fraction.Of(residue.Amount).Numerator;
        }

        return most;
    }

    private IEnumerable<MoneyGroup> Released(IReadOnlyList<Suspense> waiting) =>
        from terms in _epoch.Head.Terms
        where terms.Releases
        from suspense in waiting
        where suspense.Key == new SuspenseKey(terms.Model, terms.Split.Version, terms.Owner, _token)
        select new MoneyGroup(terms, _token, MoneySource.Released, 0, suspense.Amount);

    private IEnumerable<ReasonLine> Lines(Bundle bundle)
    {
        var groups = Groups.ToDictionary(group => group.Group.Key, group => group.Group);
        foreach (var payment in bundle.Payments)
        {
            if (EpochMoney.KeyOf(payment) is not { } key || !groups.TryGetValue(key, out var group)) continue;
            foreach (var reason in Reasons(group)) yield return new ReasonLine(payment.Settled.Payment, payment.Settled.Settled, reason, Fraction.Of(payment.Settled.Settled) * reason.Part);
        }

        foreach (var group in groups.Values.Where(group => group.Source == MoneySource.Released))
        {
            foreach (var reason in Reasons(group)) yield return new ReasonLine(null, group.Money, reason, Fraction.Of(group.Money) * reason.Part);
        }
    }

    private IEnumerable<Reason> Reasons(Terms terms, bool named, ModelId[] path, Fraction reaching)
    {
        var rest = reaching * Rest(terms);
        foreach (var (kind, role, weight, of, part) in rest.IsZero ? [] : OwnReasons(terms, path.Length == 1, named)) yield return new Reason(path, kind, role, weight, of, rest * part);
        foreach (var parent in terms.Parents)
        {
            if (PartOf(parent.Terms, own: false, named: false).IsZero) continue;
            foreach (var reason in Reasons(parent.Terms, named: false, [.. path, parent.Terms.Model], reaching * Share(parent))) yield return reason;
        }
    }

    private Fraction PartOf(MoneyGroup group) => PartOf(group.Terms, own: true, group.Source == MoneySource.Named);

    /// <summary>The account's part of all money that reaches these terms, by whatever way from here.</summary>
    private Fraction PartOf(Terms terms, bool own, bool named)
    {
        if (_parts.TryGetValue((terms, own, named), out var known)) return known;
        var sum = Fraction.Zero;
        foreach (var (_, _, _, _, part) in OwnReasons(terms, own, named)) sum += part;
        sum *= Rest(terms);
        foreach (var parent in terms.Parents) sum += Share(parent) * PartOf(parent.Terms, own: false, named: false);
        return _parts[(terms, own, named)] = sum;
    }

    /// <summary>The account's rows and influence in what these terms divide, each with its part of that.</summary>
    private IEnumerable<(ReasonKind Kind, string Role, UInt256 Weight, UInt256 Of, Fraction Part)> OwnReasons(Terms terms, bool own, bool named)
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
        var direct = _epoch.Influence.Direct(terms, _token);
        if (own && named && direct.Count > 0)
        {
            var weight = direct.WeightOf(_account);
            if (!weight.IsZero) yield return (ReasonKind.Direct, string.Empty, weight, direct.Sum, pool * Fraction.Of(weight, direct.Sum));
            yield break;
        }

        var open = _epoch.Influence.Open(terms);
        if (_epoch.Influence.HasOpen(terms.Model))
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
