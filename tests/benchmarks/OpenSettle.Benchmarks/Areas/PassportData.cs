using OpenSettle.Epochs;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Metering;
using OpenSettle.Node;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// A node's books after two years of daily epochs, written through its stores. The first of a thousand models has ten million counted uses in
/// twelve domains, 5,000 payers with 200,000 rows of revenue, the transfers that funded them, and contributors who earned every day; it derives from the
/// second. The others were paid and used in some epochs each. Beside it, in books of its own, a hundred thousand models to find one among.
/// </summary>
internal static class PassportData
{
    public const int Models = 1000;
    public const int Found = 100_000;

    private const int Epochs = 730;
    private const int Domains = 12;
    private const int Payers = 5_000;
    private const int PaymentsPerEpoch = 275;
    private const int UsesPerEpoch = 10_000_000 / Epochs + 1;
    private const int Contributors = 10;
    private const int EpochsOfOthers = 20;
    private const int EventsSeen = 20_000;
    private const int EventsAtOnce = 2_000;
    private const ulong BlocksPerEpoch = 1_000;
    private const ulong Day = 86_400;
    private const ulong Genesis = 19_600 * Day;

    private static readonly CancellationToken Stop = CancellationToken.None;

    public static WatchedDeployment Deployment { get; } = NodeWorkload.Deployment;

    public static Address Dollar { get; } = CoreArea.Account(7_000_001);

    public static ModelId Model(int number) => new(NodeWorkload.Word(21, number));

    public static string Domain(int number) => number == 0 ? "nda-review" : $"domain-{number}";

    /// <summary>The books of passports.</summary>
    public static async Task FillAsync(string folder)
    {
        var paths = NodeOptionsPaths.In(folder);
        using (var books = SqliteBooks.Open(paths.Database, Deployment.Id))
        {
            await books.WriteAsync(Register, Stop);
            for (var epoch = 1; epoch <= Epochs; epoch++) await books.WriteAsync(session => Settle(session, epoch), Stop);
            await books.WriteAsync(Fund, Stop);
            var last = LastBlock(Epochs) + 50;
            await books.WriteAsync(session => session.Chain.MoveCursor(new ChainCursor(last, NodeWorkload.Word(22, 0), TimeOf(Epochs + 1))), Stop);
        }

        using var usage = SqliteUsage.Open(paths.Usage, Deployment.Id, TimeProvider.System);
        for (var first = 0; first < EventsSeen; first += EventsAtOnce) await SeeAsync(usage, first);
    }

    /// <summary>Books of standings alone.</summary>
    public static async Task FillStandingsAsync(string folder)
    {
        using var books = SqliteBooks.Open(NodeOptionsPaths.In(folder).Database, Deployment.Id);
        for (var first = 0; first < Found; first += 5_000)
        {
            var from = first;
            await books.WriteAsync(session =>
            {
                for (var i = from; i < from + 5_000; i++) session.Standings.Replace(Standing(i));
            }, Stop);
        }

        await books.WriteAsync(session => session.Chain.MoveCursor(new ChainCursor(1_000, NodeWorkload.Word(22, 0), TimeOf(1))), Stop);
    }

    private static ulong TimeOf(int epoch) => Genesis + (ulong)epoch * Day;

    private static ulong LastBlock(int epoch) => (ulong)epoch * BlocksPerEpoch;

    private static Address Payer(int number) => CoreArea.Account(40_000_000 + number);

    private static Address Contributor(int number) => CoreArea.Account(50_000_000 + number);

    private static ModelStanding Standing(int i)
    {
        var random = new Random(i);
        StandingRow Row(int domain)
        {
            var trials = (ulong)random.Next(0, 2_000);
            var low = (uint)random.Next(0, 1_000_000);
            return new StandingRow(Domain(domain), random.Next(2) == 0 ? DomainBasis.PaidUsage : DomainBasis.Evaluated, trials / 2, trials, low, Math.Min(low + 50_000, 1_000_000));
        }

        return new ModelStanding(
            Model(i), (ulong)i + 1, TimeOf(1), $"model {i}", (byte)(random.Next(20) == 0 ? 2 : 0), random.Next(5) == 0 ? "burst,concentrated" : string.Empty,
            [.. Enumerable.Range(0, 3).Select(d => Row((i + d * 5) % Domains)).OrderBy(row => row.Domain, StringComparer.Ordinal)],
            [(Dollar, (UInt256)(ulong)random.Next(1, 2_000_000_000))], IsWhole: true);
    }

