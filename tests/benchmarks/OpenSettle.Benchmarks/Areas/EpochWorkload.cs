using System.Buffers.Binary;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Verify;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// A first epoch of any length, the same in every process: 25 models of which 20 derive from others, three tokens, a pool
/// in every split, one payment of a hundred named by an event, and as many events that name none. Payments are made from
/// their number, so that nobody has to hold them.
/// </summary>
internal sealed class EpochWorkload
{
    private const int Models = 25;
    private const int Bases = 5;
    private const int PaymentsPerBlock = 10;
    private const int NamedEvery = 100;
    private const int EventsPerBatch = 1000;
    private const ulong FirstPaid = 10;

    private readonly int _count;
    private readonly ModelId[] _models = [.. Enumerable.Range(0, Models).Select(i => new ModelId(Word(1, i)))];
    private readonly Address[] _tokens = [Address.Zero, CoreArea.Account(7_000_001), CoreArea.Account(7_000_002)];
    private readonly Address _gateway = CoreArea.Account(7_000_003);
    private readonly Terms[] _terms;
    private readonly TermsResolver _resolver;

    /// <param name="count">How many payments.</param>
    /// <param name="accounts">How many accounts earn; a multiple of the models.</param>
    /// <param name="withUsage">Whether events are made.</param>
    public EpochWorkload(int count, int accounts, bool withUsage = true)
    {
        _count = count;
        Registry = new RegistryBook();
        uint log = 0;
        for (var i = 0; i < Models; i++) Register(i, accounts / Models, ref log);
        _resolver = new TermsResolver(Registry);
        // Nothing changes in the epoch, so a model's terms are those of its first block; they are numbered by first payment.
        _terms = new Terms[Models];
        for (var i = 0; i < count; i++)
        {
            var model = ModelOf(i);
            _terms[model] ??= _resolver.Resolve(_models[model], new BlockPoint(FirstPaid, FirstPaid * 2));
            if (Array.TrueForAll(_terms, terms => terms is not null)) break;
        }

        Batches = !withUsage ? [] : [.. Enumerable.Range(0, Math.Max(1, count / NamedEvery * 2)).Chunk(EventsPerBatch).Select((events, number) =>
            new UsageBatch(_gateway, (ulong)number + 1, [.. events.Select(Event)]))];
    }

    public RegistryBook Registry { get; }

    public IReadOnlyList<UsageBatch> Batches { get; }

    public IReadOnlyList<ListedToken> Tokens => [.. _tokens.Select(token => new ListedToken(token, 1))];

    private ulong LastBlock => FirstPaid + (ulong)((_count - 1) / PaymentsPerBlock);

    private static Hash32 LastHash => Word(2, 0);

    private static DeploymentId Deployment => new(31337, CoreArea.Account(1), CoreArea.Account(2), CoreArea.Account(3));

    /// <summary>The payments one after the other.</summary>
    public IEnumerable<DividedPayment> Payments()
    {
        for (var i = 0; i < _count; i++) yield return Payment(i);
    }

    /// <summary>A payment by its number.</summary>
    public DividedPayment Payment(int i)
    {
        var block = FirstPaid + (ulong)(i / PaymentsPerBlock);
        var model = ModelOf(i);
        // Amounts of a coin of 18 digits: hundredths of it, and odd units at the end.
        var amount = (UInt256)(UInt128)(Mix((ulong)i * 3 + 1) % 1_000_000) * 10_000_000_000_000_000 + 1 + Mix((ulong)i) % 1000;
        var route = i % 10 == 0 ? PaymentRoute.PayAddress : PaymentRoute.Rail;
        var settled = i % 50 == 0 && amount > 1 ? amount - 1 : amount;
        var payment = new Payment(
            new LogPosition(block, (uint)(i % PaymentsPerBlock)), block * 2, Word(3, i), _models[model], _tokens[Mix((ulong)i * 5 + 2) % 3], amount,
            CoreArea.Account(8_000_000 + (int)(Mix((ulong)i * 7 + 3) % 100_000)), Reference(i), route);
        return new DividedPayment(new SettledPayment(payment, settled), _terms[model], i % NamedEvery == 0 ? 1UL : 0);
    }

