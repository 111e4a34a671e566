using FsCheck;
using FsCheck.Fluent;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Tests.Support;

/// <summary>All that a random world is made from; a smaller shape is a smaller world.</summary>
internal sealed record Shape(int Seed, int Models, int Payments)
{
    public static Arbitrary<Shape> Any { get; } = Arb.From(
        from seed in Gen.Choose(0, int.MaxValue)
        from models in Gen.Choose(1, 12)
        from payments in Gen.Choose(0, 60)
        select new Shape(seed, models, payments),
        Smaller);

    private static IEnumerable<Shape> Smaller(Shape shape)
    {
        if (shape.Payments > 0) yield return shape with { Payments = shape.Payments / 2 };
        if (shape.Payments > 0) yield return shape with { Payments = shape.Payments - 1 };
        if (shape.Models > 1) yield return shape with { Models = shape.Models / 2 };
        if (shape.Models > 1) yield return shape with { Models = shape.Models - 1 };
    }
}

/// <summary>A payment, and the epoch that takes it.</summary>
internal sealed record TakenPayment(SettledPayment Settled, int Epoch);

/// <summary>Random models with their history, random payments, sweeps and usage for them.</summary>
internal sealed class World
{
    public const int EpochBlocks = 40;

    private static readonly UInt128 MostWeight = (UInt128.One << 96) - 1;
    private static readonly Hash32[] References = [Hash32.Zero, Keccak256.HashText("usage/1"), Keccak256.HashText("usage/2"), Keccak256.HashText("usage/3")];

    // Two texts of one word, one of the zero word, and one that is hashed.
    private static readonly string[] Domains =
        ["nda-review", "0x6E64612d72657669657700000000000000000000000000000000000000000000", "", "a domain of more than thirty-two characters"];

    private readonly Random _random;
    // For itself, so that examples which a seed was chosen for stay what they are.
    private readonly Random _cancelling;
    private readonly List<ModelId> _models = [];
    private readonly Dictionary<ModelId, List<SplitSet>> _splits = [];
    private readonly Dictionary<ModelId, List<LineageSet>> _lineages = [];
    private readonly List<Payment> _payments = [];
    private readonly List<TakenPayment> _taken = [];
    private readonly List<object> _facts = [];
    private readonly Dictionary<(ModelId Model, Address Token), List<Payment>> _waiting = [];
    private readonly List<List<SplitTable>> _tables = [];
    private readonly List<IReadOnlyList<UsageBatch>> _batches = [];
    private readonly List<IReadOnlyList<(ModelId Model, ulong Events)>> _seen = [];
    private readonly List<IReadOnlyList<PushOrder>> _push = [];

    public World(Shape shape, int epochs = 1)
    {
        _random = new Random(shape.Seed);
        _cancelling = new Random(shape.Seed);
        Tokens = [Address.Zero, Name("token", 1), Name("token", 2)];
        Tokens = [.. Tokens.Order()];
        for (var i = 0; i <= epochs; i++) _tables.Add([]);
        var deep = _random.Next(2) == 0;
        var payments = Enumerable.Range(0, shape.Payments).Select(_ => (ulong)_random.Next(1, epochs * EpochBlocks + 1)).ToLookup(block => block);
        for (ulong block = 1; block <= (ulong)(epochs * EpochBlocks); block++)
        {
            uint log = 0;
            if (_models.Count < shape.Models) Register(block, ref log, deep);
            if (block % EpochBlocks == 1) Sure(block, ref log);
            for (var change = _random.Next(4); change > 1; change--) Change(block, ref log, deep);
            foreach (var _ in payments[block]) Pay(block, ref log);
            if (_random.Next(4) == 0) Sweep(block, ref log);
            CancelLineages(block, ref log);
        }

        for (var epoch = 1; epoch <= epochs; epoch++) Use(epoch);
    }

    public RegistryBook Book { get; } = new();

    public IReadOnlyList<Address> Tokens { get; }

    public IReadOnlyList<ModelId> Models => _models;

    /// <summary>In chain order.</summary>
    public IReadOnlyList<Payment> Payments => _payments;

    /// <summary>Registry facts, payments and sweeps, in chain order.</summary>
    public IReadOnlyList<object> Facts => _facts;

    public static ulong TimeOf(ulong block) => 1_700_000_000 + 12 * block;

    public static Address Name(string what, int number) => Address.FromBytes(Keccak256.HashText($"{what}/{number}").ToArray().AsSpan(12));

    public static ulong FirstBlock(int epoch) => (ulong)((epoch - 1) * EpochBlocks + 1);

    public static ulong LastBlock(int epoch) => (ulong)(epoch * EpochBlocks);

