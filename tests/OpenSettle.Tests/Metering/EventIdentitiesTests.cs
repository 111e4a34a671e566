using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Tests.Metering;

public sealed class EventIdentitiesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(1000)]
    public void Identities_OfManyTogether_AreThoseOfEachAlone(int count)
    {
        var random = new Random(count);
        var identities = new EventIdentities();
        // Used again and again: nothing of a request shows in the next.
        for (var round = 0; round < 5; round++)
        {
            identities.Clear();
            var expected = new List<Hash32>();
            for (var i = 0; i < count; i++)
            {
                var source = new byte[random.Next(round == 0 ? 1 : 300)];
                var id = new byte[round == 0 ? 12 : random.Next(1, 40)];
                random.NextBytes(source);
                random.NextBytes(id);
                identities.Add(source, id);
                expected.Add(EventIdentity.Of(source, id));
            }

            var hashes = new Hash32[count + 3];
            identities.WriteTo(hashes);
            Assert.Equal(count, identities.Count);
            Assert.Equal(expected, hashes[..count]);
        }
    }

    [Fact]
    public void Identities_OfNoRoom_AreRefused()
    {
        var identities = new EventIdentities();
        identities.Add("a"u8, "b"u8);
        Assert.Throws<ArgumentOutOfRangeException>(() => identities.WriteTo([]));
    }
}
