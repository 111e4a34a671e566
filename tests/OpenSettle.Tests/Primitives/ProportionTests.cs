using System.Numerics;
using FsCheck.Fluent;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class ProportionTests
{
    private const int Runs = 20_000;

    private static readonly BigInteger Limit = BigInteger.One << 256;
    private static readonly BigInteger Half = BigInteger.One << 128;

    /// <summary>The ways that a part is found; a test that names one has all its inputs go that way.</summary>
    public enum Path
    {
        OneLimb,
        TwoLimbs,
        LongProduct,
    }

    // What a payout has: an amount, many weights, their sum.
    [Theory]
    [InlineData(47, 20, 30, Path.OneLimb)]
    [InlineData(80, 20, 30, Path.OneLimb)]
    [InlineData(128, 20, 64, Path.OneLimb)]
    [InlineData(128, 64, 64, Path.OneLimb)]
    [InlineData(128, 64, 110, Path.OneLimb)]
    [InlineData(128, 64, 128, Path.OneLimb)]
    [InlineData(192, 64, 64, Path.OneLimb)]
    [InlineData(256, 64, 128, Path.OneLimb)]
    [InlineData(128, 96, 30, Path.TwoLimbs)]
    [InlineData(128, 96, 64, Path.TwoLimbs)]
    [InlineData(128, 96, 110, Path.TwoLimbs)]
    [InlineData(128, 128, 128, Path.TwoLimbs)]
    [InlineData(256, 128, 128, Path.TwoLimbs)]
    [InlineData(128, 256, 128, Path.LongProduct)]
    [InlineData(256, 64, 64, Path.LongProduct)]
    [InlineData(128, 128, 256, Path.LongProduct)]
    [InlineData(256, 256, 256, Path.LongProduct)]
    public void Part_OfAnyWeight_IsExactOrThrows(int amountBits, int weightBits, int wholeBits, Path path)
    {
        var inputs =
            from amount in Sizes.UpTo(amountBits)
            from weight in Sizes.UpTo(weightBits)
            from whole in Sizes.UpTo(wholeBits)
            select Steer(amount.Big(), weight.Big(), whole.Big(), path);
        var cases = 0;
        Properties.Hold(inputs, t =>
        {
            Assert.Equal(path, PathOf(t.Amount, t.Weight, t.Whole));
            cases++;
            Check(t.Amount, t.Weight, t.Whole);
        }, Runs);
        Assert.Equal(Runs, cases);
    }

    // Tables go through a loop of their own where weights have 64 bits: with a whole of 64 bits, and with a longer one.
    [Theory]
    [InlineData(47, 40)]
    [InlineData(100, 40)]
    [InlineData(128, 60)]
    [InlineData(190, 60)]
    [InlineData(128, 64)]
    public void Parts_OfManyWeights_AreThoseOfEachAndTheirSum(int amountBits, int weightBits)
    {
        var inputs =
            from amount in Sizes.UpTo(amountBits)
            from weights in Sizes.UpTo(weightBits).ArrayOf(7)
            from more in Sizes.UpTo(weightBits)
            select (Amount: amount, Weights: weights, More: more);
        Properties.Hold(inputs, t =>
        {
            var whole = t.Weights.Aggregate(t.More, (sum, weight) => sum + weight);
            if (whole.IsZero) return;
            var parts = new UInt256[t.Weights.Length];
            var sum = new Proportion(t.Amount, whole).Of(t.Weights.Select(weight => (ulong)weight).ToArray(), parts);
            Assert.Equal(t.Weights.Select(weight => t.Amount.Big() * weight.Big() / whole.Big()), parts.Select(part => part.Big()));
            Assert.Equal(parts.Aggregate(BigInteger.Zero, (total, part) => total + part.Big()), sum.Big());
        }, Runs);
    }

    [Fact]
    public void Part_OfEdgeValues_IsExactOrThrows()
    {
        var paths = new Dictionary<Path, int>();
        foreach (var amount in Sizes.Edges)
        {
            foreach (var weight in Sizes.Edges)
            {
                foreach (var whole in Sizes.Edges.Where(edge => !edge.IsZero))
                {
                    var path = PathOf(amount, weight, whole);
                    paths[path] = paths.GetValueOrDefault(path) + 1;
                    Check(amount, weight, whole);
                }
            }
        }

        Assert.All(Enum.GetValues<Path>(), path => Assert.True(paths[path] > 1_000));
    }

    // The reciprocal is a little too large, and most so with the largest weights: a quotient that misses an integer by the
    // least that there is, 1 / whole, must not be lifted to it; and a whole quotient must not be one too small.
    [Fact]
    public void Part_ThatIsNearlyOrJustAnInteger_IsNotMoved()
    {
        BigInteger[] wholes = [.. Sizes.Edges.Where(edge => edge > 2 && edge < Half)];
        BigInteger[] factors = [0, 1, 2, (BigInteger.One << 64) - 1, BigInteger.One << 64, Half - 3];
        foreach (var whole in wholes)
        {
            foreach (var factor in factors)
            {
                // With this weight, which is -1 in the remainders of whole, an amount of 1 more than a multiple leaves whole - 1.
                var amount = factor * whole + 1;
                Assert.Equal(whole - 1, amount * (whole - 1) % whole);
                Check(amount, whole - 1, whole);
                Check(factor * whole, whole - 1, whole);
                Check(factor * whole + whole - 1, 1, whole);
                if (whole.IsEven) continue;
                // The weight is 2^63, and the amount minus its inverse.
                var inverse = BigInteger.ModPow((whole + 1) / 2, 63, whole);
                amount = factor * whole + whole - inverse;
                Assert.Equal(whole - 1, amount * (BigInteger.One << 63) % whole);
                Check(amount, BigInteger.One << 63, whole);
            }
        }
    }

    [Fact]
    public void Whole_OfZero_IsADivisionByZero()
    {
        Assert.Throws<DivideByZeroException>(() => new Proportion(1UL, 0UL));
        Assert.Throws<DivideByZeroException>(() => default(Proportion).Of(1UL));
        Assert.Throws<DivideByZeroException>(() => default(Proportion).Of(UInt256.MaxValue));
    }

    [Fact]
    public void Part_OfManyWeights_AllocatesNothing()
    {
        var proportion = new Proportion(UInt256.MaxAmount, (UInt128)1 << 110);
        var general = new Proportion(UInt256.MaxAmount, UInt256.MaxValue);
        UInt256 wide = (UInt128)1 << 96;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0UL; i < 1_000; i++)
        {
            proportion.Of(i);
            proportion.Of(wide);
            general.Of(i);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Check(BigInteger amount, BigInteger weight, BigInteger whole)
    {
        var (a, w, d) = (amount.ToUInt256(), weight.ToUInt256(), whole.ToUInt256());
        var proportion = new Proportion(a, d);
        var expected = amount * weight / whole;
        if (expected >= Limit)
        {
            Assert.Throws<OverflowException>(() => proportion.Of(w));
            if (w.FitsUInt128) Assert.Throws<OverflowException>(() => proportion.Of((UInt128)w));
            return;
        }

        var part = expected.ToUInt256();
        if (proportion.Of(w) != part) Assert.Fail($"{amount} x {weight} / {whole} is {expected}, not {proportion.Of(w)}.");
        if (w.FitsUInt128) Assert.Equal(part, proportion.Of((UInt128)w));
    }

    private static Path PathOf(BigInteger amount, BigInteger weight, BigInteger whole) =>
        weight >= Half || whole >= Half || amount / whole >= Half ? Path.LongProduct
        : weight >> 64 > 0 ? Path.TwoLimbs
        : Path.OneLimb;

    /// <summary>Changes what does not go the way that is asked for.</summary>
    private static (BigInteger Amount, BigInteger Weight, BigInteger Whole) Steer(BigInteger amount, BigInteger weight, BigInteger whole, Path path)
    {
        if (whole.IsZero) whole = 1;
        if (path != Path.LongProduct) amount %= whole << 128;
        if (path == Path.TwoLimbs && weight >> 64 == 0) weight += BigInteger.One << 64;
        if (path == Path.LongProduct && PathOf(amount, weight, whole) != path) weight += Half;
        return (amount, weight, whole);
    }
}
