using OpenSettle.Primitives;

namespace OpenSettle.Epochs;

/// <summary>All that an account ever earned of a token, by claim.</summary>
public readonly record struct CumulativeLeaf(Address Account, Address Token, UInt256 Amount)
{
    /// <summary>
    /// The leaf's hash: keccak-256 twice over the ABI encoding, as OpenZeppelin's StandardMerkleTree has it. Hashing
    /// twice keeps a leaf from being passed off as an inner node.
    /// </summary>
    public Hash32 Hash() => MerkleTree.HashLeaf<CumulativeLeaf, CumulativeForm>(this, 0);
}

/// <summary>
/// The Merkle tree of an epoch's leaves, byte for byte what OpenZeppelin's
/// <c>StandardMerkleTree.of(values, ["address", "address", "uint256"], { sortLeaves: false })</c> builds from the
/// leaves in order of token, then account.
/// </summary>
public sealed class CumulativeTree
{
    // Leaves that are sought at a time.
    private const int Abreast = 32;

    private readonly MerkleTree _tree;
    private readonly CumulativeLeaf[] _leaves;

    private CumulativeTree(CumulativeLeaf[] leaves, MerkleTree tree)
    {
        (_leaves, _tree) = (leaves, tree);
        Leaves = Array.AsReadOnly(leaves);
    }

    /// <summary>The leaves, in order of token, then account.</summary>
    public IReadOnlyList<CumulativeLeaf> Leaves { get; }

    public Hash32 Root => _tree.Root;

    /// <summary>
    /// Builds the tree. Leaves are given in order of token, then account, none twice. An array becomes the tree's own,
    /// so that ten million leaves are not held twice: who changes it afterwards breaks the tree. Other lists are copied.
    /// </summary>
    public static CumulativeTree Build(IReadOnlyList<CumulativeLeaf> leaves, int threads = 1) => Build(leaves, threads, KeccakBulk.Best);

    internal static CumulativeTree Build(IReadOnlyList<CumulativeLeaf> leaves, int threads, KeccakPath path)
    {
        if (leaves.Count == 0) throw new ArgumentException("A tree has at least one leaf.", nameof(leaves));
        var own = leaves as CumulativeLeaf[] ?? [.. leaves];
        ThrowUnlessOrdered(own, threads, nameof(leaves));
        return new CumulativeTree(own, MerkleTree.Build<CumulativeLeaf, CumulativeForm>(own, threads, path));
    }

    /// <summary>Order of leaves: token, then account.</summary>
    public static int Compare(CumulativeLeaf left, CumulativeLeaf right) => CompareKeys(left, right);

    /// <summary>Whether the leaf stands in a tree of that root.</summary>
    public static bool Verify(CumulativeLeaf leaf, IReadOnlyList<Hash32> proof, Hash32 root) => MerkleTree.Verify(leaf.Hash(), proof, root);

    /// <summary>Whether all leaves of the proof stand in a tree of that root; malformed proofs do not.</summary>
    public static bool Verify(MultiProof<CumulativeLeaf> proof, Hash32 root) => proof.Verify(static leaf => leaf.Hash(), root);

    /// <summary>The index of an account's leaf, or -1.</summary>
    public int IndexOf(Address account, Address token)
    {
        var wanted = new CumulativeLeaf(account, token, UInt256.Zero);
        var index = FirstNotBefore(wanted, 0);
        return index < _leaves.Length && CompareKeys(_leaves[index], wanted) == 0 ? index : -1;
    }

    /// <summary>The siblings from a leaf up to the root.</summary>
    public IReadOnlyList<Hash32> Proof(int leaf) => _tree.Proof(leaf);

    /// <summary>One proof for several leaves, none twice.</summary>
    public MultiProof<CumulativeLeaf> MultiProof(IReadOnlyCollection<int> indices) => _tree.MultiProof(indices).Select(index => _leaves[index]);

    /// <summary>
    /// Changes the amounts of leaves that are there, given in order of token, then account, none twice, and hashes what
    /// is above them. Where one is unknown nothing is changed. Nobody may read the tree meanwhile.
    /// </summary>
    public void Update(IReadOnlyList<CumulativeLeaf> changes)
    {
        CumulativeLeaf[] ordered = [.. changes];
        ThrowUnlessOrdered(ordered, 1, nameof(changes));
        var indices = new int[ordered.Length];
        if (Find(ordered, indices) is var unknown and > 0)
            throw new ArgumentException($"{unknown} of {ordered.Length} changes are of leaves that the tree does not have.", nameof(changes));
        Put(ordered, indices);
    }

