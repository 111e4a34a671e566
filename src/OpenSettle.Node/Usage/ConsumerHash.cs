using System.Buffers.Binary;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Usage;

/// <summary>
/// Consumers as salted hashes: the journal says that somebody came back, not who. The last ones are remembered, because a
/// gateway's consumers come again and a hash costs as much as the rest of an event. For one thread at a time.
/// </summary>
internal sealed class ConsumerHash(ReadOnlyMemory<byte> salt)
{
    private const int Places = 512;
    private const int Longest = 64;

    private readonly byte[] _subjects = new byte[Places * Longest];
    private readonly int[] _lengths = new int[Places];
    private readonly Hash32[] _hashes = new Hash32[Places];

    public Hash32 Of(ReadOnlySpan<byte> subject)
    {
        if (subject.Length is 0 or > Longest) return Hash(subject);
        var place = Place(subject);
        var known = _subjects.AsSpan(place * Longest, Longest);
        if (_lengths[place] == subject.Length && known[..subject.Length].SequenceEqual(subject)) return _hashes[place];
        subject.CopyTo(known);
        _lengths[place] = subject.Length;
        return _hashes[place] = Hash(subject);
    }

    private static int Place(ReadOnlySpan<byte> subject)
    {
        var mixed = (ulong)subject.Length;
        unchecked
        {
            for (; subject.Length >= 8; subject = subject[8..]) mixed = (mixed ^ BinaryPrimitives.ReadUInt64LittleEndian(subject)) * 0x9e37_79b9_7f4a_7c15;
            foreach (var b in subject) mixed = (mixed ^ b) * 0x9e37_79b9_7f4a_7c15;
            return (int)(mixed >> 55);
        }
    }

    private Hash32 Hash(ReadOnlySpan<byte> subject)
    {
        Span<byte> message = stackalloc byte[salt.Length + subject.Length];
        salt.Span.CopyTo(message);
        subject.CopyTo(message[salt.Length..]);
        return Keccak256.Hash(message);
    }
}
