using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OpenSettle.Primitives;

/// <summary>
/// An unsigned 256-bit integer: what the chain counts in. Every operation is checked; none rounds unless its name says so.
/// </summary>
public readonly struct UInt256 : IEquatable<UInt256>, IComparable<UInt256>
{
    /// <summary>Size of the big-endian form in bytes.</summary>
    public const int Size = 32;

    // Limbs, least significant first.
    private readonly ulong _l0;
    private readonly ulong _l1;
    private readonly ulong _l2;
    private readonly ulong _l3;

    private UInt256(ulong l0, ulong l1, ulong l2, ulong l3) => (_l0, _l1, _l2, _l3) = (l0, l1, l2, l3);

    public static UInt256 Zero => default;

    public static UInt256 One => new(1, 0, 0, 0);

    public static UInt256 MaxValue => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    /// <summary>The largest amount that the vault stores: 2^128 - 1.</summary>
    public static UInt256 MaxAmount => new(ulong.MaxValue, ulong.MaxValue, 0, 0);

    public bool IsZero => (_l0 | _l1 | _l2 | _l3) == 0;

    public bool FitsUInt64 => (_l1 | _l2 | _l3) == 0;

    public bool FitsUInt128 => (_l2 | _l3) == 0;

    public static implicit operator UInt256(ulong value) => new(value, 0, 0, 0);

    public static implicit operator UInt256(UInt128 value) => new(unchecked((ulong)value), (ulong)(value >> 64), 0, 0);

    public static explicit operator ulong(UInt256 value) =>
        value.FitsUInt64 ? value._l0 : throw new OverflowException($"{value} does not fit into 64 bits.");

    public static explicit operator UInt128(UInt256 value) =>
        value.FitsUInt128 ? new UInt128(value._l1, value._l0) : throw new OverflowException($"{value} does not fit into 128 bits.");

    public static bool operator ==(UInt256 left, UInt256 right) => left.Equals(right);

    public static bool operator !=(UInt256 left, UInt256 right) => !left.Equals(right);

    public static bool operator <(UInt256 left, UInt256 right) => left.CompareTo(right) < 0;

    public static bool operator >(UInt256 left, UInt256 right) => left.CompareTo(right) > 0;

    public static bool operator <=(UInt256 left, UInt256 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(UInt256 left, UInt256 right) => left.CompareTo(right) >= 0;

    public static UInt256 operator +(UInt256 left, UInt256 right)
    {
        unchecked
        {
            var carry = AddLimb(left._l0, right._l0, 0, out var r0);
            carry = AddLimb(left._l1, right._l1, carry, out var r1);
            carry = AddLimb(left._l2, right._l2, carry, out var r2);
            carry = AddLimb(left._l3, right._l3, carry, out var r3);
            return carry == 0 ? new UInt256(r0, r1, r2, r3) : throw new OverflowException("A sum is larger than 256 bits.");
        }
    }

    public static UInt256 operator -(UInt256 left, UInt256 right)
    {
        if (left < right) throw new OverflowException($"{left} - {right} is below zero.");
        unchecked
        {
            var borrow = SubLimb(left._l0, right._l0, 0, out var r0);
            borrow = SubLimb(left._l1, right._l1, borrow, out var r1);
            borrow = SubLimb(left._l2, right._l2, borrow, out var r2);
            SubLimb(left._l3, right._l3, borrow, out var r3);
            return new UInt256(r0, r1, r2, r3);
        }
    }

    public static UInt256 operator *(UInt256 left, UInt256 right)
    {
        Span<ulong> a = stackalloc ulong[4];
        Span<ulong> b = stackalloc ulong[4];
        Span<ulong> product = stackalloc ulong[8];
        product.Clear();
        left.CopyLimbs(a);
        right.CopyLimbs(b);
        for (var i = 0; i < 4; i++)
        {
            if (a[i] == 0) continue;
            ulong carry = 0;
            for (var j = 0; j < 4; j++)
            {
                unchecked
                {
                    // (2^64-1)^2 + 2(2^64-1) = 2^128-1: the accumulation cannot overflow.
                    var sum = (UInt128)a[i] * b[j] + product[i + j] + carry;
                    product[i + j] = (ulong)sum;
                    carry = (ulong)(sum >> 64);
                }
            }

            product[i + 4] = carry;
        }

        return (product[4] | product[5] | product[6] | product[7]) == 0
            ? new UInt256(product[0], product[1], product[2], product[3])
            : throw new OverflowException("A product is larger than 256 bits.");
    }

    public static UInt256 operator /(UInt256 left, UInt256 right) => DivRem(left, right, out _);

    public static UInt256 operator %(UInt256 left, UInt256 right)
    {
        DivRem(left, right, out var remainder);
        return remainder;
    }

    /// <summary>Quotient rounded down, and the remainder.</summary>
    public static UInt256 DivRem(UInt256 dividend, UInt256 divisor, out UInt256 remainder)
    {
        if (divisor.IsZero) throw new DivideByZeroException();
        if (dividend < divisor)
        {
            remainder = dividend;
            return Zero;
        }

        if (divisor.FitsUInt64) return DivRemByLimb(dividend, divisor._l0, out remainder);
        if (dividend.FitsUInt128)
        {
            var (quotient, rest) = UInt128.DivRem((UInt128)dividend, (UInt128)divisor);
            remainder = rest;
            return quotient;
        }

        return DivRemLong(dividend, divisor, out remainder);
    }

    /// <summary>amount × numerator ÷ denominator, rounded down. Throws where the product exceeds 256 bits.</summary>
    public static UInt256 MulDivFloor(UInt256 amount, UInt256 numerator, UInt256 denominator) => amount * numerator / denominator;

    /// <summary>Reads 32 big-endian bytes.</summary>
    public static UInt256 FromBigEndian(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"A 256-bit word has 32 bytes, not {bytes.Length}.", nameof(bytes));
        return new UInt256(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    /// <summary>Writes 32 big-endian bytes.</summary>
    public void WriteBigEndian(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _l3);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _l2);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _l1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _l0);
    }

    /// <summary>Reads a plain decimal integer: digits only, no sign, no separators.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out UInt256 value)
    {
        value = Zero;
        if (text.IsEmpty || text.Length > 78) return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c)) return false;
            if (!TryTimesTenPlus(value, (ulong)(c - '0'), out value)) return false;
        }

        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    public static UInt256 Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var value) ? value : throw new FormatException($"'{text}' is not a decimal integer of at most 256 bits.");

    public bool Equals(UInt256 other) => _l0 == other._l0 && _l1 == other._l1 && _l2 == other._l2 && _l3 == other._l3;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is UInt256 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_l0, _l1, _l2, _l3);

    public int CompareTo(UInt256 other)
    {
        if (_l3 != other._l3) return _l3.CompareTo(other._l3);
        if (_l2 != other._l2) return _l2.CompareTo(other._l2);
        if (_l1 != other._l1) return _l1.CompareTo(other._l1);
        return _l0.CompareTo(other._l0);
    }

    /// <summary>The decimal form.</summary>
    public override string ToString()
    {
        if (FitsUInt64) return _l0.ToString(CultureInfo.InvariantCulture);
        const ulong TenTo19 = 10_000_000_000_000_000_000;
        Span<char> digits = stackalloc char[80];
        var at = digits.Length;
        var rest = this;
        while (!rest.FitsUInt64)
        {
            rest = DivRemByLimb(rest, TenTo19, out var low);
            at -= 19;
            _ = low._l0.TryFormat(digits[at..], out _, "D19", CultureInfo.InvariantCulture);
        }

        Span<char> head = stackalloc char[20];
        _ = rest._l0.TryFormat(head, out var written, provider: CultureInfo.InvariantCulture);
        return string.Concat(head[..written], digits[at..]);
    }

    private static ulong AddLimb(ulong a, ulong b, ulong carry, out ulong sum)
    {
        unchecked
        {
            sum = a + b;
            var over = sum < a ? 1UL : 0UL;
            sum += carry;
            return over + (sum < carry ? 1UL : 0UL);
        }
    }

    private static ulong SubLimb(ulong a, ulong b, ulong borrow, out ulong difference)
    {
        unchecked
        {
            difference = a - b;
            var under = a < b ? 1UL : 0UL;
            var before = difference;
            difference -= borrow;
            return under + (before < borrow ? 1UL : 0UL);
        }
    }

    private static bool TryTimesTenPlus(UInt256 value, ulong digit, out UInt256 result)
    {
        unchecked
        {
            var s0 = (UInt128)value._l0 * 10 + digit;
            var s1 = (UInt128)value._l1 * 10 + (ulong)(s0 >> 64);
            var s2 = (UInt128)value._l2 * 10 + (ulong)(s1 >> 64);
            var s3 = (UInt128)value._l3 * 10 + (ulong)(s2 >> 64);
            result = new UInt256((ulong)s0, (ulong)s1, (ulong)s2, (ulong)s3);
            return (ulong)(s3 >> 64) == 0;
        }
    }

    private static UInt256 DivRemByLimb(UInt256 dividend, ulong divisor, out UInt256 remainder)
    {
        ulong rest = 0;
        var q3 = DivideStep(dividend._l3, divisor, ref rest);
        var q2 = DivideStep(dividend._l2, divisor, ref rest);
        var q1 = DivideStep(dividend._l1, divisor, ref rest);
        var q0 = DivideStep(dividend._l0, divisor, ref rest);
        remainder = rest;
        return new UInt256(q0, q1, q2, q3);
    }

    private static ulong DivideStep(ulong limb, ulong divisor, ref ulong rest)
    {
        // rest < divisor, so the quotient fits into one limb.
        var (quotient, remainder) = UInt128.DivRem(new UInt128(rest, limb), divisor);
        rest = (ulong)remainder;
        return (ulong)quotient;
    }

    /// <summary>Knuth's algorithm D on 32-bit digits; the divisor has at least three of them.</summary>
    private static UInt256 DivRemLong(UInt256 dividend, UInt256 divisor, out UInt256 remainder)
    {
        Span<uint> u = stackalloc uint[9];
        Span<uint> v = stackalloc uint[8];
        Span<uint> q = stackalloc uint[8];
        q.Clear();
        dividend.CopyDigits(u);
        divisor.CopyDigits(v);
        u[8] = 0;
        var n = 8;
        while (v[n - 1] == 0) n--;
        var shift = System.Numerics.BitOperations.LeadingZeroCount(v[n - 1]);
        ShiftLeft(v[..n], shift);
        ShiftLeft(u, shift);
        unchecked
        {
            for (var j = 8 - n; j >= 0; j--)
            {
                var numerator = ((ulong)u[j + n] << 32) | u[j + n - 1];
                var guess = numerator / v[n - 1];
                var rest = numerator % v[n - 1];
                while (guess > uint.MaxValue || guess * v[n - 2] > ((rest << 32) | u[j + n - 2]))
                {
                    guess--;
                    rest += v[n - 1];
                    if (rest > uint.MaxValue) break;
                }

                long borrow = 0;
                ulong carry = 0;
                for (var i = 0; i < n; i++)
                {
                    var product = guess * v[i] + carry;
                    carry = product >> 32;
                    var difference = u[i + j] - borrow - (long)(uint)product;
                    u[i + j] = (uint)difference;
                    borrow = difference < 0 ? 1 : 0;
                }

                var top = u[j + n] - borrow - (long)carry;
                u[j + n] = (uint)top;
                if (top < 0)
                {
                    // The guess was one too large: add the divisor back.
                    guess--;
                    ulong over = 0;
                    for (var i = 0; i < n; i++)
                    {
                        var sum = (ulong)u[i + j] + v[i] + over;
                        u[i + j] = (uint)sum;
                        over = sum >> 32;
                    }

                    u[j + n] += (uint)over;
                }

                q[j] = (uint)guess;
            }
        }

        ShiftRight(u, shift);
        remainder = FromDigits(u[..8]);
        return FromDigits(q);
    }

    private static void ShiftLeft(Span<uint> digits, int shift)
    {
        if (shift == 0) return;
        unchecked
        {
            for (var i = digits.Length - 1; i > 0; i--) digits[i] = (digits[i] << shift) | (digits[i - 1] >> (32 - shift));
            digits[0] <<= shift;
        }
    }

    private static void ShiftRight(Span<uint> digits, int shift)
    {
        if (shift == 0) return;
        unchecked
        {
            for (var i = 0; i < digits.Length - 1; i++) digits[i] = (digits[i] >> shift) | (digits[i + 1] << (32 - shift));
            digits[^1] >>= shift;
        }
    }

    private static UInt256 FromDigits(ReadOnlySpan<uint> d) => new(
        ((ulong)d[1] << 32) | d[0], ((ulong)d[3] << 32) | d[2], ((ulong)d[5] << 32) | d[4], ((ulong)d[7] << 32) | d[6]);

    private void CopyLimbs(Span<ulong> limbs)
    {
        limbs[0] = _l0;
        limbs[1] = _l1;
        limbs[2] = _l2;
        limbs[3] = _l3;
    }

    private void CopyDigits(Span<uint> digits)
    {
        unchecked
        {
            digits[0] = (uint)_l0;
            digits[1] = (uint)(_l0 >> 32);
            digits[2] = (uint)_l1;
            digits[3] = (uint)(_l1 >> 32);
            digits[4] = (uint)_l2;
            digits[5] = (uint)(_l2 >> 32);
            digits[6] = (uint)_l3;
            digits[7] = (uint)(_l3 >> 32);
        }
    }
}
