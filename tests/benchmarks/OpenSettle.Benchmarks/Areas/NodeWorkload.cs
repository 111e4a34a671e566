using System.Buffers.Binary;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// A deployment's first epoch, made from numbers: models of a hundred accounts each, of which four in five derive from two others;
/// every third has a pool; a fifth is paid in three tokens, the others in one; nine payments of ten come through the rail, the others are
/// transfers that were swept. For every ten payments there is a signed event with three accounts' weights; half of those name a payment.
/// </summary>
internal sealed class NodeWorkload
{
    public const ulong ChainId = 31337;
    public const ulong FirstPaid = 10;
    public const int PaymentsPerBlock = 10;
    public const int EventsPerBatch = 1000;

    private const int RowsPerModel = 100;
    private const int PaymentsPerEvent = 10;
    private const ulong Genesis = 1_790_000_000;

    private readonly ModelId[] _models;
    private readonly Address[] _tokens = [Address.Zero, CoreArea.Account(7_000_001), CoreArea.Account(7_000_002)];

    /// <param name="payments">How many payments the epoch has; the last of them comes in its last block.</param>
    /// <param name="accounts">How many accounts earn.</param>
    public NodeWorkload(int payments, int accounts)
    {
        (Payments, Accounts) = (payments, accounts);
        _models = [.. Enumerable.Range(0, accounts / RowsPerModel).Select(i => new ModelId(Word(1, i)))];
    }

    // Accounts 0 to 2 of the mnemonic that every development chain starts with.
    public static Hash32 OperatorKey { get; } = Hash32.Parse("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

    public static IReadOnlyList<Hash32> AttestorKeys { get; } =
    [
        Hash32.Parse("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"), Hash32.Parse("0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    ];

    public static ISigner Gateway { get; } = new BuiltinProvider(TimeProvider.System).SignerFromPrivateKey(Keccak256.HashText("the benchmark's gateway"));

    public static WatchedDeployment Deployment { get; } =
        new(new DeploymentId(ChainId, CoreArea.Account(1), CoreArea.Account(2), CoreArea.Account(3)), CoreArea.Account(4), FirstBlock: 1);

    public int Payments { get; }

    public int Accounts { get; }

    public int Events => Payments / PaymentsPerEvent;

    public IReadOnlyList<Address> Tokens => _tokens;

    /// <summary>The block before the epoch's last: a running node has it and all before it.</summary>
    public ulong BooksBlock => BlockOf(Payments - 2) + 1;

    public static ulong TimeOf(ulong block) => Genesis + block * 2;

    public static ulong BlockOf(int payment) => FirstPaid + (ulong)(payment / PaymentsPerBlock);

    /// <summary>A payment by its number. The last one stands alone in the epoch's last block, and comes through the rail.</summary>
    public Payment Payment(int i)
    {
        var last = i == Payments - 1;
        var block = last ? BooksBlock + 1 : BlockOf(i);
        var model = (int)(Mix((ulong)i * 11 + 5) % (ulong)_models.Length);
        var token = _tokens[model % 5 == 0 ? Mix((ulong)i * 5 + 2) % 3 : (ulong)(model % 3)];
        // Amounts of a coin of 18 digits: hundredths of it, and odd units at the end.
        var amount = (UInt256)(UInt128)(Mix((ulong)i * 3 + 1) % 1_000_000) * 10_000_000_000_000_000 + 1 + Mix((ulong)i) % 1000;
        var route = i % 10 == 0 && !last ? PaymentRoute.PayAddress : PaymentRoute.Rail;
        return new Payment(
            new LogPosition(block, last ? 0 : (uint)(i % PaymentsPerBlock)), TimeOf(block), Word(3, i), _models[model], token, amount,
            CoreArea.Account(20_000_000 + (int)(Mix((ulong)i * 7 + 3) % 100_000)), route == PaymentRoute.Rail ? Word(4, i) : Hash32.Zero, route);
    }

    public IEnumerable<RegistryFact> Registry()
    {
        uint log = 0;
        for (var number = 0; number < _models.Length; number++)
        {
            var (at, time, model, creator) = (new LogPosition(1, log), TimeOf(1), _models[number], CoreArea.Account(9_000_000 + number));
            log += 4;
            yield return new ModelRegistered(at, time, model, (ulong)number + 1, creator, CoreArea.Account(30_000_000 + number), 0, Hash32.Zero, Hash32.Zero, string.Empty);
            var pool = number % 3 == 0 ? (UInt128)RowsPerModel * 500_000 : 0;
            var table = new SplitTable(1, [.. Enumerable.Range(0, RowsPerModel).Select(i => new SplitRow(Row(number, i), 1 + Mix((ulong)i) % 1_000_000, "data"))])
            {
                PoolWeight = pool,
                Fallback = pool == 0 ? [] : [new SplitRow(Row(number, 0), 1, "data")],
            };
            yield return new SplitSet(at with { LogIndex = at.LogIndex + 1 }, time, model, 0, table);
            var bases = _models.Length / 5;
            Parent[] parents = number < bases ? [] : [new(_models[number % bases], 100_000), new(_models[(number + 1) % bases], 50_000)];
            yield return new LineageSet(at with { LogIndex = at.LogIndex + 2 }, time, model, 0, new Lineage(1, parents));
            yield return new GatewaySet(at with { LogIndex = at.LogIndex + 3 }, time, model, Gateway.Address, true);
        }
    }

    /// <summary>Events with an even number name a payment, the others none.</summary>
    public MeteredEvent Event(int number)
    {
        var payment = Payment(Math.Min(number * PaymentsPerEvent + 1, Payments - 1));
        var model = Array.IndexOf(_models, payment.Model);
        var accounts = new SortedSet<Address>();
        for (ulong i = 0; i < 3; i++) accounts.Add(Row(model, (int)(Mix((ulong)number * 3 + i) % RowsPerModel)));
        return new MeteredEvent
        {
            Source = "urn:gw:eu-1",
            Id = number.ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
            Type = "ai.opensettle.usage.v1",
            Model = payment.Model,
            Domain = "contracts",
            Outcome = Outcomes.Ok,
            Units = 1 + Mix((ulong)number) % 5000,
            Time = payment.Timestamp,
            Consumer = Word(6, number % 1000),
            Payment = number % 2 == 0 ? payment.UsageRef : Hash32.Zero,
            Attribution = new Attribution("test", Word(7, 0), [.. accounts.Select((account, i) => new MeasuredWeight(account, 1 + Mix((ulong)(number + i)) % 1000, 0, 2000))]),
        };
    }

    /// <summary>A model by its number.</summary>
    public ModelId Model(int number) => _models[number % _models.Length];

    private static Address Row(int model, int row) => CoreArea.Account(1 + model * RowsPerModel + row);

    /// <summary>A word that looks like a hash, so that it compresses as little as one.</summary>
    public static Hash32 Word(ulong kind, int number)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        for (var i = 0; i < 4; i++) BinaryPrimitives.WriteUInt64BigEndian(bytes[(i * 8)..], Mix((kind << 40) + ((ulong)number << 2) + (ulong)i));
        return Hash32.FromBytes(bytes);
    }

    /// <summary>SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E37_79B9_7F4A_7C15;
            value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
            value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
            return value ^ (value >> 31);
        }
    }
}
