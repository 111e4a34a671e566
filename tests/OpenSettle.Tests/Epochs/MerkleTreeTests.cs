using FsCheck.Fluent;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class MerkleTreeTests
{
    private static readonly KeccakPath[] Paths = [.. new[] { KeccakPath.One, KeccakPath.Four, KeccakPath.Eight }.Where(KeccakBulk.IsSupported)];

    [Fact]
    public void Tree_OfEverySize_IsTheOneWrittenDownSimplyOnEveryPath()
    {
        foreach (var size in Enumerable.Range(1, 140).Append(1000).Append(2049))
        {
            var leaves = Leaves(size, size);
            var expected = Simple(leaves);
            foreach (var path in Paths) Same(expected, CumulativeTree.Build([.. leaves], 1, path));
        }
    }

    [Fact]
    public void Tree_OfHashesMadeElsewhere_IsTheTreeOfTheirLeaves()
    {
        foreach (var size in new[] { 1, 2, 3, 9, 33, 2500 })
        {
            var leaves = Leaves(size, size);
            var tree = CumulativeTree.Build([.. leaves]);
            var hashes = MerkleTree.OfHashes([.. leaves.Select(leaf => leaf.Hash())], 2);
            Assert.Equal(tree.Root, hashes.Root);
            Assert.Equal(size, hashes.Count);
            for (var i = 0; i < size; i++)
            {
                Assert.Equal(tree.Proof(i), hashes.Proof(i));
                Assert.True(MerkleTree.Verify(leaves[i].Hash(), hashes.Proof(i), tree.Root));
            }
        }

        Assert.Throws<ArgumentException>(() => MerkleTree.OfHashes([]));
    }

    [Fact]
    public void Tree_BuiltByManyThreads_IsTheOneBuiltByOne()
    {
        foreach (var size in new[] { 1, 2047, 2048, 2049, 4096, 10_001 })
        {
            var leaves = Leaves(size, 1);
            var one = CumulativeTree.Build([.. leaves]);
            foreach (var threads in new[] { 2, 3, 7, 64 })
            {
                Assert.Equal(one.Root, CumulativeTree.Build([.. leaves], threads).Root);
                Assert.Equal(Proofs(one), Proofs(CumulativeTree.Build([.. leaves], threads)));
                CumulativeLeaf[] swapped = [.. leaves];
                if (size < 2) continue;
                (swapped[^1], swapped[^2]) = (swapped[^2], swapped[^1]);
                Assert.Throws<ArgumentException>(() => CumulativeTree.Build(swapped, threads));
            }

            Assert.Throws<ArgumentOutOfRangeException>(() => CumulativeTree.Build([.. leaves], 0));
        }

        static List<Hash32> Proofs(CumulativeTree tree) =>
            [.. Enumerable.Range(0, tree.Leaves.Count).Where(i => i % 97 == 0).SelectMany(tree.Proof)];
    }

    [Fact]
    public void Update_OfRandomLeaves_IsARebuild() => Properties.Hold(
        from seed in Gen.Choose(0, int.MaxValue)
        from size in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1, 700))
        from share in Gen.Choose(0, 100)
        select (seed, size, share),
        input =>
        {
            var random = new Random(input.seed);
            var leaves = Leaves(input.size, input.seed);
            var changes = leaves.Where(_ => random.Next(100) < input.share).Select(leaf => leaf with { Amount = (ulong)random.NextInt64() }).ToList();
            var expected = leaves.ToDictionary(leaf => (leaf.Token, leaf.Account));
            foreach (var change in changes) expected[(change.Token, change.Account)] = change;
            CumulativeLeaf[] rebuilt = [.. leaves.Select(leaf => expected[(leaf.Token, leaf.Account)])];
            foreach (var path in Paths)
            {
                var tree = CumulativeTree.Build([.. leaves], 1, path);
                var before = tree.Root;
                var with = tree.With(changes);
                Same(Simple(rebuilt), with);
                Assert.Equal(before, tree.Root);
                Assert.Equal(leaves, tree.Leaves);
                tree.Update(changes);
                Same(Simple(rebuilt), tree);
                Assert.Equal(rebuilt, tree.Leaves);
            }
        },
        150);

    [Fact]
    public void With_RandomChangedAndNewLeaves_IsARebuildAndLeavesTheOldTreeAlone() => Properties.Hold(
        from seed in Gen.Choose(0, int.MaxValue)
        from size in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1, 700))
        from changed in Gen.Choose(0, 40)
        from added in Gen.OneOf(Gen.Choose(0, 3), Gen.Choose(0, 300))
        select (seed, size, changed, added),
        input =>
        {
            var random = new Random(input.seed);
            var old = Leaves(input.size, input.seed);
            var merged = old.ToDictionary(leaf => (leaf.Token, leaf.Account));
            var changes = old.Where(_ => random.Next(100) < input.changed).Concat(Leaves(input.added + 1, input.seed + 1).Take(input.added))
                .DistinctBy(leaf => (leaf.Token, leaf.Account)).Select(leaf => leaf with { Amount = (ulong)random.NextInt64() }).ToList();
            changes.Sort(CumulativeTree.Compare);
            foreach (var change in changes) merged[(change.Token, change.Account)] = change;
            var rebuilt = merged.Values.ToList();
            rebuilt.Sort(CumulativeTree.Compare);
            foreach (var path in Paths)
            {
                var tree = CumulativeTree.Build([.. old], 1, path);
                var with = tree.With(changes, 1 + input.seed % 2);
                Same(Simple(rebuilt), with);
                Assert.Equal(rebuilt, with.Leaves);
                Same(Simple(old), tree);
                Assert.Equal(old, tree.Leaves);
                // Neither tree sees what is done to the other afterwards.
                with.Update([rebuilt[0] with { Amount = UInt256.MaxValue }]);
                Assert.Equal(old, tree.Leaves);
                Same(Simple(old), tree);
            }
        },
        150);

    [Fact]
    public void With_LeavesBeforeAfterAndBetweenAll_IsARebuild()
    {
        var all = Leaves(60, 5);
        foreach (var taken in new Func<int, bool>[] { i => i >= 20, i => i < 40, i => i % 2 == 0, i => i is > 0 and < 59, i => i == 30 })
        {
            CumulativeLeaf[] old = [.. all.Where((_, i) => taken(i))];
            var with = CumulativeTree.Build([.. old]).With([.. all.Where((_, i) => !taken(i))]);
            Same(Simple(all), with);
            Assert.Equal(all, with.Leaves);
        }
    }

    [Fact]
    public void Update_OfUnknownUnorderedOrRepeatedLeaves_IsRefusedAndChangesNothing()
    {
        var leaves = Leaves(50, 9);
        var tree = CumulativeTree.Build([.. leaves]);
        var root = tree.Root;
        CumulativeLeaf[] strangers =
        [
            new(Address.Zero, leaves[0].Token, 1), new(World.Name("nobody", 1), leaves[20].Token, 1), new(World.Name("nobody", 2), World.Name("token", 99), 1),
        ];
        foreach (var stranger in strangers)
        {
            List<CumulativeLeaf> changes = [leaves[3] with { Amount = 77 }, stranger, leaves[45] with { Amount = 77 }];
            changes.Sort(CumulativeTree.Compare);
            Assert.Throws<ArgumentException>(() => tree.Update(changes));
        }

        Assert.Throws<ArgumentException>(() => tree.Update([leaves[4], leaves[3]]));
        Assert.Throws<ArgumentException>(() => tree.Update([leaves[3], leaves[3]]));
        Assert.Throws<ArgumentException>(() => tree.With([leaves[4], leaves[3]]));
        Assert.Throws<ArgumentException>(() => tree.With([leaves[3], leaves[3]]));
        Assert.Equal(root, tree.Root);
        Assert.Equal(leaves, tree.Leaves);
        tree.Update([]);
        Assert.Equal(root, tree.With([]).Root);
        Assert.Equal(root, tree.Root);
    }

    /// <summary>Leaves of three tokens, in order, with accounts that are alike at their ends.</summary>
    private static CumulativeLeaf[] Leaves(int size, int seed)
    {
        var random = new Random(seed);
        var tokens = new[] { Address.Zero, World.Name("token", 1), World.Name("token", 2) };
        var leaves = new Dictionary<(Address, Address), CumulativeLeaf>();
        while (leaves.Count < size)
        {
            var bytes = new byte[Address.Size];
            random.NextBytes(bytes.AsSpan(random.Next(2) == 0 ? 0 : 17));
            var leaf = new CumulativeLeaf(Address.FromBytes(bytes), tokens[random.Next(3)], (ulong)random.NextInt64());
            leaves[(leaf.Token, leaf.Account)] = leaf;
        }

        CumulativeLeaf[] ordered = [.. leaves.Values];
        Array.Sort(ordered, CumulativeTree.Compare);
        return ordered;
    }

    /// <summary>The tree as its description has it, hash by hash: node 0 is the root.</summary>
    private static Hash32[] Simple(IReadOnlyList<CumulativeLeaf> leaves)
    {
        var nodes = new Hash32[2 * leaves.Count - 1];
        for (var i = 0; i < leaves.Count; i++)
        {
            var words = new byte[96];
            leaves[i].Account.WriteTo(words.AsSpan(12));
            leaves[i].Token.WriteTo(words.AsSpan(44));
            leaves[i].Amount.WriteBigEndian(words.AsSpan(64));
            nodes[nodes.Length - 1 - i] = Keccak256.Hash(Keccak256.Hash(words).ToArray());
            Assert.Equal(nodes[nodes.Length - 1 - i], leaves[i].Hash());
        }

        for (var i = leaves.Count - 2; i >= 0; i--)
        {
            Hash32[] pair = [.. new[] { nodes[2 * i + 1], nodes[2 * i + 2] }.Order()];
            nodes[i] = Keccak256.Hash([.. pair[0].ToArray(), .. pair[1].ToArray()]);
        }

        return nodes;
    }

    private static void Same(Hash32[] nodes, CumulativeTree tree)
    {
        Assert.Equal(nodes[0], tree.Root);
        Assert.Equal((nodes.Length + 1) / 2, tree.Leaves.Count);
        for (var i = 0; i < tree.Leaves.Count; i++)
        {
            var expected = new List<Hash32>();
            for (var node = nodes.Length - 1 - i; node > 0; node = (node - 1) / 2) expected.Add(nodes[node % 2 == 1 ? node + 1 : node - 1]);
            Assert.Equal(expected, tree.Proof(i));
        }
    }
}
