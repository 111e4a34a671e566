using System.Text.Json;
using FsCheck.Fluent;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class MultiProofTests
{
    private static readonly JsonElement Trees = Repository.Vectors("trees.json");

    [Fact]
    public void MultiProof_OfEveryVector_IsOpenZeppelins()
    {
        var (whole, none) = (0, 0);
        foreach (var vector in Trees.GetProperty("multiProofs").EnumerateArray())
        {
            var tree = CumulativeTree.Build(GoldenTrees.Leaves(vector.GetProperty("size").GetInt32()));
            Assert.Equal(vector.GetProperty("root").GetString(), tree.Root.ToString());
            int[] indices = [.. vector.GetProperty("indices").EnumerateArray().Select(index => index.GetInt32())];
            var expected = Read(vector, (account, i) => new CumulativeLeaf(
                account, Address.Parse(Text(vector, "tokens", i)), UInt256.Parse(Text(vector, "amounts", i))));
            var proof = tree.MultiProof(indices);
            Same(expected, proof);
            Assert.Equal(Hashes(vector, "hashes"), proof.Leaves.Select(leaf => leaf.Hash()));
            if (indices.Length == tree.Leaves.Count) whole++;
            if (indices.Length == 0) none++;
            // Of no leaf OpenZeppelin's proof is the root. It is given, and refused as a proof.
            Assert.Equal(indices.Length > 0, CumulativeTree.Verify(proof, tree.Root));
        }

        Assert.True(whole >= 3 && none == 1, $"{whole} proofs of all leaves, {none} of none");
    }

    [Fact]
    public void MultiProof_OfEverySizeUpTo300_IsOpenZeppelins()
    {
        var column = Trees.GetProperty("cumulative");
        for (var size = 1; size <= column.GetProperty("sizes").GetInt32(); size++)
        {
            var tree = CumulativeTree.Build(GoldenTrees.Leaves(size));
            var proof = tree.MultiProof(GoldenTrees.Subset(size));
            Assert.Equal(
                GoldenTrees.Item(column, "multiProofHashes", size),
                GoldenTrees.HashOf(proof.Leaves.Select(leaf => leaf.Hash()).Concat(proof.Proof), proof.ProofFlags));
            Assert.True(CumulativeTree.Verify(proof, tree.Root));
        }
    }

    [Fact]
    public void MultiProof_OfARandomSubset_HoldsForItAloneAndNoChangedPartOfItDoes() => Properties.Hold(
        from seed in Gen.Choose(0, int.MaxValue) from size in Gen.Choose(1, 90) select (seed, size),
        input =>
        {
            var random = new Random(input.seed);
            var tree = CumulativeTree.Build(GoldenTrees.Leaves(input.size));
            int[] indices = [.. Enumerable.Range(0, input.size).Where(_ => random.Next(3) == 0)];
            if (indices.Length == 0) indices = [random.Next(input.size)];
            random.Shuffle(indices);
            var proof = tree.MultiProof(indices);
            Assert.True(CumulativeTree.Verify(proof, tree.Root));
            Assert.Equal(indices.Order().Select(i => tree.Leaves[i]), proof.Leaves);
            Assert.False(CumulativeTree.Verify(proof, Keccak256.HashText("another root")));
            foreach (var changed in Changed(proof, random)) Assert.False(CumulativeTree.Verify(changed, tree.Root));
        },
        200);

    [Fact]
    public void Verify_OfMalformedProofs_IsFalseAndNeverThrows() => Properties.Hold(
        from seed in Gen.Choose(0, int.MaxValue) select seed,
        seed =>
        {
            var random = new Random(seed);
            var leaves = GoldenTrees.Leaves(8);
            var made = new MultiProof<CumulativeLeaf>(
                [.. leaves.Take(random.Next(0, 5))],
                [.. Enumerable.Range(0, random.Next(0, 5)).Select(i => Keccak256.HashText($"{seed}/{i}"))],
                [.. Enumerable.Range(0, random.Next(0, 9)).Select(_ => random.Next(2) == 0)]);
            Assert.False(CumulativeTree.Verify(made, CumulativeTree.Build(leaves).Root));
        },
        2000);

    [Fact]
    public void Verify_OfAProofThatLeavesPartsUnused_IsFalse()
    {
        // A flag that takes what is not there, and a proof of which nothing is used: how multiproofs were forged once.
        var tree = CumulativeTree.Build(GoldenTrees.Leaves(4));
        var left = tree.MultiProof([0]);
        var thief = new CumulativeLeaf(World.Name("thief", 1), Address.Zero, UInt256.MaxValue);
        var forged = new MultiProof<CumulativeLeaf>([thief, .. left.Leaves], [], [true]);
        Assert.False(CumulativeTree.Verify(forged, tree.Root));
        var padded = new MultiProof<CumulativeLeaf>([thief], [tree.Root], [true]);
        Assert.False(CumulativeTree.Verify(padded, tree.Root));
        Assert.False(CumulativeTree.Verify(new MultiProof<CumulativeLeaf>([], [tree.Root], []), tree.Root));
        Assert.False(CumulativeTree.Verify(new MultiProof<CumulativeLeaf>([thief], [], []), tree.Root));
        Assert.False(CumulativeTree.Verify(new MultiProof<CumulativeLeaf>([], [], []), tree.Root));
    }

    [Fact]
    public void MultiProof_OfALeafTwiceOrOutOfRange_IsRefused()
    {
        var tree = CumulativeTree.Build(GoldenTrees.Leaves(9));
        Assert.Throws<ArgumentException>(() => tree.MultiProof([1, 4, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.MultiProof([1, 9]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.MultiProof([-1]));
    }

    internal static void Same<TLeaf>(MultiProof<TLeaf> expected, MultiProof<TLeaf> actual)
    {
        Assert.Equal(expected.Leaves, actual.Leaves);
        Assert.Equal(expected.Proof, actual.Proof);
        Assert.Equal(expected.ProofFlags, actual.ProofFlags);
    }

    internal static MultiProof<TLeaf> Read<TLeaf>(JsonElement vector, Func<Address, int, TLeaf> leaf) => new(
        [.. vector.GetProperty("accounts").EnumerateArray().Select((account, i) => leaf(Address.Parse(account.GetString() ?? ""), i))],
        Hashes(vector, "proof"),
        [.. vector.GetProperty("proofFlags").EnumerateArray().Select(flag => flag.GetBoolean())]);

    internal static Hash32[] Hashes(JsonElement vector, string name) =>
        [.. vector.GetProperty(name).EnumerateArray().Select(hash => Hash32.Parse(hash.GetString() ?? ""))];

    internal static string Text(JsonElement vector, string name, int index) => vector.GetProperty(name)[index].GetString() ?? "";

    private static IEnumerable<MultiProof<CumulativeLeaf>> Changed(MultiProof<CumulativeLeaf> proof, Random random)
    {
        var at = random.Next(proof.Leaves.Count);
        yield return proof with { Leaves = [.. proof.Leaves.Select((leaf, i) => i == at ? leaf with { Amount = leaf.Amount - 1 } : leaf)] };
        yield return proof with { Leaves = [.. proof.Leaves.Skip(1)] };
        yield return proof with { Leaves = [.. proof.Leaves, proof.Leaves[0]] };
        yield return proof with { Proof = [.. proof.Proof, Hash32.Zero] };
        yield return proof with { Proof = [.. proof.Proof, Hash32.Zero], ProofFlags = [.. proof.ProofFlags, false] };
        yield return proof with { ProofFlags = [.. proof.ProofFlags, false] };
        if (proof.Proof.Count > 0)
        {
            var changed = random.Next(proof.Proof.Count);
            yield return proof with { Proof = [.. proof.Proof.Select((hash, i) => i == changed ? Hash32.Zero : hash)] };
            yield return proof with { Proof = [.. proof.Proof.Skip(1)] };
        }

        if (proof.ProofFlags.Count > 0)
        {
            var changed = random.Next(proof.ProofFlags.Count);
            yield return proof with { ProofFlags = [.. proof.ProofFlags.Select((flag, i) => i == changed ? !flag : flag)] };
            yield return proof with { ProofFlags = [.. proof.ProofFlags.Skip(1)] };
        }
    }
}