    private static void Register(BooksSession session)
    {
        session.Chain.AddListedToken(new ListedToken(Dollar, 1), 1);
        for (var i = 0; i < Models; i++)
        {
            // The first model has the highest number: what it derives from is older.
            var (at, model) = (new LogPosition(1, (uint)i * 4), Model(Models - 1 - i));
            session.Chain.AddRegistryFact(new ModelRegistered(
                at, Genesis, model, (ulong)i + 1, CoreArea.Account(9_000_000 + i), CoreArea.Account(30_000_000 + i), 0, Hash32.Zero, Hash32.Zero, string.Empty));
            session.Chain.AddRegistryFact(new SplitSet(
                at with { LogIndex = at.LogIndex + 1 }, Genesis, model, 0, new SplitTable(1, [.. Enumerable.Range(0, Contributors).Select(row => new SplitRow(Contributor(row), 1, "data"))])));
            Parent[] parents = i == Models - 1 ? [new Parent(Model(1), 100_000)] : [];
            session.Chain.AddRegistryFact(new LineageSet(at with { LogIndex = at.LogIndex + 2 }, Genesis, model, 0, new Lineage(1, parents)));
            session.Chain.AddRegistryFact(new GatewaySet(at with { LogIndex = at.LogIndex + 3 }, Genesis, model, NodeWorkload.Gateway.Address, true));
        }
    }

    private static void Settle(BooksSession session, int epoch)
    {
        var random = new Random(epoch);
        var records = new SortedDictionary<ModelId, ModelRecord> { [Model(0)] = Pay(session, epoch, 0, PaymentsPerEpoch, UsesPerEpoch, Domains, random) };
        for (var number = 1; number < Models; number++)
        {
            if (random.Next(Epochs) < EpochsOfOthers) records[Model(number)] = Pay(session, epoch, number, 1 + random.Next(4), 1 + random.Next(400), 1 + number % 3, random);
        }

        var last = LastBlock(epoch);
        session.Settled.Take((ulong)epoch, last);
        var payments = session.Payments.MarkDivided((ulong)epoch, last);
        ModelRecord[] all = [.. records.Values];
        session.Records.Add((ulong)epoch, all);
        session.Epochs.Add(new SettledEpoch(
            (ulong)epoch, 0, EpochState.Signed, LastBlock(epoch - 1) + 1, last, NodeWorkload.Word(23, epoch), TimeOf(epoch), NodeWorkload.Word(24, epoch - 1), NodeWorkload.Word(24, epoch),
            NodeWorkload.Word(25, epoch), "https://bundles.example", payments, 0, TimeOf(epoch)));
        session.Epochs.SetActive((ulong)epoch, payments, UsesPerEpoch, Hash32.Zero, RecordTree.RootOf((ulong)epoch, all));
        session.Epochs.SetActivated((ulong)epoch, last + 20, TimeOf(epoch) + 600);
    }

