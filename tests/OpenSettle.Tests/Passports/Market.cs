using OpenSettle.Epochs;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Passports;

/// <summary>
/// A small market for one model, week by week: buyers pay, a gateway counts, an epoch a week settles and divides it. What its facts are
/// follows from what is done to it, and from its seed.
/// </summary>
internal sealed class Market
{
    public const uint Week = 7;

    /// <summary>A Monday.</summary>
    public const uint FirstDay = 20_094;

    public const ulong SecondsOfDay = 86_400;

    public static readonly Address Token = World.Name("token", 1);
    public static readonly ModelId Model = new(Keccak256.HashText("model"));
    public static readonly ModelId Parent = new(Keccak256.HashText("parent"));
    public static readonly Address Owner = World.Name("owner", 1);
    public static readonly Address DataPeople = World.Name("data", 1);
    public static readonly Address ParentOwner = World.Name("parent owner", 1);
    public static readonly Address Exchange = World.Name("exchange", 1);
    public static readonly Address Evaluator = World.Name("evaluator", 1);
    public static readonly Hash32 Identity = Keccak256.HashText("weights");
    public static readonly Hash32 Domain = DomainWord.Of("nda-review");

    private readonly Random _random;
    private readonly int _weeks;
    private readonly List<SplitRow> _rows = [new(null, 70, "training"), new(DataPeople, 30, "data")];
    private readonly Dictionary<(ulong Epoch, uint Day, Address Payer, Address Token), (ulong Payments, UInt256 Settled, UInt256 Time, ulong Oldest)> _revenue = [];
    private readonly List<TokenFlow> _flows = [];
    private readonly Dictionary<ulong, (ulong Uses, ulong Paid, ulong Consumers)> _usage = [];
    private readonly Dictionary<(ulong Epoch, Hash32 Domain), DomainRecord> _domains = [];
    private readonly List<AttestationEntry> _attestations = [];
    private readonly List<RegistryFact> _later = [];
    private uint _log;

    public Market(int seed = 1, int weeks = 30)
    {
        _random = new Random(seed);
        _weeks = weeks;
    }

    public int Weeks => _weeks;

    public HashSet<Address> Evaluators { get; } = [Evaluator];

    public HashSet<Address> PublicSources { get; } = [Exchange];

    public List<RegistryPermission> Permissions { get; } = [];

    public List<SeenUsage> Seen { get; } = [];

    public bool FlowsKnown { get; set; } = true;

    public static BlockPoint AsOf(int weeks) => new(Block(weeks * 7 + 7), ((ulong)FirstDay + (ulong)(weeks * 7) + 7) * SecondsOfDay);

    /// <summary>The first block of a day; there are 100 of them.</summary>
    public static ulong Block(int day) => 1_000 + (ulong)day * 100;

    public static ulong Time(int day) => (FirstDay + (ulong)day) * SecondsOfDay + 3_600;

    public void Row(Address account, uint weight, string role) => _rows.Add(new SplitRow(account, weight, role));

    public void Later(RegistryFact fact) => _later.Add(fact);

    /// <summary>Somebody pays, and uses the model for it.</summary>
    public void Pay(Address payer, int day, ulong amount, ulong uses = 1, ulong successes = 1, ulong payments = 1)
    {
        var epoch = (ulong)(day / 7) + 1;
        var key = (epoch, FirstDay + (uint)day, payer, Token);
        var known = _revenue.TryGetValue(key, out var before) ? before : (0, UInt256.Zero, UInt256.Zero, ulong.MaxValue);
        _revenue[key] = (known.Payments + payments, known.Settled + amount, known.Time + (UInt256)amount * Time(day), Math.Min(known.Oldest, Time(day)));
        if (!payer.IsZero) Send(payer, World.Name("pay", 2), day, amount);
        Use(day, uses, successes, paid: true);
    }

    /// <summary>A gateway says that somebody used it.</summary>
    public void Use(int day, ulong uses, ulong successes, bool paid, Hash32? domain = null)
    {
        var epoch = (ulong)(day / 7) + 1;
        var known = _usage.GetValueOrDefault(epoch);
        _usage[epoch] = (known.Uses + uses, known.Paid + (paid ? uses : 0), known.Consumers + 1);
        var word = domain ?? Domain;
        var record = _domains.GetValueOrDefault((epoch, word));
        _domains[(epoch, word)] = new DomainRecord(
            word, record.Successes + successes, record.Trials + uses, record.PaidSuccesses + (paid ? successes : 0), record.PaidTrials + (paid ? uses : 0));
    }

