using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Contract = OpenSettle.Ethereum.Contracts;
using SplitRow = OpenSettle.Registry.SplitRow;
using SplitTable = OpenSettle.Registry.SplitTable;

namespace OpenSettle.Demo.Stage.Lies;

/// <summary>What somebody who settles dishonestly may try. Each is made with the real core, so that it agrees with itself.</summary>
public enum Lie
{
    Unknown = 0,

    /// <summary>What one account gained is the thief's, but for one unit.</summary>
    ChangedLeaf = 1,

    /// <summary>A payment of the chain is left out.</summary>
    DroppedPayment = 2,

    /// <summary>A gateway's last batch is left out.</summary>
    OmittedBatch = 3,

    /// <summary>Usage counts that a gateway signed which no model lists.</summary>
    UnlistedGateway = 4,

    /// <summary>The table under which the money is divided names the thief.</summary>
    StolenShare = 5,

    /// <summary>One unit that rounding left is given away.</summary>
    ShiftedRounding = 6,

    /// <summary>The proposal carries the hash of one bundle, and another is published.</summary>
    OtherBundle = 7,

    /// <summary>Nothing is published.</summary>
    NoBundle = 8,
}

/// <summary>A false epoch, and what is shown of it.</summary>
/// <param name="Honest">What it was made of.</param>
/// <param name="Bundle">What the proposal promises.</param>
/// <param name="Proposal">What goes to the vault; who signs it fills in the set of attestors.</param>
/// <param name="Published">The bytes that are found where the proposal says; null: nothing is.</param>
/// <param name="Batch">A batch that only this epoch counts, which has to be published too; null where there is none.</param>
/// <param name="Names">What anybody has to name who says what is wrong with it.</param>
public sealed record FalseEpoch(Lie Lie, Bundle Honest, Bundle Bundle, Proposal Proposal, ReadOnlyMemory<byte>? Published, UsageBatch? Batch, string Names);

/// <summary>Makes false epochs of an honest one.</summary>
/// <param name="honest">With its payments.</param>
/// <param name="before">The one before it; null for the first.</param>
/// <param name="batches">The batches that it counts.</param>
/// <param name="listed">The gateways that the models list, all of them the same ones.</param>
/// <param name="thief">Who gains.</param>
/// <param name="gateway">The thief's gateway, which nobody lists.</param>
public sealed class FalseBundles(Bundle honest, Bundle? before, IReadOnlyList<UsageBatch> batches, IReadOnlyCollection<Address> listed, Address thief, Address gateway)
{
    private readonly SettlementState _before = before?.After ?? SettlementState.Empty;

    /// <exception cref="InvalidOperationException">The epoch has nothing that this could be a lie about.</exception>
    /// <param name="attempt">How often the epoch was vetoed before.</param>
    /// <param name="address">Below it the bundle is published, by its hash.</param>
    public FalseEpoch Of(Lie lie, uint attempt, string address)
    {
        var (bundle, batch, names) = lie switch
        {
            Lie.ChangedLeaf or Lie.OtherBundle or Lie.NoBundle => ChangedLeaf(),
            Lie.DroppedPayment => DroppedPayment(),
            Lie.OmittedBatch => OmittedBatch(),
            Lie.UnlistedGateway => UnlistedGateway(),
            Lie.StolenShare => StolenShare(),
            Lie.ShiftedRounding => ShiftedRounding(),
            _ => throw new ArgumentOutOfRangeException(nameof(lie), lie, "This is no lie."),
        };
        if (bundle.Root == honest.Root) throw new InvalidOperationException($"Epoch {honest.Number} would pay the same by the lie {lie}.");
        var (bytes, hash) = Write(bundle);
        var (others, other) = Write(honest);
        var proposal = new Proposal(
            bundle.Number, attempt, 0, bundle.PreviousRoot, bundle.Root, bundle.PushRoot, bundle.RecordRoot, hash, bundle.LastBlock, bundle.LastBlockHash,
            [.. bundle.Changed.Select(total => new Contract.TokenTotal(total.Token, total.Total))], [], $"{address}/{hash}");
        ReadOnlyMemory<byte>? published = lie switch
        {
            Lie.OtherBundle => others,
            Lie.NoBundle => null,
            _ => bytes,
        };
        var said = lie switch
        {
            Lie.OtherBundle => $"what it gives has the hash {other}",
            Lie.NoBundle => $"its bundle {hash} cannot be had",
            _ => names,
        };
        return new FalseEpoch(lie, honest, bundle, proposal, published, batch, said);
    }