    /// <summary>One model's payments of an epoch, what they gave, and its record.</summary>
    private static ModelRecord Pay(BooksSession session, int epoch, int number, int payments, int uses, int domains, Random random)
    {
        var (model, sum) = (Model(number), UInt256.Zero);
        for (var i = 0; i < payments; i++)
        {
            var block = LastBlock(epoch - 1) + 1 + (ulong)(i * 3);
            // Buyers come back: the lower the number, the more often.
            var payer = Payer((int)(Payers * Math.Pow(random.NextDouble(), 2)));
            var payment = new Payment(
                new LogPosition(block, (uint)number), TimeOf(epoch - 1) + (ulong)i * 300, NodeWorkload.Word(26, epoch * 1000 + i), model, Dollar, (UInt256)(ulong)(1 + random.Next(50_000_000)), payer,
                NodeWorkload.Word(27, (epoch * 1000 + i) * Models + number), PaymentRoute.Rail);
            session.Payments.Add(payment);
            sum += payment.Amount;
        }

        session.Ledger.Post($"payment of epoch {epoch}", new LedgerEntry(Dollar, LedgerAccount.Payers, LedgerAccount.Model(model), sum));
        var parts = Contributors + (number == 0 ? 1 : 0);
        var part = sum / (ulong)parts;
        session.Ledger.Post(
            $"epoch {epoch}",
            [
                .. Enumerable.Range(0, Contributors).Select(row => new LedgerEntry(Dollar, LedgerAccount.Model(model), LedgerAccount.Contributor(Contributor(row)), part)),
                .. number == 0 ? [new LedgerEntry(Dollar, LedgerAccount.Model(model), LedgerAccount.Upstream(Model(1)), part)] : Array.Empty<LedgerEntry>(),
            ]);
        var each = (ulong)Math.Max(1, uses / domains);
        var told = Enumerable.Range(0, domains).Select(i => new DomainRecord(DomainWord.Of(Domain(i)), each * 9 / 10 - (ulong)random.Next((int)(each / 20) + 1), each, each / 2, each / 2 + each / 20))
            .OrderBy(domain => domain.Domain);
        return new ModelRecord(model, (ulong)uses, (ulong)uses / 2, (ulong)uses / 7, [new TokenRevenue(Dollar, sum)], [.. told]);
    }

    /// <summary>Who funded payers, and contributors, read up to the last epoch; one payer in fifty was funded by one of a few others.</summary>
    private static void Fund(BooksSession session)
    {
        var (flows, accounts) = (new List<TokenFlow>(), new List<FlowAccount>());
        var (exchange, day) = (CoreArea.Account(60_000_000), (uint)(Genesis / Day));
        for (var i = 0; i < Payers; i++)
        {
            var from = i % 50 == 7 ? CoreArea.Account(60_000_001 + i % 10) : exchange;
            for (uint month = 0; month < 3; month++) flows.Add(new TokenFlow(day + month * 30, Dollar, from, Payer(i), 1_000_000_000));
            accounts.Add(Read(Payer(i), 0));
        }

        Address[] others =
        [
            .. Enumerable.Range(0, Contributors).Select(Contributor), exchange, .. Enumerable.Range(0, 10).Select(i => CoreArea.Account(60_000_001 + i)),
            .. Enumerable.Range(0, Models).Select(i => CoreArea.Account(9_000_000 + i)),
        ];
        foreach (var account in others) accounts.Add(Read(account, 1));
        session.Flows.Want(accounts.Select(account => account.Account), 0, 1);
        session.Flows.Take(flows, accounts);

        static FlowAccount Read(Address account, int steps) => new(account, LastBlock(Epochs) + 1, TimeOf(Epochs + 1), steps, 3, FlowState.Reading);
    }

    /// <summary>Usage of the last weeks that the first model's gateways sent, most of it after the last epoch.</summary>
    private static async Task SeeAsync(SqliteUsage usage, int first)
    {
        var bodies = new List<byte>();
        var appended = new AppendedEvent[EventsAtOnce];
        for (var i = 0; i < appended.Length; i++)
        {
            var number = first + i;
            var used = new MeteredEvent
            {
                Source = "urn:gw:eu-1", Id = number.ToString("x8", System.Globalization.CultureInfo.InvariantCulture), Type = "ai.opensettle.usage.v1", Model = Model(0), Domain = Domain(number % Domains),
                Outcome = number % 10 == 0 ? Outcomes.Error : Outcomes.Ok, Units = 10, Time = TimeOf(Epochs + 1) - (ulong)(number % 84) * Day, Consumer = NodeWorkload.Word(28, number % 3_000),
            };
            var body = EventBody.Encode(used);
            appended[i] = new AppendedEvent(used.Identity(), bodies.Count, body.Length, Hold.None);
            bodies.AddRange(body);
        }

        if ((await usage.AppendAsync(new UsageAppend(1, bodies.ToArray(), appended))).Status != AppendStatus.Stored) throw new InvalidOperationException("The journal refuses the events.");
    }
}
