using System.Numerics;

namespace OpenSettle.Primitives;

/// <summary>How a record becomes the ABI words that a tree hashes.</summary>
internal interface ILeafForm<TLeaf>
    where TLeaf : struct
{
    /// <summary>Length of the words in bytes, the same for all leaves.</summary>
    static abstract int Bytes { get; }

    /// <summary>Writes what is not padding; the words were zero, or hold another leaf of this form.</summary>
    static abstract void Write(in TLeaf leaf, int index, Span<byte> words);
}

/// <summary>
/// The tree of OpenZeppelin's StandardMerkleTree: 2n-1 nodes in an array, the root at 0, the children of i at 2i+1 and
/// 2i+2, leaf k at 2n-2-k. Levels are hashed one by one, from the deepest, so that all lanes of the hash have work.
/// </summary>
internal sealed class MerkleTree
{
    // Below this a range is hashed sooner than a second thread has begun.
    private const int LeastForThreads = 2048;

    // Leaves whose words stand in the nearest cache while they are hashed.
    private const int Chunk = 64;

    // Words, not bytes: an array of bytes ends at 33 million leaves.
    private readonly ulong[] _nodes;
    private readonly KeccakPath _path;

    private MerkleTree(ulong[] nodes, int count, KeccakPath path) => (_nodes, Count, _path) = (nodes, count, path);

    /// <summary>A tree of so many leaves, none of which is hashed yet.</summary>
    internal MerkleTree(int count, KeccakPath path)
        : this(GC.AllocateUninitializedArray<ulong>(checked(KeccakBulk.DigestWords * (2 * count - 1))), count, path)
    {
    }

    /// <summary>Leaves.</summary>
    internal int Count { get; }

    internal Hash32 Root => Node(0);

    /// <summary>A tree over hashes that were made elsewhere.</summary>
    internal static MerkleTree OfHashes(IReadOnlyList<Hash32> leaves, int threads = 1)
    {
        if (leaves.Count == 0) throw new ArgumentException("A tree has at least one leaf.", nameof(leaves));
        var tree = new MerkleTree(leaves.Count, KeccakBulk.Best);
        for (var i = 0; i < leaves.Count; i++)
            KeccakBulk.FromHash(leaves[i], tree._nodes.AsSpan(tree.NodeOf(i) * KeccakBulk.DigestWords, KeccakBulk.DigestWords));
        tree.HashInner(threads);
        return tree;
    }

    internal static MerkleTree Build<TLeaf, TForm>(TLeaf[] leaves, int threads, KeccakPath path)
        where TLeaf : struct
        where TForm : struct, ILeafForm<TLeaf>
    {
        var tree = new MerkleTree(leaves.Length, path);
        InRanges(leaves.Length, threads, (from, to) => tree.HashLeaves<TLeaf, TForm>(leaves, from, to));
        tree.HashInner(threads);
        return tree;
    }

    /// <summary>Whether the siblings lead from the leaf to the root.</summary>
    internal static bool Verify(Hash32 leaf, IReadOnlyList<Hash32> proof, Hash32 root)
    {
        foreach (var sibling in proof) leaf = HashPair(leaf, sibling);
        return leaf == root;
    }

    internal static Hash32 HashPair(Hash32 a, Hash32 b)
    {
        Span<byte> pair = stackalloc byte[2 * Hash32.Size];
        (a < b ? a : b).WriteTo(pair);
        (a < b ? b : a).WriteTo(pair[Hash32.Size..]);
        return Keccak256.Hash(pair);
    }

    internal static Hash32 HashLeaf<TLeaf, TForm>(in TLeaf leaf, int index)
        where TLeaf : struct
        where TForm : struct, ILeafForm<TLeaf>
    {
        Span<byte> words = stackalloc byte[TForm.Bytes];
        words.Clear();
        TForm.Write(leaf, index, words);
        Span<byte> inner = stackalloc byte[Hash32.Size];
        Keccak256.Hash(words, inner);
        return Keccak256.Hash(inner);
    }

    /// <summary>Splits 0 to count among threads; the work of each is independent of the others'.</summary>
    internal static void InRanges(int count, int threads, Action<int, int> work)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        if (threads == 1 || count < LeastForThreads)
        {
            work(0, count);
            return;
        }

