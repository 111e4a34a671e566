using System.Reflection;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Signals.Metrics;

/// <summary>What can be looked at, from memory alone: the node's state, and the newest sample of the books.</summary>
internal sealed class NodeGauges
{
    private readonly NodeState _state;
    private readonly SampleKeeper _keeper;
    private readonly NodeOptions _options;
    private readonly TimeProvider _time;

    public NodeGauges(NodeMetrics metrics, NodeState state, SampleKeeper keeper, NodeOptions options, IUsageJournal usage, IChainProvider provider, Leadership leadership, TimeProvider time)
    {
        (_state, _keeper, _options, _time) = (state, keeper, options, time);
        WatchChain(metrics);
        WatchMoney(metrics);
        WatchEpochs(metrics);
        WatchTransactions(metrics);
        metrics.Watch(MetricCatalogue.Leads, () => leadership.Leads ? 1 : 0);
        metrics.Watch(MetricCatalogue.UsageEvents, () => usage.Totals.Events);
        metrics.Watch(MetricCatalogue.Conflicts, () => usage.Totals.Conflicts);
        metrics.Watch(MetricCatalogue.Quarantine, () => Sampled(sample => Enum.GetValues<Hold>().Where(hold => hold != Hold.None).Select(hold => ((double)sample.Quarantine.GetValueOrDefault(hold), new[] { Words.Of(hold) }))));
        metrics.Watch(MetricCatalogue.MirrorMissing, () => state.MirrorsMissing.Select(mirror => ((double)mirror.Value, new[] { mirror.Key })));
        metrics.Watch(MetricCatalogue.WebhookBacklog, WebhookBacklog);
        metrics.Watch(MetricCatalogue.Alerts, () => state.Alerts.All.CountBy(alert => alert.Name.Split(' ')[0], StringComparer.Ordinal).Select(kind => ((double)kind.Value, new[] { kind.Key })));
        metrics.Watch(MetricCatalogue.FileSize, () => Sampled(sample => [(sample.BooksBytes, ["books"]), (sample.UsageBytes, ["usage"])]));
        metrics.Watch(MetricCatalogue.DiskFree, () => keeper.Newest?.FreeBytes);
        metrics.Watch(MetricCatalogue.SampleAge, () => Since(keeper.Newest?.At));
        var version = typeof(NodeGauges).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "?";
        metrics.Watch(MetricCatalogue.Build, () => [(1, [version, provider.Name, provider.Curve])]);
    }

    private void WatchChain(NodeMetrics metrics)
    {
        metrics.Watch(MetricCatalogue.Head, () => _state.Watch?.Head);
        metrics.Watch(MetricCatalogue.Final, () => _state.Watch?.AgreedFinal);
        metrics.Watch(MetricCatalogue.Read, () => _state.Watch?.Tip?.Number);
        metrics.Watch(MetricCatalogue.BooksBlock, () => _state.Posted?.Block);
        metrics.Watch(MetricCatalogue.BooksBehind, () => _state.Watch is not { } watch ? null : _state.Posted is not { } posted ? watch.AgreedFinal : watch.AgreedFinal > posted.Block ? watch.AgreedFinal - posted.Block : 0);
        metrics.Watch(MetricCatalogue.BooksAge, () => SinceBlock(_state.Posted?.Timestamp));
        metrics.Watch(MetricCatalogue.PipelineIdle, () => Since(_state.MovedAt));
        metrics.Watch(MetricCatalogue.RpcHead, () => _state.Endpoints().Where(endpoint => endpoint.Head is not null).Select(endpoint => ((double)(endpoint.Head ?? 0), new[] { endpoint.Name })));
        metrics.Watch(MetricCatalogue.RpcState, () => _state.Endpoints().SelectMany(endpoint => Enum.GetValues<EndpointCondition>().Where(condition => condition != EndpointCondition.Unknown)
            .Select(condition => (endpoint.Condition == condition ? 1d : 0, new[] { endpoint.Name, Words.Of(condition) }))));
    }

    private void WatchMoney(NodeMetrics metrics)
    {
        metrics.Watch(MetricCatalogue.Received, () => ByToken(balance => balance.Received));
        metrics.Watch(MetricCatalogue.Paid, () => ByToken(balance => balance.Paid));
        metrics.Watch(MetricCatalogue.Unsettled, () => Sampled(sample => sample.Balances.SelectMany(Stages)));
        metrics.Watch(MetricCatalogue.OldestUnsettled, () => _keeper.Newest is not { } sample ? null : SinceBlock(sample.OldestUnsettled) ?? 0);
        metrics.Watch(MetricCatalogue.Drift, () => _state.Drift.Tokens.Select(token => (
            Of(token.Token, Apart(token.Credited)) + Of(token.Token, Apart(token.Promised)) + Of(token.Token, Apart(token.Paid)), Named(token.Token))));
        metrics.Watch(MetricCatalogue.DriftAge, () => Since(_state.Drift.ComputedAt));
    }

