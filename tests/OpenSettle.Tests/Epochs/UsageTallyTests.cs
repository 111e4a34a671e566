using System.Numerics;
using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class UsageTallyTests
{
    private static readonly BigInteger Unit = BigInteger.One << 32;
    private static readonly ModelId Model = new(Keccak256.HashText("model"));
    private static readonly ModelId Other = new(Keccak256.HashText("other"));
    private static readonly Address Gateway = World.Name("gateway", 1);
    private static readonly Address Token = World.Name("token", 1);
    private static readonly Hash32 Reference = Keccak256.HashText("usage");
    private static readonly Hash32 Transaction = Keccak256.HashText("transaction");
    private static readonly Address[] People = [.. Enumerable.Range(0, 4).Select(i => World.Name("person", i)).Order()];
    private static readonly Terms Pool = new(
        0, Model, 1, new SplitTable(1, []) { PoolWeight = 1, Fallback = [new SplitRow(null, 1, "")] }, 0, World.Name("owner", 1), []);

    private readonly RegistryBook _book = new();
    private uint _log;
    private int _events;

    public UsageTallyTests()
    {
        _book.Apply(new ModelRegistered(new LogPosition(1, _log++), 10, Model, 1, World.Name("creator", 1), World.Name("pay", 1), 0, Hash32.Zero, Hash32.Zero, ""));
        _book.Apply(new ModelRegistered(new LogPosition(1, _log++), 10, Other, 2, World.Name("creator", 2), World.Name("pay", 2), 0, Hash32.Zero, Hash32.Zero, ""));
        List(5, Model, true);
    }

    [Fact]
    public void Event_OfAnUnlistedGateway_IsSeenAndNotCounted()
    {
        var usage = Tally([Event(10, Reference, (0, 1)) with { Model = Other }, Event(10, Reference, (0, 1)) with { Model = new ModelId(Keccak256.HashText("unknown")) }], Pay(100)).Usage;
        Assert.All(usage.Counts, count => Assert.Equal((1UL, 0UL, UInt256.Zero), (count.Events, count.Counted, count.Units)));
        Assert.Equal(2, usage.Counts.Count);
        Assert.Empty(usage.Methods);
        Assert.Empty(usage.Open);
        Assert.Empty(usage.Direct);
    }

    [Theory]
    [InlineData(20, true)] // delisted in the epoch's 20th block: at its start it was listed
    [InlineData(11, true)]
    [InlineData(10, true)] // at the start of the first block it still was
    [InlineData(9, false)]
    public void Gateway_DelistedInABlock_CountsWhereItWasListedAtTheStartOfOne(ulong block, bool counts)
    {
        List(block, Model, false);
        var count = Assert.Single(Tally([Event(10, Hash32.Zero, (0, 1))]).Usage.Counts);
        Assert.Equal(counts ? 1UL : 0, count.Counted);
    }

    [Fact]
    public void Gateway_ListedInTheLastBlock_DoesNotCountYet()
    {
        List(50, Other, true);
        Assert.Equal(0UL, Assert.Single(Tally([Event(10, Hash32.Zero, (0, 1)) with { Model = Other }]).Usage.Counts).Counted);
    }

    [Fact]
    public void Payment_NamedByReferenceAndByTransaction_HasBoth()
    {
        var (named, usage) = Tally([Event(10, Reference, (0, 1)), Event(30, Transaction, (1, 1))], Pay(100));
        Assert.Equal([2UL], named);
        Assert.Empty(usage.Open);
        Assert.Equal([(People[0], 25 * Unit), (People[1], 75 * Unit)], usage.Direct.Select(sum => (sum.Account, sum.Weight.Big())));
    }

    [Fact]
    public void Event_ThatMatchesReferenceAndTransaction_IsCountedOnce()
    {
        var payment = Pay(100) with { UsageRef = Transaction };
        var (named, usage) = Tally([Event(10, Transaction, (0, 1)), Event(10, Transaction, (1, 3))], payment);
        Assert.Equal([2UL], named);
        Assert.Equal([50 * Unit, 50 * Unit], usage.Direct.Select(sum => sum.Weight.Big()));
    }

    [Fact]
    public void Event_NamingSeveralPayments_DirectsEachByItsMoney()
    {
        var (named, usage) = Tally([Event(10, Reference, (0, 1), (1, 3))], Pay(100), Pay(300), Pay(1) with { UsageRef = Hash32.Zero, Transaction = Hash32.Zero });
        Assert.Equal([1UL, 1, 0], named);
        Assert.Equal([100 * Unit, 300 * Unit], usage.Direct.Select(sum => sum.Weight.Big()));
    }

    [Fact]
    public void Events_OfOnePayment_WeighByTheirUnits()
    {
        // 90 units of all for one, 10 units halved.
        var usage = Tally([Event(90, Reference, (0, 7)), Event(10, Reference, (1, 5), (2, 5))], Pay(1_000)).Usage;
        Assert.Equal([(People[0], 900 * Unit), (People[1], 50 * Unit), (People[2], 50 * Unit)], usage.Direct.Select(sum => (sum.Account, sum.Weight.Big())));
    }

    [Fact]
    public void Event_WithoutUnitsOrWeights_CountsAndDoesNotWeigh()
    {
        var (named, usage) = Tally([Event(0, Reference, (0, 1)), Event(10, Reference)], Pay(100));
        Assert.Equal([0UL], named);
        Assert.Equal(new UsageCount(Model, 2, 2, 10), Assert.Single(usage.Counts));
        Assert.Empty(usage.Methods);
        Assert.Empty(usage.Direct);
        Assert.Empty(usage.Open);
    }

    [Fact]
    public void Event_NamingNothing_IsOpen()
    {
        Hash32[] names = [Hash32.Zero, Keccak256.HashText("nothing")];
        foreach (var name in names)
        {
            var (named, usage) = Tally([Event(10, name, (0, 1), (1, 4))], Pay(100), Pay(5) with { UsageRef = Hash32.Zero, Transaction = Hash32.Zero });
            Assert.Equal([0UL, 0], named);
            Assert.Empty(usage.Direct);
            Assert.Equal([(People[0], 2 * Unit), (People[1], 8 * Unit)], usage.Open.Select(sum => (sum.Account, sum.Weight.Big())));
        }
    }

    [Fact]
    public void Event_NamingAPaymentOfAnotherModel_IsOpen()
    {
        List(6, Other, true);
        var (named, usage) = Tally([Event(10, Reference, (0, 1)) with { Model = Other }], Pay(100));
        Assert.Equal([0UL], named);
        Assert.Equal(Other, Assert.Single(usage.Open).Model);
    }

    [Fact]
    public void Event_NamingAPaymentOfATableWithoutPool_IsNotOpen()
    {
        // It names its payment: what it weighs is said for that payment alone, even where nothing hangs on it.
        var plain = new Terms(0, Model, 1, new SplitTable(1, [new SplitRow(null, 1, "")]), 0, World.Name("owner", 1), []);
        var committed = new Terms(0, Model, 1, new SplitTable(1, []) { Commitment = new TableCommitment(Hash32.Zero, 1, 1) }, 0, World.Name("owner", 1), []);
        foreach (var terms in new[] { plain, committed })
        {
            var (named, usage) = Tally([Event(10, Reference, (0, 1))], terms, Pay(100));
            Assert.Equal([1UL], named);
            Assert.Empty(usage.Direct);
            Assert.Empty(usage.Open);
        }
    }

    [Fact]
    public void Weights_AreOfAWholeSoThatClaimingMoreGivesNothing() => Properties.Hold(FsCheck.Fluent.Gen.Choose(0, int.MaxValue), seed =>
    {
        var random = new Random(seed);
        (int, UInt128)[] weights = [.. Enumerable.Range(0, 4).Select(i => (i, (UInt128)random.NextInt64(1, 1L << random.Next(1, 62))))];
        (int, UInt128)[] scaled = [.. weights.Select(pair => (pair.Item1, pair.Item2 * 1_000))];
        var units = (ulong)random.NextInt64(1, long.MaxValue);
        IEnumerable<BigInteger> Open((int, UInt128)[] w) => Tally([Event(units, Hash32.Zero, w)]).Usage.Open.Select(sum => sum.Weight.Big());
        IEnumerable<BigInteger> Direct((int, UInt128)[] w) => Tally([Event(units, Reference, w)], Pay(1_000_000_000_000)).Usage.Direct.Select(sum => sum.Weight.Big());
        Assert.Equal(Open(weights), Open(scaled));
        Assert.Equal(Direct(weights), Direct(scaled));
        var whole = Open(weights).Aggregate(BigInteger.Zero, (sum, part) => sum + part);
        Assert.InRange(whole, units * Unit - 3, units * Unit);
    }, 100);

    [Fact]
    public void Sums_OfAnyWorld_AreThoseOfTheRules() => Properties.Hold(Shape.Any, shape =>
    {
        // Once more, by the words of the protocol: from each payment and each event, in big integers.
        var world = new World(shape);
        var resolver = new TermsResolver(world.Book, world.TablesBy(1));
        var (payments, usage) = world.Used(resolver);
        bool Counts(ModelId model, Address gateway) => Enumerable.Range(1, World.EpochBlocks).Any(block => world.Facts.OfType<GatewaySet>()
            .LastOrDefault(fact => fact.Model == model && fact.Gateway == gateway && fact.At.Block < (ulong)block)?.Listed ?? false);
        var counted = world.BatchesOf(1).SelectMany(batch => batch.Events.Where(e => Counts(e.Model, batch.Gateway))).ToList();
        var weighing = counted.Where(e => e.Units > 0 && e.Weights.Count > 0).ToList();
        bool Names(BatchedEvent e, DividedPayment payment) => !e.Payment.IsZero && payment.Settled.Payment.Model == e.Model
            && (payment.Settled.Payment.UsageRef == e.Payment || payment.Settled.Payment.Transaction == e.Payment);
        BigInteger Part(BatchedEvent e, UInt128 weight) => e.Units * Unit * weight / e.Weights.Aggregate(BigInteger.Zero, (sum, other) => sum + other.Weight);

        Assert.All(payments, payment => Assert.Equal((ulong)weighing.Count(e => Names(e, payment)), payment.Named));
        var open = new Dictionary<string, BigInteger>(StringComparer.Ordinal);
        foreach (var e in weighing.Where(e => !payments.Any(payment => Names(e, payment))))
        {
            foreach (var (account, weight) in e.Weights) open[$"{e.Model}/{account}"] = open.GetValueOrDefault($"{e.Model}/{account}") + Part(e, weight);
        }

        var direct = new Dictionary<string, BigInteger>(StringComparer.Ordinal);
        foreach (var payment in payments.Where(payment => payment.Named > 0 && payment.Terms.Split.AtHand && payment.Terms.Split.PoolWeight > 0))
        {
            var parts = weighing.Where(e => Names(e, payment)).SelectMany(e => e.Weights.Select(pair => (pair.Account, Part: Part(e, pair.Weight)))).GroupBy(pair => pair.Account)
                .ToDictionary(same => same.Key, same => same.Aggregate(BigInteger.Zero, (sum, pair) => sum + pair.Part));
            var whole = parts.Values.Aggregate(BigInteger.Zero, (sum, part) => sum + part);
            foreach (var (account, part) in parts)
            {
                var key = $"{payment.Terms.Id}/{payment.Settled.Payment.Token}/{account}";
                if (!whole.IsZero) direct[key] = direct.GetValueOrDefault(key) + payment.Settled.Settled.Big() * Unit * part / whole;
            }
        }

        Assert.Equal(Sorted(open), usage.Open.Select(sum => $"{sum.Model}/{sum.Account}: {sum.Weight}").Order(StringComparer.Ordinal));
        Assert.Equal(Sorted(direct), usage.Direct.Select(sum => $"{sum.Terms}/{sum.Token}/{sum.Account}: {sum.Weight}").Order(StringComparer.Ordinal));
        Assert.All(usage.Counts, count =>
        {
            var own = counted.Where(e => e.Model == count.Model).ToList();
            Assert.Equal((ulong)own.Count, count.Counted);
            Assert.Equal(own.Aggregate(BigInteger.Zero, (sum, e) => sum + e.Units), count.Units.Big());
        });
        Assert.All(usage.Methods, method => Assert.Equal((ulong)weighing.Count(e => e.Model == method.Model && e.Method == method.Method), method.Events));
        Assert.Equal(weighing.Select(e => (e.Model, e.Method)).Distinct().Count(), usage.Methods.Count);
    }, 100);

    [Fact]
    public void Uses_ThatNameASettledPayment_ArePaidWhetherTheyWeighOrNot()
    {
        var (_, usage) = Tally(
            [
                Event(10, Reference, (0, 1)), Event(0, Reference), Event(5, Transaction), Event(5, Keccak256.HashText("nothing")), Event(5, Hash32.Zero),
            ],
            Pay(100));
        var uses = Assert.Single(usage.Uses);
        Assert.Equal((Model, 3UL), (uses.Model, uses.PaidUses));
        Assert.Equal([new DomainRecord(DomainWord.Of("domain"), 5, 5, 3, 3)], uses.Domains);
    }

    [Fact]
    public void Uses_ThatNameSeveralPayments_ArePaidOnce()
    {
        var twice = Tally([Event(1, Reference), Event(1, Transaction)], Pay(5), Pay(7), Pay(0)).Usage;
        Assert.Equal(2UL, Assert.Single(twice.Uses).PaidUses);
    }

    [Fact]
    public void Uses_ThatNameAPaymentOfNothing_AreNotPaid()
    {
        var (named, usage) = Tally([Event(10, Reference, (0, 1))], Pay(0));
        Assert.Equal([1UL], named);
        Assert.Equal(new ModelUses(Model, 0, 0, [new DomainRecord(DomainWord.Of("domain"), 1, 1, 0, 0)]), Assert.Single(usage.Uses));
        Assert.Equal(1UL, Assert.Single(Tally([Event(10, Reference, (0, 1))], Pay(0), Pay(1)).Usage.Uses).PaidUses);
    }

    [Fact]
    public void Uses_WithAPaymentOfAnotherModel_AreNotPaid()
    {
        List(5, Other, true);
        var uses = Tally([Event(10, Reference) with { Model = Other }], Pay(100)).Usage.Uses;
        Assert.Equal((Other, 0UL), (Assert.Single(uses).Model, uses[0].PaidUses));
    }

    [Fact]
    public void Uses_OfAGatewayThatIsNotListed_AreInNoRecord() => Assert.Empty(Tally([Event(10, Reference, (0, 1)) with { Model = Other }], Pay(100)).Usage.Uses);

    [Fact]
    public void Consumers_AreCountedOnceForEachModel_AndNobodyIsNone()
    {
        List(5, Other, true);
        Hash32 One(int i) => Keccak256.HashText($"consumer/{i}");
        var uses = Tally(
        [
            Event(1, Hash32.Zero) with { Consumer = One(1) }, Event(1, Hash32.Zero) with { Consumer = One(2) }, Event(1, Hash32.Zero) with { Consumer = One(1) },
            Event(1, Hash32.Zero), Event(1, Hash32.Zero) with { Consumer = One(1), Model = Other },
        ]).Usage.Uses.ToDictionary(told => told.Model, told => told.Consumers);
        Assert.Equal((2UL, 1UL, 2), (uses[Model], uses[Other], uses.Count));
    }

    [Fact]
    public void Domains_HaveJudgedUsesOnly_AndTextsOfOneWordAreOneDomain()
    {
        BatchedEvent In(string domain, string outcome, bool paid = false) => Event(1, paid ? Reference : Hash32.Zero) with { Domain = domain, Outcome = outcome };
        var uses = Assert.Single(Tally(
            [
                In("nda", "ok", paid: true), In("nda", "error", paid: true), In("0x6E64610000000000000000000000000000000000000000000000000000000000", "ok"), In("nda", "OK"), In("nda", "unknown", paid: true),
                In("never judged", "unknown"), In("", "error"), In("droit d'\u00e9t\u00e9", "ok", paid: true),
            ],
            Pay(100)).Usage.Uses);
        DomainRecord[] expected =
        [
            new DomainRecord(Hash32.Zero, 0, 1, 0, 0), new DomainRecord(DomainWord.Of("nda"), 2, 3, 1, 2), new DomainRecord(Keccak256.HashText("droit d'\u00e9t\u00e9"), 1, 1, 1, 1),
        ];
        Assert.Equal(expected.OrderBy(domain => domain.Domain), uses.Domains);
        Assert.Equal(4UL, uses.PaidUses);
    }

    [Fact]
    public void Batch_OrEvent_GivenTwiceIsRefused()
    {
        var one = Event(10, Reference, (0, 1));
        var tally = new UsageTally(_book, 10, 50);
        tally.Add(new UsageBatch(Gateway, 1, [one]));
        Assert.Throws<InvalidOperationException>(() => tally.Add(new UsageBatch(Gateway, 1, [Event(1, Hash32.Zero)])));
        Assert.Throws<InvalidOperationException>(() => tally.Add(new UsageBatch(Gateway, 2, [one])));
        Assert.Throws<InvalidOperationException>(() => tally.Add(new UsageBatch(Gateway, 3, [])));
    }

    [Fact]
    public void Seen_AddsEventsThatNeverCount()
    {
        var tally = new UsageTally(_book, 10, 50);
        tally.Seen(Other, 0);
        tally.Seen(Model, 5);
        tally.Add(new UsageBatch(Gateway, 1, [Event(10, Hash32.Zero)]));
        Assert.Equal(new UsageCount(Model, 6, 1, 10), Assert.Single(tally.Finish().Counts));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Root_OfABatch_IsThatOfTheTreeOverItsTexts(int count)
    {
        BatchedEvent[] events = [.. Enumerable.Range(0, count).Select(i => Event((ulong)i, Reference, (0, 1)))];
        Hash32[] leaves = [.. events.Select(e => Keccak256.Hash(Keccak256.Hash(e.ToText()).ToArray()))];
        var batch = new UsageBatch(Gateway, 3, events);
        Assert.Equal(MerkleTree.OfHashes(leaves).Root, batch.Root());

        // And by hand: 2n - 1 nodes, the leaves at the end in turned order.
        var nodes = new Hash32[2 * count - 1];
        for (var k = 0; k < count; k++) nodes[2 * count - 2 - k] = leaves[k];
        for (var i = count - 2; i >= 0; i--)
        {
            var (a, b) = (nodes[2 * i + 1], nodes[2 * i + 2]);
            nodes[i] = Keccak256.Hash(a < b ? [.. a.ToArray(), .. b.ToArray()] : [.. b.ToArray(), .. a.ToArray()]);
        }

        Assert.Equal(nodes[0], batch.Root());
        var tally = new UsageTally(_book, 10, 50);
        tally.Add(batch);
        Assert.Equal(new BatchRoot(Gateway, 3, nodes[0], (ulong)count), Assert.Single(tally.Finish().Batches));
    }

    [Fact]
    public void Root_OfAnEmptyBatch_IsRefused() => Assert.Throws<InvalidOperationException>(() => new UsageBatch(Gateway, 1, []).Root());

    private static IEnumerable<string> Sorted(Dictionary<string, BigInteger> sums) =>
        sums.Where(pair => !pair.Value.IsZero).Select(pair => $"{pair.Key}: {pair.Value}").Order(StringComparer.Ordinal);

    private static Payment Pay(UInt256 amount) => new(
        new LogPosition(0, 0), 100, Transaction, Model, Token, amount, World.Name("payer", 1), Reference, PaymentRoute.Rail);

    private void List(ulong block, ModelId model, bool listed) => _book.Apply(new GatewaySet(new LogPosition(block, _log++), block * 10, model, Gateway, listed));

    private BatchedEvent Event(ulong units, Hash32 payment, params (int Person, UInt128 Weight)[] weights) => new(
        Keccak256.HashText($"event/{_events++}"), Hash32.Zero, Model, "domain", "ok", units, 100, payment, Keccak256.HashText("method"),
        [.. weights.Select(pair => new InfluenceWeight(People[pair.Person], pair.Weight))]);

    private (List<ulong> Named, EpochUsage Usage) Tally(IReadOnlyList<BatchedEvent> events, params Payment[] payments) => Tally(events, Pool, payments);

    private (List<ulong> Named, EpochUsage Usage) Tally(IReadOnlyList<BatchedEvent> events, Terms terms, params Payment[] payments)
    {
        var tally = new UsageTally(_book, 10, 50);
        tally.Add(new UsageBatch(Gateway, 1, events));
        List<ulong> named = [.. payments.Select((payment, i) => tally.Name(new SettledPayment(payment with { At = new LogPosition(20, (uint)i) }, payment.Amount), terms))];
        return (named, tally.Finish());
    }
}
