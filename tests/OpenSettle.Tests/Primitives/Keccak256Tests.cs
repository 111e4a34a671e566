using FsCheck.Fluent;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class Keccak256Tests
{
    [Theory]
    [InlineData("", "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("abc", "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")]
    [InlineData("Transfer(address,address,uint256)", "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")]
    public void Hash_OfKnownText_IsTheKnownHash(string text, string expected) => Assert.Equal(expected, Keccak256.HashText(text).ToString());

    [Fact]
    public void Hash_OfEveryVector_IsWhatEthersSays()
    {
        var lengths = new HashSet<int>();
        foreach (var vector in Repository.Vectors("chain.json").GetProperty("keccak").EnumerateArray())
        {
            var input = Hex.Decode(vector.GetProperty("input").GetString());
            var expected = Hash32.Parse(vector.GetProperty("hash").GetString() ?? "");
            lengths.Add(input.Length);
            Assert.Equal(vector.GetProperty("length").GetInt32(), input.Length);
            Assert.Equal(expected, Keccak256.Hash(input));
            var hasher = new Keccak256Hasher();
            foreach (var b in input) hasher.Append([b]);
            Assert.Equal(expected, hasher.Finish());
        }

        // The block is 136 bytes: below, at and above it, and over several.
        Assert.Superset(new HashSet<int> { 0, 135, 136, 137, 200, 271, 272, 273, 1000 }, lengths);
    }

    [Fact]
    public void Hasher_FedInRandomPieces_GivesTheHashOfTheWhole() => Properties.Hold(
        from seed in Gen.Choose(0, int.MaxValue) from length in Gen.Choose(0, 1500) select (seed, length),
        input =>
        {
            var random = new Random(input.seed);
            var data = new byte[input.length];
            random.NextBytes(data);
            var hasher = new Keccak256Hasher();
            for (var at = 0; at < data.Length;)
            {
                var piece = Math.Min(random.Next(0, 300), data.Length - at);
                hasher.Append(data.AsSpan(at, piece));
                at += piece;
            }

            Assert.Equal(Keccak256.Hash(data), hasher.Finish());
        },
        300);
}
