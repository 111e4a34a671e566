using OpenSettle.Primitives;

namespace OpenSettle.Epochs;

/// <summary>All that an account ever earned of a token, by claim.</summary>
public readonly record struct CumulativeLeaf(Address Account, Address Token, UInt256 Amount)
{
    /// <summary>
    /// The leaf's hash: keccak-256 twice over the ABI encoding, as OpenZeppelin's StandardMerkleTree has it. Hashing
    /// twice keeps a leaf from being passed off as an inner node.
    /// </summary>
    public Hash32 Hash()
    {
        Span<byte> words = stackalloc byte[96];
        words.Clear();
        Account.WriteTo(words[12..]);
        Token.WriteTo(words[44..]);
        Amount.WriteBigEndian(words[64..]);
        Span<byte> inner = stackalloc byte[Hash32.Size];
        Keccak256.Hash(words, inner);
        return Keccak256.Hash(inner);
    }
}

/// <summary>
/// The Merkle tree of an epoch's leaves, byte for byte what OpenZeppelin's
/// <c>StandardMerkleTree.of(values, ["address", "address", "uint256"], { sortLeaves: false })</c> builds from the
/// leaves in order of token, then account.
/// </summary>
public sealed class CumulativeTree
{
    // A complete binary tree in an array: children of i at 2i+1 and 2i+2, the first leaf last.
    private readonly byte[] _nodes;

    private CumulativeTree(IReadOnlyList<CumulativeLeaf> leaves, byte[] nodes) => (Leaves, _nodes) = (leaves, nodes);

    /// <summary>The leaves, in order of token, then account.</summary>
    public IReadOnlyList<CumulativeLeaf> Leaves { get; }

    public Hash32 Root => Hash32.FromBytes(Node(0));

    /// <summary>Builds the tree. Leaves are given in order of token, then account, none twice.</summary>
    public static CumulativeTree Build(IReadOnlyList<CumulativeLeaf> leaves)
    {
        if (leaves.Count == 0) throw new ArgumentException("A tree has at least one leaf.", nameof(leaves));
        var count = leaves.Count * 2 - 1;
        var nodes = new byte[checked(count * Hash32.Size)];
        for (var i = 0; i < leaves.Count; i++)
        {
            if (i > 0 && Compare(leaves[i - 1], leaves[i]) >= 0)
                throw new ArgumentException($"Leaf {i} is not after the one before it, by token and account.", nameof(leaves));
            leaves[i].Hash().WriteTo(nodes.AsSpan((count - 1 - i) * Hash32.Size));
        }

        for (var i = leaves.Count - 2; i >= 0; i--)
        {
            HashPair(
                nodes.AsSpan((2 * i + 1) * Hash32.Size, Hash32.Size),
                nodes.AsSpan((2 * i + 2) * Hash32.Size, Hash32.Size),
                nodes.AsSpan(i * Hash32.Size, Hash32.Size));
        }

        return new CumulativeTree(leaves, nodes);
    }

    /// <summary>Order of leaves: token, then account.</summary>
    public static int Compare(CumulativeLeaf left, CumulativeLeaf right)
    {
        var byToken = left.Token.CompareTo(right.Token);
        return byToken != 0 ? byToken : left.Account.CompareTo(right.Account);
    }

    /// <summary>Whether the leaf stands in a tree of that root.</summary>
    public static bool Verify(CumulativeLeaf leaf, IReadOnlyList<Hash32> proof, Hash32 root)
    {
        var node = leaf.Hash().ToArray();
        foreach (var sibling in proof) HashPair(node, sibling.ToArray(), node);
        return Hash32.FromBytes(node) == root;
    }

    /// <summary>The index of an account's leaf, or -1.</summary>
    public int IndexOf(Address account, Address token)
    {
        var wanted = new CumulativeLeaf(account, token, UInt256.Zero);
        int low = 0, high = Leaves.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Compare(Leaves[middle], wanted);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    /// <summary>The siblings from a leaf up to the root.</summary>
    public IReadOnlyList<Hash32> Proof(int leaf)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leaf);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(leaf, Leaves.Count);
        var proof = new List<Hash32>();
        for (var i = _nodes.Length / Hash32.Size - 1 - leaf; i > 0; i = (i - 1) / 2)
            proof.Add(Hash32.FromBytes(Node(i % 2 == 1 ? i + 1 : i - 1)));
        return proof;
    }

    private static void HashPair(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> destination)
    {
        Span<byte> pair = stackalloc byte[2 * Hash32.Size];
        var inOrder = left.SequenceCompareTo(right) <= 0;
        (inOrder ? left : right).CopyTo(pair);
        (inOrder ? right : left).CopyTo(pair[Hash32.Size..]);
        Keccak256.Hash(pair, destination);
    }

    private ReadOnlySpan<byte> Node(int index) => _nodes.AsSpan(index * Hash32.Size, Hash32.Size);
}
