using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>A deployment so young that nothing of it is final.</summary>
public sealed class YoungChainTests
{
    [Fact]
    public async Task Reorganisation_BeforeAnythingIsFinal_LeavesTheBranchThatStays()
    {
        var chain = new FakeChain { FinalLag = 3 };
        chain.MineEmpty(3);
        using var node = new TestNode(chain);
        await node.WatchAsync();
        Assert.Null(node.Books.Read(session => session.Chain.Cursor()));
        Assert.Equal(3, node.Books.Read(session => session.Journal.Pending().Count));
        chain.Reorganise(2);
        chain.MineEmpty(4);
        await node.WatchAsync();
        Assert.Equal((2UL, chain.HashOf(2)), node.Books.Read(session => (session.Chain.Cursor()!.Block, session.Chain.Cursor()!.Hash)));
        Assert.Equal(
            Enumerable.Range(3, 3).Select(number => chain.HashOf((ulong)number)), node.Books.Read(session => session.Journal.Pending()).Select(block => block.Hash));
    }
}