    public void Send(Address from, Address to, int day, ulong amount) => _flows.Add(new TokenFlow(FirstDay + (uint)day, Token, from, to, amount));

    public Hash32 Say(Address attester, Statement statement, int day, Hash32? refersTo = null, ulong expires = 0, ulong revoked = 0, bool onChain = true)
    {
        var uid = Keccak256.HashText($"attestation/{_log}");
        LogPosition? at = onChain ? new LogPosition(Block(day) + 1, _log) : null;
        _log++;
        _attestations.Add(new AttestationEntry(
            uid, Keccak256.HashText(statement.Kind.ToString()), statement.Kind, attester, Address.Zero, refersTo ?? Hash32.Zero, Time(day), expires, revoked, onChain, at, statement));
        return uid;
    }

    public void Say(AttestationEntry entry) => _attestations.Add(entry);

    /// <summary>An evaluator commits, and says later what came out.</summary>
    public Hash32 Evaluate(Address evaluator, int day, string value, ulong n, string set = "set", string metric = "accuracy")
    {
        var hash = Keccak256.HashText(set);
        var commitment = Say(evaluator, new EvaluationStatement(Model, Domain, metric, "", 0, hash, Hash32.Zero), day);
        return Say(evaluator, new EvaluationStatement(Model, Domain, metric, value, n, hash, Hash32.Zero), day + 1, commitment);
    }

    /// <summary>Thirty buyers with money of their own, some of them from an exchange, who come back.</summary>
    public Market Honest(int buyers = 30)
    {
        for (var i = 0; i < buyers; i++)
        {
            var buyer = World.Name("buyer", i);
            Send(i % 2 == 0 ? Exchange : World.Name("employer", i), buyer, 0, 1_000_000);
            for (var day = _random.Next(7); day < _weeks * 7; day += 4 + _random.Next(14)) Pay(buyer, day, 500 + (ulong)_random.Next(1000), 10, 8);
        }

        return this;
    }

    public Passport Build() => PassportBuilder.Build(Facts());

    public PassportFacts Facts()
    {
        var revenue = _revenue
            .OrderBy(pair => pair.Key)
            .Select(pair => new SettledRevenue(pair.Key.Epoch, pair.Key.Day, pair.Key.Payer, pair.Key.Token, pair.Value.Payments, pair.Value.Settled, pair.Value.Time, pair.Value.Oldest))
            .ToList();
        var settled = revenue.Aggregate(UInt256.Zero, (sum, row) => sum + row.Settled);
        return new PassportFacts
        {
            Deployment = new DeploymentId(31_337, World.Name("registry", 1), World.Name("rail", 1), World.Name("vault", 1)),
            Model = Model,
            AsOf = AsOf(_weeks),
            Registry = Registry(),
            Tables = new PublishedTables(),
            Epochs = [.. Enumerable.Range(1, _weeks).Select(Epoch)],
            Revenue = revenue,
            Paid = settled.IsZero ? [] : [new TokenRevenue(Token, settled)],
            Records = [.. _usage.OrderBy(pair => pair.Key).Select(pair => (pair.Key, Record(pair.Key)))],
            Earnings = [.. Earnings(revenue)],
            Flows = _flows,
            FlowsKnown = FlowsKnown,
            PublicSources = PublicSources,
            Attestations = [.. _attestations.OrderBy(entry => entry.At is null).ThenBy(entry => entry.At ?? default)],
            Evaluators = Evaluators,
            Permissions = Permissions,
            Seen = Seen,
        };
    }

    private static EpochPoint Epoch(int number)
    {
        var end = (FirstDay + (ulong)(number * 7)) * SecondsOfDay - 1;
        return new EpochPoint((ulong)number, Block((number - 1) * 7), Block(number * 7) - 1, end, end + SecondsOfDay, Keccak256.HashText($"records/{number}"), Keccak256.HashText($"bundle/{number}"));
    }

