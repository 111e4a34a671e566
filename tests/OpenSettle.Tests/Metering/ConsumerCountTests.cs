using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Tests.Metering;

public class ConsumerCountTests
{
    private delegate Hash32 Naming(Random random, int seed, int number);

    [Fact]
    public void Count_UpToTheLimit_IsExactHoweverOftenEachComes()
    {
        var count = new ConsumerCount();
        for (var i = 0; i < ConsumerCount.ExactLimit; i++)
        {
            for (var again = 0; again < 3; again++) count.Add(Hashed(1, i));
            Assert.Equal((i + 1, true), (count.Count(), count.IsExact));
        }

        count.Add(Hashed(1, 0));
        Assert.True(count.IsExact);
        count.Add(Hashed(1, ConsumerCount.ExactLimit));
        Assert.False(count.IsExact);
    }

    [Theory]
    [InlineData(257)]
    [InlineData(2_000)]
    [InlineData(5_000)]
    [InlineData(20_000)]
    [InlineData(100_000)]
    public void Estimate_OverManySeeds_HasTheErrorThatIsStated(int consumers)
    {
        var error = double.Parse(ConsumerCount.StandardError);
        foreach (var naming in new Naming[] { Hash, Padded, Counted })
        {
            const int Seeds = 40;
            double squares = 0, sum = 0, worst = 0;
            for (var seed = 1; seed <= Seeds; seed++)
            {
                var count = new ConsumerCount();
                var random = new Random(seed);
                for (var i = 0; i < consumers; i++) count.Add(naming(random, seed, i));
                var off = (double)count.Count() / consumers - 1;
                (squares, sum, worst) = (squares + off * off, sum + off, Math.Max(worst, Math.Abs(off)));
            }

            // With 40 seeds the measured error is itself known to a ninth; four of these, and four standard errors for the worst.
            Assert.True(Math.Sqrt(squares / Seeds) < error * 1.45, $"{naming.Method.Name}: standard error {Math.Sqrt(squares / Seeds):f4} of {consumers}");
            Assert.True(Math.Abs(sum / Seeds) < error, $"{naming.Method.Name}: bias {sum / Seeds:f4} of {consumers}");
            Assert.True(worst < error * 4.5, $"{naming.Method.Name}: {worst:f4} of {consumers}");
        }
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(200, 200)]
    [InlineData(10, 3_000)]
    [InlineData(3_000, 10)]
    [InlineData(3_000, 3_000)]
    public void Merge_OfTwo_IsTheCountOfBothInAnyOrder(int left, int right)
    {
        Hash32[] a = [.. Enumerable.Range(0, left).Select(i => Hashed(1, i))], b = [.. Enumerable.Range(left / 2, right).Select(i => Hashed(1, i))];
        var (first, second) = (Of(a), Of(b));
        first.Merge(second);
        second.Merge(Of(a));
        Hash32[] all = [.. a, .. b];
        new Random(3).Shuffle(all);
        var together = Of(all);
        Assert.Equal(together, first);
        Assert.Equal(together, second);
        Assert.Equal(together.Encode(), first.Encode());
        // And again: nothing is counted twice.
        first.Merge(second);
        Assert.Equal(together, first);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(50_000)]
    public void Encode_AndDecode_IsTheSameCountAndGoesOn(int consumers)
    {
        var count = Of([.. Enumerable.Range(0, consumers).Select(i => Hashed(2, i))]);
        var read = ConsumerCount.Decode(count.Encode());
        Assert.Equal(count, read);
        Assert.Equal((count.Count(), count.IsExact), (read.Count(), read.IsExact));
        for (var i = 0; i < 300; i++)
        {
            count.Add(Hashed(3, i));
            read.Add(Hashed(3, i));
        }

        Assert.Equal(count, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("01AA")]
    [InlineData("02")]
    [InlineData("0200")]
    [InlineData("03")]
    [InlineData("02FF")]
    public void Decode_OfOtherBytes_IsRefused(string bytes) => Assert.Throws<FormatException>(() => ConsumerCount.Decode(Convert.FromHexString(bytes)));

    [Fact]
    public void Decode_OfARegisterThatCannotBe_IsRefused() => Assert.Throws<FormatException>(() => ConsumerCount.Decode([2, .. new byte[2047], 55]));

    [Fact]
    public void Decode_OfMoreThanTheLimitExactly_IsRefused() => Assert.Throws<FormatException>(() => ConsumerCount.Decode([1, .. new byte[8 * (ConsumerCount.ExactLimit + 1)]]));

    private static ConsumerCount Of(Hash32[] consumers)
    {
        var count = new ConsumerCount();
        foreach (var consumer in consumers) count.Add(consumer);
        return count;
    }

    private static Hash32 Hashed(int seed, int number) => Keccak256.HashText($"{seed}/{number}");

    /// <summary>What a salted hash looks like.</summary>
    private static Hash32 Hash(Random random, int seed, int number)
    {
        var bytes = new byte[Hash32.Size];
        random.NextBytes(bytes);
        return Hash32.FromBytes(bytes);
    }

    /// <summary>An account with zeros before it.</summary>
    private static Hash32 Padded(Random random, int seed, int number)
    {
        var bytes = new byte[Hash32.Size];
        random.NextBytes(bytes.AsSpan(12));
        return Hash32.FromBytes(bytes);
    }

    /// <summary>A customer's number.</summary>
    private static Hash32 Counted(Random random, int seed, int number)
    {
        var bytes = new byte[Hash32.Size];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(24), seed * 10_000_000L + number);
        return Hash32.FromBytes(bytes);
    }
}