    /// <summary>
    /// A new tree with the changed and the new leaves, given in order of token, then account, none twice. Leaves that do
    /// not change are not hashed again, and this tree stays as it is.
    /// </summary>
    public CumulativeTree With(IReadOnlyList<CumulativeLeaf> changes, int threads = 1)
    {
        CumulativeLeaf[] ordered = [.. changes];
        ThrowUnlessOrdered(ordered, threads, nameof(changes));
        var places = new int[ordered.Length];
        var added = Find(ordered, places);
        if (added > 0) return Merge(ordered, places, added, threads);
        var same = new CumulativeTree([.. _leaves], _tree.Clone());
        same.Put(ordered, places);
        return same;
    }

    private static void ThrowUnlessOrdered(CumulativeLeaf[] leaves, int threads, string parameter)
    {
        var wrong = 0;
        MerkleTree.InRanges(leaves.Length, threads, (from, to) =>
        {
            for (var i = Math.Max(from, 1); i < to; i++)
            {
                if (CompareKeys(leaves[i - 1], leaves[i]) < 0) continue;
                Volatile.Write(ref wrong, i);
                return;
            }
        });
        if (wrong > 0) throw new ArgumentException($"Leaf {wrong} is not after the one before it, by token and account.", parameter);
    }

    // By reference: a leaf has 80 bytes.
    private static int CompareKeys(in CumulativeLeaf left, in CumulativeLeaf right)
    {
        var byToken = left.Token.CompareTo(right.Token);
        return byToken != 0 ? byToken : left.Account.CompareTo(right.Account);
    }

    /// <summary>
    /// The place of each leaf, or the complement of where it would stand; gives the number of the latter. Several are
    /// sought step by step side by side, so that they wait for memory together.
    /// </summary>
    private int Find(CumulativeLeaf[] ordered, int[] places)
    {
        Span<int> low = stackalloc int[Abreast];
        Span<int> high = stackalloc int[Abreast];
        var unknown = 0;
        for (var first = 0; first < ordered.Length; first += Abreast)
        {
            var count = Math.Min(Abreast, ordered.Length - first);
            // What comes later in order stands later.
            low[..count].Fill(first == 0 ? 0 : places[first - 1] < 0 ? ~places[first - 1] : places[first - 1]);
            high[..count].Fill(_leaves.Length);
            for (var busy = true; busy;)
            {
                busy = false;
                for (var i = 0; i < count; i++)
                {
                    if (low[i] >= high[i]) continue;
                    busy = true;
                    var middle = low[i] + (high[i] - low[i]) / 2;
                    if (CompareKeys(_leaves[middle], ordered[first + i]) < 0) low[i] = middle + 1;
                    else high[i] = middle;
                }
            }

            for (var i = 0; i < count; i++)
            {
                var known = low[i] < _leaves.Length && CompareKeys(_leaves[low[i]], ordered[first + i]) == 0;
                places[first + i] = known ? low[i] : ~low[i];
                if (!known) unknown++;
            }
        }

        return unknown;
    }

    private int FirstNotBefore(in CumulativeLeaf wanted, int low)
    {
        var high = _leaves.Length;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (CompareKeys(_leaves[middle], wanted) < 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private void Put(CumulativeLeaf[] changes, int[] places)
    {
        for (var i = 0; i < changes.Length; i++) _leaves[places[i]] = changes[i];
        _tree.HashLeaves<CumulativeLeaf, CumulativeForm>(_leaves, places);
        _tree.HashAbove(places);
    }

    private CumulativeTree Merge(CumulativeLeaf[] changes, int[] places, int added, int threads)
    {
        var leaves = new CumulativeLeaf[_leaves.Length + added];
        var tree = _tree.OfSize(leaves.Length);
        var changed = new int[changes.Length];
        var (from, to) = (0, 0);
        for (var i = 0; i <= changes.Length; i++)
        {
            // The run up to the next change, or up to the end.
            var place = i == changes.Length ? _leaves.Length : places[i] < 0 ? ~places[i] : places[i];
            Array.Copy(_leaves, from, leaves, to, place - from);
            tree.CopyLeaves(_tree, from, to, place - from);
            to += place - from;
            from = place;
            if (i == changes.Length) break;
            if (places[i] >= 0) from++;
            changed[i] = to;
            leaves[to++] = changes[i];
        }

        tree.HashLeaves<CumulativeLeaf, CumulativeForm>(leaves, changed);
        tree.HashInner(threads);
        return new CumulativeTree(leaves, tree);
    }
}

/// <summary>abi.encode(address account, address token, uint256 amount).</summary>
internal readonly struct CumulativeForm : ILeafForm<CumulativeLeaf>
{
    public static int Bytes => 96;

    public static void Write(in CumulativeLeaf leaf, int index, Span<byte> words)
    {
        leaf.Account.WriteTo(words[12..]);
        leaf.Token.WriteTo(words[44..]);
        leaf.Amount.WriteBigEndian(words[64..]);
    }
}
