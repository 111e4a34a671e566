using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage;

namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>Tells one target what waits for it: at least once, in no sure order, for three days.</summary>
internal sealed class WebhookKeeper(WebhookTarget target, WebhookSender sender, WebhookQueue queue, IBooks books, NodeState state, NodeMetrics metrics, TimeProvider time, ILogger log)
{
    /// <summary>Between two looks for something new.</summary>
    internal static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    /// <summary>What nobody took in so long is given up.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromDays(3);

    /// <summary>Pauses after each failure of one message; the last one again and again.</summary>
    internal static readonly IReadOnlyList<TimeSpan> Pauses =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(4), TimeSpan.FromHours(6),
    ];

    /// <summary>A target that fails gets time, however much waits for it.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(5);

    /// <summary>Told between two commits: after a crash no more than these are told twice.</summary>
    private const int AtOnce = 20;

    private int _failures;
    private long _givenUp;

    private string Alert => $"webhook {target.Name}";

    /// <summary>What is due. How long to wait before the next turn; null: never again.</summary>
    public async Task<TimeSpan?> TurnAsync(CancellationToken cancellation)
    {
        var due = books.Read(session => session.Webhooks.Due(target.Key, time.GetUtcNow(), AtOnce));
        if (due.Count == 0) return Idle;
        var told = new List<WebhookDelivery>();
        foreach (var delivery in due)
        {
            var answer = await sender.SendAsync(target, delivery.Id, delivery.Body, cancellation);
            if (answer.Outcome == WebhookOutcome.Gone)
            {
                await StopAsync(cancellation);
                return null;
            }

            if (answer.Outcome == WebhookOutcome.Delivered)
            {
                metrics.Delivered(target.Name, "delivered");
                told.Add(delivery);
                continue;
            }

            await RemoveAsync(told, cancellation);
            await FailAsync(delivery, answer, cancellation);
            return Rest(answer.Wait);
        }

        await RemoveAsync(told, cancellation);
        return TimeSpan.Zero;
    }

    private async Task RemoveAsync(List<WebhookDelivery> told, CancellationToken cancellation)
    {
        if (told.Count == 0) return;
        await books.WriteAsync(
            session =>
            {
                foreach (var delivery in told) session.Webhooks.Remove(delivery);
            },
            cancellation);
        if (_failures > 0) log.WebhookWellAgain(target.Name);
        _failures = 0;
        state.ClearAlert(Alert);
    }

    private async Task FailAsync(WebhookDelivery delivery, WebhookAnswer answer, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (_failures++ == 0) log.WebhookFails(target.Name, answer.Why ?? string.Empty);
        if (now - delivery.Created >= Longest)
        {
            await books.WriteAsync(session => session.Webhooks.Remove(delivery), cancellation);
            metrics.Delivered(target.Name, "givenUp");
            log.WebhookGivenUp(target.Name, delivery.Id, delivery.Attempts + 1);
            _givenUp++;
            state.SetAlert(Alert, $"{_givenUp} messages were given up after {Longest.TotalDays} days, the last because {answer.Why}. See to the target, or take it out of webhooks.");
            return;
        }

        metrics.Delivered(target.Name, "failed");
        await books.WriteAsync(session => session.Webhooks.Postpone(delivery, now + Pauses[Math.Min(delivery.Attempts, Pauses.Count - 1)]), cancellation);
        // Once is an accident. The alert itself goes to all targets, so it must not be raised for each message.
        if (_failures >= Pauses.Count) state.SetAlert(Alert, $"It has not taken anything for {_failures} attempts: {answer.Why}. What waits is kept for {Longest.TotalDays} days.");
    }

    /// <summary>Of a target that was there a moment ago only one message waits; of one that is gone, all do.</summary>
    private TimeSpan Rest(TimeSpan? asked)
    {
        const int MostDoublings = 10;
        var rest = Idle * (1 << Math.Min(_failures - 1, MostDoublings));
        if (rest > LongestRest) rest = LongestRest;
        return asked > rest ? asked.Value : rest;
    }

    private async Task StopAsync(CancellationToken cancellation)
    {
        queue.SetGone(target);
        await books.WriteAsync(session => session.Webhooks.RemoveAll(target.Key), cancellation);
        metrics.Delivered(target.Name, "gone");
        log.WebhookGone(target.Name);
        state.SetAlert(Alert, "It answers 410, and is told nothing more before the next start. Take it out of webhooks.");
    }
}
