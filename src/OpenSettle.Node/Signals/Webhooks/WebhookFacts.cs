using OpenSettle.Ethereum.Watch;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>What final blocks say, as webhooks tell it. Written with the postings: a crash between the two is none.</summary>
internal sealed class WebhookFacts(WebhookQueue queue, TimeProvider time)
{
    /// <summary>What is older when it is posted was news to somebody else: a node that catches up, or reads the chain anew, tells nothing of it.</summary>
    internal static readonly TimeSpan News = TimeSpan.FromDays(1);

    /// <param name="times">Block times in seconds, of all blocks that the facts are in.</param>
    public void Write(BooksSession session, IReadOnlyList<ChainFact> facts, IReadOnlyDictionary<ulong, ulong> times)
    {
        if (queue.Targets.Count == 0) return;
        queue.Add(session, Messages(session, facts, times));
    }

    /// <summary>What a witness found, with the verdict.</summary>
    public void Write(BooksSession session, EpochVerdict verdict)
    {
        var type = verdict.Agrees ? WebhookTypes.VerdictAgrees : WebhookTypes.VerdictDiffers;
        if (queue.Targets.Count == 0 || !queue.Wants(type)) return;
        var data = new { epoch = verdict.Epoch, attempt = verdict.Attempt, root = verdict.Root.ToString(), bundleHash = verdict.BundleHash.ToString(), difference = verdict.Difference };
        queue.Add(session, [queue.Text.Of(type, verdict.Content.ToString(), time.GetUtcNow(), data)]);
    }

    private IEnumerable<WebhookMessage> Messages(BooksSession session, IReadOnlyList<ChainFact> facts, IReadOnlyDictionary<ulong, ulong> times)
    {
        foreach (var fact in facts)
        {
            if (TypeOf(fact) is not { } type || !queue.Wants(type)) continue;
            var at = DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(times[fact.At.Block], (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
            if (time.GetUtcNow() - at <= News) yield return queue.Text.Of(type, $"{fact.At.Block}.{fact.At.LogIndex}", at, DataOf(session, fact));
        }
    }

    private static string? TypeOf(ChainFact fact) => fact switch
    {
        EpochWasProposed => WebhookTypes.EpochProposed,
        EpochWasActivated => WebhookTypes.EpochActive,
        EpochWasVetoed => WebhookTypes.EpochVetoed,
        AccountPaid or PushMade or PushWasTaken => WebhookTypes.PayoutMade,
        _ => null,
    };

    private static object DataOf(BooksSession session, ChainFact fact) => fact switch
    {
        EpochWasProposed proposed => new
        {
            epoch = proposed.Proposal.Epoch, attempt = proposed.Proposal.Attempt, root = proposed.Proposal.Root.ToString(), bundleHash = proposed.Proposal.BundleHash.ToString(),
            bundleUri = proposed.Proposal.BundleUri, readyAt = proposed.ReadyAt, at = Place(fact.At),
        },
        EpochWasActivated active => new
        {
            epoch = active.Epoch, root = active.Root.ToString(), payments = session.Epochs.Get(active.Epoch)?.Payments, usageEvents = session.Epochs.Get(active.Epoch)?.UsageEvents, at = Place(fact.At),
        },
        EpochWasVetoed vetoed => new { epoch = vetoed.Epoch, attempt = vetoed.Attempt, at = Place(fact.At) },
        AccountPaid { Payout: var payout } => new
        {
            route = "claim", account = payout.Account.ToChecksumString(), token = payout.Token.ToChecksumString(), amount = payout.Amount.ToString(), transaction = payout.Transaction.ToString(), at = Place(fact.At),
        },
        // One transaction pays many: who they are is in the epoch's bundle, under the entries' numbers.
        PushMade pushed => new
        {
            route = "push", epoch = pushed.Epoch, firstEntry = pushed.First, entries = pushed.Count, refused = pushed.Refused.Count, token = pushed.Token.ToChecksumString(), amount = pushed.Amount.ToString(),
            transaction = pushed.Transaction.ToString(), at = Place(fact.At),
        },
        PushWasTaken taken => new
        {
            route = "taken", epoch = taken.Epoch, firstEntry = taken.Index, entries = 1, account = taken.Account.ToChecksumString(), to = taken.To.ToChecksumString(),
            token = session.Pushes.Find(taken.Epoch, taken.Index)?.Token.ToChecksumString(), amount = taken.Amount.ToString(), transaction = taken.Transaction.ToString(), at = Place(fact.At),
        },
        _ => throw new InvalidOperationException($"The fact {fact.GetType().Name} is told to nobody."),
    };

    private static object Place(LogPosition at) => new { block = at.Block, logIndex = at.LogIndex };
}
