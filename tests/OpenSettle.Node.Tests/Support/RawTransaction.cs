using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>An EIP-1559 transaction, read back from its bytes: what a node does with what it is sent.</summary>
internal sealed record RawTransaction(Hash32 Hash, Address From, ulong ChainId, ulong Nonce, UInt256 Tip, UInt256 MaxFee, ulong Gas, Address To, byte[] Data)
{
    /// <summary>What its sender gives above the base fee.</summary>
    public UInt256 TipAt(UInt256 baseFee) => MaxFee < baseFee ? UInt256.Zero : MaxFee - baseFee < Tip ? MaxFee - baseFee : Tip;

    public static RawTransaction Decode(ReadOnlySpan<byte> raw, IChainProvider provider)
    {
        if (raw[0] != 2) throw new FormatException("Not a transaction of type 2.");
        var at = 1;
        var end = at + Header(raw[at..], out var headerSize, out _);
        end += headerSize;
        at += headerSize;
        if (end != raw.Length) throw new FormatException("Bytes after the transaction.");
        var signedFrom = at;
        var signedTo = at;
        var items = new List<byte[]>();
        while (at < end)
        {
            var length = Header(raw[at..], out var size, out _);
            items.Add(raw.Slice(at + size, length).ToArray());
            at += size + length;
            if (items.Count == 9) signedTo = at;
        }

        if (items.Count != 12) throw new FormatException($"{items.Count} fields.");
        var payload = raw[signedFrom..signedTo].ToArray();
        byte[] signed = [2, .. ListHeader(payload.Length), .. payload];
        var signature = new RecoverableSignature(Word(items[10]), Word(items[11]), (byte)(27 + (ulong)Number(items[9])));
        var from = provider.Recover(Keccak256.Hash(signed), signature) ?? throw new FormatException("The signature is not valid.");
        return new RawTransaction(
            Keccak256.Hash(raw), from, (ulong)Number(items[0]), (ulong)Number(items[1]), Number(items[2]), Number(items[3]), (ulong)Number(items[4]),
            Address.FromBytes(items[5]), items[7]);
    }

    private static int Header(ReadOnlySpan<byte> rlp, out int size, out bool list)
    {
        var first = rlp[0];
        list = first >= 0xc0;
        if (first < 0x80)
        {
            size = 0;
            return 1;
        }

        var length = first - (list ? 0xc0 : 0x80);
        if (length <= 55)
        {
            size = 1;
            return length;
        }

        size = 1 + length - 55;
        return (int)(ulong)Number(rlp[1..size].ToArray());
    }

    private static byte[] ListHeader(int length)
    {
        if (length <= 55) return [(byte)(0xc0 + length)];
        return length <= 0xff ? [0xf8, (byte)length] : [0xf9, (byte)(length >> 8), (byte)(length & 0xff)];
    }

    private static UInt256 Number(byte[] bytes) => UInt256.FromBigEndian([.. new byte[32 - bytes.Length], .. bytes]);

    private static Hash32 Word(byte[] bytes) => Hash32.FromBytes([.. new byte[32 - bytes.Length], .. bytes]);
}
