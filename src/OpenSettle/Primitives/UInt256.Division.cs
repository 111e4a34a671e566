using System.Numerics;
using System.Runtime.CompilerServices;

namespace OpenSettle.Primitives;

/// <content>
/// Division by multiplying with a reciprocal: N. Möller, T. Granlund, "Improved division by invariant integers" (2011).
/// A divisor is normalised where its highest bit is set.
/// </content>
public readonly partial struct UInt256
{
    /// <summary>Quotient rounded down, and the remainder.</summary>
    public static UInt256 DivRem(UInt256 dividend, UInt256 divisor, out UInt256 remainder)
    {
        if (divisor.IsZero) throw new DivideByZeroException();
        if (dividend < divisor)
        {
            remainder = dividend;
            return Zero;
        }

        if (dividend.FitsUInt128)
        {
            var (quotient, rest) = UInt128.DivRem(dividend.Low, divisor.Low);
            remainder = rest;
            return quotient;
        }

        if (divisor.FitsUInt64) return DivRemByLimb(dividend, divisor._l0, out remainder);
        Span<ulong> u = stackalloc ulong[4];
        Span<ulong> q = stackalloc ulong[4];
        dividend.CopyLimbs(u);
        DivideLimbs(u, divisor, q, out remainder);
        return new UInt256(q[0], q[1], q[2], q[3]);
    }

    /// <summary>The reciprocal of a normalised limb: ⌊(2^128 - 1) / divisor⌋ - 2^64.</summary>
    internal static ulong Reciprocal(ulong divisor)
    {
        // Less 2^64 × divisor before the division, not 2^64 after it: so the quotient is one limb, which is much quicker.
        return (ulong)(new UInt128(~divisor, ulong.MaxValue) / divisor);
    }

    /// <summary>The reciprocal of two normalised limbs: ⌊(2^192 - 1) / divisor⌋ - 2^64.</summary>
    internal static ulong Reciprocal(ulong d1, ulong d0)
    {
        unchecked
        {
            var reciprocal = Reciprocal(d1);
            var p = d1 * reciprocal + d0;
            if (p < d0)
            {
                reciprocal--;
                if (p >= d1)
                {
                    reciprocal--;
                    p -= d1;
                }

                p -= d1;
            }

            var t1 = MultiplyAdd(reciprocal, d0, 0, 0, out var t0);
            p += t1;
            if (p < t1)
            {
                reciprocal--;
                if (p > d1 || (p == d1 && t0 >= d0)) reciprocal--;
            }

            return reciprocal;
        }
    }

    /// <summary>One limb of a quotient: (rest, limb) by a normalised limb, where rest is below the divisor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong DivideStep(ref ulong rest, ulong limb, ulong divisor, ulong reciprocal)
    {
        unchecked
        {
            var guess = MultiplyAdd(reciprocal, rest, limb, 0, out var low) + rest + 1;
            rest = limb - guess * divisor;
            if (rest > low)
            {
                guess--;
                rest += divisor;
            }

            if (rest >= divisor)
            {
                guess++;
                rest -= divisor;
            }

            return guess;
        }
    }

    /// <summary>One limb of a quotient: (r1, r0, limb) by two normalised limbs, where (r1, r0) is below the divisor.</summary>
    internal static ulong DivideStep(ref ulong r1, ref ulong r0, ulong limb, ulong d1, ulong d0, ulong reciprocal)
    {
        unchecked
        {
            var guess = MultiplyAdd(reciprocal, r1, r0, 0, out var low) + r1;
            var t1 = MultiplyAdd(d0, guess, 0, 0, out var t0);
            var divisor = new UInt128(d1, d0);
            var rest = new UInt128(r0 - guess * d1, limb) - new UInt128(t1, t0) - divisor;
            guess++;
            if ((ulong)(rest >> 64) >= low)
            {
                guess--;
                rest += divisor;
            }

            if (rest >= divisor)
            {
                guess++;
                rest -= divisor;
            }

            (r1, r0) = ((ulong)(rest >> 64), (ulong)rest);
            return guess;
        }
    }

    private static UInt256 DivRemByLimb(UInt256 dividend, ulong divisor, out UInt256 remainder)
    {
        var shift = BitOperations.LeadingZeroCount(divisor);
        divisor <<= shift;
        // In two shifts, since one by 64 would be none.
        var back = 63 - shift;
        var shifted = new UInt256(
            dividend._l0 << shift,
            (dividend._l1 << shift) | (dividend._l0 >> 1 >> back),
            (dividend._l2 << shift) | (dividend._l1 >> 1 >> back),
            (dividend._l3 << shift) | (dividend._l2 >> 1 >> back));
        var rest = dividend._l3 >> 1 >> back;
        var quotient = DivideByLimb(shifted, divisor, Reciprocal(divisor), ref rest);
        remainder = rest >> shift;
        return quotient;
    }

    /// <summary>(rest, value) by a normalised limb, where rest is below it and is the remainder afterwards.</summary>
    private static UInt256 DivideByLimb(UInt256 value, ulong divisor, ulong reciprocal, ref ulong rest)
    {
        ulong q3 = 0;
        ulong q2 = 0;
        if ((value._l2 | value._l3 | rest) != 0)
        {
            q3 = DivideStep(ref rest, value._l3, divisor, reciprocal);
            q2 = DivideStep(ref rest, value._l2, divisor, reciprocal);
        }

        var q1 = DivideStep(ref rest, value._l1, divisor, reciprocal);
        var q0 = DivideStep(ref rest, value._l0, divisor, reciprocal);
        return new UInt256(q0, q1, q2, q3);
    }

    /// <summary>Divides 4 or 8 limbs, which are lost, by a divisor that is not zero.</summary>
    private static void DivideLimbs(Span<ulong> dividend, UInt256 divisor, Span<ulong> quotient, out UInt256 remainder)
    {
        Span<ulong> v = stackalloc ulong[4];
        Span<ulong> room = stackalloc ulong[9];
        divisor.CopyLimbs(v);
        var n = 4;
        while (v[n - 1] == 0) n--;
        var m = dividend.Length;
        while (m > n && dividend[m - 1] == 0) m--;
        v = v[..n];
        var u = room[..(m + 1)];
        dividend[..m].CopyTo(u);
        var shift = BitOperations.LeadingZeroCount(v[n - 1]);
        ShiftLeft(v, shift);
        ShiftLeft(u, shift);
        if (n == 1) DivideByOne(u, v[0], quotient);
        else DivideByMore(u, v, quotient);
        ShiftRight(u, shift);
        remainder = new UInt256(u[0], n > 1 ? u[1] : 0, n > 2 ? u[2] : 0, n > 3 ? u[3] : 0);
    }

    private static void DivideByOne(Span<ulong> u, ulong divisor, Span<ulong> quotient)
    {
        var reciprocal = Reciprocal(divisor);
        var rest = u[^1];
        for (var j = u.Length - 2; j >= 0; j--) quotient[j] = DivideStep(ref rest, u[j], divisor, reciprocal);
        u.Clear();
        u[0] = rest;
    }

    /// <summary>Knuth's algorithm D: guesses a limb by the two highest limbs of the divisor, one too large at most.</summary>
    private static void DivideByMore(Span<ulong> u, ReadOnlySpan<ulong> v, Span<ulong> quotient)
    {
        var n = v.Length;
        var (d1, d0) = (v[n - 1], v[n - 2]);
        var reciprocal = Reciprocal(d1, d0);
        unchecked
        {
            for (var j = u.Length - 1 - n; j >= 0; j--)
            {
                var part = u.Slice(j, n + 1);
                var (r1, r0) = (part[n], part[n - 1]);
                // Equal highest limbs are the one case in which the step's rest is not below its divisor.
                var guess = r1 == d1 && r0 == d0 ? ulong.MaxValue : DivideStep(ref r1, ref r0, part[n - 2], d1, d0, reciprocal);
                if (Subtract(part, v, guess))
                {
                    guess--;
                    AddBack(part, v);
                }

                quotient[j] = guess;
            }
        }
    }

    /// <summary>part -= v × limb; true where that went below zero.</summary>
    private static bool Subtract(Span<ulong> part, ReadOnlySpan<ulong> v, ulong limb)
    {
        ulong carry = 0;
        ulong borrow = 0;
        for (var i = 0; i < v.Length; i++)
        {
            carry = MultiplyAdd(v[i], limb, carry, 0, out var low);
            borrow = SubLimb(part[i], low, borrow, out part[i]);
        }

        return SubLimb(part[v.Length], carry, borrow, out part[v.Length]) != 0;
    }

    private static void AddBack(Span<ulong> part, ReadOnlySpan<ulong> v)
    {
        ulong carry = 0;
        for (var i = 0; i < v.Length; i++) carry = AddLimb(part[i], v[i], carry, out part[i]);
        unchecked
        {
            part[v.Length] += carry;
        }
    }

    private static void ShiftLeft(Span<ulong> limbs, int shift)
    {
        if (shift == 0) return;
        unchecked
        {
            for (var i = limbs.Length - 1; i > 0; i--) limbs[i] = (limbs[i] << shift) | (limbs[i - 1] >> (64 - shift));
            limbs[0] <<= shift;
        }
    }

    private static void ShiftRight(Span<ulong> limbs, int shift)
    {
        if (shift == 0) return;
        unchecked
        {
            for (var i = 0; i < limbs.Length - 1; i++) limbs[i] = (limbs[i] >> shift) | (limbs[i + 1] << (64 - shift));
            limbs[^1] >>= shift;
        }
    }

    private void CopyLimbs(Span<ulong> limbs)
    {
        limbs[0] = _l0;
        limbs[1] = _l1;
        limbs[2] = _l2;
        limbs[3] = _l3;
    }
}