    /// <summary>The sums of usage: only payments that an event names have a say in them.</summary>
    public EpochUsage Usage()
    {
        var tally = new UsageTally(Registry, 1, LastBlock);
        foreach (var batch in Batches) tally.Add(batch);
        for (var i = 0; i < _count; i += NamedEvery)
        {
            var payment = Payment(i);
            if (tally.Name(payment.Settled, payment.Terms) != payment.Named) throw new InvalidOperationException("The workload's names are not its events'.");
        }

        return tally.Finish();
    }

    public EpochResult Build(Division division, EpochUsage usage) => EpochBuilder.Build(
        new EpochInput(1, 1, LastBlock, Hash32.Zero, LastHash, Hash32.Zero, SettlementState.Empty, Tokens, _resolver.All, [], usage, []), division);

    public static Bundle BundleOf(EpochResult result, IEnumerable<DividedPayment> payments) => Bundle.Of(Deployment, result, Hash32.Zero) with { Payments = payments };

    public EpochOnChain OnChain(Hash32 root, Hash32 hash, Hash32 records) => new(1, root, hash, LastBlock, records);

    public ChainView View(IReadOnlyList<SettledPayment> payments)
    {
        var credited = new Dictionary<Address, UInt256>();
        foreach (var payment in payments) credited[payment.Payment.Token] = credited.GetValueOrDefault(payment.Payment.Token) + payment.Settled;
        return new ChainView(Deployment, 1, LastHash, Registry, new PublishedTables(), Tokens, payments, credited, new Dictionary<Address, Address>());
    }

    private static int ModelOf(int i) => (int)(Mix((ulong)i * 11 + 5) % Models);

    private static Hash32 Reference(int i) => Word(4, i);

    private void Register(int number, int rows, ref uint log)
    {
        var (model, creator) = (_models[number], CoreArea.Account(9_000_000 + number));
        Registry.Apply(new ModelRegistered(
            new LogPosition(1, log++), 2, model, (ulong)number + 1, creator, CoreArea.Account(9_100_000 + number), 0, Hash32.Zero, Hash32.Zero, string.Empty));
        var table = new SplitTable(1, [.. Enumerable.Range(0, rows).Select(i => new SplitRow(CoreArea.Account(1 + number * rows + i), 1 + Mix((ulong)i) % 1_000_000, "data"))])
        {
            PoolWeight = (UInt128)rows * 100_000,
            Fallback = [new SplitRow(CoreArea.Account(1 + number * rows), 1, "data")],
        };
        Registry.Apply(new SplitSet(new LogPosition(1, log++), 2, model, 0, table));
        if (number >= Bases)
        {
            Parent[] parents = [new(_models[number % Bases], 100_000), new(_models[number - Bases == number % Bases ? (number + 1) % Bases : number - Bases], 50_000)];
            Registry.Apply(new LineageSet(new LogPosition(1, log++), 2, model, 0, new Lineage(1, parents)));
        }

        Registry.Apply(new GatewaySet(new LogPosition(1, log++), 2, model, _gateway, true));
    }

    /// <summary>Events with an even number name a payment, the others none.</summary>
    private BatchedEvent Event(int number)
    {
        var payment = number / 2 * NamedEvery;
        var model = ModelOf(payment);
        var rows = _terms[model].Split.Rows;
        var accounts = new SortedSet<Address>();
        for (ulong i = 0; i < 3; i++) accounts.Add((Address)rows[(int)(Mix((ulong)number * 3 + i) % (ulong)rows.Count)].Account!);
        return new BatchedEvent(
            Word(5, number), Word(6, number % 1000), _models[model], "text", "ok", 1 + Mix((ulong)number) % 5000, FirstPaid * 2, number % 2 == 0 ? Reference(payment) : Hash32.Zero, Word(7, 0),
            [.. accounts.Select((account, i) => new InfluenceWeight(account, 1 + Mix((ulong)(number + i)) % 1000))]);
    }

    /// <summary>A word that looks like a hash, so that it compresses as little as one.</summary>
    private static Hash32 Word(ulong kind, int number)
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
