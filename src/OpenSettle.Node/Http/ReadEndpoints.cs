using System.Globalization;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>What anybody may read. Amounts are decimal texts in the token's smallest unit; numbers in JSON lose digits.</summary>
internal static class ReadEndpoints
{
    private const int MostRows = 500;

    public static void MapReads(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/status", Status);
        routes.MapGet("/api/v1/payments", Payments);
        routes.MapGet("/api/v1/epochs", (SqliteBooks books, int? limit) =>
            books.Read(session => session.Epochs.List(Limit(limit)).Select(epoch => Describe(epoch, session)).ToList()));
        routes.MapGet("/api/v1/epochs/{number}", Epoch);
    }

    private static IResult Status(SqliteBooks books, IUsageJournal usage, NodeState state, NodeOptions options, IChainProvider provider)
    {
        var id = options.Deployment.Watched.Id;
        return books.Read(session => Results.Ok(new
        {
            chainId = id.ChainId,
            client = provider.Name,
            curve = provider.Curve,
            contracts = new { registry = id.Registry.ToChecksumString(), rail = id.Rail.ToChecksumString(), vault = id.Vault.ToChecksumString(), resolver = options.Deployment.Watched.Resolver.ToChecksumString() },
            chain = state.Watch is { } watch ? Describe(watch, state.Pending.After(session.Chain.Cursor()).Count()) : null,
            endpoints = state.Endpoints().Select(Describe),
            booksBlock = session.Chain.Cursor()?.Block,
            models = state.Registry.Count,
            payments = session.Payments.Count(),
            usageEvents = usage.Totals.Events,
            usage = Describe(usage),
            activeEpoch = session.Epochs.LatestActive()?.Number ?? 0,
            latestEpoch = session.Epochs.Latest() is { } latest ? Describe(latest, session) : null,
            tokens = session.Ledger.TrialBalances().Select(balance => Describe(balance, options)),
            transactions = session.Outbox.Open().Select(item => new
            {
                purpose = item.Purpose,
                state = Name(item.State),
                hash = item.Hash.IsZero ? null : item.Hash.ToString(),
                nonce = item.Nonce,
                versions = item.Versions.Count,
                waits = state.Waiting.GetValueOrDefault(item.Purpose),
            }),
            attestations = OperatorText.Attestations(options, session),
            sweeps = OperatorText.Sweeps(state),
            drift = OperatorText.Drift(state),
            alerts = OperatorText.Alerts(state),
            pushes = PushEndpoints.Describe(state, session),
            held = state.Held,
            trouble = state.Trouble,
            halted = state.Halted,
        }));
    }

    private static IResult Epoch(string number, SqliteBooks books)
    {
        if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)) return Problems.BadRequest("That is not an epoch's number", "An epoch's number is a whole number from 1.");
        return parsed <= long.MaxValue && books.Read(session => session.Epochs.Get(parsed) is { } epoch ? Describe(epoch, session) : null) is { } described
            ? Results.Ok(described)
            : Problems.NotFound($"There is no epoch {parsed}", "GET /api/v1/epochs lists those that there are.");
    }

    /// <summary>Newest first: those that are not final yet, and may still go, before those in the books.</summary>
    private static List<object> Payments(SqliteBooks books, NodeState state, int? limit)
    {
        var most = Limit(limit);
        // On one snapshot: what is in the books there is not pending as well.
        return books.Read(session =>
        {
            var pending = state.Pending.After(session.Chain.Cursor()).Reverse().Take(most).Select(payment => Describe(payment, final: false)).ToList();
            return pending.Concat(session.Payments.Recent(most).Select(row => Describe(row.Payment, final: true, row.Settled, row.Epoch)).Take(most - pending.Count)).ToList();
        });
    }

    private static object Describe(Payment payment, bool final, UInt256? settled = null, ulong? epoch = null) => new
    {
        block = payment.At.Block,
        logIndex = payment.At.LogIndex,
        transaction = payment.Transaction.ToString(),
        model = payment.Model.ToString(),
        token = payment.Token.ToChecksumString(),
        amount = payment.Amount.ToString(),
        payer = payment.Payer.ToChecksumString(),
        usageRef = payment.UsageRef.IsZero ? null : payment.UsageRef.ToString(),
        route = Name(payment.Route),
        final,
        settled = settled?.ToString(),
        epoch,
    };

    private static object Describe(WatchReport watch, int pendingPayments) => new
    {
        head = watch.Head,
        final = watch.AgreedFinal,
        read = watch.Tip?.Number,
        behind = watch.Behind,
        pendingPayments,
        backfill = watch.AtFinal ? null : new
        {
            next = watch.Progress.Next,
            last = watch.Progress.Last,
            blocksPerSecond = Math.Round(watch.Progress.BlocksPerSecond, 1),
            logsPerSecond = Math.Round(watch.Progress.LogsPerSecond, 1),
            secondsLeft = watch.Progress.TimeLeft is { } left ? (long?)left.TotalSeconds : null,
        },
    };

    private static object Describe(EndpointState endpoint) => new
    {
        name = endpoint.Name,
        state = Name(endpoint.Condition),
        why = endpoint.Why,
        askedAgain = endpoint.AskedAgain,
        head = endpoint.Head,
        latencyMilliseconds = endpoint.Latency is { } latency ? (long?)latency.TotalMilliseconds : null,
        failures = endpoint.Failures,
    };

    private static object Describe(IUsageJournal usage)
    {
        var (totals, seal) = (usage.Totals, usage.Sealed);
        return new { position = seal.Position, chain = seal.Chain.ToString(), waiting = totals.Held, conflicts = totals.Conflicts };
    }

    private static object Describe(SettledEpoch epoch, BooksSession session) => new
    {
        number = epoch.Number,
        attempt = epoch.Attempt,
        state = Name(epoch.State),
        firstBlock = epoch.FirstBlock,
        lastBlock = epoch.LastBlock,
        root = epoch.Root.ToString(),
        revoked = session.Epochs.IsRevoked(epoch.Root) ? true : (bool?)null,
        recordRoot = epoch.RecordRoot.ToString(),
        bundleHash = epoch.BundleHash.ToString(),
        bundleUri = epoch.BundleUri,
        payments = epoch.Payments,
        usageEvents = epoch.UsageEvents,
        readyAt = epoch.ReadyAt,
        // In wei; what is not final yet is not in it.
        cost = session.Outbox.CostOf(epoch.Number).ToString(),
    };

    private static object Describe(TrialBalance balance, NodeOptions options)
    {
        var known = options.Deployment.Tokens.FirstOrDefault(token => token.Token == balance.Token);
        return new
        {
            token = balance.Token.ToChecksumString(),
            symbol = known?.Symbol ?? "?",
            decimals = known?.Decimals ?? 0,
            received = balance.Received.ToString(),
            unswept = balance.Transit.ToString(),
            undivided = balance.Undivided.ToString(),
            suspense = balance.Suspense.ToString(),
            owed = balance.Owed.ToString(),
            paid = balance.Paid.ToString(),
            balanced = balance.Agrees,
        };
    }

    private static int Limit(int? wanted) => Math.Clamp(wanted ?? 50, 1, MostRows);

    private static string Name(Enum value) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
