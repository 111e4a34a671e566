using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class CumulativeTreeTests
{
    private static readonly JsonElement Golden = Repository.Vectors("merkle.json");
    private static readonly JsonElement Trees = Repository.Vectors("trees.json");

    [Fact]
    public void Tree_OfEveryVector_IsOpenZeppelins()
    {
        var sizes = new HashSet<int>();
        foreach (var vector in Golden.GetProperty("trees").EnumerateArray())
        {
            var size = vector.GetProperty("size").GetInt32();
            sizes.Add(size);
            var tree = CumulativeTree.Build(GoldenTrees.Leaves(size));
            Assert.Equal(Text(vector, "leavesHash"), HashOf(tree.Leaves));
            Assert.Equal(Text(vector, "root"), tree.Root.ToString());
            if (vector.TryGetProperty("accounts", out var accounts))
            {
                var rows = accounts.EnumerateArray().Zip(vector.GetProperty("tokens").EnumerateArray(), vector.GetProperty("amounts").EnumerateArray())
                    .Select(row => new CumulativeLeaf(
                        Address.Parse(row.First.GetString() ?? ""), Address.Parse(row.Second.GetString() ?? ""), UInt256.Parse(row.Third.GetString())));
                Assert.Equal(rows, tree.Leaves);
            }

            Assert.NotEmpty(vector.GetProperty("proofs").EnumerateArray());
            foreach (var proof in vector.GetProperty("proofs").EnumerateArray()) CheckProof(tree, proof);
        }

        Assert.Superset(new HashSet<int>([.. Enumerable.Range(1, 33), 100, 1000]), sizes);
    }

    [Fact]
    public void Tree_OfEverySizeUpTo300_HasOpenZeppelinsRootAndProofs()
    {
        var column = Trees.GetProperty("cumulative");
        var sizes = column.GetProperty("sizes").GetInt32();
        Assert.Equal(300, sizes);
        for (var size = 1; size <= sizes; size++)
        {
            var tree = CumulativeTree.Build(GoldenTrees.Leaves(size));
            Assert.Equal(GoldenTrees.Item(column, "leavesHashes", size), HashOf(tree.Leaves));
            Assert.Equal(GoldenTrees.Item(column, "roots", size), tree.Root.ToString());
            Assert.Equal(GoldenTrees.Item(column, "proofsHashes", size), GoldenTrees.HashOf(Enumerable.Range(0, size).SelectMany(tree.Proof)));
        }
    }

    [Fact]
    public void Tree_OfManyLeaves_HasOpenZeppelinsRootFromAnyNumberOfThreads()
    {
        var sizes = new HashSet<int>();
        foreach (var vector in Trees.GetProperty("large").EnumerateArray())
        {
            var size = vector.GetProperty("size").GetInt32();
            sizes.Add(size);
            var leaves = GoldenTrees.Leaves(size);
            Assert.Equal(Text(vector, "leavesHash"), HashOf(leaves));
            Assert.Equal(Text(vector, "root"), CumulativeTree.Build(leaves).Root.ToString());
            Assert.Equal(Text(vector, "root"), CumulativeTree.Build(leaves, 2).Root.ToString());
            // The same tree, grown from its first half.
            Assert.Equal(Text(vector, "root"), CumulativeTree.Build(leaves[..(size / 2)]).With(leaves[(size / 2)..], 2).Root.ToString());
        }

        Assert.Superset(new HashSet<int>([4097, 10_007, 65_537]), sizes);
    }

    [Fact]
    public void Proof_OfEveryLeafOfEverySmallTree_VerifiesForItAlone()
    {
        foreach (var size in new[] { 1, 2, 3, 5, 8, 13, 33 })
        {
            var tree = CumulativeTree.Build(GoldenTrees.Leaves(size));
            for (var i = 0; i < size; i++)
            {
                var leaf = tree.Leaves[i];
                var proof = tree.Proof(i);
                Assert.Equal(i, tree.IndexOf(leaf.Account, leaf.Token));
                Assert.True(CumulativeTree.Verify(leaf, proof, tree.Root));
                Assert.False(CumulativeTree.Verify(leaf with { Amount = leaf.Amount - 1 }, proof, tree.Root));
                Assert.False(CumulativeTree.Verify(leaf with { Account = World.Name("thief", 1) }, proof, tree.Root));
                Assert.False(CumulativeTree.Verify(leaf with { Token = World.Name("token", 9) }, proof, tree.Root));
                Assert.False(CumulativeTree.Verify(leaf, [.. proof, Hash32.Zero], tree.Root));
                if (proof.Count == 0) continue;
                Assert.False(CumulativeTree.Verify(leaf, [.. proof.Skip(1)], tree.Root));
                Assert.False(CumulativeTree.Verify(leaf, [.. proof.SkipLast(1)], tree.Root));
                Assert.False(CumulativeTree.Verify(tree.Leaves[(i + 1) % size], proof, tree.Root));
            }
        }
    }

    [Fact]
    public void InnerNode_GivenAsALeaf_IsRefused()
    {
        // What one hash instead of two would allow: 96 bytes are no inner node's 64, and a leaf's hash is of 32.
        var tree = CumulativeTree.Build(GoldenTrees.Leaves(4));
        var pair = new[] { tree.Leaves[0].Hash(), tree.Leaves[1].Hash() }.Order().ToArray();
        var inner = Keccak256.Hash([.. pair[0].ToArray(), .. pair[1].ToArray()]);
        var above = tree.Proof(0).Skip(1).ToList();
        Assert.True(Climb(inner, above) == tree.Root, "the inner node does lead to the root");
        foreach (var forged in new[] { inner, pair[0], pair[1] })
        {
            var bytes = forged.ToArray();
            var leaf = new CumulativeLeaf(Address.FromBytes(bytes.AsSpan(12)), Address.Zero, UInt256.FromBigEndian(bytes));
            Assert.False(CumulativeTree.Verify(leaf, above, tree.Root));
        }

        var doubled = tree.Leaves[0].Hash();
        var once = Keccak256.Hash(Encoded(tree.Leaves[0]));
        Assert.Equal(Keccak256.Hash(once.ToArray()), doubled);
        Assert.NotEqual(once, doubled);
    }

    [Fact]
    public void Leaves_UnorderedOrTwice_AreRefused()
    {
        var leaves = GoldenTrees.Leaves(5);
        Assert.Throws<ArgumentException>(() => CumulativeTree.Build([]));
        for (var i = 1; i < leaves.Length; i++)
        {
            CumulativeLeaf[] swapped = [.. leaves];
            (swapped[i - 1], swapped[i]) = (swapped[i], swapped[i - 1]);
            Assert.Throws<ArgumentException>(() => CumulativeTree.Build(swapped));
            CumulativeLeaf[] twice = [.. leaves];
            twice[i] = twice[i - 1] with { Amount = 7 };
            Assert.Throws<ArgumentException>(() => CumulativeTree.Build(twice));
        }
    }

    [Fact]
    public void IndexOf_AnAccountWithoutLeaf_IsMinusOne()
    {
        var tree = CumulativeTree.Build(GoldenTrees.Leaves(33));
        Assert.Equal(-1, tree.IndexOf(World.Name("nobody", 1), Address.Zero));
        Assert.Equal(-1, tree.IndexOf(tree.Leaves[0].Account, World.Name("token", 9)));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Proof(33));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Proof(-1));
    }

    private static void CheckProof(CumulativeTree tree, JsonElement vector)
    {
        var leaf = new CumulativeLeaf(Address.Parse(Text(vector, "account")), Address.Parse(Text(vector, "token")), UInt256.Parse(Text(vector, "amount")));
        var index = vector.GetProperty("index").GetInt32();
        Assert.Equal(leaf, tree.Leaves[index]);
        Assert.Equal(index, tree.IndexOf(leaf.Account, leaf.Token));
        Assert.Equal(Text(vector, "leaf"), leaf.Hash().ToString());
        var proof = vector.GetProperty("proof").EnumerateArray().Select(node => Hash32.Parse(node.GetString() ?? "")).ToList();
        Assert.Equal(proof, tree.Proof(index));
        Assert.True(CumulativeTree.Verify(leaf, proof, tree.Root));
    }

    private static byte[] Encoded(CumulativeLeaf leaf) =>
        [.. new byte[12], .. leaf.Account.ToArray(), .. new byte[12], .. leaf.Token.ToArray(), .. leaf.Amount.ToHash().ToArray()];

    private static Hash32 Climb(Hash32 node, IEnumerable<Hash32> proof) => proof.Aggregate(node, (at, sibling) =>
    {
        Hash32[] pair = [.. new[] { at, sibling }.Order()];
        return Keccak256.Hash([.. pair[0].ToArray(), .. pair[1].ToArray()]);
    });

    private static string HashOf(IEnumerable<CumulativeLeaf> leaves) => GoldenTrees.HashOf(leaves.Select(leaf => leaf.Hash()));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}

