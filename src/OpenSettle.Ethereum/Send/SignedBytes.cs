using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Send;

/// <summary>Reads what signed bytes offer: it is written down nowhere else, so that nothing can say otherwise.</summary>
public static class SignedBytes
{
    private const byte TransactionType = 2;

    // chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gas, to, value, data, accessList, v, r, s.
    private const int Items = 12;

    /// <exception cref="FormatException">They are not a signed EIP-1559 transaction.</exception>
    public static (GasFee Fee, ulong GasLimit) Offer(ReadOnlyMemory<byte> raw)
    {
        if (raw.IsEmpty || raw.Span[0] != TransactionType || !RlpItems.TryRead(raw[1..], Items, out var items) || items.Count != Items)
            throw new FormatException("The stored bytes are not a signed EIP-1559 transaction.");
        return (new GasFee(Number(items[2]), Number(items[3])), (ulong)Number(items[4]));
    }

    private static UInt256 Number(ReadOnlyMemory<byte> item)
    {
        var digits = RlpItems.Payload(item);
        if (digits.Length > UInt256.Size) throw new FormatException("The stored bytes hold a number of more than 256 bits.");
        Span<byte> word = stackalloc byte[UInt256.Size];
        word.Clear();
        digits.CopyTo(word[(UInt256.Size - digits.Length)..]);
        return UInt256.FromBigEndian(word);
    }
}
