using System.Numerics;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>Our values as those that Nethereum's messages hold, and back.</summary>
internal static class Words
{
    public static string Text(Address account) => account.ToString();

    public static List<string> Texts(IEnumerable<Address> accounts) => [.. accounts.Select(Text)];

    public static byte[] Bytes(Hash32 word) => word.ToArray();

    public static List<byte[]> Bytes(IEnumerable<Hash32> words) => [.. words.Select(Bytes)];

    public static BigInteger Number(UInt256 value)
    {
        Span<byte> word = stackalloc byte[UInt256.Size];
        value.WriteBigEndian(word);
        return new BigInteger(word, isUnsigned: true, isBigEndian: true);
    }

    public static Address Account(string text) =>
        Address.TryParse(text, out var account) ? account : throw new AbiException("Nethereum reads something that is no address.");

    public static Hash32 Hash(byte[] bytes) =>
        bytes.Length == Hash32.Size ? Hash32.FromBytes(bytes) : throw new AbiException($"Nethereum reads {bytes.Length} bytes where a word has {Hash32.Size}.");

    public static UInt256 UInt(BigInteger value)
    {
        Span<byte> word = stackalloc byte[UInt256.Size];
        word.Clear();
        if (value.Sign < 0 || value.GetByteCount(isUnsigned: true) is var size && size > UInt256.Size)
            throw new AbiException("Nethereum reads a number that does not fit into 256 bits.");
        value.TryWriteBytes(word[(UInt256.Size - size)..], out _, isUnsigned: true, isBigEndian: true);
        return UInt256.FromBigEndian(word);
    }
}
