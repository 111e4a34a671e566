using System.Buffers.Binary;
using System.Runtime.InteropServices;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Usage;

/// <summary>An id in the index: the first eight bytes of an identity, and where its event is.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct IdEntry(ulong Key, long Position) : IComparable<IdEntry>
{
    public static bool operator <(IdEntry left, IdEntry right) => left.Key < right.Key;

    public static bool operator <=(IdEntry left, IdEntry right) => left.Key <= right.Key;

    public static bool operator >(IdEntry left, IdEntry right) => left.Key > right.Key;

    public static bool operator >=(IdEntry left, IdEntry right) => left.Key >= right.Key;

    /// <summary>The first eight bytes of an identity.</summary>
    public static ulong KeyOf(Hash32 identity)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        identity.WriteTo(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    /// <summary>By key.</summary>
    public int CompareTo(IdEntry other) => Key.CompareTo(other.Key);
}

/// <summary>
/// The ids that came last, in memory: from the first eight bytes of an identity to positions. Two identities may have the same
/// eight bytes; who asks looks at the events.
/// </summary>
internal sealed class RecentIds
{
    // Whoever chooses ids does not know where they come to stand.
    private readonly ulong _secret = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)) | 1;

    // An empty place has position 0; journals begin with 1.
    private IdEntry[] _entries;
    private int _mask;

    public RecentIds(int expected)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(expected, 8) * 2);
        (_entries, _mask) = (new IdEntry[size], size - 1);
    }

    public int Count { get; private set; }

    public void Add(ulong key, long position)
    {
        if (Count * 4 >= _entries.Length * 3) Grow();
        var at = Place(key);
        while (_entries[at].Position != 0) at = (at + 1) & _mask;
        _entries[at] = new IdEntry(key, position);
        Count++;
    }

    public void Find(ulong key, List<long> positions)
    {
        for (var at = Place(key); _entries[at].Position != 0; at = (at + 1) & _mask)
        {
            if (_entries[at].Key == key) positions.Add(_entries[at].Position);
        }
    }

    /// <summary>Brings what will be asked for into the processor's cache. What it gives means nothing.</summary>
    public ulong Touch(ReadOnlySpan<ulong> keys)
    {
        var touched = 0UL;
        foreach (var key in keys) touched ^= _entries[Place(key)].Key;
        return touched;
    }

    /// <summary>All of them, by key.</summary>
    public IdEntry[] Sorted()
    {
        var sorted = new IdEntry[Count];
        var n = 0;
        foreach (var entry in _entries)
        {
            if (entry.Position != 0) sorted[n++] = entry;
        }

        sorted.AsSpan().Sort();
        return sorted;
    }

    /// <summary>Gives all of them to another, and has none then.</summary>
    public void MoveTo(RecentIds other)
    {
        if (Count == 0) return;
        foreach (var entry in _entries)
        {
            if (entry.Position != 0) other.Add(entry.Key, entry.Position);
        }

        Clear();
    }

    public void Clear()
    {
        if (Count == 0) return;
        Array.Clear(_entries);
        Count = 0;
    }

    private int Place(ulong key) => (int)(unchecked(key * _secret) >> 33) & _mask;

    private void Grow()
    {
        var entries = _entries;
        (_entries, _mask, Count) = (new IdEntry[entries.Length * 2], entries.Length * 2 - 1, 0);
        foreach (var entry in entries)
        {
            if (entry.Position != 0) Add(entry.Key, entry.Position);
        }
    }
}
