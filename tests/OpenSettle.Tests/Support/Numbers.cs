using System.Numerics;
using OpenSettle.Primitives;

namespace OpenSettle.Tests.Support;

/// <summary>Between the product's numbers and the framework's.</summary>
internal static class Numbers
{
    public static BigInteger Big(this UInt256 value)
    {
        var bytes = new byte[UInt256.Size];
        value.WriteBigEndian(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    public static Hash32 ToHash(this UInt256 value)
    {
        var bytes = new byte[UInt256.Size];
        value.WriteBigEndian(bytes);
        return Hash32.FromBytes(bytes);
    }

    public static UInt256 ToUInt256(this BigInteger value)
    {
        var bytes = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        var padded = new byte[UInt256.Size];
        bytes.CopyTo(padded, padded.Length - bytes.Length);
        return UInt256.FromBigEndian(padded);
    }
}
