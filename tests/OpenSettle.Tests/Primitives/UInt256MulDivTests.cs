using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class UInt256MulDivTests
{
    private static readonly BigInteger Limit = BigInteger.One << 256;

    // Each limb of a denominator is a way of its own, with a product that is short and with one that is long.
    [Theory]
    [InlineData(128, 64)]
    [InlineData(128, 128)]
    [InlineData(128, 192)]
    [InlineData(128, 256)]
    [InlineData(256, 64)]
    [InlineData(256, 128)]
    [InlineData(256, 192)]
    [InlineData(256, 256)]
    public void MulDivFloor_OfAnyThree_RoundsDownOrThrows(int factorBits, int denominatorBits)
    {
        var inputs =
            from a in Sizes.UpTo(factorBits)
            from b in Sizes.UpTo(factorBits)
            from c in Sizes.UpTo(denominatorBits)
            select (a.Big(), b.Big(), c.Big());
        var cases = 0;
        Properties.Hold(inputs, t =>
        {
            var (a, b, c) = t;
            // What is too small for the class is put at its lower bound.
            if (factorBits > 128 && a >> 128 == 0 && b >> 128 == 0) a += BigInteger.One << 128;
            if (c >> (denominatorBits - 64) == 0) c += BigInteger.One << (denominatorBits - 64);
            cases++;
            Check(a, b, c);
        }, 20_000);
        Assert.Equal(20_000, cases);
    }

    [Fact]
    public void MulDivFloor_OfEdgeValues_RoundsDownOrThrows()
    {
        foreach (var a in Sizes.Edges)
        {
            foreach (var b in Sizes.Edges)
            {
                foreach (var c in Sizes.Edges) Check(a, b, c);
            }
        }
    }

    [Fact]
    public void MulDivFloor_JustBelowAndAtAMultiple_IsExact() => Properties.Hold(
        from bits in Gen.Elements(64, 128, 192, 256) from c in Sizes.UpTo(bits) select c.Big(),
        c =>
        {
            // A multiple less one is where a guessed limb is one too large: (c + 1)(c - 1) is c² less one.
            if (c < 2 || c + 1 >= Limit) return;
            Check(c + 1, c - 1, c);
            Check(c - 1, c - 1, c);
            Check(c, Limit - 1, c);
            Check(Limit - 1, Limit - 1, c);
        },
        20_000);

    [Fact]
    public void MulDivFloor_OfALongProduct_IsAsLargeAsItsQuotient()
    {
        Assert.Equal(UInt256.MaxValue, UInt256.MulDivFloor(UInt256.MaxValue, UInt256.MaxValue, UInt256.MaxValue));
        Assert.Throws<OverflowException>(() => UInt256.MulDivFloor(UInt256.MaxValue, UInt256.MaxValue, UInt256.MaxValue - 1));
        Assert.Throws<OverflowException>(() => UInt256.MaxValue * UInt256.MaxValue);
        Assert.Throws<DivideByZeroException>(() => UInt256.MulDivFloor(UInt256.MaxValue, UInt256.MaxValue, UInt256.Zero));
        Assert.Throws<DivideByZeroException>(() => UInt256.MulDivFloor(UInt256.Zero, UInt256.Zero, UInt256.Zero));
    }

    [Fact]
    public void Quotient_ByTwoLimbsWhoseReciprocalIsAtAStep_IsExact()
    {
        // The reciprocal of (d1, d0) is one less where d0 passes d1 + 1 + the remainder of (2^128 - 1) / d1.
        var found = 0;
        for (var i = 0; i < 4_000; i++)
        {
            var d1 = (BigInteger.One << 63) + BigInteger.Pow(3, i % 39) + i;
            var step = d1 + 1 + ((BigInteger.One << 128) - 1) % d1;
            foreach (var d0 in (BigInteger[])[step - 1, step, step + 1])
            {
                if (d0 >> 64 > 0) continue;
                found++;
                var divisor = (d1 << 64) + d0;
                Check(divisor - 1, Limit - 1, divisor);
                Check((divisor << 64) - 1, (BigInteger.One << 64) - 1, divisor);
                Check(1, Limit - 1, divisor);
            }
        }

        Assert.True(found > 100);
    }

    private static void Check(BigInteger a, BigInteger b, BigInteger c)
    {
        var (x, y, z) = (a.ToUInt256(), b.ToUInt256(), c.ToUInt256());
        if (c.IsZero) Assert.Throws<DivideByZeroException>(() => UInt256.MulDivFloor(x, y, z));
        else if (a * b / c >= Limit) Assert.Throws<OverflowException>(() => UInt256.MulDivFloor(x, y, z));
        else if (UInt256.MulDivFloor(x, y, z) != (a * b / c).ToUInt256()) Assert.Fail($"{a} x {b} / {c} is not {UInt256.MulDivFloor(x, y, z)}.");
    }
}

/// <summary>Numbers by their size, shared by the tests of products and parts.</summary>
internal static class Sizes
{
    /// <summary>The ends of limbs and of the sizes that amounts and weights have, and their neighbours.</summary>
    public static IReadOnlyList<BigInteger> Edges { get; } =
    [
        .. ((int[])[0, 1, 8, 30, 63, 64, 65, 96, 110, 127, 128, 129, 192, 255, 256])
            .SelectMany(bit => (BigInteger[])[(BigInteger.One << bit) - 1, BigInteger.One << bit, (BigInteger.One << bit) + 1])
            .Append(BigInteger.Pow(10, 18)).Append(BigInteger.Pow(10, 27))
            .Where(edge => edge >> 256 == 0).Distinct().Order(),
    ];

    /// <summary>Below 2^bits: hard limbs, or at or next to a power of two.</summary>
    public static Gen<UInt256> UpTo(int bits)
    {
        var mask = (BigInteger.One << bits) - 1;
        return Gen.OneOf(
            from number in Properties.Numbers select (number.Big() & mask).ToUInt256(),
            from whole in Properties.Numbers from top in Gen.Choose(0, 64) select ((whole.Big() >> top) & mask).ToUInt256(),
            from bit in Gen.Choose(0, bits)
            from step in Gen.Choose(-1, 1)
            select (((BigInteger.One << bit) + step) & mask).ToUInt256());
    }
}
