using FsCheck.Fluent;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Primitives;

public sealed class KeccakBulkTests
{
    [Fact]
    public void Best_IsTheWidestThatTheMachineHas()
    {
        Assert.True(KeccakBulk.IsSupported(KeccakPath.One));
        Assert.Equal(Paths().Last(), KeccakBulk.Best);
        Assert.False(KeccakBulk.IsSupported(KeccakPath.Unknown));
        Assert.Throws<ArgumentOutOfRangeException>(() => KeccakBulk.Hash(new byte[64], 64, new ulong[4], KeccakPath.Unknown));
        Assert.Throws<ArgumentOutOfRangeException>(() => KeccakBulk.HashNodes(new ulong[12], 0, 1, KeccakPath.Unknown));
    }

    [Fact]
    public void Permutation_OfZeros_IsTheKnownStateOnEveryPath()
    {
        // The first words of Keccak-f[1600] of the zero state, from the designers' test vectors.
        ulong[] known = [0xF1258F7940E1DDE7, 0x84D5CCF933C0478A, 0xD598261EA65AA9EE, 0xBD1547306F80494D, 0x8B284E056253D057];
        All<ulong, OneLane>(known, KeccakPath.One);
        All<System.Runtime.Intrinsics.Vector256<ulong>, FourLanes>(known, KeccakPath.Four);
        All<System.Runtime.Intrinsics.Vector512<ulong>, EightLanes>(known, KeccakPath.Eight);

        static void All<TVector, TOps>(ulong[] known, KeccakPath path)
            where TVector : unmanaged
            where TOps : struct, ILaneOps<TVector>
        {
            if (!KeccakBulk.IsSupported(path)) return;
            var (own, planes, inPlace, registers) = (new TVector[25], new TVector[25], new TVector[25], new TVector[25]);
            TOps.Permute(own, new TVector[25], own, 25);
            KeccakKernels.ByPlanes<TVector, TOps>(new TVector[25], new TVector[25], planes);
            KeccakKernels.ByPlanes<TVector, TOps>(inPlace, new TVector[25], inPlace);
            KeccakKernels.InRegisters<TVector, TOps>(new TVector[25], registers, 25);
            Assert.Equal(planes, registers);
            foreach (var state in new[] { own, planes, inPlace, registers })
            {
                for (var i = 0; i < known.Length; i++)
                {
                    var lanes = System.Runtime.InteropServices.MemoryMarshal.Cast<TVector, ulong>(state.AsSpan(i, 1)).ToArray();
                    Assert.Equal(TOps.Width, lanes.Length);
                    Assert.All(lanes, lane => Assert.Equal(known[i], lane));
                }
            }
        }
    }

    [Fact]
    public void Hash_OfEveryShortVector_IsWhatEthersSays()
    {
        var tried = 0;
        foreach (var vector in Repository.Vectors("chain.json").GetProperty("keccak").EnumerateArray())
        {
            var input = Hex.Decode(vector.GetProperty("input").GetString());
            if (input.Length is 0 or > KeccakBulk.MostBytes) continue;
            tried++;
            foreach (var path in Paths())
            {
                // Among others, in each lane.
                for (var lane = 0; lane < 8; lane++)
                {
                    var messages = new byte[8 * input.Length];
                    input.CopyTo(messages, lane * input.Length);
                    var digests = new ulong[8 * KeccakBulk.DigestWords];
                    KeccakBulk.Hash(messages, input.Length, digests, path);
                    Assert.Equal(vector.GetProperty("hash").GetString(), Digest(digests, lane).ToString());
                }
            }
        }

        Assert.True(tried >= 10, $"only {tried} vectors are short enough");
    }

    [Fact]
    public void Hash_OfEveryLengthAndCount_IsTheOneByOneHash()
    {
        var random = new Random(1);
        for (var length = 1; length <= KeccakBulk.MostBytes; length++)
        {
            var count = length % 20;
            var messages = new byte[count * length];
            random.NextBytes(messages);
            CheckMessages(messages, length);
        }

        foreach (var length in new[] { 0, -1, KeccakBulk.MostBytes + 1 })
            Assert.Throws<ArgumentOutOfRangeException>(() => KeccakBulk.Hash(new byte[1000], length, new ulong[4], KeccakPath.One));
    }