    private (Bundle Bundle, UsageBatch? Batch, string Names) ChangedLeaf()
    {
        var states = honest.After.Accounts.ToList();
        var (robbed, gained) = states.Where(state => HasRow(state.Account)).Select(state => (State: state, Gained: Gained(state))).MaxBy(pair => pair.Gained);
        var stolen = gained - 1;
        states[states.IndexOf(robbed)] = robbed with { Earned = robbed.Earned - stolen, Leaf = robbed.Leaf - stolen };
        var own = states.FindIndex(state => state.Account == thief && state.Token == robbed.Token);
        if (own >= 0) states[own] = states[own] with { Earned = states[own].Earned + stolen, Leaf = states[own].Leaf + stolen };
        else states.Add(new AccountState(thief, robbed.Token, stolen, stolen));
        states.Sort(AccountState.Compare);
        return (Stating(honest.After with { Accounts = states }), null, $"account {robbed.Account}, token {robbed.Token}");
    }

    private (Bundle Bundle, UsageBatch? Batch, string Names) ShiftedRounding()
    {
        var token = honest.Changed[0].Token;
        var states = honest.After.Accounts.ToList();
        var lucky = states.FindIndex(state => state.Token == token && !Gained(state).IsZero);
        states[lucky] = states[lucky] with { Earned = states[lucky].Earned + 1, Leaf = states[lucky].Leaf + 1 };
        var residues = honest.After.Residues.ToList();
        var left = residues.FindIndex(residue => residue.Token == token);
        if (left >= 0)
        {
            residues[left] = residues[left] with { Amount = residues[left].Amount - 1 };
            if (residues[left].Amount.IsZero) residues.RemoveAt(left);
        }
        else
        {
            // Where the division left nothing, the unit is the next account's.
            var robbed = states.FindIndex(lucky + 1, state => state.Token == token && !Gained(state).IsZero);
            states[robbed] = states[robbed] with { Earned = states[robbed].Earned - 1, Leaf = states[robbed].Leaf - 1 };
        }

        return (Stating(honest.After with { Accounts = states, Residues = residues }), null, $"account {states[lucky].Account}, token {token}: recomputing gives");
    }

    private (Bundle Bundle, UsageBatch? Batch, string Names) DroppedPayment()
    {
        var payments = honest.Payments.ToList();
        if (payments.Count < 2) throw new InvalidOperationException($"Epoch {honest.Number} has one payment: without it there is none.");
        var dropped = payments[^1];
        payments.RemoveAt(payments.Count - 1);
        return (Rebuilt(payments, batches), null, $"payment {dropped.Settled.Payment.At} is missing");
    }

    private (Bundle Bundle, UsageBatch? Batch, string Names) OmittedBatch()
    {
        var omitted = batches.Where(batch => batch.Gateway == batches[0].Gateway).MaxBy(batch => batch.Number)!;
        return (Rebuilt(honest.Payments, [.. batches.Where(batch => batch != omitted)]), null, $"batch {omitted.Number} of gateway {omitted.Gateway.ToChecksumString()} is left out");
    }

    /// <summary>Uses of the first model with a pool, by which the thief earned almost all of it: they name its payment, where uses can.</summary>
    private (Bundle Bundle, UsageBatch? Batch, string Names) UnlistedGateway()
    {
        var paid = honest.Payments.First(payment => payment.Terms.Split.AtHand && payment.Terms.Split.PoolWeight > 0).Settled.Payment;
        var method = Keccak256.HashText("the thief says so");
        List<BatchedEvent> events =
        [
            .. Enumerable.Range(1, 5).Select(i => new BatchedEvent(
                Keccak256.HashText($"use {i} by {gateway}"), Hash32.Zero, paid.Model, string.Empty, Outcomes.Ok, 1_000_000, paid.Timestamp, paid.UsageRef, method, [new InfluenceWeight(thief, 1)])),
        ];
        var batch = new UsageBatch(gateway, 1, events);
        return (Rebuilt(honest.Payments, [.. batches, batch]), batch, $"gateway {gateway.ToChecksumString()}");
    }

    private (Bundle Bundle, UsageBatch? Batch, string Names) StolenShare()
    {
        var terms = honest.Payments.First(payment => payment.Terms.Split.Rows.Count > 0).Terms;
        var robbed = terms.Split.Rows.MaxBy(row => row.Weight)!;
        SplitTable Stolen(Terms of) => of.Model != terms.Model || of.Split.Version != terms.Split.Version
            ? of.Split
            : of.Split with { Rows = [.. of.Split.Rows.Select(row => row == robbed ? new SplitRow(thief, row.Weight, row.Role) : row)] };
        return (Rebuilt(honest.Payments, batches, Stolen), null, $"of model {terms.Model}: the split is another");
    }

    /// <summary>Whether a row pays it, so that what it gets does not depend on influence alone.</summary>
    private bool HasRow(Address account) => honest.Terms.Any(terms => terms.Split.Rows.Any(row => (row.Account ?? terms.Owner) == account));

    /// <summary>What became payable of it in this epoch, by claim.</summary>
    private UInt256 Gained(AccountState state) => state.Leaf - (_before.Find(state.Account, state.Token)?.Leaf ?? UInt256.Zero);

