using OpenSettle.Ledger;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>
/// From an epoch's batches to its sums. First all batches, then all payments, then <see cref="Finish"/>: which payments
/// an event directs is known only when they are.
/// </summary>
public sealed class UsageTally(RegistryBook book, ulong firstBlock, ulong lastBlock)
{
    /// <summary>Weights are counted in 2^-32 of a unit, so that small units do not vanish in rounding.</summary>
    private static readonly UInt256 Scale = 1UL << 32;

    private readonly SortedDictionary<(Address Gateway, ulong Number), BatchRoot> _batches = [];
    private readonly SortedDictionary<ModelId, UsageCount> _counts = [];
    private readonly SortedDictionary<(ModelId Model, Hash32 Method), ulong> _methods = [];
    private readonly SortedDictionary<(ModelId Model, Address Account), UInt256> _open = [];
    private readonly SortedDictionary<(int Terms, Address Token, Address Account), UInt256> _direct = [];
    private readonly Dictionary<(ModelId Model, Hash32 Payment), Named> _named = [];
    private readonly Dictionary<(ModelId Model, Address Gateway), bool> _listed = [];
    private readonly Dictionary<ModelId, UseTally> _uses = [];
    private readonly HashSet<Hash32> _ids = [];

    /// <summary>A gateway whose batches have events of a model that does not list it; null where there is none.</summary>
    internal Address? UnlistedFor(ModelId model) =>
        _listed.Where(pair => pair.Key.Model == model && !pair.Value).Select(pair => (Address?)pair.Key.Gateway).Min();

    /// <summary>Events that came in no batch: seen, and never counted.</summary>
    public void Seen(ModelId model, ulong events)
    {
        if (events > 0) Count(model, events, 0, UInt256.Zero);
    }

    /// <returns>The batch as the bundle names it.</returns>
    public BatchRoot Add(UsageBatch batch)
    {
        var root = new BatchRoot(batch.Gateway, batch.Number, batch.Root(), (ulong)batch.Events.Count);
        if (!_batches.TryAdd((batch.Gateway, batch.Number), root))
            throw new InvalidOperationException($"Batch {batch.Number} of gateway {batch.Gateway} is there twice.");
        foreach (var e in batch.Events)
        {
            if (!_ids.Add(e.Id)) throw new InvalidOperationException($"Event {e.Id} is there twice.");
            var counts = Listed(e.Model, batch.Gateway);
            Count(e.Model, 1, counts ? 1UL : 0, counts ? e.Units : UInt256.Zero);
            if (counts) Use(e);
        }

        return root;
    }

    /// <summary>How many weighing events name a payment. Payments come in chain order, each once.</summary>
    public ulong Name(SettledPayment settled, Terms terms)
    {
        var payment = settled.Payment;
        var byReference = payment.UsageRef.IsZero ? null : _named.GetValueOrDefault((payment.Model, payment.UsageRef));
        var byTransaction = payment.Transaction.IsZero || payment.Transaction == payment.UsageRef
            ? null
            : _named.GetValueOrDefault((payment.Model, payment.Transaction));
        if (!settled.Settled.IsZero)
        {
            byReference?.Pay();
            byTransaction?.Pay();
        }

        if (byReference is not { Events: > 0 } && byTransaction is not { Events: > 0 }) return 0;
        var influence = new SortedDictionary<Address, UInt256>();
        var count = (byReference?.Take(influence) ?? 0) + (byTransaction?.Take(influence) ?? 0);
        if (terms.Split.AtHand && terms.Split.PoolWeight > 0) Direct(settled, terms, influence);
        return count;
    }

    public EpochUsage Finish()
    {
        foreach (var ((model, _), named) in _named)
        {
            if (!named.Taken) named.MoveTo(_open, model);
        }

        return new EpochUsage(
            [.. _batches.Values], [.. _counts.Values],
            [.. _methods.Select(pair => new MethodCount(pair.Key.Model, pair.Key.Method, pair.Value))],
            [.. _open.Where(pair => !pair.Value.IsZero).Select(pair => new OpenSum(pair.Key.Model, pair.Key.Account, pair.Value))],
            [.. _direct.Where(pair => !pair.Value.IsZero).Select(pair => new DirectSum(pair.Key.Terms, pair.Key.Token, pair.Key.Account, pair.Value))],
            [.. _uses.Select(pair => pair.Value.Finish(pair.Key)).OrderBy(uses => uses.Model)]);
    }

