using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace OpenSettle.Primitives;

/// <summary>
/// An unsigned 256-bit integer: what the chain counts in. Every operation is checked; none rounds unless its name says so.
/// </summary>
public readonly partial struct UInt256 : IEquatable<UInt256>, IComparable<UInt256>
{
    /// <summary>Size of the big-endian form in bytes.</summary>
    public const int Size = 32;

    // Limbs, least significant first.
    private readonly ulong _l0;
    private readonly ulong _l1;
    private readonly ulong _l2;
    private readonly ulong _l3;

    internal UInt256(ulong l0, ulong l1, ulong l2, ulong l3) => (_l0, _l1, _l2, _l3) = (l0, l1, l2, l3);

    public static UInt256 Zero => default;

    public static UInt256 One => new(1, 0, 0, 0);

    public static UInt256 MaxValue => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    /// <summary>The largest amount that the vault stores: 2^128 - 1.</summary>
    public static UInt256 MaxAmount => new(ulong.MaxValue, ulong.MaxValue, 0, 0);

    public bool IsZero => (_l0 | _l1 | _l2 | _l3) == 0;

    public bool FitsUInt64 => (_l1 | _l2 | _l3) == 0;

    public bool FitsUInt128 => (_l2 | _l3) == 0;

    /// <summary>The lowest 128 bits, whatever stands above them.</summary>
    internal UInt128 Low => new(_l1, _l0);

    /// <summary>The highest 128 bits.</summary>
    internal UInt128 High => new(_l3, _l2);

    public static implicit operator UInt256(ulong value) => new(value, 0, 0, 0);

    public static implicit operator UInt256(UInt128 value) => new(unchecked((ulong)value), (ulong)(value >> 64), 0, 0);

    public static explicit operator ulong(UInt256 value) => value.FitsUInt64 ? value._l0 : throw DoesNotFit(value, 64);

    public static explicit operator UInt128(UInt256 value) => value.FitsUInt128 ? value.Low : throw DoesNotFit(value, 128);

    public static bool operator ==(UInt256 left, UInt256 right) => left.Equals(right);

    public static bool operator !=(UInt256 left, UInt256 right) => !left.Equals(right);

    public static bool operator <(UInt256 left, UInt256 right)
    {
        if (left._l3 != right._l3) return left._l3 < right._l3;
        if (left._l2 != right._l2) return left._l2 < right._l2;
        if (left._l1 != right._l1) return left._l1 < right._l1;
        return left._l0 < right._l0;
    }

    public static bool operator >(UInt256 left, UInt256 right) => right < left;

    public static bool operator <=(UInt256 left, UInt256 right) => !(right < left);

    public static bool operator >=(UInt256 left, UInt256 right) => !(left < right);

    public static UInt256 operator +(UInt256 left, UInt256 right)
    {
        var carry = AddLimb(left._l0, right._l0, 0, out var r0);
        carry = AddLimb(left._l1, right._l1, carry, out var r1);
        carry = AddLimb(left._l2, right._l2, carry, out var r2);
        carry = AddLimb(left._l3, right._l3, carry, out var r3);
        return carry == 0 ? new UInt256(r0, r1, r2, r3) : throw new OverflowException("A sum is larger than 256 bits.");
    }

    public static UInt256 operator -(UInt256 left, UInt256 right)
    {
        var borrow = SubLimb(left._l0, right._l0, 0, out var r0);
        borrow = SubLimb(left._l1, right._l1, borrow, out var r1);
        borrow = SubLimb(left._l2, right._l2, borrow, out var r2);
        borrow = SubLimb(left._l3, right._l3, borrow, out var r3);
        return borrow == 0 ? new UInt256(r0, r1, r2, r3) : throw BelowZero(left, right);
    }

    public static UInt256 operator *(UInt256 left, UInt256 right)
    {
        if (left.FitsUInt128 && right.FitsUInt128) return MultiplyHalves(left, right);
        Span<ulong> product = stackalloc ulong[8];
        Multiply(left, right, product);
        return FromLimbs(product) ?? throw new OverflowException("A product is larger than 256 bits.");
    }

    public static UInt256 operator /(UInt256 left, UInt256 right) => DivRem(left, right, out _);

    public static UInt256 operator %(UInt256 left, UInt256 right)
    {
        DivRem(left, right, out var remainder);
        return remainder;
    }

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

    public bool Equals(UInt256 other) =>
        ((_l0 ^ other._l0) | (_l1 ^ other._l1) | (_l2 ^ other._l2) | (_l3 ^ other._l3)) == 0;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is UInt256 other && Equals(other);

    // Halves, not limbs: the framework folds a 64-bit value to 32 bits before the seed comes in, so that whoever chooses
    // the values could make any number of them collide.
    public override int GetHashCode()
    {
        unchecked
        {
            return HashCode.Combine(
                (uint)_l0, (uint)(_l0 >> 32), (uint)_l1, (uint)(_l1 >> 32),
                (uint)_l2, (uint)(_l2 >> 32), (uint)_l3, (uint)(_l3 >> 32));
        }
    }

    public int CompareTo(UInt256 other)
    {
        if (_l3 != other._l3) return _l3 < other._l3 ? -1 : 1;
        if (_l2 != other._l2) return _l2 < other._l2 ? -1 : 1;
        if (_l1 != other._l1) return _l1 < other._l1 ? -1 : 1;
        return _l0.CompareTo(other._l0);
    }

    internal void Deconstruct(out ulong l3, out ulong l2, out ulong l1, out ulong l0) => (l3, l2, l1, l0) = (_l3, _l2, _l1, _l0);

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

    private static OverflowException DoesNotFit(UInt256 value, int bits) => new($"{value} does not fit into {bits} bits.");

    private static OverflowException BelowZero(UInt256 left, UInt256 right) => new($"{left} - {right} is below zero.");
}