    /// <summary>The honest epoch, but for the books that it ends with.</summary>
    private Bundle Stating(SettlementState after) => honest with
    {
        After = after,
        Root = EpochBuilder.TreeOf(after)?.Root ?? Hash32.Zero,
        Changed = [.. honest.Changed.Select(total => total with { Total = Sum(after, total.Token) })],
    };

    private static UInt256 Sum(SettlementState after, Address token) =>
        after.Accounts.Where(state => state.Token == token).Aggregate(UInt256.Zero, (sum, state) => sum + state.Promised);

    /// <summary>The epoch of these payments and batches, as it would be built were they the chain's and the gateways'.</summary>
    private Bundle Rebuilt(IEnumerable<DividedPayment> payments, IReadOnlyList<UsageBatch> counted, Func<Terms, SplitTable>? split = null)
    {
        var terms = new TermsCopy(split ?? (of => of.Split));
        var book = Listing(counted);
        var tally = new UsageTally(book, honest.FirstBlock, honest.LastBlock);
        foreach (var (model, unsigned) in Unsigned(book)) tally.Seen(model, unsigned);
        foreach (var batch in counted) tally.Add(batch);
        List<DividedPayment> divided = [];
        foreach (var payment in payments)
        {
            var under = terms.Of(payment.Terms);
            divided.Add(new DividedPayment(payment.Settled, under, tally.Name(payment.Settled, under)));
        }

        // Those of money that waited for a table are no payment's.
        var paid = new TermsCopy(of => of.Split);
        foreach (var payment in honest.Payments) paid.Of(payment.Terms);
        foreach (var released in honest.Terms.Where(of => !paid.Has(of))) terms.Of(released);
        var orders = honest.Push.ToDictionary(order => order.Account);
        var input = new EpochInput(
            honest.Number, honest.FirstBlock, honest.LastBlock, honest.ParentHash, honest.LastBlockHash, honest.PreviousRoot, _before, honest.Tokens, terms.All, divided, tally.Finish(), []);
        var result = EpochBuilder.Build(
            input, accruals => [.. accruals.Select(accrual => accrual.Account).Distinct().Order().Where(orders.ContainsKey).Select(account => orders[account])]);
        return Bundle.Of(honest.Deployment, result, honest.PreviousBundle);
    }

    /// <summary>Events that came in no batch: only their number is known.</summary>
    private IEnumerable<(ModelId Model, ulong Events)> Unsigned(RegistryBook book)
    {
        var tally = new UsageTally(book, honest.FirstBlock, honest.LastBlock);
        foreach (var batch in batches) tally.Add(batch);
        var signed = tally.Finish().Counts.ToDictionary(count => count.Model, count => count.Events);
        return honest.Usage.Counts.Select(count => (count.Model, count.Events - signed.GetValueOrDefault(count.Model)));
    }

    /// <summary>A registry in which every model lists these gateways, and the thief's where it is counted.</summary>
    private RegistryBook Listing(IReadOnlyList<UsageBatch> counted)
    {
        var book = new RegistryBook();
        uint at = 0;
        var gateways = listed.Concat(counted.Select(batch => batch.Gateway).Where(signed => signed == gateway)).Distinct().ToList();
        foreach (var model in honest.Terms.Select(terms => terms.Model).Concat(counted.SelectMany(batch => batch.Events).Select(used => used.Model)).Distinct())
        {
            book.Apply(new ModelRegistered(new LogPosition(0, at++), 0, model, at, thief, thief, 0, Hash32.Zero, Hash32.Zero, string.Empty));
            foreach (var signs in gateways) book.Apply(new GatewaySet(new LogPosition(0, at++), 0, model, signs, Listed: true));
        }

        return book;
    }

    private static (byte[] Bytes, Hash32 Hash) Write(Bundle bundle)
    {
        using var bytes = new MemoryStream();
        var hash = BundleWriter.Write(bundle, bytes);
        return (bytes.ToArray(), hash);
    }

    /// <summary>Terms anew, numbered as whoever resolves them does: parents before children, in the order in which payments need them.</summary>
    private sealed class TermsCopy(Func<Terms, SplitTable> split)
    {
        private readonly Dictionary<Terms, Terms> _copies = [];
        private readonly List<Terms> _all = [];

        public IReadOnlyList<Terms> All => _all;

        public bool Has(Terms terms) => _copies.ContainsKey(terms);

        public Terms Of(Terms terms)
        {
            if (_copies.TryGetValue(terms, out var known)) return known;
            List<UpstreamTerms> parents = [.. terms.Parents.Select(parent => new UpstreamTerms(Of(parent.Terms), parent.Share))];
            var copy = new Terms(_all.Count, terms.Model, terms.ModelNumber, split(terms), terms.LineageVersion, terms.Owner, parents);
            _all.Add(copy);
            _copies.Add(terms, copy);
            return copy;
        }
    }
}
