using System.Buffers.Binary;
using OpenSettle.Primitives;

namespace OpenSettle.Epochs;

/// <summary>A payment that an epoch sends out by itself.</summary>
public readonly record struct PushEntry(Address Account, Address Recipient, Address Token, UInt256 Amount);

/// <summary>An entry and its position from 0, which the leaf is bound to.</summary>
public readonly record struct PushLeaf(int Index, PushEntry Entry)
{
    /// <summary>keccak-256 twice over the ABI encoding of (index, account, recipient, token, amount).</summary>
    public Hash32 Hash() => MerkleTree.HashLeaf<PushEntry, PushForm>(Entry, Index);
}

/// <summary>
/// The Merkle tree of an epoch's pushes, byte for byte what OpenZeppelin's
/// <c>StandardMerkleTree.of(values, ["uint256", "address", "address", "address", "uint256"], { sortLeaves: false })</c>
/// builds from the entries in their order.
/// </summary>
public sealed class PushTree
{
    private readonly MerkleTree _tree;
    private readonly PushEntry[] _entries;

    private PushTree(PushEntry[] entries, MerkleTree tree)
    {
        (_entries, _tree) = (entries, tree);
        Entries = Array.AsReadOnly(entries);
    }

    public IReadOnlyList<PushEntry> Entries { get; }

    public Hash32 Root => _tree.Root;

    /// <summary>Builds the tree. The order of the entries is the order in which they are pushed.</summary>
    public static PushTree Build(IReadOnlyList<PushEntry> entries, int threads = 1) => Build(entries, threads, KeccakBulk.Best);

    internal static PushTree Build(IReadOnlyList<PushEntry> entries, int threads, KeccakPath path)
    {
        if (entries.Count == 0) throw new ArgumentException("A tree has at least one entry.", nameof(entries));
        PushEntry[] own = [.. entries];
        return new PushTree(own, MerkleTree.Build<PushEntry, PushForm>(own, threads, path));
    }

    /// <summary>Whether the entry stands at that position in a tree of that root.</summary>
    public static bool Verify(int index, PushEntry entry, IReadOnlyList<Hash32> proof, Hash32 root) =>
        index >= 0 && MerkleTree.Verify(new PushLeaf(index, entry).Hash(), proof, root);

    /// <summary>Whether all entries of the proof stand in a tree of that root; malformed proofs do not.</summary>
    public static bool Verify(MultiProof<PushLeaf> proof, Hash32 root) =>
        proof.Leaves.All(static leaf => leaf.Index >= 0) && proof.Verify(static leaf => leaf.Hash(), root);

    /// <summary>The siblings from an entry's leaf up to the root.</summary>
    public IReadOnlyList<Hash32> Proof(int index) => _tree.Proof(index);

    /// <summary>One proof for several entries, none twice.</summary>
    public MultiProof<PushLeaf> MultiProof(IReadOnlyCollection<int> indices) =>
        _tree.MultiProof(indices).Select(index => new PushLeaf(index, _entries[index]));
}

/// <summary>abi.encode(uint256 index, address account, address recipient, address token, uint256 amount).</summary>
internal readonly struct PushForm : ILeafForm<PushEntry>
{
    public static int Bytes => 160;

    public static void Write(in PushEntry leaf, int index, Span<byte> words)
    {
        BinaryPrimitives.WriteInt32BigEndian(words[28..], index);
        leaf.Account.WriteTo(words[44..]);
        leaf.Recipient.WriteTo(words[76..]);
        leaf.Token.WriteTo(words[108..]);
        leaf.Amount.WriteBigEndian(words[128..]);
    }
}
