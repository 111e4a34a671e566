using OpenSettle.Primitives;

namespace OpenSettle.Metering;

/// <summary>The tree over a batch's lines: leaf k is the hash of the hash of line k.</summary>
public sealed class BatchTree
{
    private readonly MerkleTree _tree;

    private BatchTree(MerkleTree tree) => _tree = tree;

    public int Count => _tree.Count;

    public Hash32 Root => _tree.Root;

    /// <param name="hashes">The keccak-256 of each line, 32 bytes each, one after another.</param>
    public static BatchTree OfLineHashes(ReadOnlySpan<byte> hashes)
    {
        if (hashes.IsEmpty || hashes.Length % Hash32.Size != 0) throw new ArgumentException("A batch has at least one line, and a hash 32 bytes.", nameof(hashes));
        var digests = new ulong[hashes.Length / Hash32.Size * KeccakBulk.DigestWords];
        KeccakBulk.Hash(hashes, Hash32.Size, digests, KeccakBulk.Best);
        var leaves = new Hash32[hashes.Length / Hash32.Size];
        for (var i = 0; i < leaves.Length; i++) leaves[i] = KeccakBulk.ToHash(digests.AsSpan(i * KeccakBulk.DigestWords, KeccakBulk.DigestWords));
        return new BatchTree(MerkleTree.OfHashes(leaves));
    }

    public static BatchTree OfEvents(IReadOnlyCollection<BatchedEvent> events)
    {
        var hashes = new byte[events.Count * Hash32.Size];
        var at = 0;
        foreach (var e in events)
        {
            Keccak256.Hash(e.ToText(), hashes.AsSpan(at, Hash32.Size));
            at += Hash32.Size;
        }

        return OfLineHashes(hashes);
    }

    public static Hash32 LeafOf(ReadOnlySpan<byte> line) => Keccak256.Hash(Keccak256.Hash(line).ToArray());

    /// <summary>The siblings from a line's leaf up to the root.</summary>
    public IReadOnlyList<Hash32> Proof(int line) => _tree.Proof(line);

    /// <summary>Whether the siblings lead from a line to the root.</summary>
    public static bool Verify(ReadOnlySpan<byte> line, IReadOnlyList<Hash32> proof, Hash32 root) => MerkleTree.Verify(LeafOf(line), proof, root);
}
