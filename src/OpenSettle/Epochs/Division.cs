using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using MoveKey = (ulong Turn, OpenSettle.Registry.ModelId From, OpenSettle.Primitives.Address Token, OpenSettle.Ledger.AccountKind Kind, OpenSettle.Primitives.Hash32 To);

namespace OpenSettle.Epochs;

/// <summary>A payment's money, and the terms under which it is divided.</summary>
public sealed record DividedPayment(SettledPayment Settled, Terms Terms);

/// <summary>What rounding left in a model's account.</summary>
public readonly record struct Residue(ModelId Model, Address Token, UInt256 Amount);

/// <summary>What the division of an epoch gives.</summary>
/// <param name="Entries">
/// One entry for each (model, token, earner) and (child, token, parent): children before parents, so that posting them
/// one after the other never takes from an account what it does not have yet.
/// </param>
/// <param name="Residues">What stays with the models, by model, then token; none is zero.</param>
public sealed record DivisionResult(IReadOnlyList<LedgerEntry> Entries, IReadOnlyList<Residue> Residues);

/// <summary>
/// Rule 4: money is divided once per epoch and group of equal terms, children before parents, rounded down; what
/// rounding leaves stays with the model for its next epoch. The order in which payments are given changes nothing.
/// </summary>
public static class Division
{
    /// <summary>Upstream shares are counted in millionths.</summary>
    public const uint ShareUnit = 1_000_000;

    /// <summary>Divides the epoch's payments and the residues that earlier epochs left.</summary>
    public static DivisionResult Divide(IReadOnlyList<DividedPayment> payments, IReadOnlyList<Residue> residues)
    {
        var groups = new Dictionary<Terms, SortedDictionary<Address, Group>>();
        foreach (var (settled, terms) in payments) Add(groups, terms, settled.Payment.Token, settled.Settled, settled.Payment.At);

        var waiting = new Dictionary<(ModelId, Address), UInt256>();
        foreach (var residue in residues) waiting.Add((residue.Model, residue.Token), residue.Amount);

        // Parents have lower numbers than their children: from the highest number down, a model's groups are complete
        // when its turn comes.
        var moved = new SortedDictionary<MoveKey, UInt256>();
        var queue = new PriorityQueue<Terms, (ulong, int)>();
        var queued = new HashSet<Terms>();
        foreach (var terms in groups.Keys) Enqueue(queue, queued, terms);
        while (queue.TryPeek(out var first, out _))
        {
            var model = first.Model;
            var turn = new List<Group>();
            while (queue.TryPeek(out var terms, out _) && terms.Model == model)
            {
                queue.Dequeue();
                turn.AddRange(groups[terms].Values);
            }

            // The residue joins the group that the oldest payment reaches.
            foreach (var group in turn.OrderBy(group => group.Oldest).ThenBy(group => group.Terms.Id))
            {
                if (waiting.Remove((model, group.Token), out var residue)) group.Amount += residue;
                group.Left = DivideGroup(group, moved, (parent, amount) =>
                {
                    Add(groups, parent, group.Token, amount, group.Oldest);
                    Enqueue(queue, queued, parent);
                });
            }

            foreach (var group in turn)
            {
                if (group.Left.IsZero) continue;
                waiting[(model, group.Token)] = waiting.GetValueOrDefault((model, group.Token)) + group.Left;
            }
        }

        return new DivisionResult(
            [.. moved.Select(pair => new LedgerEntry(
                pair.Key.Token, LedgerAccount.Model(pair.Key.From), new LedgerAccount(pair.Key.Kind, pair.Key.To), pair.Value))],
            [.. waiting.Where(pair => !pair.Value.IsZero)
                .Select(pair => new Residue(pair.Key.Item1, pair.Key.Item2, pair.Value))
                .OrderBy(residue => residue.Model).ThenBy(residue => residue.Token)]);
    }

    private static UInt256 DivideGroup(Group group, SortedDictionary<MoveKey, UInt256> moved, Action<Terms, UInt256> upstream)
    {
        var terms = group.Terms;
        var rest = group.Amount;
        foreach (var parent in terms.Parents)
        {
            var up = UInt256.MulDivFloor(group.Amount, parent.Share, ShareUnit);
            if (up.IsZero) continue;
            rest -= up;
            Move(moved, (ulong.MaxValue - terms.ModelNumber, terms.Model, group.Token, AccountKind.Model, parent.Terms.Model.Value), up);
            upstream(parent.Terms, up);
        }

        var shares = Merge(terms);
        var whole = UInt256.Zero;
        foreach (var weight in shares.Values) whole += weight;
        var left = rest;
        foreach (var (account, weight) in shares)
        {
            var part = UInt256.MulDivFloor(rest, weight, whole);
            if (part.IsZero) continue;
            left -= part;
            Move(moved, (ulong.MaxValue - terms.ModelNumber, terms.Model, group.Token, AccountKind.Contributor, LedgerAccount.Contributor(account).Id), part);
        }

        return left;
    }

    /// <summary>Rows of one account are one row: OWNER may be an account that also has a row of its own.</summary>
    private static SortedDictionary<Address, UInt256> Merge(Terms terms)
    {
        var shares = new SortedDictionary<Address, UInt256>();
        foreach (var row in terms.Split.Rows)
        {
            if (row.Weight == 0) throw new InvalidOperationException($"Model {terms.Model}: split {terms.Split.Version} has a row of weight zero.");
            var account = row.Account ?? terms.Owner;
            shares[account] = shares.GetValueOrDefault(account) + row.Weight;
        }

        return shares.Count > 0 ? shares : throw new InvalidOperationException($"Model {terms.Model}: split {terms.Split.Version} is empty.");
    }

    private static void Add(
        Dictionary<Terms, SortedDictionary<Address, Group>> groups, Terms terms, Address token, UInt256 amount, LogPosition oldest)
    {
        if (!groups.TryGetValue(terms, out var byToken)) groups.Add(terms, byToken = []);
        if (!byToken.TryGetValue(token, out var group)) byToken.Add(token, group = new Group(terms, token) { Oldest = oldest });

        group.Amount += amount;
        if (oldest < group.Oldest) group.Oldest = oldest;
    }

    private static void Enqueue(PriorityQueue<Terms, (ulong, int)> queue, HashSet<Terms> queued, Terms terms)
    {
        if (queued.Add(terms)) queue.Enqueue(terms, (ulong.MaxValue - terms.ModelNumber, terms.Id));
    }

    private static void Move(SortedDictionary<MoveKey, UInt256> moved, MoveKey key, UInt256 amount) =>
        moved[key] = moved.GetValueOrDefault(key) + amount;

    private sealed class Group(Terms terms, Address token)
    {
        public Terms Terms { get; } = terms;

        public Address Token { get; } = token;

        public UInt256 Amount { get; set; }

        public LogPosition Oldest { get; set; }

        public UInt256 Left { get; set; }
    }
}
