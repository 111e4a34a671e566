using System.Globalization;
using System.Runtime.InteropServices;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Metering;
using OpenSettle.Node;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>Fills a node's data folder as the node does, through its stores: what it takes in is not what is measured here.</summary>
internal static class NodeFill
{
    private const int PaymentsAtOnce = 50_000;
    private const int JournalLogs = 100_000;
    private const int LogsPerBlock = 10;
    private const int EventsAtOnce = 4_000;

    // Beyond the places of a block's payments.
    private const uint FirstSweep = 1_000;

    private static readonly CancellationToken Stop = CancellationToken.None;

    /// <summary>All of an epoch but its last block.</summary>
    public static async Task EpochAsync(string folder, NodeWorkload work)
    {
        var paths = NodeOptionsPaths.In(folder);
        using var books = SqliteBooks.Open(paths.Database, NodeWorkload.Deployment.Id);
        await books.WriteAsync(
            session =>
            {
                foreach (var fact in work.Registry()) session.Chain.AddRegistryFact(fact);
                foreach (var token in work.Tokens) session.Chain.AddListedToken(new Epochs.ListedToken(token, 1), 1);
            },
            Stop);
        for (var first = 0; first < work.Payments - 1; first += PaymentsAtOnce)
        {
            var (from, to) = (first, Math.Min(first + PaymentsAtOnce, work.Payments - 1));
            await books.WriteAsync(session => AddPayments(session, work, from, to), Stop);
        }

        var block = NodeBlock.Last(work);
        await books.WriteAsync(session => session.Chain.MoveCursor(new ChainCursor(block.Number, block.Hash, NodeWorkload.TimeOf(block.Number))), Stop);
        await UsageAsync(paths.Usage, work);
    }

    /// <summary>What the vault has by the end of the epoch.</summary>
    public static Dictionary<Address, UInt256> Credited(NodeWorkload work)
    {
        var credited = new Dictionary<Address, UInt256>();
        for (var i = 0; i < work.Payments; i++)
        {
            var payment = work.Payment(i);
            credited[payment.Token] = credited.GetValueOrDefault(payment.Token) + payment.Amount;
        }

        return credited;
    }

    /// <summary>What the vault says where it agrees with the books.</summary>
    public static VaultState Vault(string folder)
    {
        using var books = SqliteBooks.Open(NodeOptionsPaths.In(folder).Database, NodeWorkload.Deployment.Id);
        return books.Read(session => session.Epochs.LatestActive() is { } active
            ? new VaultState(active.Number, active.Root, session.Ledger.TrialBalances().ToDictionary(balance => balance.Token, balance => balance.Settled + balance.Paid))
            : VaultState.Empty);
    }

    /// <summary>Takes the epoch that was proposed as active and attested, as its logs would. Gives the seconds that posting the activation took.</summary>
    public static async Task<double> ActivateAsync(string folder)
    {
        var paths = NodeOptionsPaths.In(folder);
        using var books = SqliteBooks.Open(paths.Database, NodeWorkload.Deployment.Id);
        var replays = new EpochReplays(new BundleFolder(paths));
        var epoch = books.Read(session => session.Epochs.Get(1)) ?? throw new InvalidOperationException("No epoch was built.");
        var at = new LogPosition(epoch.LastBlock, 1);
        await books.WriteAsync(
            session => new EpochPostings(session, replays, null).Take(new EpochWasProposed(at, Ethereum.Contracts.Proposal.Decode(session.Epochs.Proposal(1).Span), 1)), Stop);
        var milliseconds = Harness.Once(() => books.WriteAsync(session => new EpochPostings(session, replays, null).Take(new EpochWasActivated(at, 1, 1, epoch.Root)), Stop).GetAwaiter().GetResult());
        await books.WriteAsync(
            session =>
            {
                new EpochPostings(session, replays, null).Take(new EpochWasAttested(at, 1, NodeWorkload.Word(9, 9)));
                foreach (var sent in session.Outbox.Open()) session.Outbox.SetMined(sent.Id, sent.Versions[^1], new OutboxOutcome(100_000, 1, 0), OutboxState.Done);
                AddLogs(session);
            },
            Stop);
        return milliseconds / 1000;
    }

