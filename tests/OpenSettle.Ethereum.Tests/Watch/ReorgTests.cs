using System.Globalization;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>Reorganisations of a real node, with logs in the blocks that go and other logs in those that come.</summary>
[Trait("Category", "Anvil")]
public sealed class ReorgTests
{
    private const int Deepest = 64;

    // The last final block is 80 behind the head.
    private const int Slots = 40;

    private static readonly WatchOptions Options = new() { FirstBlock = 1, StartBlocks = 8, MostBlocks = 25 };

    [Theory]
    [MemberData(nameof(AnvilWatch.Sources), MemberType = typeof(AnvilWatch))]
    public async Task Journal_AfterReorganisationsOfEveryDepth_HasTheChainAndNothingElse(string source)
    {
        using var chain = await AnvilChain.StartAsync(new Random(1), Slots);
        using var watch = new AnvilWatch(chain.Node.Endpoint, source, Options);
        await chain.MineAsync(2 * Slots + 30);
        await watch.SettleAsync();
        await watch.RequireWholeAsync();
        for (var depth = 1; depth <= Deepest; depth++)
        {
            var before = watch.Journal.Position();
            await chain.ReorganiseAsync(depth);
            // Seen at the same height, and from above.
            if (depth % 2 == 0) await chain.MineAsync(1 + depth % 3);
            var left = 0UL;
            for (WatchReport report = await watch.StepAsync(); ; report = await watch.StepAsync())
            {
                left += report.Stage == WatchStage.Reorg ? report.RolledBack : 0;
                if (report is { Stage: WatchStage.Idle, More: false }) break;
            }

            Assert.Equal((ulong)depth, left);
            Assert.Equal(before.Final, watch.Journal.Final.First(block => block.Number == before.Final?.Number));
            await watch.RequireWholeAsync();
        }
    }

    [Theory]
    [InlineData("receipts")]
    public async Task Journal_AfterReorganisationsOfEveryDepthAcrossARestart_HasTheChainAndNothingElse(string source)
    {
        using var chain = await AnvilChain.StartAsync(new Random(2), Slots);
        using var watch = new AnvilWatch(chain.Node.Endpoint, source, Options);
        await chain.MineAsync(2 * Slots + 30);
        for (var depth = 1; depth <= Deepest; depth++)
        {
            // Stopped anywhere: at rest, or with work begun.
            if (depth % 4 == 0) await watch.StepAsync();
            else await watch.SettleAsync();
            await chain.ReorganiseAsync(depth);
            watch.Restart();
            if (depth % 3 == 0) await watch.StepAsync();
            watch.Restart();
            await chain.MineAsync(depth % 3);
            await watch.SettleAsync();
            await watch.RequireWholeAsync();
        }
    }

    [Fact]
    public async Task Journal_AfterRollBacksToShorterBranches_HasTheChainAndNothingElse()
    {
        using var chain = await AnvilChain.StartAsync(new Random(3), Slots);
        using var watch = new AnvilWatch(chain.Node.Endpoint, "receipts", Options);
        await chain.MineAsync(2 * Slots + 30);
        foreach (var depth in (int[])[2, 5, 17, 33, 64])
        {
            await watch.SettleAsync();
            var whole = watch.Journal.Describe();
            await chain.RollBackAsync(depth);
            // Only shorter: an endpoint that is behind looks the same.
            var behind = await watch.StepAsync();
            Assert.Equal((WatchStage.Idle, (ulong)depth), (behind.Stage, behind.Behind));
            Assert.Equal(whole, watch.Journal.Describe());
            await chain.ReorganiseAsync(1);
            var reorg = await watch.StepAsync();
            Assert.Equal((WatchStage.Reorg, (ulong)depth + 1), (reorg.Stage, reorg.RolledBack));
            var (logs, head) = await AnvilChain.ReadAsync(watch.Client, watch.Deployment);
            Assert.Equal(logs.Select(MemoryJournal.Describe), watch.Journal.Logs.Select(MemoryJournal.Describe));
            Assert.Equal(head.Hash, watch.Journal.Position().Last?.Hash);
            await chain.MineAsync(depth + 3);
        }

        await watch.SettleAsync();
        await watch.RequireWholeAsync();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(64)]
    public async Task Step_AfterAReorganisationPastFinalBlocks_HaltsAndChangesNothing(int depth)
    {
        using var chain = await AnvilChain.StartAsync(new Random(4), slots: 1);
        using var watch = new AnvilWatch(chain.Node.Endpoint, "receipts", Options);
        await chain.MineAsync(80);
        await watch.SettleAsync();
        var journal = watch.Journal.Describe();
        var last = Assert.NotNull(watch.Journal.Position().Final);
        await chain.ReorganiseAsync(depth);
        var now = await watch.Client.GetBlockAsync(BlockRef.At(last.Number), CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            var halt = await Assert.ThrowsAsync<FinalBlockChangedException>(watch.StepAsync);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Block {last.Number} was final as {last.Hash}, and enough endpoints now have {now?.Hash}"), halt.Message, StringComparison.Ordinal);
            Assert.Equal(journal, watch.Journal.Describe());
            watch.Restart();
            await chain.MineAsync(3);
        }
    }
}