    [Fact]
    public void Hash_OfRandomMessages_IsTheSameOnEveryPath() => Properties.Hold(
        from seed in Gen.Choose(0, int.MaxValue)
        from length in Gen.OneOf(Gen.Elements(32, 64, 96, 128, 135, 136, 137, 160, 271), Gen.Choose(1, 271))
        from count in Gen.Choose(0, 40)
        select (seed, length, count),
        input =>
        {
            var messages = new byte[input.count * input.length];
            new Random(input.seed).NextBytes(messages);
            CheckMessages(messages, input.length);
        },
        300);

    [Fact]
    public void HashNodes_OfRandomChildren_IsTheHashOfTheSortedPairOnEveryPath() => Properties.Hold(
        from seed in Gen.Choose(0, int.MaxValue)
        from count in Gen.Choose(1, 40)
        from likeness in Gen.Choose(0, 4)
        select (seed, count, likeness),
        input =>
        {
            var random = new Random(input.seed);
            var tree = new ulong[(4 * input.count + 3) * KeccakBulk.DigestWords];
            random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tree.AsSpan()));
            // Pairs that are alike in their first words, up to the whole: the later words decide, or nothing does.
            for (var node = 1; node + 1 < tree.Length / 4; node += 2)
                tree.AsSpan(node * 4, input.likeness).CopyTo(tree.AsSpan((node + 1) * 4));
            var first = input.count;
            foreach (var path in Paths())
            {
                ulong[] contiguous = [.. tree];
                KeccakBulk.HashNodes(contiguous, first, input.count, path);
                var expected = Expected(tree, Enumerable.Range(first, input.count));
                Assert.Equal(expected, contiguous);

                int[] some = [.. Enumerable.Range(first, input.count).Where(_ => random.Next(2) == 0).Reverse()];
                ulong[] scattered = [.. tree];
                KeccakBulk.HashNodes(scattered, some, path);
                Assert.Equal(Expected(tree, some), scattered);
            }
        },
        200);

    [Fact]
    public void Digest_ToHashAndBack_IsTheSame()
    {
        var hash = Keccak256.HashText("digest");
        var words = new ulong[4];
        KeccakBulk.FromHash(hash, words);
        Assert.Equal(hash, KeccakBulk.ToHash(words));
        Assert.Equal(System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(hash.ToArray()), words[0]);
    }

    private static IEnumerable<KeccakPath> Paths() => new[] { KeccakPath.One, KeccakPath.Four, KeccakPath.Eight }.Where(KeccakBulk.IsSupported);

    private static void CheckMessages(byte[] messages, int length)
    {
        var count = messages.Length / length;
        foreach (var path in Paths())
        {
            // One digest more than there is work for stays as it is.
            var once = new ulong[(count + 1) * 4];
            var twice = new ulong[(count + 1) * 4];
            Array.Fill(once, 7UL, count * 4, 4);
            Array.Fill(twice, 7UL, 0, 4);
            KeccakBulk.Hash(messages, length, once, path);
            KeccakBulk.HashTwice(messages, length, twice, count * 4, -4, path);
            for (var i = 0; i < count; i++)
            {
                var expected = Keccak256.Hash(messages.AsSpan(i * length, length));
                Assert.Equal(expected, Digest(once, i));
                Assert.Equal(Keccak256.Hash(expected.ToArray()), Digest(twice, count - i));
            }

            Assert.Equal([7UL, 7, 7, 7], once.AsSpan(count * 4).ToArray());
            Assert.Equal([7UL, 7, 7, 7], twice.AsSpan(0, 4).ToArray());
        }
    }

    private static ulong[] Expected(ulong[] tree, IEnumerable<int> nodes)
    {
        ulong[] expected = [.. tree];
        foreach (var node in nodes)
        {
            Hash32[] pair = [.. new[] { Digest(tree, 2 * node + 1), Digest(tree, 2 * node + 2) }.Order()];
            KeccakBulk.FromHash(Keccak256.Hash([.. pair[0].ToArray(), .. pair[1].ToArray()]), expected.AsSpan(node * 4, 4));
        }

        return expected;
    }

    private static Hash32 Digest(ulong[] words, int index) => KeccakBulk.ToHash(words.AsSpan(index * 4, 4));
}
