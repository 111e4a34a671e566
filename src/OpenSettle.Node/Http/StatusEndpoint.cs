using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>The whole node at a glance.</summary>
internal static class StatusEndpoint
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/status", Status).For(Access.Public).Costs(5)
            .WithName("getStatus").WithSummary("Chain and endpoints, books by token, epochs, what is under way, drift, alerts").Produces<StatusAnswer>();
        routes.MapGet("/api/v1/version", Version).For(Access.Public)
            .WithName("getVersion").WithSummary("Which program answers").Produces<VersionAnswer>();
    }

    private static IResult Version(NodeOptions options) => Answers.Json(ProgramVersion.Describe(options.Deployment.Watched.Id.ChainId));

    private static IResult Status(IBooks books, IUsageJournal usage, NodeState state, NodeOptions options, IChainProvider provider, Leadership leadership)
    {
        var id = options.Deployment.Watched.Id;
        return books.Read(session => Answers.Json(new StatusAnswer(
            id.ChainId,
            provider.Name,
            provider.Curve,
            new ContractsAnswer(id.Registry, id.Rail, id.Vault, options.Deployment.Watched.Resolver),
            state.Watch is { } watch ? Describe(watch, state.Pending.After(session.Chain.Cursor()).Count()) : null,
            [.. state.Endpoints().Select(Describe)],
            session.Chain.Cursor()?.Block,
            state.Registry.Count,
            session.Payments.Count(),
            usage.Totals.Events,
            Describe(usage),
            session.Epochs.LatestActive()?.Number ?? 0,
            session.Epochs.Latest() is { } latest ? ReadEndpoints.Describe(latest, session) : null,
            [.. session.Ledger.TrialBalances().Select(balance => Describe(balance, options))],
            [.. session.Outbox.Open().Select(item => Describe(item, state))],
            OperatorText.Attestations(options, session),
            OperatorText.Sweeps(state),
            OperatorText.Drift(state),
            OperatorText.Alerts(state),
            PushEndpoints.Describe(state, session),
            LeadingText.Describe(leadership, options),
            WitnessOf(session, options),
            state.Held,
            state.Trouble,
            state.Halted)));
    }

    private static WitnessAnswer? WitnessOf(BooksSession session, NodeOptions options)
    {
        if (!options.Cluster.IsWitness) return null;
        var (agree, differ) = session.Verdicts.Count();
        return new WitnessAnswer(NodeRoleWords.Of(options.Cluster.Roles), agree, differ, session.Verdicts.List(1) is [var newest] ? VerdictEndpoints.Describe(newest) : null, session.HeldBatches.Count());
    }

    private static TransactionAnswer Describe(OutboxRecord item, NodeState state) => new(
        item.Purpose, item.State, item.Hash.IsZero ? null : item.Hash, item.Nonce, item.Versions.Count, state.Waiting.GetValueOrDefault(item.Purpose));

    private static ChainAnswer Describe(WatchReport watch, int pendingPayments) => new(
        watch.Head, watch.AgreedFinal, watch.Tip?.Number, watch.Behind, pendingPayments,
        watch.AtFinal ? null : new BackfillAnswer(
            watch.Progress.Next, watch.Progress.Last, Math.Round(watch.Progress.BlocksPerSecond, 1), Math.Round(watch.Progress.LogsPerSecond, 1),
            watch.Progress.TimeLeft is { } left ? (long?)left.TotalSeconds : null));

    internal static EndpointAnswer Describe(EndpointState endpoint) => new(
        endpoint.Name, endpoint.Condition, endpoint.Why, endpoint.AskedAgain, endpoint.Head, endpoint.Latency is { } latency ? (long?)latency.TotalMilliseconds : null, endpoint.Failures);

    private static SealAnswer Describe(IUsageJournal usage)
    {
        var (totals, seal) = (usage.Totals, usage.Sealed);
        return new SealAnswer(seal.Position, seal.Chain, totals.Held, totals.Conflicts);
    }

    internal static TokenAnswer Describe(TrialBalance balance, NodeOptions options)
    {
        var known = options.Deployment.Tokens.FirstOrDefault(token => token.Token == balance.Token);
        return new TokenAnswer(
            balance.Token, known?.Symbol ?? "?", known?.Decimals ?? 0,
            balance.Received, balance.Transit, balance.Undivided, balance.Suspense, balance.Owed, balance.Paid, balance.Agrees);
    }
}