    /// <summary>What is published in an epoch.</summary>
    public IReadOnlyList<SplitTable> TablesOf(int epoch) => _tables[epoch];

    public IReadOnlyList<UsageBatch> BatchesOf(int epoch) => _batches[epoch - 1];

    public IReadOnlyList<(ModelId Model, ulong Events)> SeenIn(int epoch) => _seen[epoch - 1];

    public IReadOnlyList<PushOrder> PushOf(int epoch) => _push[epoch - 1];

    /// <summary>All that is known by the end of an epoch.</summary>
    public PublishedTables TablesBy(int epoch)
    {
        var tables = new PublishedTables();
        foreach (var table in _tables.Take(epoch + 1).SelectMany(tables => tables)) tables.Add(table);
        return tables;
    }

    /// <summary>The payments that an epoch takes, in chain order.</summary>
    public IReadOnlyList<SettledPayment> TakenBy(int epoch) =>
        [.. _taken.Where(taken => taken.Epoch == epoch).Select(taken => taken.Settled).OrderBy(settled => settled.Payment.At)];

    /// <summary>What the vault was credited with by the end of an epoch.</summary>
    public IReadOnlyDictionary<Address, UInt256> CreditedBy(int epoch) => _taken.Where(taken => taken.Epoch <= epoch)
        .GroupBy(taken => taken.Settled.Payment.Token)
        .ToDictionary(group => group.Key, group => group.Aggregate(UInt256.Zero, (sum, taken) => sum + taken.Settled.Settled));

    /// <summary>The payments that an epoch takes, under the terms of their blocks, without usage.</summary>
    public IReadOnlyList<DividedPayment> Divided(TermsResolver resolver, int epoch = 1) =>
        [.. TakenBy(epoch).Select(settled => new DividedPayment(settled, resolver.Resolve(settled.Payment.Model, settled.Payment.Block)))];

    /// <summary>The same with the epoch's usage, and the sums that it gives.</summary>
    public (IReadOnlyList<DividedPayment> Payments, EpochUsage Usage) Used(TermsResolver resolver, int epoch = 1)
    {
        var tally = new UsageTally(Book, FirstBlock(epoch), LastBlock(epoch));
        foreach (var batch in BatchesOf(epoch)) tally.Add(batch);
        foreach (var (model, events) in SeenIn(epoch)) tally.Seen(model, events);
        List<DividedPayment> payments = [.. Divided(resolver, epoch).Select(payment => payment with { Named = tally.Name(payment.Settled, payment.Terms) })];
        return (payments, tally.Finish());
    }

    /// <summary>Earlier residues of some models, as epochs before would have left them.</summary>
    public IReadOnlyList<Residue> SomeResidues() =>
    [
        .. (from model in _models from token in Tokens select (model, token))
            .Where(_ => _random.Next(3) == 0)
            .Select(pair => new Residue(pair.model, pair.token, (ulong)_random.Next(1, 200)))
            .OrderBy(residue => residue.Model).ThenBy(residue => residue.Token),
    ];

    /// <summary>Money that waits for a table of some models, as epochs before would have left it.</summary>
    public IReadOnlyList<Suspense> SomeSuspense() =>
    [
        .. (from model in _models from token in Tokens select new SuspenseKey(model, (uint)_random.Next(1, _splits[model].Count + 1), Name("person", _random.Next(8)), token))
            .Where(_ => _random.Next(4) == 0)
            .Select(key => new Suspense(key, (ulong)_random.Next(1, 10_000)))
            .OrderBy(suspense => suspense.Key),
    ];

    public void Shuffle<T>(T[] values) => _random.Shuffle(values);

    private void Register(ulong block, ref uint log, bool deep)
    {
        var number = _models.Count + 1;
        var model = new ModelId(Keccak256.HashText($"model/{number}"));
        Say(new ModelRegistered(
            new LogPosition(block, log++), TimeOf(block), model, (ulong)number, Name("creator", number), Name("pay", number), 0, Hash32.Zero, Hash32.Zero, ""));
        _splits[model] = [];
        _lineages[model] = [];
        SetSplit(model, block, ref log, 0);
        if (_random.Next(5) > 0) SetLineage(model, number, block, ref log, 0, deep);
        _models.Add(model);
    }

