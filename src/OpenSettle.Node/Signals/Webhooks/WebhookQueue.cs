using System.Collections.Concurrent;
using OpenSettle.Node.Configuration;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>Puts messages down for every target that wants them, within somebody's unit of work.</summary>
internal sealed class WebhookQueue
{
    /// <summary>What waits for one target at most: one that is gone for days must not fill the books.</summary>
    internal const int MostWaiting = 100_000;

    private readonly IReadOnlySet<string> _types;
    private readonly ConcurrentDictionary<string, bool> _gone = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    public WebhookQueue(NodeOptions options, TimeProvider time)
    {
        (Targets, _types, _time) = (WebhookTarget.Of(options.Signals), options.Signals.WebhookEvents, time);
        Text = new WebhookText(options.Deployment.Watched.Id);
    }

    public IReadOnlyList<WebhookTarget> Targets { get; }

    public WebhookText Text { get; }

    /// <summary>Whether anybody is to be told of it.</summary>
    public bool Wants(string type) => Targets.Any(target => !IsGone(target)) && (_types.Count == 0 || _types.Contains(type));

    /// <summary>All of a unit of work at once: what waits is counted once, however much comes.</summary>
    public void Add(BooksSession session, IEnumerable<WebhookMessage> messages)
    {
        WebhookMessage[] wanted = [.. messages.Where(message => Wants(message.Type))];
        if (wanted.Length == 0) return;
        var now = _time.GetUtcNow();
        foreach (var target in Targets.Where(target => !IsGone(target)))
        {
            var room = Math.Max(0, MostWaiting - session.Webhooks.Count(target.Key));
            foreach (var message in wanted.Take((int)room)) session.Webhooks.Add(new WebhookDelivery(target.Key, message.Id, now, message.Body, 0, now));
        }
    }

    /// <summary>The target wants nothing more, until the next start.</summary>
    public void SetGone(WebhookTarget target) => _gone[target.Key] = true;

    public bool IsGone(WebhookTarget target) => _gone.ContainsKey(target.Key);
}
