using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Tests;

public sealed class IdIndexTests
{
    [Fact]
    public void Filter_WhatWasAdded_IsNeverDenied_AndFewOthersAreNot()
    {
        const int Ids = 65_536;
        var random = new Random(3);
        var filter = new IdFilter(bits: 8);
        var added = Enumerable.Range(0, Ids).Select(_ => unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue))).ToArray();
        foreach (var id in added) filter.Add(id);
        var copy = new IdFilter(bits: 8);
        for (var bucket = 0; bucket < 256; bucket += 8) copy.Write(bucket, filter.Read(bucket, 8));
        Assert.All(added, id => Assert.True(copy.MayHave(id)));
        var wrong = Enumerable.Range(0, 1_000_000).Count(_ => copy.MayHave(unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue))));
        // One in seven hundred is stated: 0.14 % was seen.
        Assert.InRange(wrong, 1, 2_000);
    }

    [Fact]
    public void Recent_IdsWithTheSameFirstBytes_AreAllFound()
    {
        var ids = new RecentIds(4);
        for (var position = 1L; position <= 500; position++) ids.Add((ulong)(position % 7) << 61, position);
        for (var key = 0UL; key < 7; key++)
        {
            var found = new List<long>();
            ids.Find(key << 61, found);
            Assert.Equal(Enumerable.Range(1, 500).Where(n => n % 7 == (int)key).Select(n => (long)n), found.Order());
        }

        var sorted = ids.Sorted();
        Assert.Equal((500, 500), (sorted.Length, sorted.Select(entry => entry.Position).Distinct().Count()));
        Assert.Equal(sorted.Select(entry => entry.Key).Order(), sorted.Select(entry => entry.Key));
        ids.Clear();
        var none = new List<long>();
        ids.Find(0, none);
        Assert.Empty(none);
    }
}
