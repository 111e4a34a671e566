using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Ethereum.Tests.Watch;

public sealed class RangeSizeTests
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    [Fact]
    public void Size_WhileQuickAndSmall_DoublesUpToTheMost()
    {
        var size = new RangeSize(100, 1000, 10_000, Slow);
        List<ulong> sizes = [];
        for (var i = 0; i < 6; i++)
        {
            sizes.Add(size.Blocks);
            size.Took(size.Blocks, 10, TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal([100, 200, 400, 800, 1000, 1000], sizes);
    }

    [Theory]
    [InlineData(10_001, 10)]
    [InlineData(0, 2001)]
    public void Size_AfterTooManyLogsOrTooLong_Halves(int logs, int milliseconds)
    {
        var size = new RangeSize(100, 1000, 10_000, Slow);
        size.Took(100, logs, TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(50UL, size.Blocks);
    }

    [Theory]
    [InlineData(5001, 10)]
    [InlineData(10_000, 10)]
    [InlineData(0, 1001)]
    [InlineData(0, 2000)]
    public void Size_WhereTwiceAsMuchWouldBeTooMuch_Stays(int logs, int milliseconds)
    {
        var size = new RangeSize(100, 1000, 10_000, Slow);
        size.Took(100, logs, TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(100UL, size.Blocks);
    }

    [Fact]
    public void Size_AfterAShortRange_DoesNotGrow()
    {
        var size = new RangeSize(100, 1000, 10_000, Slow);
        size.Took(99, 0, TimeSpan.Zero);
        Assert.Equal(100UL, size.Blocks);
    }

    [Fact]
    public void Size_AfterAShortRangeOfTooManyLogs_IsHalfOfThatRange()
    {
        var size = new RangeSize(100, 1000, 10_000, Slow);
        size.Took(10, 10_001, TimeSpan.Zero);
        Assert.Equal(5UL, size.Blocks);
    }

    [Fact]
    public void Size_OfOneBlockThatIsTooLarge_CannotShrink()
    {
        var size = new RangeSize(3, 1000, 10_000, Slow);
        Assert.True(size.TryShrink(3));
        Assert.Equal(1UL, size.Blocks);
        Assert.False(size.TryShrink(1));
        Assert.Equal(1UL, size.Blocks);
    }

    [Fact]
    public void Size_OfOneSlowBlock_StaysOne()
    {
        var size = new RangeSize(1, 1000, 10_000, Slow);
        size.Took(1, 1_000_000, TimeSpan.FromHours(1));
        Assert.Equal(1UL, size.Blocks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(64)]
    [InlineData(1999)]
    public void Size_UnderAFixedLimit_IsRefusedSeldom(int limit)
    {
        var size = new RangeSize(128, 2000, 10_000, Slow);
        var (refused, read) = (0, 0);
        for (var i = 0; i < 1000; i++)
        {
            if (size.Blocks > (ulong)limit)
            {
                Assert.True(size.TryShrink(size.Blocks));
                refused++;
                continue;
            }

            size.Took(size.Blocks, 0, TimeSpan.Zero);
            read++;
        }

        // The way down once, and then one try in so many ranges.
        Assert.InRange(refused, 1, 10 + read / RangeSize.Patience);
        Assert.InRange(size.Blocks, ((ulong)limit + 1) / 2, (ulong)limit);
    }

    [Fact]
    public void Size_AfterALimitThatIsGone_ReachesTheMostAgain()
    {
        var size = new RangeSize(128, 2000, 10_000, Slow);
        for (var i = 0; i < 7; i++) Assert.True(size.TryShrink(size.Blocks));
        for (var i = 0; i < RangeSize.Patience * 12; i++) size.Took(size.Blocks, 0, TimeSpan.Zero);
        Assert.Equal(2000UL, size.Blocks);
    }

    [Fact]
    public void Size_WhateverHappens_IsFromOneToTheMost()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var most = (ulong)random.NextInt64(1, random.Next(2) == 0 ? 50 : long.MaxValue);
            var size = new RangeSize((ulong)random.NextInt64(1, long.MaxValue), most, random.Next(1, 1000), TimeSpan.FromMilliseconds(random.Next(1, 1000)));
            for (var i = 0; i < 200; i++)
            {
                var blocks = random.Next(4) == 0 ? 1 + size.Blocks / 3 : size.Blocks;
                if (random.Next(4) == 0) Assert.Equal(blocks > 1, size.TryShrink(blocks));
                else size.Took(blocks, random.Next(2000), TimeSpan.FromMilliseconds(random.Next(2000)));
                Assert.InRange(size.Blocks, 1UL, most);
            }
        }
    }

    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(1, 0, 1, 1)]
    [InlineData(1, 1, 0, 1)]
    [InlineData(1, 1, 1, 0)]
    public void Size_OfNothing_IsRefused(int start, int most, int logs, int slow) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RangeSize((ulong)start, (ulong)most, logs, TimeSpan.FromSeconds(slow)));
}
