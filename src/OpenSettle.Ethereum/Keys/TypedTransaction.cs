using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>The bytes of an EIP-1559 transaction: what is signed, and what is sent.</summary>
internal static class TypedTransaction
{
    private const byte Type = 2;
    private const byte EvenV = 27;

    public static Hash32 SigningHash(TransactionRequest request) => Keccak256.Hash(Fields(request).ToEnvelope(Type));

    public static byte[] Encode(TransactionRequest request, RecoverableSignature signature) =>
        Fields(request)
            .Integer((ulong)(signature.V - EvenV))
            .Integer(Number(signature.R))
            .Integer(Number(signature.S))
            .ToEnvelope(Type);

    private static RlpList Fields(TransactionRequest request) =>
        new RlpList()
            .Integer(request.ChainId)
            .Integer(request.Nonce)
            .Integer(request.MaxPriorityFeePerGas)
            .Integer(request.MaxFeePerGas)
            .Integer(request.GasLimit)
            .Account(request.To)
            .Integer(request.Value)
            .Bytes(request.Data.Span)
            .EmptyList();

    private static UInt256 Number(Hash32 word)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        word.WriteTo(bytes);
        return UInt256.FromBigEndian(bytes);
    }
}
