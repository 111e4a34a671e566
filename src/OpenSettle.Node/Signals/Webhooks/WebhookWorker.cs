using System.Globalization;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Storage;

namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>Tells each target by itself, beside settlement; and puts down what no block says: alerts, and that settlement stopped.</summary>
internal sealed class WebhookWorker(NodeOptions options, WebhookQueue queue, IBooks books, NodeState state, NodeMetrics metrics, TimeProvider time, Leadership leadership, ILogger<WebhookWorker> log)
    : LeaderWork(leadership)
{
    /// <summary>While the books cannot be read or written.</summary>
    private static readonly TimeSpan Trouble = TimeSpan.FromSeconds(10);

    private readonly DateTimeOffset _start = time.GetUtcNow();
    private IReadOnlyDictionary<string, Alert> _told = new Dictionary<string, Alert>(StringComparer.Ordinal);
    private bool _haltTold;

    /// <summary>Puts down what is new since the last look. An alert that came and went in between was none.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        var now = state.Alerts.All.ToDictionary(alert => alert.Name, StringComparer.Ordinal);
        var news = now.Values.Where(alert => !IsTold(alert)).Select(alert => Raised(alert))
            .Concat(_told.Values.Where(alert => !now.ContainsKey(alert.Name)).Select(Cleared)).ToList();
        var halted = _haltTold ? null : state.Halted;
        if (halted is not null) news.Add(queue.Text.Of(WebhookTypes.SettlementHalted, Moment(_start), time.GetUtcNow(), new { reason = halted }));
        if (news.Count > 0)
        {
            await books.WriteAsync(session => queue.Add(session, news), cancellation);
        }

        (_told, _haltTold) = (now, _haltTold || halted is not null);
    }

    protected override async Task LeadAsync(CancellationToken stop)
    {
        if (queue.Targets.Count == 0) return;
        await Task.Yield();
        using var sender = new WebhookSender(options.Signals.WebhookSecret ?? throw new InvalidOperationException("Webhooks have a key."), time);
        await RepeatAsync(ForgetOthersAsync, stop);
        await Task.WhenAll(queue.Targets
            .Select(target => new WebhookKeeper(target, sender, queue, books, state, metrics, time, log))
            .Select(keeper => RepeatAsync(keeper.TurnAsync, stop))
            .Append(RepeatAsync(LookOnceAsync, stop)));
    }

    private async Task<TimeSpan?> LookOnceAsync(CancellationToken cancellation)
    {
        await LookAsync(cancellation);
        return WebhookKeeper.Idle;
    }

    /// <summary>A target that is no longer named is told nothing more. Once is enough.</summary>
    private async Task<TimeSpan?> ForgetOthersAsync(CancellationToken cancellation)
    {
        await books.WriteAsync(
            session =>
            {
                foreach (var other in session.Webhooks.Backlog().Keys.Where(key => queue.Targets.All(target => target.Key != key))) session.Webhooks.RemoveAll(other);
            },
            cancellation);
        return null;
    }

    private async Task RepeatAsync(Func<CancellationToken, Task<TimeSpan?>> turn, CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (await turn(stop) is not { } wait) return;
                if (wait > TimeSpan.Zero) await Task.Delay(wait, time, stop);
            }
            catch (StorageException e)
            {
                // No money depends on it, and the pipeline tells what is wrong with the books.
                log.WebhooksWait(e.Message);
                await Task.Delay(Trouble, time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private bool IsTold(Alert alert) => _told.TryGetValue(alert.Name, out var known) && known.Since == alert.Since;

    private WebhookMessage Raised(Alert alert) => queue.Text.Of(
        WebhookTypes.AlertRaised, $"{alert.Name}/{Moment(alert.Since)}", alert.Since ?? time.GetUtcNow(), new { name = alert.Name, message = alert.Message, since = alert.Since });

    private WebhookMessage Cleared(Alert alert) => queue.Text.Of(
        WebhookTypes.AlertCleared, $"{alert.Name}/{Moment(alert.Since)}", time.GetUtcNow(), new { name = alert.Name, since = alert.Since });

    private static string Moment(DateTimeOffset? at) => (at?.UtcTicks ?? 0).ToString(CultureInfo.InvariantCulture);
}
