using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>
/// Money is divided once per epoch and group of equal terms, children before parents, rounded down; what rounding
/// leaves stays with the model for its next epoch. Payments are only summed up, so an epoch of any length needs the memory
/// of its groups. The order in which payments are given changes nothing.
/// </summary>
public sealed class Division
{
    /// <summary>Upstream shares are counted in millionths.</summary>
    public const uint ShareUnit = 1_000_000;

    private readonly Dictionary<(Terms Terms, Address Token), Group> _groups = [];

    /// <summary>Divides payments, the residues that earlier epochs left, and what comes out of suspense.</summary>
    /// <param name="terms">All terms of the epoch: some release suspense without a payment.</param>
    public static DivisionResult Divide(
        IEnumerable<DividedPayment> payments, IReadOnlyList<Residue> residues, IReadOnlyList<Suspense>? suspense = null, IReadOnlyList<Terms>? terms = null, EpochUsage? usage = null)
    {
        var division = new Division();
        foreach (var payment in payments) division.Add(payment);
        return division.Finish(residues, suspense ?? [], terms ?? [], usage ?? EpochUsage.None);
    }

    /// <summary>Tokens of the payments that were given to it.</summary>
    public IEnumerable<Address> Tokens => _groups.Keys.Select(group => group.Token).Distinct();

    public void Add(DividedPayment payment)
    {
        var (settled, terms, named) = payment;
        var group = GroupOf(terms, settled.Payment.Token);
        group.Amount += settled.Settled;
        if (named > 0) group.Named += settled.Settled;
        group.Meet(settled.Payment.At);
    }

    public DivisionResult Finish(IReadOnlyList<Residue> residues, IReadOnlyList<Suspense> suspense, IReadOnlyList<Terms> terms, EpochUsage usage)
    {
        // While a group has nothing but its own payments.
        var revenue = Revenue();
        var waiting = new SortedDictionary<SuspenseKey, UInt256>();
        foreach (var (key, amount) in suspense) waiting.Add(key, amount);
        foreach (var releasing in terms) Release(releasing, waiting);
        var left = new Dictionary<(ModelId Model, Address Token), UInt256>();
        foreach (var residue in residues) left.Add((residue.Model, residue.Token), residue.Amount);
        var influence = new InfluenceTables(usage);

        // Parents have lower numbers than their children: from the highest number down, a model's groups are complete
        // when its turn comes.
        var turns = new PriorityQueue<(ulong Number, ModelId Model, Address Token), (ulong, ModelId, Address)>();
        var byTurn = new Dictionary<(ModelId Model, Address Token), List<Group>>();
        foreach (var group in _groups.Values) Enqueue(group);
        var models = new List<ModelDivision>();
        while (turns.TryDequeue(out var turn, out _))
        {
            byTurn.Remove((turn.Model, turn.Token), out var groups);
            models.Add(DivideModel(groups!));
        }

        return new DivisionResult(
            models,
            [.. left.Where(pair => !pair.Value.IsZero).Select(pair => new Residue(pair.Key.Model, pair.Key.Token, pair.Value))
                .OrderBy(residue => residue.Model).ThenBy(residue => residue.Token)],
            [.. waiting.Where(pair => !pair.Value.IsZero).Select(pair => new Suspense(pair.Key, pair.Value))],
            revenue);

        void Enqueue(Group group)
        {
            var key = (group.Terms.Model, group.Token);
            if (!byTurn.TryGetValue(key, out var groups))
            {
                byTurn.Add(key, groups = []);
                turns.Enqueue((group.Terms.ModelNumber, key.Model, key.Token), (ulong.MaxValue - group.Terms.ModelNumber, key.Model, key.Token));
            }

            groups.Add(group);
        }

        ModelDivision DivideModel(List<Group> groups)
        {
            // The residue joins the group that the oldest payment reaches.
            groups.Sort(static (a, b) => (a.Oldest ?? Group.Never, a.Terms.Id).CompareTo((b.Oldest ?? Group.Never, b.Terms.Id)));
            var (model, token) = (groups[0].Terms.Model, groups[0].Token);
            left.Remove((model, token), out var residue);
            groups[0].Amount += residue;
            var taken = new ModelParts(model, token);
            foreach (var group in groups)
            {
                var rest = group.Amount;
                foreach (var parent in group.Terms.Parents)
                {
                    var up = UInt256.MulDivFloor(group.Amount, parent.Share, ShareUnit);
                    if (up.IsZero) continue;
                    rest -= up;
                    taken.Up(parent.Terms.Model, up);
                    var known = _groups.ContainsKey((parent.Terms, token));
                    var above = GroupOf(parent.Terms, token);
                    above.Amount += up;
                    above.CameUp += up;
                    if (group.Oldest is { } oldest) above.Meet(oldest);
                    if (!known) Enqueue(above);
                }

                if (group.Terms.Split.AtHand)
                {
                    taken.Divide(group, rest, influence);
                    continue;
                }

                var key = new SuspenseKey(model, group.Terms.Split.Version, group.Terms.Owner, token);
                waiting[key] = waiting.GetValueOrDefault(key) + rest;
                taken.Suspend(rest);
            }

            var divided = taken.Finish(groups);
            if (!divided.Residue.IsZero) left.Add((model, token), divided.Residue);
            return divided;
        }
    }

    private List<(ModelId Model, TokenRevenue Revenue)> Revenue()
    {
        var sums = new SortedDictionary<(ModelId Model, Address Token), UInt256>();
        foreach (var group in _groups.Values)
        {
            if (group.Amount.IsZero) continue;
            var key = (group.Terms.Model, group.Token);
            sums[key] = sums.GetValueOrDefault(key) + group.Amount;
        }

        return [.. sums.Select(pair => (pair.Key.Model, new TokenRevenue(pair.Key.Token, pair.Value)))];
    }

    private void Release(Terms terms, SortedDictionary<SuspenseKey, UInt256> waiting)
    {
        if (!terms.Releases) return;
        foreach (var (key, amount) in waiting.ToArray())
        {
            if (key.Model != terms.Model || key.SplitVersion != terms.Split.Version || key.Owner != terms.Owner) continue;
            waiting.Remove(key);
            var group = GroupOf(terms, key.Token);
            group.Amount += amount;
            group.Released += amount;
        }
    }

    private Group GroupOf(Terms terms, Address token)
    {
        if (!_groups.TryGetValue((terms, token), out var group)) _groups.Add((terms, token), group = new Group(terms, token));
        return group;
    }
}
