using OpenSettle.Node.Queue;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Queue.Tests;

/// <summary>Where a stream is read on, by what was taken of it and what it begins with.</summary>
public sealed class StreamPlaceTests
{
    [Theory]
    [InlineData(null, 0, "a", 0, "a", 0, null)]
    [InlineData(null, 7, "a", 7, "a", 7, "first 7 offsets")]
    [InlineData("a", 0, "a", 10, "a", 0, null)]
    [InlineData("a", 10, "a", 10, "a", 0, null)]
    [InlineData("a", 11, "a", 11, "a", 1, "1 offsets (10 to 10)")]
    [InlineData("a", 25, "a", 25, "a", 15, "15 offsets (10 to 24)")]
    [InlineData("b", 0, "a", 0, "a", 0, "made anew")]
    [InlineData("b", 5, "a", 5, "a", 5, "nor were the first 5 offsets of the new one")]
    [InlineData("a+2", 0, "a", 10, "a+2", 0, null)]
    [InlineData("a+2", 12, "a", 12, "a+2", 2, "2 offsets")]
    public void Place_ByWhatWasTakenAndWhatIsThere(string? taken, long first, string stream, long from, string identity, long missing, string? gap)
    {
        var place = StreamPlace.Of(taken is null ? null : new StreamMark("s", taken, 10), new StreamStart(stream, first));
        Assert.Equal((from, identity, missing, gap is null), (place.From, place.Identity, place.Missing, place.Gap is null));
        if (gap is not null) Assert.Contains(gap, place.Gap, StringComparison.Ordinal);
    }

    [Fact]
    public void LostEnd_BeginsAnotherLifeOfTheSameStream()
    {
        var place = StreamPlace.AfterLostEnd(new StreamMark("s", "a", 10), 4);
        Assert.Equal((4L, "a+1"), (place.From, place.Identity));
        Assert.Equal("a+2", StreamPlace.AfterLostEnd(new StreamMark("s", "a+1", 10), 4).Identity);
        Assert.Contains("offset 9", place.Gap, StringComparison.Ordinal);
    }

    [Fact]
    public void Partition_IsTheFirstFourBytesOfTheIdModuloTheStreams()
    {
        // docs/protocol.md has this example.
        var model = new ModelId(Hash32.Parse("0x0000000b00000000000000000000000000000000000000000000000000000000"));
        Assert.Equal(3, StreamNames.PartitionOf(model, 8));
        Assert.Equal(0, StreamNames.PartitionOf(model, 1));
        Assert.Equal(3, StreamNames.PartitionOf(Address.Parse("0x0000000b00000000000000000000000000000000"), 8));
        var counts = new int[8];
        for (var i = 0; i < 8_000; i++) counts[StreamNames.PartitionOf(new ModelId(Keccak256.HashText($"{i}")), 8)]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1_150));
    }
}
