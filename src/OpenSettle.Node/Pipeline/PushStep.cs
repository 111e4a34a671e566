using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Plans the transactions that pay the entries of active epochs, while gas is cheap enough. What an epoch assigned to pushes stays
/// assigned: it waits, and its account can take it.
/// </summary>
public sealed class PushStep(NodeOptions options, IChainClient client, IBooks books, NodeState state, ILogger<PushStep> log)
{
    /// <summary>Entries in one transaction: some five million gas where all accounts are new.</summary>
    private const int MostEntries = 200;

    /// <summary>Transactions on their way at a time: pools keep no more of an account, and others wait for their turn too.</summary>
    private const int MostOpen = 6;

    private (ulong Epoch, PushTree Tree)? _known;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var (rows, underWay) = books.Read(session => (session.Pushes.Open(MostEntries * MostOpen * 2), session.Outbox.Open().Count(item => SendPurpose.IsPush(item.Purpose))));
        if (rows.Count == 0 || underWay >= MostOpen)
        {
            if (rows.Count == 0) state.PushWaits = null;
            return;
        }

        var price = await PriceAsync(client, cancellation);
        if (price > options.PushMaxFee)
        {
            state.PushWaits = $"one gas costs {price} wei, more than pushMaxFeeGwei allows";
            return;
        }

        state.PushWaits = null;
        foreach (var (epoch, first, count) in Batches(rows).Take(MostOpen)) await PlanAsync(epoch, first, count, cancellation);
    }

    /// <summary>What one gas costs now; as much as can be where no endpoint says.</summary>
    public static async Task<UInt256> PriceAsync(IChainClient client, CancellationToken cancellation) =>
        await client.GetBlockAsync(BlockRef.Latest, cancellation) is { } head ? GasOffer.Price(head.BaseFee, await client.GetPriorityFeeAsync(cancellation)) : UInt256.MaxValue;

    /// <summary>Entries that stand one after the other, of one epoch and token. They begin at the same places whoever looks, whenever: so a batch has one name.</summary>
    private static IEnumerable<(ulong Epoch, ulong First, ulong Count)> Batches(IReadOnlyList<PushRow> rows)
    {
        for (var i = 0; i < rows.Count;)
        {
            var end = i + 1;
            while (end < rows.Count && end - i < MostEntries && rows[end].Epoch == rows[i].Epoch && rows[end].Token == rows[i].Token && rows[end].Index == rows[end - 1].Index + 1) end++;
            yield return (rows[i].Epoch, rows[i].Index, (ulong)(end - i));
            i = end;
        }
    }

    private async Task PlanAsync(ulong epoch, ulong first, ulong count, CancellationToken cancellation)
    {
        var purpose = SendPurpose.Push(epoch, first, count);
        var (known, next, covered) = books.Read(session =>
        {
            var (known, next) = SendPurpose.Newest(session, purpose);
            // Another cut of the same entries, from before some of them were taken, may be on its way.
            return (known, next, session.Outbox.Open().Any(item => SendPurpose.IsPush(item.Purpose) && SendPurpose.Covers(item.Purpose, epoch, first, count)));
        });
        if (covered || known is { State: not OutboxState.Reverted }) return;
        if (known is not null && SendPurpose.IsTriedOut(next))
        {
            state.Alerts.Set($"push epoch {epoch}", $"The transaction to {known.Purpose} ({known.Hash}) reverted each time. Its entries stay reserved, and their accounts can take them.");
            return;
        }

        var call = client.Encode(new RoyaltySplit.PushCall(PushBatch.Of(epoch, TreeOf(epoch), (int)first, (int)count)));
        await books.WriteAsync(session => session.Outbox.Plan(next, options.Deployment.Watched.Id.Vault, call, epoch), cancellation);
        FailPoint.At(FailPoint.PushPlanned);
        log.PushPlanned(epoch, first, first + count - 1);
    }

    private PushTree TreeOf(ulong epoch)
    {
        if (_known is { } known && known.Epoch == epoch) return known.Tree;
        var (rows, root) = books.Read(session => (session.Pushes.Range(epoch, 0, long.MaxValue), session.Epochs.Get(epoch)?.PushRoot));
        var tree = PushTree.Build([.. rows.Select(row => new PushEntry(row.Account, row.Recipient, row.Token, row.Amount))]);
        if (tree.Root != root) throw new SettlementHaltedException($"The entries of epoch {epoch} have push root {tree.Root}, and its bundle had {root}. The books were changed: opensettle db check, or rebuild them.");
        _known = (epoch, tree);
        return tree;
    }
}
