using OpenSettle.Ethereum.Send;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Relay;

/// <summary>
/// What relayed claims took of their budget: the cost of each transaction that was planned in the last 24 hours, or is not
/// settled, as final receipts have it, and until then the most that it may be. It is the operator's own money: its clock decides.
/// </summary>
internal static class RelayBudget
{
    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <summary>What is left of it.</summary>
    /// <param name="session">The books.</param>
    /// <param name="options">The limits.</param>
    /// <param name="now">The time.</param>
    /// <param name="but">A transaction that is not counted: it is asked for what it may cost.</param>
    public static UInt256 Left(BooksSession session, RelayOptions options, DateTimeOffset now, string? but = null)
    {
        var taken = UInt256.Zero;
        foreach (var batch in session.Relay.Batches(now - Window))
        {
            var purpose = SendPurpose.Relay(batch.Number);
            if (purpose == but) continue;
            taken += session.Outbox.CostOf(purpose);
            if (session.Outbox.Find(purpose) is { State: OutboxState.Planned or OutboxState.Signed } open) taken += MostOf(open, batch.Reserve);
        }

        return taken < options.Budget ? options.Budget - taken : UInt256.Zero;
    }

    private static UInt256 MostOf(OutboxRecord open, UInt256 reserve)
    {
        foreach (var version in open.Versions)
        {
            var (fee, gas) = SignedBytes.Offer(version.Raw);
            var cost = gas * fee.Cap + version.DataFee;
            if (cost > reserve) reserve = cost;
        }

        return reserve;
    }
}
