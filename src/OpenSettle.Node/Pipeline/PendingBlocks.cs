using OpenSettle.Ethereum.Watch;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>What the blocks after the books would bring, were they final. It is worked out anew where the chain's end is another.</summary>
internal static class PendingBlocks
{
    /// <summary>Whether it was.</summary>
    public static bool Show(BooksSession session, WatchedDeployment deployment, NodeState state)
    {
        // Most looks find nothing new, and there may be thousands of blocks that are not final.
        if (session.Journal.Last() is not { } last || state.Pending.Tip == last.Hash) return false;
        var blocks = session.Journal.Pending();
        if (blocks.Count == 0)
        {
            state.Pending = new PendingView(last.Hash, []);
            return true;
        }

        var logs = session.Journal.Logs(blocks[0].Number, blocks[^1].Number);
        var times = blocks.ToDictionary(block => block.Number, block => block.Timestamp);
        var reader = new FactReader(deployment, state.Registry, session.Chain.ListedTokens().Select(token => token.Token));
        var facts = BookStep.Read(reader, logs, number => times[number], blocks[0].Number, blocks[^1].Number);
        state.Pending = new PendingView(blocks[^1].Hash, [.. facts.OfType<PaymentMade>().Select(made => made.Payment)]);
        return true;
    }
}