/// <summary>The rows that the vectors' "about" describes, made again.</summary>
internal static class GoldenTrees
{
    private static readonly Address[] Tokens =
        [.. Repository.Vectors("merkle.json").GetProperty("tokens").EnumerateArray().Select(token => Address.Parse(token.GetString() ?? ""))];

    public static CumulativeLeaf[] Leaves(int size)
    {
        var leaves = new CumulativeLeaf[size];
        for (var i = 0; i < size; i++)
        {
            var hash = Keccak256.HashText($"opensettle/merkle/{size}/{i}").ToArray();
            var amount = i switch { 0 => UInt256.One, 1 => UInt256.MaxAmount, _ => Amount(hash) };
            leaves[i] = new CumulativeLeaf(Address.FromBytes(hash.AsSpan(0, 20)), Tokens[hash[20] % 3], amount);
        }

        Array.Sort(leaves, CumulativeTree.Compare);
        return leaves;
    }

    public static PushEntry[] Pushes(int size)
    {
        var entries = new PushEntry[size];
        for (var i = 0; i < size; i++)
        {
            var hash = Keccak256.HashText($"opensettle/push/{size}/{i}").ToArray();
            var recipient = i % 3 == 0 ? hash : Keccak256.HashText($"opensettle/push/{size}/{i}/recipient").ToArray();
            entries[i] = new PushEntry(Address.FromBytes(hash.AsSpan(0, 20)), Address.FromBytes(recipient.AsSpan(0, 20)), Tokens[hash[20] % 3], Amount(hash));
        }

        return entries;
    }

    /// <summary>The leaves that the multiproof of a column is of.</summary>
    public static int[] Subset(int size)
    {
        int[] taken = [.. Enumerable.Range(0, size).Where(i => Keccak256.HashText($"opensettle/multiproof/{size}/{i}").ToArray()[0] % (size % 5 + 1) == 0)];
        return taken.Length > 0 ? taken : [size - 1];
    }

    public static string Item(JsonElement column, string name, int size) => column.GetProperty(name)[size - 1].GetString() ?? "";

    public static string HashOf(IEnumerable<Hash32> hashes, IEnumerable<bool>? flags = null)
    {
        var hasher = new Keccak256Hasher();
        foreach (var hash in hashes) hasher.Append(hash.ToArray());
        foreach (var flag in flags ?? []) hasher.Append([flag ? (byte)1 : (byte)0]);
        return hasher.Finish().ToString();
    }

    private static UInt256 Amount(byte[] hash) => new UInt128(
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash.AsSpan(16)), System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash.AsSpan(24)));
}
