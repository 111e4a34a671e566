using OpenSettle.Node.Configuration;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Node.Witness;

namespace OpenSettle.Node.Tests.Witness;

public sealed class BooksKindTests
{
    private static readonly NodeOptions Settles = TestNode.MakeOptions("settles");
    private static readonly NodeOptions Watches = TestNode.MakeOptions("watches", cluster: new ClusterOptions { Roles = NodeRoles.Watch });

    [Fact]
    public async Task Books_OfTheOtherKind_AreRefusedWithTheRemedy()
    {
        using var node = new TestNode(WatchStepTests.Listed());
        // Nothing is in them yet: whoever comes first has them.
        await BooksKind.RequireAsync(node.Books, Settles, CancellationToken.None);
        await node.WatchAsync();
        await BooksKind.RequireAsync(node.Books, Settles, CancellationToken.None);
        await RefusedAsync(node, Watches, "has the books of a node that settles. One that attests or watches believes nobody: give it a folder of its own.");

        using var witness = new TestNode(WatchStepTests.Listed());
        await BooksKind.RequireAsync(witness.Books, Watches, CancellationToken.None);
        await BooksKind.RequireAsync(witness.Books, Watches, CancellationToken.None);
        await RefusedAsync(witness, Settles, "has the books of a node that attests or watches, which cannot settle. Give this node a folder of its own.");
    }

    private static async Task RefusedAsync(TestNode node, NodeOptions options, string why)
    {
        var problem = Assert.Single((await Assert.ThrowsAsync<SettingsException>(() => BooksKind.RequireAsync(node.Books, options, CancellationToken.None))).Problems);
        Assert.Equal($"dataDir: {options.DataDir} {why}", problem);
    }
}
