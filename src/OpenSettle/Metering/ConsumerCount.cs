using System.Buffers.Binary;
using System.Numerics;
using OpenSettle.Primitives;

namespace OpenSettle.Metering;

/// <summary>
/// How many distinct consumers there were: exact up to <see cref="ExactLimit"/>, then a HyperLogLog sketch of 2,048
/// registers, whose standard error is 2.3 %. Both merge without loss, and what is counted does not depend on the order in
/// which consumers came.
/// </summary>
public sealed class ConsumerCount : IEquatable<ConsumerCount>
{
    /// <summary>Standard error of an estimate: 1.04 over the square root of the number of registers.</summary>
    public const string StandardError = "0.023";

    /// <summary>Up to here every consumer is kept.</summary>
    public const int ExactLimit = 256;

    private const int IndexBits = 11;
    private const int Registers = 1 << IndexBits;
    private const int HighestRank = 64 - IndexBits + 1;
    private const double Ln2 = 0.693147180559945309;
    private const byte ExactForm = 1;
    private const byte SketchForm = 2;

    // Either a mixed word of each consumer, or the sketch: the other one is empty.
    private HashSet<ulong> _exact = [];
    private byte[] _registers = [];

    public bool IsExact => _registers.Length == 0;

    public void Add(Hash32 consumer)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        consumer.WriteTo(bytes);
        // A gateway may name its consumers itself, and what it names may be padded or counted up: all of it goes in.
        ulong mixed = 0;
        for (; bytes.Length > 0; bytes = bytes[sizeof(ulong)..]) mixed = Mix(mixed ^ BinaryPrimitives.ReadUInt64BigEndian(bytes));
        Add(mixed);
    }

    /// <summary>Takes another count in.</summary>
    public void Merge(ConsumerCount other)
    {
        if (other.IsExact)
        {
            foreach (var consumer in other._exact) Add(consumer);
            return;
        }

        if (IsExact) Spill();
        for (var i = 0; i < Registers; i++) _registers[i] = Math.Max(_registers[i], other._registers[i]);
    }

    /// <summary>The number, or the sketch's estimate of it.</summary>
    public long Count()
    {
        if (IsExact) return _exact.Count;
        // Ertl's improved estimator (2017): without bias for any number, where the first one's was off by a tenth between two ranges.
        Span<int> counts = stackalloc int[HighestRank + 1];
        foreach (var register in _registers) counts[register]++;
        var z = Registers * Tau(1 - (double)counts[HighestRank] / Registers);
        for (var rank = HighestRank - 1; rank >= 1; rank--) z = 0.5 * (z + counts[rank]);
        z += Registers * Sigma((double)counts[0] / Registers);
        return (long)Math.Round(Registers / (2 * Ln2) * (Registers / z));
    }

    public byte[] Encode()
    {
        if (IsExact)
        {
            var bytes = new byte[1 + _exact.Count * 8];
            bytes[0] = ExactForm;
            var at = 1;
            foreach (var consumer in _exact.Order())
            {
                BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at), consumer);
                at += 8;
            }

            return bytes;
        }

        return [SketchForm, .. _registers];
    }

    /// <exception cref="FormatException">These are not a count's bytes.</exception>
    public static ConsumerCount Decode(ReadOnlySpan<byte> bytes)
    {
        var count = new ConsumerCount();
        if (bytes is [ExactForm, .. var consumers] && consumers.Length % 8 == 0 && consumers.Length / 8 <= ExactLimit)
        {
            for (; consumers.Length > 0; consumers = consumers[8..]) count._exact.Add(BinaryPrimitives.ReadUInt64BigEndian(consumers));
            return count;
        }

        if (bytes is not [SketchForm, .. var registers] || registers.Length != Registers || registers.IndexOfAnyExceptInRange((byte)0, (byte)HighestRank) >= 0) throw new FormatException("These are not the bytes of a count of consumers.");
        count._registers = registers.ToArray();
        return count;
    }

    public bool Equals(ConsumerCount? other) => other is not null && Encode().AsSpan().SequenceEqual(other.Encode());

    public override bool Equals(object? obj) => Equals(obj as ConsumerCount);

    public override int GetHashCode() => Count().GetHashCode();

    private void Add(ulong consumer)
    {
        if (!IsExact) AddToSketch(consumer);
        else if (_exact.Add(consumer) && _exact.Count > ExactLimit) Spill();
    }

    /// <summary>What registers that are still empty say; x is their part of all.</summary>
    private static double Sigma(double x)
    {
        if (x >= 1) return double.PositiveInfinity;
        double y = 1, z = x, before;
        do
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }
        while (z > before);
        return z;
    }

    /// <summary>What registers say that are full; x is the part of those that are not.</summary>
    private static double Tau(double x)
    {
        if (x is <= 0 or >= 1) return 0;
        double y = 1, z = 1 - x, before;
        do
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        }
        while (z < before);
        return z / 3;
    }

    private void Spill()
    {
        var consumers = _exact;
        (_exact, _registers) = ([], new byte[Registers]);
        foreach (var consumer in consumers) AddToSketch(consumer);
    }

    /// <summary>The finalizer of SplitMix64: one to one, and each bit of the input changes half of the output's.</summary>
    private static ulong Mix(ulong word)
    {
        unchecked
        {
            word += 0x9E3779B97F4A7C15;
            word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
            word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
            return word ^ (word >> 31);
        }
    }

    /// <summary>A mixed word is as if it were random: its first bits choose the register, the others are what it counts.</summary>
    private void AddToSketch(ulong consumer)
    {
        var register = (int)(consumer >> (64 - IndexBits));
        var rank = (byte)(BitOperations.LeadingZeroCount((consumer << IndexBits) | (1UL << (IndexBits - 1))) + 1);
        if (rank > _registers[register]) _registers[register] = rank;
    }
}
