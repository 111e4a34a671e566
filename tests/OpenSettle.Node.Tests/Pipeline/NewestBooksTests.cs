using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>What a start shows of the newest epoch, without reading all of its payments.</summary>
public sealed class NewestBooksTests
{
    private static readonly TestModel Small = World.Model("small");

    [Fact]
    public async Task Start_WithTheBooksKept_ShowsThemAndBuildsOnThem()
    {
        using var node = await ActiveAsync();
        var (root, accounts) = (node.State.Active!.Tree!.Root, node.State.Active.After.Accounts);
        node.Restart();
        // Other bytes in the bundle's place, as long as it: nobody has to read them for this.
        var path = node.Bundles.PathOf(node.Epoch(1)!.BundleHash);
        var bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, new byte[bytes.Length]);
        await node.TickAsync();
        Assert.Equal(root, node.State.Active!.Tree!.Root);
        Assert.Equal(accounts, node.State.Active.After.Accounts);

        node.Chain.Mine(block => block.Pay(Small, World.Dollar, 60));
        await node.RunAsync(12);
        await File.WriteAllBytesAsync(path, bytes);
        Assert.Equal(2UL, node.State.Active.Epoch);
        EpochStepTests.AssertVerifies(node, 2);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("empty")]
    [InlineData("cut")]
    [InlineData("changed")]
    [InlineData("no bundle")]
    public async Task Start_WithOtherBooks_ReadsTheBundle(string how)
    {
        using var node = await ActiveAsync();
        var root = node.State.Active!.Tree!.Root;
        var file = Kept(node);
        var text = await File.ReadAllTextAsync(file);
        if (how == "gone") File.Delete(file);
        else
        {
            await File.WriteAllTextAsync(file, how switch
            {
                "empty" => string.Empty,
                "cut" => text[..^40],
                // Well formed, and an account has more.
                "changed" => text.Replace("\"75\"", "\"76\"", StringComparison.Ordinal),
                _ => "no bundle\n",
            });
        }

        node.Restart();
        await node.TickAsync();
        Assert.Equal(root, node.State.Active!.Tree!.Root);
        // It was the bundle that said so: without it there is nobody left.
        File.Delete(node.Bundles.PathOf(node.Epoch(1)!.BundleHash));
        node.Restart();
        await Assert.ThrowsAsync<SettlementHaltedException>(node.TickAsync);
    }

    [Fact]
    public async Task Start_WithTheBooksOfTheEpochBefore_ReadsTheBundle()
    {
        using var node = await ActiveAsync();
        var older = await File.ReadAllBytesAsync(Kept(node));
        node.Chain.Mine(block => block.Pay(Small, World.Dollar, 60));
        await node.RunAsync(12);
        var (epoch, root) = (node.State.Active!.Epoch, node.State.Active.Tree!.Root);
        Assert.Equal(2UL, epoch);
        await File.WriteAllBytesAsync(Kept(node), older);
        node.Restart();
        await node.TickAsync();
        Assert.Equal((2UL, root), (node.State.Active!.Epoch, node.State.Active.Tree!.Root));
    }

    private static string Kept(TestNode node) => Assert.Single(Directory.GetFiles(Path.GetDirectoryName(node.Bundles.PathOf(default))!, "newest-*.books"));

    private static async Task<TestNode> ActiveAsync()
    {
        var node = new TestNode(EpochStepTests.Paid());
        await node.RunAsync(15);
        return node;
    }
}
