using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace OpenSettle.Primitives;

public readonly partial struct UInt256
{
    /// <summary>
    /// amount × numerator ÷ denominator, rounded down. The product may have 512 bits; throws only where the quotient
    /// exceeds 256 bits, or the denominator is zero.
    /// </summary>
    public static UInt256 MulDivFloor(UInt256 amount, UInt256 numerator, UInt256 denominator)
    {
        if (amount.FitsUInt128 && numerator.FitsUInt128) return MultiplyHalves(amount, numerator) / denominator;
        if (denominator.IsZero) throw new DivideByZeroException();
        Span<ulong> product = stackalloc ulong[8];
        Span<ulong> quotient = stackalloc ulong[8];
        Multiply(amount, numerator, product);
        DivideLimbs(product, denominator, quotient, out _);
        return FromLimbs(quotient) ?? throw new OverflowException("A quotient is larger than 256 bits.");
    }

    /// <summary>a × b + c + d: the low limb, with the high limb as the result. The largest sum is 2^128 - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong MultiplyAdd(ulong a, ulong b, ulong c, ulong d, out ulong low)
    {
        unchecked
        {
            var high = Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(a, b) : Math.BigMul(a, b, out _);
            low = a * b;
            low += c;
            if (low < c) high++;
            low += d;
            if (low < d) high++;
            return high;
        }
    }

    /// <summary>The product of two numbers below 2^128, which always fits.</summary>
    private static UInt256 MultiplyHalves(UInt256 left, UInt256 right)
    {
        var carry = Math.BigMul(left._l0, right._l0, out var r0);
        if ((left._l1 | right._l1) == 0) return new UInt256(r0, carry, 0, 0);
        var r2 = MultiplyAdd(left._l1, right._l0, carry, 0, out var r1);
        carry = MultiplyAdd(left._l0, right._l1, r1, 0, out r1);
        var r3 = MultiplyAdd(left._l1, right._l1, r2, carry, out r2);
        return new UInt256(r0, r1, r2, r3);
    }

    /// <summary>The whole product, least limb first, into eight limbs that are zero.</summary>
    private static void Multiply(UInt256 left, UInt256 right, Span<ulong> product)
    {
        AddRow(left, right._l0, product);
        AddRow(left, right._l1, product[1..]);
        AddRow(left, right._l2, product[2..]);
        AddRow(left, right._l3, product[3..]);
    }

    private static void AddRow(UInt256 value, ulong limb, Span<ulong> product)
    {
        if (limb == 0) return;
        var carry = MultiplyAdd(value._l0, limb, product[0], 0, out product[0]);
        carry = MultiplyAdd(value._l1, limb, product[1], carry, out product[1]);
        carry = MultiplyAdd(value._l2, limb, product[2], carry, out product[2]);
        product[4] = MultiplyAdd(value._l3, limb, product[3], carry, out product[3]);
    }

    /// <summary>Null where the eight limbs are more than 256 bits.</summary>
    private static UInt256? FromLimbs(ReadOnlySpan<ulong> limbs) =>
        (limbs[4] | limbs[5] | limbs[6] | limbs[7]) == 0 ? new UInt256(limbs[0], limbs[1], limbs[2], limbs[3]) : null;
}