    /// <summary>What every event that counts says, whether it weighs or not.</summary>
    private void Use(BatchedEvent e)
    {
        if (!_uses.TryGetValue(e.Model, out var uses)) _uses.Add(e.Model, uses = new UseTally());
        var success = e.Outcome == Outcomes.Ok;
        var trial = success || e.Outcome == Outcomes.Error;
        var place = uses.Add(e.Consumer, e.Domain, success, trial);
        Named? named = null;
        if (!e.Payment.IsZero)
        {
            if (!_named.TryGetValue((e.Model, e.Payment), out named)) _named.Add((e.Model, e.Payment), named = new Named(uses));
            named.Use(place, success, trial);
        }

        if (e.Units > 0 && e.Weights.Count > 0) Weigh(e, named);
    }

    private void Weigh(BatchedEvent e, Named? named)
    {
        var method = (e.Model, e.Method);
        _methods[method] = _methods.GetValueOrDefault(method) + 1;
        var whole = UInt256.Zero;
        foreach (var (_, weight) in e.Weights) whole += weight;
        if (named is not null) named.Events++;
        var share = new Proportion(e.Units * Scale, whole);
        foreach (var (account, weight) in e.Weights)
        {
            var part = share.Of(weight);
            if (named is not null) named.Add(account, part);
            else _open[(e.Model, account)] = _open.GetValueOrDefault((e.Model, account)) + part;
        }
    }

    private void Direct(SettledPayment settled, Terms terms, SortedDictionary<Address, UInt256> influence)
    {
        var whole = UInt256.Zero;
        foreach (var part in influence.Values) whole += part;
        if (whole.IsZero) return;
        var share = new Proportion(settled.Settled * Scale, whole);
        foreach (var (account, part) in influence)
        {
            var key = (terms.Id, settled.Payment.Token, account);
            _direct[key] = _direct.GetValueOrDefault(key) + share.Of(part);
        }
    }

    private void Count(ModelId model, ulong events, ulong counted, UInt256 units)
    {
        var before = _counts.GetValueOrDefault(model) ?? new UsageCount(model, 0);
        _counts[model] = new UsageCount(model, before.Events + events, before.Counted + counted, before.Units + units);
    }

    private bool Listed(ModelId model, Address gateway)
    {
        if (!_listed.TryGetValue((model, gateway), out var listed))
            _listed.Add((model, gateway), listed = book.TryGet(model, out var entry) && entry.Lists(gateway, firstBlock, lastBlock));
        return listed;
    }

    /// <summary>What all events that have one payment's name say.</summary>
    private sealed class Named(UseTally model)
    {
        // Most names have events of one domain, and a name is one of millions.
        private Dictionary<Address, UInt256>? _influence;
        private Dictionary<int, (ulong Successes, ulong Trials)>? _others;
        private (int Place, ulong Successes, ulong Trials) _domain = (-1, 0, 0);
        private ulong _uses;
        private bool _paid;

        /// <summary>Those that weigh.</summary>
        public ulong Events { get; set; }

        public bool Taken { get; private set; }

        public void Use(int place, bool success, bool trial)
        {
            _uses++;
            if (!trial) return;
            var successes = success ? 1UL : 0;
            if (_domain.Place < 0 || _domain.Place == place)
            {
                _domain = (place, _domain.Successes + successes, _domain.Trials + 1);
                return;
            }

            _others ??= [];
            var known = _others.GetValueOrDefault(place);
            _others[place] = (known.Successes + successes, known.Trials + 1);
        }

        /// <summary>A payment that settles something has this name. Several may have it: its uses are paid once.</summary>
        public void Pay()
        {
            if (_paid) return;
            _paid = true;
            model.Pay(_uses);
            if (_domain.Place >= 0) model.Pay(_domain.Place, _domain.Successes, _domain.Trials);
            foreach (var (place, (successes, trials)) in _others ?? []) model.Pay(place, successes, trials);
        }

        public void Add(Address account, UInt256 part)
        {
            _influence ??= [];
            _influence[account] = _influence.GetValueOrDefault(account) + part;
        }

        public ulong Take(SortedDictionary<Address, UInt256> influence)
        {
            Taken = true;
            foreach (var (account, part) in _influence ?? []) influence[account] = influence.GetValueOrDefault(account) + part;
            return Events;
        }

        public void MoveTo(SortedDictionary<(ModelId Model, Address Account), UInt256> open, ModelId model)
        {
            foreach (var (account, part) in _influence ?? []) open[(model, account)] = open.GetValueOrDefault((model, account)) + part;
        }
    }
}