    private void WatchEpochs(NodeMetrics metrics)
    {
        metrics.Watch(MetricCatalogue.Epoch, () => _keeper.Newest is { } sample ? sample.Latest?.Number ?? 0 : null);
        metrics.Watch(MetricCatalogue.ActiveEpoch, () => _keeper.Newest is { } sample ? sample.Active?.Number ?? 0 : null);
        metrics.Watch(MetricCatalogue.EpochState, () => Sampled(sample => sample.Latest is not { } latest ? []
            : Enum.GetValues<EpochState>().Where(state => state != EpochState.Unknown).Select(state => (latest.State == state ? 1d : 0, new[] { Words.Of(state) }))));
        metrics.Watch(MetricCatalogue.EpochStateAge, () => Since(_keeper.EpochSince));
        metrics.Watch(MetricCatalogue.EpochPayments, () => _keeper.Newest?.Active?.Payments);
        metrics.Watch(MetricCatalogue.EpochEvents, () => _keeper.Newest?.Active?.UsageEvents);
        metrics.WatchCount(MetricCatalogue.Proposals, () => _keeper.Newest?.Proposals);
        metrics.WatchCount(MetricCatalogue.Vetoes, () => _keeper.Newest?.Vetoes);
        metrics.Watch(MetricCatalogue.Signatures, () => _keeper.Newest?.Signatures.Signed);
        metrics.Watch(MetricCatalogue.Refusals, () => _keeper.Newest?.Signatures.Refused);
        metrics.Watch(MetricCatalogue.Verdicts, () => Sampled(sample => [(sample.Verdicts.Agree, ["agrees"]), (sample.Verdicts.Differ, ["differs"])]));
        metrics.Watch(MetricCatalogue.WitnessWaits, () => _state.WitnessWaits ? 1 : 0);
        metrics.Watch(MetricCatalogue.WitnessBatches, () => _keeper.Newest?.HeldBatches);
        metrics.Watch(MetricCatalogue.Halted, () => _state.Halted is null ? 0 : 1);
        metrics.Watch(MetricCatalogue.Held, () => _state.Held is null ? 0 : 1);
        metrics.Watch(MetricCatalogue.Trouble, () => _state.Trouble is null ? 0 : 1);
        metrics.Watch(MetricCatalogue.Paused, () => _keeper.Newest is { } sample ? (sample.Paused ? 1 : 0) : null);
    }

    private void WatchTransactions(NodeMetrics metrics)
    {
        metrics.Watch(MetricCatalogue.OpenTransactions, () => Sampled(sample => new[] { OutboxState.Planned, OutboxState.Signed }.Select(state => ((double)sample.Open.GetValueOrDefault(state), new[] { Words.Of(state) }))));
        metrics.Watch(MetricCatalogue.WaitingTransactions, () => _state.Waiting.Count);
        metrics.Watch(MetricCatalogue.BaseFee, () => _keeper.Signer is { } seen ? Figures.Whole(seen.BaseFee, 0) : null);
        metrics.Watch(MetricCatalogue.Balance, () => _keeper.Signer is { } seen ? Figures.Whole(seen.Balance, Figures.CoinDecimals) : null);
        metrics.Watch(MetricCatalogue.NonceGap, () => _keeper is { Signer: { } seen, Newest: { } sample } ? (sample.NextNonce is { } next && next > seen.NextNonce ? next - seen.NextNonce : 0) : null);
    }

    /// <summary>A target that waits for nothing has a zero, and not nothing.</summary>
    private IEnumerable<(double, string[])> WebhookBacklog() => Sampled(sample => _options.Signals.Webhooks.Count == 0 ? []
        : Webhooks.WebhookTarget.Of(_options.Signals).Select(target => ((double)sample.Webhooks.GetValueOrDefault(target.Key), new[] { target.Name })));

    private IEnumerable<(double, string[])> ByToken(Func<TrialBalance, UInt256> figure) => Sampled(sample => sample.Balances.Select(balance => (Of(balance.Token, figure(balance)), Named(balance.Token))));

    private IEnumerable<(double, string[])> Stages(TrialBalance balance) =>
        new[] { ("transit", balance.Transit), ("undivided", balance.Undivided), ("suspense", balance.Suspense), ("owed", balance.Owed) }
            .Select(stage => (Of(balance.Token, stage.Item2), new[] { Named(balance.Token)[0], Named(balance.Token)[1], stage.Item1 }));

    private IEnumerable<(double, string[])> Sampled(Func<NodeSample, IEnumerable<(double, string[])>> rows) => _keeper.Newest is { } sample ? rows(sample) : [];

    private double Of(Address token, UInt256 amount) => Figures.Whole(amount, TokenOf(token)?.Decimals ?? 0);

    /// <summary>Only the deployment gives names: a token that it does not have is its address.</summary>
    private string[] Named(Address token) => [token.ToChecksumString(), TokenOf(token)?.Symbol ?? string.Empty];

    private TokenInfo? TokenOf(Address token) => _options.Deployment.Tokens.FirstOrDefault(known => known.Token == token);

    private static UInt256 Apart(Compared figure) => figure.Chain >= figure.Ledger ? figure.Chain - figure.Ledger : figure.Ledger - figure.Chain;

    private double? Since(DateTimeOffset? moment) => moment is { } known ? Math.Max(0, (_time.GetUtcNow() - known).TotalSeconds) : null;

    // Block time is what the chain says: years ahead or behind, it is only a number here.
    private double? SinceBlock(ulong? seconds) => seconds is { } known ? Math.Max(0, _time.GetUtcNow().ToUnixTimeSeconds() - (double)known) : null;
}