    /// <summary>So many events that nobody signed, after those that are there.</summary>
    public static async Task EventsAsync(string folder, NodeWorkload work, int count)
    {
        using var usage = SqliteUsage.Open(NodeOptionsPaths.In(folder).Usage, NodeWorkload.Deployment.Id, TimeProvider.System);
        var body = new EventBodyWriter();
        for (var first = 0; first < count; first += EventsAtOnce)
        {
            body.Clear();
            var events = new AppendedEvent[Math.Min(EventsAtOnce, count - first)];
            for (var i = 0; i < events.Length; i++)
            {
                var number = first + i;
                var (start, id) = (body.Length, System.Text.Encoding.ASCII.GetBytes(number.ToString("x12", CultureInfo.InvariantCulture)));
                body.Begin(work.Model(number % 97), 1, NodeWorkload.TimeOf(1), NodeWorkload.Word(6, number % 10_000), default, default, hasCost: false, hasAttribution: false);
                body.Text("urn:gw:eu-2"u8);
                body.Text(id);
                body.Text("ai.opensettle.usage.v1"u8);
                body.Text("contracts"u8);
                body.Text("ok"u8);
                events[i] = new AppendedEvent(EventIdentity.Of("urn:gw:eu-2"u8, id), start, body.Length - start, Hold.None);
            }

            await RequireStoredAsync(usage, new UsageAppend(1, body.Written.ToArray(), events));
        }
    }

    private static void AddPayments(BooksSession session, NodeWorkload work, int from, int to)
    {
        var waiting = new Dictionary<(ModelId Model, Address Token), UInt256>();
        for (var i = from; i < to; i++)
        {
            var payment = work.Payment(i);
            session.Payments.Add(payment);
            session.Ledger.Post($"payment {payment.At}", Postings.ForPayment(payment));
            if (payment.Route == PaymentRoute.PayAddress) waiting[(payment.Model, payment.Token)] = waiting.GetValueOrDefault((payment.Model, payment.Token)) + payment.Amount;
        }

        var at = new LogPosition(NodeWorkload.BlockOf(to - 1), FirstSweep);
        foreach (var ((model, token), amount) in waiting)
        {
            var sweep = new Sweep(at, NodeWorkload.TimeOf(at.Block), NodeWorkload.Word(8, (int)at.LogIndex), model, token, amount);
            var settled = SweepRule.Settle(sweep, session.Payments.Waiting(model, token));
            foreach (var part in settled) session.Payments.Settle(part, at.Block);
            session.Ledger.Post($"sweep {at}", Postings.ForSweep(sweep, settled));
            at = at with { LogIndex = at.LogIndex + 1 };
        }
    }

    private static async Task UsageAsync(string file, NodeWorkload work)
    {
        using (var gateways = GatewayStore.Open(file, NodeWorkload.Deployment.Id))
            gateways.Add("bench", GatewayKeyText.HashOf(GatewayKeyText.Create()), NodeWorkload.Gateway.Address, GatewayScopes.Send | GatewayScopes.SendUnsigned, 0, 0, DateTimeOffset.UtcNow);
        using var usage = SqliteUsage.Open(file, NodeWorkload.Deployment.Id, TimeProvider.System);
        var signer = new BatchSigner(NodeWorkload.Gateway, NodeWorkload.ChainId, NodeWorkload.Deployment.Id.Registry);
        foreach (var numbers in Enumerable.Range(0, work.Events).Chunk(NodeWorkload.EventsPerBatch))
        {
            var events = Array.ConvertAll(numbers, work.Event);
            var signed = await signer.SignAsync([.. events.Select(e => e.ToBatched())], Stop);
            var bodies = new List<byte>();
            var appended = new AppendedEvent[events.Length];
            for (var i = 0; i < events.Length; i++)
            {
                var body = EventBody.Encode(events[i]);
                appended[i] = new AppendedEvent(events[i].Identity(), bodies.Count, body.Length, Hold.None);
                bodies.AddRange(body);
            }

            await RequireStoredAsync(usage, new UsageAppend(1, CollectionsMarshal.AsSpan(bodies).ToArray(), appended, signed));
            signer.Taken(signed);
        }
    }

    private static async Task RequireStoredAsync(SqliteUsage usage, UsageAppend append)
    {
        var result = await usage.AppendAsync(append);
        if (result.Status != AppendStatus.Stored) throw new InvalidOperationException($"The journal says {result.Status}.");
    }

    /// <summary>A journal of blocks before the epoch's last one, as long as a busy chain's.</summary>
    private static void AddLogs(BooksSession session)
    {
        var topics = new byte[3 * Hash32.Size];
        var data = new byte[2 * Hash32.Size];
        var final = session.Journal.Final() ?? throw new InvalidOperationException("The node read no block.");
        var first = final.Number - JournalLogs / LogsPerBlock;
        session.Journal.AddBlocks(Enumerable.Range(0, JournalLogs / LogsPerBlock).Select(i => new JournalHeader(
            first + (ulong)i, NodeWorkload.Word(10, i), NodeWorkload.Word(12, i), NodeWorkload.TimeOf(first + (ulong)i))).Where(block => block.Number < final.Number - 1));
        session.Journal.AddLogs(Enumerable.Range(0, JournalLogs).Select(i => new JournalLog(
            first + (ulong)(i / LogsPerBlock), (uint)(i % LogsPerBlock), NodeWorkload.Deployment.Id.Rail, NodeWorkload.Word(11, i), topics, data)).Where(log => log.Block < final.Number - 1));
    }
}
