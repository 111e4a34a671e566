using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class PushTreeTests
{
    private static readonly JsonElement Trees = Repository.Vectors("trees.json");

    [Fact]
    public void Tree_OfEverySize_HasOpenZeppelinsRootProofsAndMultiProof()
    {
        var column = Trees.GetProperty("push");
        var sizes = column.GetProperty("sizes").GetInt32();
        Assert.Equal(130, sizes);
        for (var size = 1; size <= sizes; size++)
        {
            var entries = GoldenTrees.Pushes(size);
            var tree = PushTree.Build(entries, 2);
            Assert.Equal(entries, tree.Entries);
            Assert.Equal(
                GoldenTrees.Item(column, "leavesHashes", size), GoldenTrees.HashOf(entries.Select((entry, i) => new PushLeaf(i, entry).Hash())));
            Assert.Equal(GoldenTrees.Item(column, "roots", size), tree.Root.ToString());
            Assert.Equal(GoldenTrees.Item(column, "proofsHashes", size), GoldenTrees.HashOf(Enumerable.Range(0, size).SelectMany(tree.Proof)));
            var proof = tree.MultiProof(GoldenTrees.Subset(size));
            Assert.Equal(
                GoldenTrees.Item(column, "multiProofHashes", size),
                GoldenTrees.HashOf(proof.Leaves.Select(leaf => leaf.Hash()).Concat(proof.Proof), proof.ProofFlags));
            Assert.True(PushTree.Verify(proof, tree.Root));
            foreach (var path in new[] { KeccakPath.One, KeccakPath.Four, KeccakPath.Eight }.Where(KeccakBulk.IsSupported))
                Assert.Equal(tree.Root, PushTree.Build(entries, 1, path).Root);
        }
    }

    [Fact]
    public void Tree_OfEveryWrittenVector_HasItsEntriesAndProofs()
    {
        Assert.NotEmpty(Trees.GetProperty("pushTrees").EnumerateArray());
        foreach (var vector in Trees.GetProperty("pushTrees").EnumerateArray())
        {
            var size = vector.GetProperty("size").GetInt32();
            PushEntry[] entries = [.. Enumerable.Range(0, size).Select(i => Entry(vector, i))];
            Assert.Equal(GoldenTrees.Pushes(size), entries);
            var tree = PushTree.Build(entries);
            Assert.Equal(vector.GetProperty("root").GetString(), tree.Root.ToString());
            for (var i = 0; i < size; i++)
                Assert.Equal(vector.GetProperty("proofs")[i].EnumerateArray().Select(hash => Hash32.Parse(hash.GetString() ?? "")), tree.Proof(i));
        }
    }

    [Fact]
    public void MultiProof_OfEveryVector_IsOpenZeppelins()
    {
        Assert.NotEmpty(Trees.GetProperty("pushMultiProofs").EnumerateArray());
        foreach (var vector in Trees.GetProperty("pushMultiProofs").EnumerateArray())
        {
            var tree = PushTree.Build(GoldenTrees.Pushes(vector.GetProperty("size").GetInt32()));
            var expected = MultiProofTests.Read(vector, (_, i) => new PushLeaf(
                int.Parse(MultiProofTests.Text(vector, "index", i), System.Globalization.CultureInfo.InvariantCulture), Entry(vector, i)));
            var proof = tree.MultiProof([.. vector.GetProperty("indices").EnumerateArray().Select(index => index.GetInt32())]);
            MultiProofTests.Same(expected, proof);
            Assert.Equal(MultiProofTests.Hashes(vector, "hashes"), proof.Leaves.Select(leaf => leaf.Hash()));
            Assert.True(PushTree.Verify(proof, tree.Root));
            Assert.False(PushTree.Verify(proof with { Leaves = [.. proof.Leaves.Select(leaf => leaf with { Index = leaf.Index + 1 })] }, tree.Root));
            Assert.False(PushTree.Verify(proof with { Leaves = [.. proof.Leaves.Select(leaf => leaf with { Index = -1 })] }, tree.Root));
        }
    }

    [Fact]
    public void Proof_OfAnEntry_HoldsAtItsPositionForItAlone()
    {
        var entries = GoldenTrees.Pushes(11);
        // The same payment twice is two leaves: the position tells them apart.
        entries[7] = entries[3];
        var tree = PushTree.Build(entries);
        for (var i = 0; i < entries.Length; i++)
        {
            var (entry, proof) = (entries[i], tree.Proof(i));
            Assert.True(PushTree.Verify(i, entry, proof, tree.Root));
            Assert.False(PushTree.Verify(i + 1, entry, proof, tree.Root));
            Assert.False(PushTree.Verify(-1, entry, proof, tree.Root));
            Assert.False(PushTree.Verify(i, entry with { Amount = entry.Amount + 1 }, proof, tree.Root));
            Assert.False(PushTree.Verify(i, entry with { Recipient = World.Name("thief", 1) }, proof, tree.Root));
            Assert.False(PushTree.Verify(i, entry with { Account = World.Name("thief", 1) }, proof, tree.Root));
            Assert.False(PushTree.Verify(i, entry with { Token = World.Name("token", 9) }, proof, tree.Root));
            Assert.False(PushTree.Verify(i, entry, [.. proof.Skip(1)], tree.Root));
        }

        Assert.False(PushTree.Verify(3, entries[7], tree.Proof(7), tree.Root));
        Assert.False(PushTree.Verify(7, entries[3], tree.Proof(3), tree.Root));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Proof(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Proof(-1));
        Assert.Throws<ArgumentException>(() => PushTree.Build([]));
    }

    [Fact]
    public void Entries_ChangedByTheCallerAfterwards_DoNotChangeTheTree()
    {
        var entries = GoldenTrees.Pushes(3);
        var tree = PushTree.Build(entries);
        var kept = entries[0];
        entries[0] = entries[1];
        Assert.Equal(kept, tree.Entries[0]);
    }

    private static PushEntry Entry(JsonElement vector, int i) => new(
        Address.Parse(MultiProofTests.Text(vector, "accounts", i)), Address.Parse(MultiProofTests.Text(vector, "recipients", i)),
        Address.Parse(MultiProofTests.Text(vector, "tokens", i)), UInt256.Parse(MultiProofTests.Text(vector, "amounts", i)));
}