    private ModelRecord Record(ulong epoch)
    {
        var revenue = _revenue.Where(pair => pair.Key.Epoch == epoch).Aggregate(UInt256.Zero, (sum, pair) => sum + pair.Value.Settled);
        var (uses, paid, consumers) = _usage[epoch];
        return new ModelRecord(
            Model, uses, paid, consumers, revenue.IsZero ? [] : [new TokenRevenue(Token, revenue)],
            [.. _domains.Where(pair => pair.Key.Epoch == epoch).Select(pair => pair.Value).OrderBy(record => record.Domain)]);
    }

    private IEnumerable<Earning> Earnings(List<SettledRevenue> revenue)
    {
        UInt256 whole = _rows.Aggregate(UInt128.Zero, (sum, row) => sum + row.Weight);
        foreach (var epoch in revenue.GroupBy(row => row.Epoch))
        {
            var settled = epoch.Aggregate(UInt256.Zero, (sum, row) => sum + row.Settled);
            foreach (var row in _rows) yield return new Earning(epoch.Key, Token, row.Account ?? Owner, UInt256.MulDivFloor(settled, row.Weight, whole));
        }
    }

    private RegistryBook Registry()
    {
        var book = new RegistryBook();
        var log = 0u;
        book.Apply(new ModelRegistered(new LogPosition(10, log++), 100, Parent, 1, ParentOwner, World.Name("pay", 1), 0, Hash32.Zero, Hash32.Zero, ""));
        book.Apply(new SplitSet(new LogPosition(10, log++), 100, Parent, 100, new SplitTable(1, [new SplitRow(null, 1, "base")])));
        book.Apply(new LineageSet(new LogPosition(10, log++), 100, Parent, 100, new Lineage(1, [])));
        book.Apply(new ModelRegistered(new LogPosition(20, log++), 200, Model, 2, Owner, World.Name("pay", 2), 0, Identity, Hash32.Zero, ""));
        book.Apply(new SplitSet(new LogPosition(20, log++), 200, Model, 200, new SplitTable(1, _rows)));
        book.Apply(new LineageSet(new LogPosition(20, log), 200, Model, 200, new Lineage(1, [new Parent(Parent, 50_000)])));
        foreach (var fact in _later) book.Apply(fact);
        return book;
    }
}

/// <summary>Reading passports in tests.</summary>
internal static class PassportReading
{
    public static Figure Figure(this Passport passport, string id, string? scope = null) =>
        Assert.Single(passport.Figures, figure => figure.Id == id && (scope is null || figure.Scope == scope));

    /// <summary>A figure with six digits as millionths.</summary>
    public static long Millionths(this Passport passport, string id)
    {
        var text = passport.Figure(id).Value ?? throw new InvalidOperationException($"{id} has no value.");
        return long.Parse(text.Replace(".", string.Empty, StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);
    }

    public static UInt256 Amount(this Passport passport, string id) => UInt256.Parse(passport.Figure(id).Value);

    public static bool Has(this Passport passport, string flag) => passport.Flags.Any(one => one.Id == flag);

    /// <summary>All of it as text, for comparing whole passports.</summary>
    public static string Print(this Passport passport) => string.Join('\n',
    [
        .. passport.Figures.Select(figure =>
            $"{figure.Id} [{figure.Scope}] {figure.State} {figure.Value} ({figure.Low} {figure.High}) {figure.N}/{figure.LeastN} {figure.Level} {figure.FirstBlock}-{figure.LastBlock} '{figure.Note}'"
            + string.Concat(figure.Points.Select(point => $" {point.At}={point.Value}/{point.N}"))),
        .. passport.Flags.Select(flag => flag.ToString()),
        .. passport.Domains.Select(domain => domain.ToString()),
        .. passport.Ancestors.Select(ancestor => $"{ancestor.Model} {ancestor.Depth} {ancestor.ShareMillionths} {string.Join(' ', ancestor.Flowed)}"),
        .. passport.Contributors.Select(one => $"{one.Account} {string.Join(' ', one.Roles)} {string.Join(' ', one.Earned)}"),
        .. passport.Permissions.Select(word => word.ToString()),
        .. passport.Attestations.Select(one => $"{one.Entry.Uid} {one.Standing} {one.Benefits} {one.Why}"),
    ]);
}
