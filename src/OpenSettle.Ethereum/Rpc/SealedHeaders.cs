using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>Headers with all of their fields, hashed again: what comes out has to be the hash that the endpoint names.</summary>
internal static class SealedHeaders
{
    private static readonly int Hash = HeaderField.All.Length;
    private static readonly int Transactions = Hash + 1;
    private static readonly FieldNames Names = new([.. HeaderField.All.Select(field => field.Name), "hash", "transactions"]);
    private static readonly int[] Required = [.. Enumerable.Range(0, Hash).Where(field => !HeaderField.All[field].Optional), Hash, Transactions];

    private static readonly int ParentHash = IndexOf("parentHash");
    private static readonly int ReceiptsRoot = IndexOf("receiptsRoot");
    private static readonly int Bloom = IndexOf("logsBloom");
    private static readonly int Number = IndexOf("number");
    private static readonly int GasUsed = IndexOf("gasUsed");
    private static readonly int Timestamp = IndexOf("timestamp");
    private static readonly int BaseFee = IndexOf("baseFeePerGas");

    /// <summary>The header of the block that was asked for, or null where the endpoint does not have it.</summary>
    public static SealedHeader? Read(ref ReplyCursor reply, ulong asked)
    {
        if (reply.IsNull) return null;
        reply.EnterObject(ReplyReader.Result);
        var fields = new ObjectFields(Names);
        var values = new byte[]?[HeaderField.All.Length];
        Hash32 hash = default;
        Hash32[] transactions = [];
        while (fields.Next(ref reply))
        {
            if (reply.IsNull) continue;
            var name = Names[fields.Current];
            if (fields.Current < Hash) values[fields.Current] = Field(ref reply, HeaderField.All[fields.Current]);
            else if (fields.Current == Hash) hash = reply.Hash(name);
            else transactions = ReadTransactions(ref reply, name);
        }

        fields.Require(reply.Reply, Required);
        var number = UInt64(reply.Reply, values, Number);
        if (number != asked) reply.Reply.Refuse($"asked for block {asked}, got block {number}.");
        if (HeaderHash.Of(values) != hash)
        {
            reply.Reply.Refuse(
                $"block {number} is said to be {hash}, and its header does not give that hash: the endpoint does not tell the truth, or the headers of its "
                + "chain have fields that are not known here. For such a chain, set completeness to \"second\".");
        }

        var header = new BlockHeader(number, hash, Word(values, ParentHash), UInt64(reply.Reply, values, Timestamp), UInt256.FromBigEndian(values[BaseFee] ?? new byte[UInt256.Size]));
        return new SealedHeader(header, values[Bloom], Word(values, ReceiptsRoot), transactions) { GasUsed = UInt64(reply.Reply, values, GasUsed) };
    }

    private static byte[] Field(ref ReplyCursor reply, HeaderField field)
    {
        if (field.Kind == HeaderFieldKind.Quantity)
        {
            var word = new byte[UInt256.Size];
            reply.Quantity(field.Name).WriteBigEndian(word);
            return word;
        }

        var bytes = reply.Data(field.Name);
        if (field.Kind == HeaderFieldKind.Fixed && bytes.Length != field.Size) reply.Reply.Refuse($"'{field.Name}' has {bytes.Length} bytes, not {field.Size}.");
        return bytes;
    }

    private static Hash32[] ReadTransactions(ref ReplyCursor reply, string name)
    {
        reply.EnterArray(name);
        var hashes = new List<Hash32>();
        while (reply.NextItem()) hashes.Add(reply.Hash(name));
        return [.. hashes];
    }

    private static ulong UInt64(ReplyReader reply, byte[]?[] values, int field)
    {
        var value = UInt256.FromBigEndian(values[field] ?? throw Absent(field));
        if (!value.FitsUInt64) reply.Refuse($"'{Names[field]}' does not fit into 64 bits.");
        return (ulong)value;
    }

    private static Hash32 Word(byte[]?[] values, int field) => Hash32.FromBytes(values[field] ?? throw Absent(field));

    private static InvalidOperationException Absent(int field) => new($"'{Names[field]}' was required, and is not there.");

    private static int IndexOf(string name) => Array.FindIndex(HeaderField.All, field => string.Equals(field.Name, name, StringComparison.Ordinal));
}