    private void Change(ulong block, ref uint log, bool deep)
    {
        var index = _random.Next(_models.Count);
        var model = _models[index];
        ulong notice = _random.Next(3) switch { 0 => 0UL, 1 => 24, _ => 240 };
        var last = _splits[model][^1];
        switch (_random.Next(7))
        {
            case 0 when last.Table.Version > 1 && last.EffectiveAt > TimeOf(block):
                Say(new SplitCancelled(new LogPosition(block, log++), TimeOf(block), model, last.Table.Version));
                break;
            case 1:
                SetLineage(model, index + 1, block, ref log, notice, deep);
                break;
            case 2:
                Say(new OwnerChanged(new LogPosition(block, log++), TimeOf(block), model, Name("person", _random.Next(8))));
                break;
            case 3 or 4:
                Say(new GatewaySet(new LogPosition(block, log++), TimeOf(block), model, Name("gateway", _random.Next(3)), _random.Next(3) > 0));
                break;
            default:
                SetSplit(model, block, ref log, notice);
                break;
        }
    }

    /// <summary>Some lineages that are not in force yet never will be.</summary>
    private void CancelLineages(ulong block, ref uint log)
    {
        foreach (var model in _models)
        {
            if (_lineages[model] is [_, .., var last] && (last.At.Block == block || last.EffectiveAt > TimeOf(block)) && _cancelling.Next(6) == 0)
                Say(new LineageCancelled(new LogPosition(block, log++), TimeOf(block), model, last.Lineage.Version));
        }
    }

    private void SetSplit(ModelId model, ulong block, ref uint log, ulong notice)
    {
        var version = (uint)_splits[model].Count + 1;
        var pool = _random.Next(5) < 2 ? Weight() : UInt128.Zero;
        var table = new SplitTable(version, Rows(pool > 0 ? 0 : 1, 6)) { PoolWeight = pool, Fallback = pool > 0 ? Rows(1, 3) : [] };
        // The first model's first table is whole, so that the first epoch promises something.
        if (_random.Next(6) == 0 && (_models.Count > 0 || version > 1)) table = Commit(table, block);
        var set = new SplitSet(new LogPosition(block, log++), TimeOf(block), model, TimeOf(block) + notice, table);
        Say(set);
        _splits[model].Add(set);
    }

    /// <summary>Only the commitment is on chain; the table is published in this epoch, in a later one, or never.</summary>
    private SplitTable Commit(SplitTable table, ulong block)
    {
        var commitment = TableText.Commit(table);
        if (_random.Next(8) == 0) commitment = commitment with { Rows = commitment.Rows + 1 };
        var epoch = (int)((block - 1) / EpochBlocks) + 1 + _random.Next(2);
        if (_random.Next(4) > 0 && epoch < _tables.Count) _tables[epoch].Add(table);
        return new SplitTable(table.Version, []) { Commitment = commitment };
    }

    private List<SplitRow> Rows(int least, int most)
    {
        var rows = new List<SplitRow>();
        for (var left = _random.Next(least, most + 1); left > 0; left--)
            rows.Add(new SplitRow(_random.Next(4) == 0 ? null : Name("person", _random.Next(8)), Weight(), _random.Next(2) == 0 ? "data" : "code, \u007b1\u007d"));
        return rows;
    }

    private void SetLineage(ModelId model, int number, ulong block, ref uint log, ulong notice, bool deep)
    {
        var parents = new List<Parent>();
        var left = (int)Division.ShareUnit;
        if (deep && number > 1)
        {
            parents.Add(new Parent(_models[number - 2], (uint)_random.Next(900_000, left - 1)));
            left -= (int)parents[0].Share;
        }

        for (var more = _random.Next(4); more > 0 && number > 1 && left > 1; more--)
        {
            var candidate = _models[_random.Next(number - 1)];
            if (parents.Exists(parent => parent.Model == candidate)) continue;
            var share = _random.Next(4) == 0 ? left : _random.Next(1, left);
            parents.Add(new Parent(candidate, (uint)share));
            left -= share;
        }

        var set = new LineageSet(new LogPosition(block, log++), TimeOf(block), model, TimeOf(block) + notice, new Lineage((uint)_lineages[model].Count + 1, parents));
        Say(set);
        _lineages[model].Add(set);
    }

    /// <summary>Large enough for a leaf, so that every epoch promises something.</summary>
    private void Sure(ulong block, ref uint log) => Made(new Payment(
        new LogPosition(block, log++), TimeOf(block), Keccak256.HashText($"sure/{block}"), _models[0], Tokens[0],
        UInt256.Parse("1000000000000000000000000000000"), Name("payer", 0), Keccak256.HashText("usage"), PaymentRoute.Rail));

    private void Pay(ulong block, ref uint log) => Made(new Payment(
        new LogPosition(block, log), TimeOf(block), Keccak256.HashText($"transaction/{block}/{log++ / 2}"), _models[_random.Next(_models.Count)],
        Tokens[_random.Next(Tokens.Count)], Amount(), Name("payer", _random.Next(5)), References[_random.Next(References.Length)],
        (PaymentRoute)_random.Next(1, 3)));

