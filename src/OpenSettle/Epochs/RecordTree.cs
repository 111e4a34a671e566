using System.Buffers.Binary;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>
/// The Merkle tree of an epoch's records, byte for byte what OpenZeppelin's
/// <c>StandardMerkleTree.of(values, ["bytes32", "uint64", "uint64", "uint64", "address[]", "uint128[]", "bytes32[]", "uint64[]", "uint64[]"], { sortLeaves: false })</c>
/// builds from the records, models ascending.
/// </summary>
public sealed class RecordTree
{
    private const int Word = Hash32.Size;
    private const int Fields = 9;

    private readonly MerkleTree _tree;

    private RecordTree(ulong epoch, IReadOnlyList<ModelRecord> records, MerkleTree tree) => (Epoch, Records, _tree) = (epoch, records, tree);

    public ulong Epoch { get; }

    public IReadOnlyList<ModelRecord> Records { get; }

    public Hash32 Root => _tree.Root;

    public static RecordTree Build(ulong epoch, IReadOnlyList<ModelRecord> records)
    {
        if (records.Count == 0) throw new ArgumentException("A tree has at least one record.", nameof(records));
        ModelRecord[] own = [.. records];
        for (var i = 1; i < own.Length; i++)
        {
            if (own[i - 1].Model.CompareTo(own[i].Model) >= 0) throw new ArgumentException($"Record {i} is not after the one before it, by model.", nameof(records));
        }

        return new RecordTree(epoch, Array.AsReadOnly(own), MerkleTree.OfHashes([.. own.Select(record => HashOf(epoch, record))]));
    }

    /// <summary>Root of the records; zero while there are none.</summary>
    public static Hash32 RootOf(ulong epoch, IReadOnlyList<ModelRecord> records) => records.Count > 0 ? Build(epoch, records).Root : Hash32.Zero;

    /// <summary>Whether a model's record stands in a tree of that root.</summary>
    public static bool Verify(ulong epoch, ModelRecord record, IReadOnlyList<Hash32> proof, Hash32 root) => MerkleTree.Verify(HashOf(epoch, record), proof, root);

    /// <summary>The leaf: keccak-256 twice over <see cref="Encode"/>.</summary>
    public static Hash32 HashOf(ulong epoch, ModelRecord record)
    {
        Span<byte> inner = stackalloc byte[Hash32.Size];
        Keccak256.Hash(Encode(epoch, record), inner);
        return Keccak256.Hash(inner);
    }

    /// <summary>
    /// What is attested: abi.encode(modelId, epoch, uses, consumers, tokens, revenue, domains, successes, trials). Revenue that 128 bits do not
    /// hold, which no vault can have, fills its word too: such a record has its place in the tree, and the contract refuses it.
    /// </summary>
    public static byte[] Encode(ulong epoch, ModelRecord record)
    {
        var (tokens, domains) = (record.Revenue, record.Domains);
        var data = new byte[checked(Word * (Fields + 5 + 2 * tokens.Count + 3 * domains.Count))];
        record.Model.Value.WriteTo(data);
        Put(data, 1, epoch);
        Put(data, 2, record.Uses);
        Put(data, 3, record.Consumers);
        var at = Fields;
        at = List(data, 4, at, tokens.Count, (i, place) => tokens[i].Token.WriteTo(data.AsSpan(place * Word + Word - Address.Size)));
        at = List(data, 5, at, tokens.Count, (i, place) => tokens[i].Amount.WriteBigEndian(data.AsSpan(place * Word)));
        at = List(data, 6, at, domains.Count, (i, place) => domains[i].Domain.WriteTo(data.AsSpan(place * Word)));
        at = List(data, 7, at, domains.Count, (i, place) => Put(data, place, domains[i].Successes));
        _ = List(data, 8, at, domains.Count, (i, place) => Put(data, place, domains[i].Trials));
        return data;
    }

    /// <summary>The index of a model's record, or -1.</summary>
    public int IndexOf(ModelId model)
    {
        var (low, high) = (0, Records.Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (Records[middle].Model.CompareTo(model) < 0) low = middle + 1;
            else high = middle;
        }

        return low < Records.Count && Records[low].Model == model ? low : -1;
    }

    /// <summary>The siblings from a record's leaf up to the root.</summary>
    public IReadOnlyList<Hash32> Proof(int index) => _tree.Proof(index);

    /// <summary>Writes a list's offset into its field, and the list itself; gives the place after it.</summary>
    private static int List(byte[] data, int field, int at, int count, Action<int, int> element)
    {
        Put(data, field, (ulong)at * Word);
        Put(data, at, (ulong)count);
        for (var i = 0; i < count; i++) element(i, at + 1 + i);
        return at + 1 + count;
    }

    private static void Put(byte[] data, int word, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(word * Word + Word - sizeof(ulong)), value);
}