        // Full lanes in all ranges but the last.
        var part = (int)(((long)count + threads - 1) / threads + Chunk - 1) / Chunk * Chunk;
        Parallel.For(
            0,
            (count + part - 1) / part,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            i => work(i * part, (int)Math.Min((long)(i + 1) * part, count)));
    }

    /// <summary>An empty tree of another size, hashed the same way.</summary>
    internal MerkleTree OfSize(int count) => new(count, _path);

    internal MerkleTree Clone() => new([.. _nodes], Count, _path);

    internal Hash32 Node(int node) => KeccakBulk.ToHash(_nodes.AsSpan(node * KeccakBulk.DigestWords, KeccakBulk.DigestWords));

    internal int NodeOf(int leaf) => 2 * Count - 2 - leaf;

    /// <summary>The siblings from a leaf up to the root.</summary>
    internal List<Hash32> Proof(int leaf)
    {
        ThrowUnlessLeaf(leaf);
        var proof = new List<Hash32>(BitOperations.Log2((uint)Count) + 1);
        for (var node = NodeOf(leaf); node > 0; node = (node - 1) / 2) proof.Add(Node(Sibling(node)));
        return proof;
    }

    /// <summary>One proof for several leaves, as OpenZeppelin's getMultiProof makes it.</summary>
    /// <returns>The leaves in the order in which the proof wants them.</returns>
    internal MultiProof<int> MultiProof(IReadOnlyCollection<int> leaves)
    {
        foreach (var leaf in leaves) ThrowUnlessLeaf(leaf);
        // From the last node to the first is from the first leaf to the last.
        int[] order = [.. leaves.Order()];
        for (var i = 1; i < order.Length; i++)
        {
            if (order[i] == order[i - 1]) throw new ArgumentException($"Leaf {order[i]} is there twice.", nameof(leaves));
        }

        var (proof, flags) = (new List<Hash32>(), new List<bool>());
        var queue = new Queue<int>(order.Select(NodeOf));
        if (queue.Count == 0) proof.Add(Root);
        while (queue.TryDequeue(out var node) && node > 0)
        {
            var paired = queue.TryPeek(out var next) && next == Sibling(node);
            flags.Add(paired);
            if (paired) queue.Dequeue();
            else proof.Add(Node(Sibling(node)));
            queue.Enqueue((node - 1) / 2);
        }

        return new MultiProof<int>(order, proof, flags);
    }

    /// <summary>Takes the hashes of leaves over from another tree.</summary>
    internal void CopyLeaves(MerkleTree source, int from, int to, int count)
    {
        // Leaves stand backwards: the last of the run has the lowest node.
        if (count > 0)
        {
            Array.Copy(
                source._nodes, source.NodeOf(from + count - 1) * KeccakBulk.DigestWords,
                _nodes, NodeOf(to + count - 1) * KeccakBulk.DigestWords,
                count * KeccakBulk.DigestWords);
        }
    }

    /// <summary>Hashes some leaves, and nothing above them.</summary>
    internal void HashLeaves<TLeaf, TForm>(TLeaf[] leaves, ReadOnlySpan<int> indices)
        where TLeaf : struct
        where TForm : struct, ILeafForm<TLeaf>
    {
        Span<byte> words = stackalloc byte[Chunk * TForm.Bytes];
        Span<ulong> digests = stackalloc ulong[Chunk * KeccakBulk.DigestWords];
        words.Clear();
        while (!indices.IsEmpty)
        {
            var count = Math.Min(Chunk, indices.Length);
            for (var i = 0; i < count; i++) TForm.Write(leaves[indices[i]], indices[i], words.Slice(i * TForm.Bytes, TForm.Bytes));
            KeccakBulk.HashTwice(words[..(count * TForm.Bytes)], TForm.Bytes, digests, 0, KeccakBulk.DigestWords, _path);
            for (var i = 0; i < count; i++)
            {
                digests.Slice(i * KeccakBulk.DigestWords, KeccakBulk.DigestWords)
                    .CopyTo(_nodes.AsSpan(NodeOf(indices[i]) * KeccakBulk.DigestWords));
            }

            indices = indices[count..];
        }
    }

    /// <summary>Hashes all that is above the leaves.</summary>
    internal void HashInner(int threads)
    {
        for (var last = Count - 2; last >= 0;)
        {
            var first = FirstOfLevel(last);
            InRanges(last - first + 1, threads, (from, to) => KeccakBulk.HashNodes(_nodes, first + from, to - from, _path));
            last = first - 1;
        }
    }

    /// <summary>Hashes what is above some leaves, which are given in ascending order.</summary>
    internal void HashAbove(ReadOnlySpan<int> leaves)
    {
        if (Count == 1) return;
        // Leaves stand on two levels. Those of the upper one join when the parents of the lower one are known.
        var level = new int[leaves.Length];
        var firstOfLowest = FirstOfLevel(2 * Count - 2);
        var upper = 0;
        while (upper < leaves.Length && NodeOf(leaves[upper]) >= firstOfLowest) upper++;
        for (var i = 0; i < upper; i++) level[i] = NodeOf(leaves[i]);
        var parents = HashParents(level, upper);
        // Nodes descend within a level: its leaves come before its inner nodes.
        var count = leaves.Length - upper + parents;
        level.AsSpan(0, parents).CopyTo(level.AsSpan(count - parents));
        for (var i = upper; i < leaves.Length; i++) level[i - upper] = NodeOf(leaves[i]);
        while (count > 0 && level[0] > 0) count = HashParents(level, count);
    }

    private static int Sibling(int node) => node % 2 == 1 ? node + 1 : node - 1;

    private static int FirstOfLevel(int node) => (1 << BitOperations.Log2((uint)node + 1)) - 1;

    private void HashLeaves<TLeaf, TForm>(TLeaf[] leaves, int from, int to)
        where TLeaf : struct
        where TForm : struct, ILeafForm<TLeaf>
    {
        Span<byte> words = stackalloc byte[Chunk * TForm.Bytes];
        words.Clear();
        for (; from < to; from += Chunk)
        {
            var count = Math.Min(Chunk, to - from);
            for (var i = 0; i < count; i++) TForm.Write(leaves[from + i], from + i, words.Slice(i * TForm.Bytes, TForm.Bytes));
            KeccakBulk.HashTwice(
                words[..(count * TForm.Bytes)], TForm.Bytes, _nodes, NodeOf(from) * KeccakBulk.DigestWords, -KeccakBulk.DigestWords, _path);
        }
    }

    /// <summary>Puts the parents of a level's nodes in their place, in the same order, and hashes them.</summary>
    private int HashParents(int[] level, int count)
    {
        var parents = 0;
        for (var i = 0; i < count; i++)
        {
            var parent = (level[i] - 1) / 2;
            if (parents == 0 || level[parents - 1] != parent) level[parents++] = parent;
        }

        KeccakBulk.HashNodes(_nodes, level.AsSpan(0, parents), _path);
        return parents;
    }

    private void ThrowUnlessLeaf(int leaf)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leaf);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(leaf, Count);
    }
}
