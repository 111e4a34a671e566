using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Tests.Primitives;

public sealed class KeccakBatchTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(1000)]
    public void Hashes_OfManyTogether_AreThoseOfEachAlone(int count)
    {
        var random = new Random(count);
        var batch = new KeccakBatch();
        // Used again and again: nothing of a request shows in the next.
        for (var round = 0; round < 5; round++)
        {
            batch.Clear();
            var expected = new List<Hash32>();
            for (var i = 0; i < count; i++)
            {
                var source = new byte[random.Next(round == 0 ? 1 : 300)];
                var id = new byte[round == 0 ? 12 : random.Next(1, 40)];
                random.NextBytes(source);
                random.NextBytes(id);
                EventIdentity.AddTo(batch, source, id);
                expected.Add(EventIdentity.Of(source, id));
            }

            var hashes = new Hash32[count + 3];
            batch.WriteTo(hashes);
            Assert.Equal(count, batch.Count);
            Assert.Equal(expected, hashes[..count]);
        }
    }

    [Fact]
    public void Hashes_WithoutRoom_AreRefused()
    {
        var batch = new KeccakBatch();
        EventIdentity.AddTo(batch, "a"u8, "b"u8);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.WriteTo([]));
    }
}