    private void Made(Payment payment)
    {
        _payments.Add(payment);
        _facts.Add(payment);
        if (payment.Route == PaymentRoute.Rail)
        {
            Taken(new SettledPayment(payment, payment.Amount), payment.At.Block);
            return;
        }

        var key = (payment.Model, payment.Token);
        if (!_waiting.TryGetValue(key, out var waiting)) _waiting.Add(key, waiting = []);
        waiting.Add(payment);
    }

    private void Sweep(ulong block, ref uint log)
    {
        if (_waiting.Count == 0) return;
        var (key, waiting) = _waiting.ElementAt(_random.Next(_waiting.Count));
        var logged = waiting.Aggregate(UInt256.Zero, (sum, payment) => sum + payment.Amount);
        var amount = _random.Next(5) switch { 0 => logged / 3, 1 => logged + (ulong)_random.Next(1, 9), _ => logged };
        if (amount.IsZero) return;
        var sweep = new Sweep(new LogPosition(block, log++), TimeOf(block), Keccak256.HashText($"sweep/{block}"), key.Model, key.Token, amount);
        _facts.Add(sweep);
        foreach (var settled in SweepRule.Settle(sweep, waiting))
        {
            if (settled.Payment.Route == PaymentRoute.Excess) _payments.Add(settled.Payment);
            Taken(settled, block);
        }

        _waiting.Remove(key);
    }

    private void Taken(SettledPayment settled, ulong block) => _taken.Add(new TakenPayment(settled, (int)((block - 1) / EpochBlocks) + 1));

    private void Use(int epoch)
    {
        var batches = new List<UsageBatch>();
        for (var number = 0; number < _random.Next(5); number++)
        {
            var events = Enumerable.Range(0, _random.Next(1, 7)).Select(i => Event($"{epoch}/{number}/{i}", epoch)).ToList();
            batches.Add(new UsageBatch(Name("gateway", _random.Next(4)), (ulong)(epoch * 100 + number), events));
        }

        _batches.Add(batches);
        _seen.Add([.. _models.Where(_ => _random.Next(3) == 0).Select(model => (model, (ulong)_random.Next(1, 50)))]);
        _push.Add([.. Enumerable.Range(0, 8).Where(_ => _random.Next(6) == 0).Select(i => new PushOrder(Name("person", i), Name("wallet", i)))]);
    }

    private BatchedEvent Event(string name, int epoch)
    {
        var taken = TakenBy(epoch);
        var named = taken.Count > 0 ? taken[_random.Next(taken.Count)].Payment : null;
        var payment = _random.Next(5) switch { 0 => Hash32.Zero, 1 => Keccak256.HashText("nothing"), 2 => named?.Transaction ?? Hash32.Zero, _ => named?.UsageRef ?? Hash32.Zero };
        var model = named is not null && _random.Next(4) > 0 ? named.Model : _models[_random.Next(_models.Count)];
        var weights = Enumerable.Range(0, 10).Where(_ => _random.Next(4) == 0).Select(i => new InfluenceWeight(Name("person", i), Weight())).OrderBy(weight => weight.Account);
        return new BatchedEvent(
            Keccak256.HashText($"event/{name}"), Name32("consumer", _random.Next(5)), model, _random.Next(3) == 0 ? "droit \"\u00e9t\u00e9\" \\ \ud83d\ude00" : Domains[(name[^1] + name[^3]) % Domains.Length],
            _random.Next(2) == 0 ? "ok" : name.EndsWith('3') ? "unknown" : "error", _random.Next(4) switch { 0 => 0UL, 1 => ulong.MaxValue, _ => (ulong)_random.Next(1, 5000) },
            TimeOf(LastBlock(epoch)), payment, Name32("method", _random.Next(2)), [.. weights]);
    }

    private static Hash32 Name32(string what, int number) => Keccak256.HashText($"{what}/{number}");

    private void Say(RegistryFact fact)
    {
        Book.Apply(fact);
        _facts.Add(fact);
    }

    private UInt128 Weight() => _random.Next(5) switch
    {
        0 => UInt128.One,
        1 => MostWeight,
        2 => Wide() & MostWeight | 1,
        _ => (UInt128)_random.Next(1, 100),
    };

    private UInt256 Amount() => _random.Next(7) switch
    {
        0 => UInt256.Zero,
        1 => UInt256.One,
        2 => UInt256.MaxAmount,
        3 => Wide(),
        4 => (ulong)_random.Next(1, 50),
        _ => (ulong)_random.NextInt64(1, long.MaxValue),
    };

    private UInt128 Wide() => new((ulong)_random.NextInt64(), (ulong)_random.NextInt64());
}
