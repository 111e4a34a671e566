using FsCheck;
using FsCheck.Fluent;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
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

/// <summary>Random models with their history, and random payments for them.</summary>
internal sealed class World
{
    public const int EpochBlocks = 40;

    private static readonly UInt128 MostWeight = (UInt128.One << 96) - 1;

    private readonly Random _random;
    private readonly List<ModelId> _models = [];
    private readonly Dictionary<ModelId, List<SplitSet>> _splits = [];
    private readonly Dictionary<ModelId, uint> _lineages = [];
    private readonly List<Payment> _payments = [];

    public World(Shape shape, int epochs = 1)
    {
        _random = new Random(shape.Seed);
        Tokens = [Address.Zero, Name("token", 1), Name("token", 2)];
        Tokens = [.. Tokens.Order()];
        var deep = _random.Next(2) == 0;
        for (ulong block = 1; block <= (ulong)(epochs * EpochBlocks); block++)
        {
            uint log = 0;
            if (_models.Count < shape.Models) Register(block, ref log, deep);
            for (var change = _random.Next(4); change > 1; change--) Change(block, ref log, deep);
        }

        for (var i = 0; i < shape.Payments; i++) _payments.Add(Pay((ulong)_random.Next(1, epochs * EpochBlocks + 1), (uint)(1000 + i)));
        _payments.Sort((left, right) => left.At.CompareTo(right.At));
    }

    public RegistryBook Book { get; } = new();

    public IReadOnlyList<Address> Tokens { get; }

    public IReadOnlyList<ModelId> Models => _models;

    /// <summary>In chain order.</summary>
    public IReadOnlyList<Payment> Payments => _payments;

    public static ulong TimeOf(ulong block) => 1_700_000_000 + 12 * block;

    public static Address Name(string what, int number) => Address.FromBytes(Keccak256.HashText($"{what}/{number}").ToArray().AsSpan(12));

    /// <summary>The payments of an epoch's blocks, settled whole or in part, under the terms of their blocks.</summary>
    public IReadOnlyList<DividedPayment> Divided(TermsResolver resolver, int epoch = 1) =>
    [
        .. _payments.Where(payment => EpochOf(payment) == epoch)
            .Select(payment => new DividedPayment(Settle(payment), resolver.Resolve(payment.Model, payment.Block))),
    ];

    /// <summary>Earlier residues of some models, as epochs before would have left them.</summary>
    public IReadOnlyList<Residue> SomeResidues() =>
    [
        .. (from model in _models from token in Tokens select (model, token))
            .Where(_ => _random.Next(3) == 0)
            .Select(pair => new Residue(pair.model, pair.token, (ulong)_random.Next(1, 200)))
            .OrderBy(residue => residue.Model).ThenBy(residue => residue.Token),
    ];

    public void Shuffle<T>(T[] values) => _random.Shuffle(values);

    private static int EpochOf(Payment payment) => (int)((payment.At.Block - 1) / EpochBlocks) + 1;

    private static SettledPayment Settle(Payment payment) =>
        new(payment, payment is { Route: PaymentRoute.PayAddress, At.LogIndex: var log } && log % 3 == 0 ? payment.Amount / 3 : payment.Amount);

    private void Register(ulong block, ref uint log, bool deep)
    {
        var number = _models.Count + 1;
        var model = new ModelId(Keccak256.HashText($"model/{number}"));
        Book.Apply(new ModelRegistered(
            new LogPosition(block, log++), TimeOf(block), model, (ulong)number, Name("creator", number), Name("pay", number), 0, Hash32.Zero, Hash32.Zero, ""));
        _splits[model] = [];
        _lineages[model] = 0;
        SetSplit(model, block, ref log, 0);
        SetLineage(model, number, block, ref log, 0, deep);
        _models.Add(model);
    }

    private void Change(ulong block, ref uint log, bool deep)
    {
        var index = _random.Next(_models.Count);
        var model = _models[index];
        ulong notice = _random.Next(3) switch { 0 => 0UL, 1 => 24, _ => 240 };
        var last = _splits[model][^1];
        switch (_random.Next(5))
        {
            case 0 when last.Table.Version > 1 && last.EffectiveAt > TimeOf(block):
                Book.Apply(new SplitCancelled(new LogPosition(block, log++), TimeOf(block), model, last.Table.Version));
                break;
            case 1:
                SetLineage(model, index + 1, block, ref log, notice, deep);
                break;
            case 2:
                Book.Apply(new OwnerChanged(new LogPosition(block, log++), TimeOf(block), model, Name("person", _random.Next(8))));
                break;
            default:
                SetSplit(model, block, ref log, notice);
                break;
        }
    }

    private void SetSplit(ModelId model, ulong block, ref uint log, ulong notice)
    {
        var rows = new List<SplitRow>();
        for (var left = _random.Next(1, 7); left > 0; left--)
            rows.Add(new SplitRow(_random.Next(4) == 0 ? null : Name("person", _random.Next(8)), Weight(), _random.Next(2) == 0 ? "data" : "code, \u007b1\u007d"));
        var set = new SplitSet(
            new LogPosition(block, log++), TimeOf(block), model, TimeOf(block) + notice, new SplitTable((uint)_splits[model].Count + 1, rows));
        Book.Apply(set);
        _splits[model].Add(set);
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

        Book.Apply(new LineageSet(new LogPosition(block, log++), TimeOf(block), model, TimeOf(block) + notice, new Lineage(++_lineages[model], parents)));
    }

    private Payment Pay(ulong block, uint log) => new(
        new LogPosition(block, log), TimeOf(block), Keccak256.HashText($"transaction/{block}/{log}"), _models[_random.Next(_models.Count)],
        Tokens[_random.Next(Tokens.Count)], Amount(), Name("payer", _random.Next(5)), Hash32.Zero, (PaymentRoute)_random.Next(1, 4));

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
