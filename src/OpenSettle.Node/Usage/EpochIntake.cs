using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Usage;

/// <summary>The usage of an epoch, from one cut of the journal to the next: one batch at a time in memory.</summary>
internal sealed class EpochIntake(IUsageJournal usage)
{
    /// <param name="tally">Takes the signed batches, and how many events came in none.</param>
    /// <param name="after">Where the epoch before cut.</param>
    /// <param name="upTo">A sealed position.</param>
    public void Fill(UsageTally tally, long after, long upTo)
    {
        // A batch is committed whole, so that no seal stands within one.
        foreach (var batch in usage.Batches(after, upTo))
        {
            if (tally.Add(Read(batch)).Root != batch.Signed.Statement.Root) throw Broken(batch, "are not those that were signed");
        }

        foreach (var (model, events) in usage.Unsigned(after, upTo)) tally.Seen(model, events);
    }

    /// <summary>All signed batches between two cuts.</summary>
    public IReadOnlyList<UsageBatch> Read(long after, long upTo) => [.. usage.Batches(after, upTo).Select(Read)];

    private UsageBatch Read(JournaledBatch batch)
    {
        var statement = batch.Signed.Statement;
        var events = usage.Events(batch.FirstPosition - 1, checked((int)statement.Count));
        if ((ulong)events.Count != statement.Count || events[^1].Position != batch.FirstPosition + events.Count - 1) throw Broken(batch, "are not all there");
        return new UsageBatch(statement.Gateway, statement.Number, [.. events.Select(e => e.Event.ToBatched())]);
    }

    private static StorageException Broken(JournaledBatch batch, string how) => new(
        StorageErrorKind.Inconsistent,
        $"The events of batch {batch.Signed.Statement.Number} of gateway {batch.Signed.Statement.Gateway} {how} in the usage journal. Restore it from a backup.");
}
