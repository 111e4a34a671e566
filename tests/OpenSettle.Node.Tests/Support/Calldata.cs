using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>Reads a proposal's call as the vault does.</summary>
internal static class Calldata
{
    private static readonly byte[] ProposeSelector =
        Keccak256.HashText("propose((uint64,uint32,bytes32,bytes32,bytes32,uint64,bytes32,(address,uint128)[],string),bytes[])").ToArray()[..4];

    public static (Proposal Proposal, IReadOnlyList<RecoverableSignature> Signatures)? ReadProposal(ReadOnlySpan<byte> data)
    {
        if (data.Length < 4 || !data[..4].SequenceEqual(ProposeSelector)) return null;
        var arguments = data[4..];
        var tuple = new AbiReader(arguments[Number(arguments, 0)..]);
        var proposal = new Proposal(
            tuple.UInt64(), tuple.UInt32(), tuple.Word(), tuple.Word(), tuple.Word(), tuple.UInt64(), tuple.Word(),
            tuple.Array(2, static (ref AbiReader total) => new TokenTotal(total.Account(), total.UInt(128))), tuple.Text());
        var array = arguments[Number(arguments, 32)..];
        var items = array[32..];
        var signatures = new List<RecoverableSignature>();
        for (var i = 0; i < Number(array, 0); i++)
        {
            var bytes = items[Number(items, 32 * i)..];
            if (Number(bytes, 0) != 65) throw new FormatException("A signature has 65 bytes.");
            signatures.Add(new RecoverableSignature(Hash32.FromBytes(bytes[32..64]), Hash32.FromBytes(bytes[64..96]), bytes[96]));
        }

        return (proposal, signatures);
    }

    private static int Number(ReadOnlySpan<byte> data, int at) => (int)(ulong)UInt256.FromBigEndian(data.Slice(at, 32));
}
