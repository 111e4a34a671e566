using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Mirrors;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Queue;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>For whoever runs the node: all that it knows of itself, and the two things that a person may have to say to it.</summary>
internal sealed class OperatorEndpoints(
    NodeOptions options, IBooks books, NodeState state, IUsageJournal usage, UsageReadEndpoints usageReads, SignerBalances signers, MirrorSet mirrors, IngestRate rate, StreamHub hub, Leadership leadership, QueueView? queue = null)
{
    private const int Epochs = 12;
    private const int Transactions = 500;
    private const int MostBody = 4096;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/ops", (OperatorEndpoints ops, CancellationToken cancellation) => ops.ShowAsync(cancellation)).For(Access.Operator)
            .WithName("getOperations").WithSummary("Signers, endpoints, pipeline with transactions, what waits, reorganisations, rates, alerts, mirrors").Produces<OperationsAnswer>();
        routes.MapPost("/api/v1/ops/quarantine/retry", (OperatorEndpoints ops) => ops.Retry()).For(Access.Operator)
            .WithName("retryQuarantine").WithSummary("Looks at once whether what waits can go on, and not within the next minute").Produces<RetryAnswer>(202);
        routes.MapPost("/api/v1/ops/resume", (OperatorEndpoints ops, ResumeForm said, CancellationToken cancellation) => ops.ResumeAsync(said, cancellation)).For(Access.Operator).Takes<ResumeForm>(MostBody)
            .WithName("resume").WithSummary("Lets settlement go on after a veto, as 'opensettle resume' does").Produces<ResumedAnswer>(202);
    }

    private async Task<IResult> ShowAsync(CancellationToken cancellation)
    {
        var known = await signers.AllAsync(cancellation);
        var alerts = state.Alerts.All.ToDictionary(alert => alert.Name, alert => alert.Message, StringComparer.Ordinal);
        return books.Read(session =>
        {
            var recent = session.Outbox.Recent(Transactions).Where(item => item.Epoch is not null).ToLookup(item => item.Epoch);
            return Answers.Json(new OperationsAnswer(
                known,
                [.. state.Endpoints().Select(StatusEndpoint.Describe)],
                [.. session.Epochs.List(Epochs).Select(epoch => Describe(epoch, recent[epoch.Number], session))],
                [.. session.Outbox.Open().Select(Describe)],
                [.. session.Ledger.TrialBalances().Select(balance => StatusEndpoint.Describe(balance, options))],
                OperatorText.Sweeps(state),
                usageReads.Quarantine(),
                [.. state.Reorgs.Recent.Reverse().Select(reorg => new ReorgAnswer(reorg.At, reorg.Blocks, reorg.Tip))],
                new IngestAnswer(usage.Totals.Events, rate.Since(IngestRate.Minute), rate.Since(IngestRate.Quarter), usage.Totals.Held, usage.Totals.Conflicts),
                queue?.All.Select(stream => new QueueStreamAnswer(stream.Stream, stream.Holder, stream.IsOurs, stream.Next, stream.Lag is { } lag ? Math.Round(lag.TotalSeconds, 1) : null)).ToList(),
                OperatorText.Alerts(state),
                [.. mirrors.All.Select(mirror => new MirrorAnswer(mirror.Name, alerts.GetValueOrDefault($"mirror {mirror.Name}")))],
                hub.Clients,
                LeadingText.Describe(leadership, options),
                state.Held,
                state.Trouble,
                state.Halted));
        });
    }

    private IResult Retry()
    {
        if (!leadership.Leads) return LeadingText.Elsewhere(leadership);
        state.AskForRelease();
        return Results.Json(new RetryAnswer(usage.Totals.Held), statusCode: StatusCodes.Status202Accepted);
    }

    private async Task<IResult> ResumeAsync(ResumeForm said, CancellationToken cancellation)
    {
        var (epoch, vetoed) = books.Read(session => (session.Epochs.Latest(), session.Epochs.Vetoed(Math.Min(said.Epoch, long.MaxValue))));
        if (epoch is not { State: EpochState.Vetoed } || epoch.Number != said.Epoch || vetoed is not [.., var last] || last.Attempt != said.Attempt)
        {
            return Problems.Of(
                409, $"Attempt {said.Attempt} at epoch {said.Epoch} is not what settlement waits for",
                epoch is { State: EpochState.Vetoed } ? $"The guardian vetoed attempt {epoch.Attempt} at epoch {epoch.Number}: name that one." : "Nothing was vetoed: GET /api/v1/status says what settlement waits for.");
        }

        var word = new Resume(said.Epoch, said.Attempt, said.SameRoot);
        if (options.Cluster.IsShared) await books.WriteAsync(word.Leave, cancellation);
        else word.Leave(options.DataDir);
        return Results.Json(new ResumedAnswer(said.Epoch, said.Attempt, said.SameRoot), statusCode: StatusCodes.Status202Accepted);
    }

    private PipelineEpochAnswer Describe(SettledEpoch epoch, IEnumerable<OutboxRecord> transactions, BooksSession session) => new(
        ReadEndpoints.Describe(epoch, session),
        epoch.LastBlockTime > 0 ? epoch.LastBlockTime : null,
        session.Epochs.Activation(epoch.Number) is { Time: > 0 and var activated } ? activated : null,
        [.. session.Epochs.Vetoed(epoch.Number).Select(veto => new VetoAnswer(veto.Attempt, veto.Root, veto.BundleHash, veto.Time))],
        [
            .. transactions.OrderBy(item => item.Id).Select(item => new EpochTransactionAnswer(
                item.Purpose, item.State, item.Hash.IsZero ? null : item.Hash, item.Versions.Min(version => version.FirstSent), item.Mined?.Outcome?.Cost, state.Waiting.GetValueOrDefault(item.Purpose))),
        ]);

    private OpenTransactionAnswer Describe(OutboxRecord item) => new(
        item.Purpose, item.State, item.To, item.Epoch, item.Nonce, state.Waiting.GetValueOrDefault(item.Purpose),
        [.. item.Versions.Select(version => new VersionOfTransactionAnswer(version.Number, version.Hash, version.Nonce, version.Fills, version.SignedAt, version.FirstSent, version.LastSent))]);
}
