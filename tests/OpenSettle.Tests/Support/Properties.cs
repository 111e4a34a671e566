using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using OpenSettle.Primitives;
using Xunit.Sdk;

namespace OpenSettle.Tests.Support;

/// <summary>Random inputs from a stated seed: a failure names the seed and the smallest input that fails.</summary>
internal static class Properties
{
    public const ulong Seed = 20_261_120;

    /// <summary>Any 256-bit number, with limbs where carries, borrows and digit guesses go wrong.</summary>
    public static Gen<UInt256> Numbers { get; } =
        from l3 in Limbs()
        from l2 in Limbs()
        from l1 in Limbs()
        from l0 in Limbs()
        from zeros in Gen.Choose(0, 4)
        select FromLimbs(zeros > 0 ? 0 : l3, zeros > 1 ? 0 : l2, zeros > 2 ? 0 : l1, l0);

    public static void Hold<T>(Gen<T> inputs, Action<T> property, int runs) => Hold(Arb.From(inputs), property, runs);

    public static void Hold<T>(Arbitrary<T> inputs, Action<T> property, int runs)
    {
        var replay = new Replay(new Rnd(Seed, 1), FSharpOption<int>.None);
        var config = Config.QuickThrowOnFailure.WithMaxTest(runs).WithReplay(FSharpOption<Replay>.Some(replay));
        try
        {
            Check.One(config, Prop.ForAll(inputs, property));
        }
        catch (Exception e)
        {
            throw new XunitException($"With seed {Seed}: {e.Message}", e);
        }
    }

    private static UInt256 FromLimbs(ulong l3, ulong l2, ulong l1, ulong l0)
    {
        var bytes = new byte[UInt256.Size];
        ulong[] limbs = [l3, l2, l1, l0];
        for (var i = 0; i < limbs.Length; i++) System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * 8), limbs[i]);
        return UInt256.FromBigEndian(bytes);
    }

    private static Gen<ulong> Limbs() => Gen.OneOf(
        Gen.Elements<ulong>(
            0, 1, 2, 3, 10, uint.MaxValue, 1UL << 32, (1UL << 32) + 1, 1UL << 31, (1UL << 31) - 1, 1UL << 63, (1UL << 63) - 1, (1UL << 63) + 1,
            ulong.MaxValue, ulong.MaxValue - 1, 0xFFFFFFFF_00000000, 0x80000000_FFFFFFFF, 0x7FFFFFFF_FFFFFFFE, 0x20000000_00000000),
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        select unchecked(((ulong)(uint)high << 32) | (uint)low));
}
