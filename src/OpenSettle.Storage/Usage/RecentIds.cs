namespace OpenSettle.Storage.Usage;

/// <summary>
/// The ids that came last, in memory: from the first eight bytes of an identity to positions. Two identities may have the same
/// eight bytes; who asks looks at the events.
/// </summary>
internal sealed class RecentIds
{
    // Whoever chooses ids does not know where they come to stand.
    private readonly ulong _secret = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)) | 1;
    private ulong[] _keys;
    private long[] _positions;
    private int _mask;

    public RecentIds(int expected)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(expected, 8) * 2);
        (_keys, _positions, _mask) = (new ulong[size], new long[size], size - 1);
    }

    public int Count { get; private set; }

    public void Add(ulong key, long position)
    {
        if (Count * 4 >= _keys.Length * 3) Grow();
        // An empty place has position 0; journals begin with 1.
        var at = Place(key);
        while (_positions[at] != 0) at = (at + 1) & _mask;
        (_keys[at], _positions[at]) = (key, position);
        Count++;
    }

    public void Find(ulong key, List<long> positions)
    {
        for (var at = Place(key); _positions[at] != 0; at = (at + 1) & _mask)
        {
            if (_keys[at] == key) positions.Add(_positions[at]);
        }
    }

    /// <summary>All of them, by key.</summary>
    public (ulong[] Keys, long[] Positions) Sorted()
    {
        var (keys, positions) = (new ulong[Count], new long[Count]);
        var n = 0;
        for (var i = 0; i < _keys.Length; i++)
        {
            if (_positions[i] == 0) continue;
            (keys[n], positions[n]) = (_keys[i], _positions[i]);
            n++;
        }

        Array.Sort(keys, positions);
        return (keys, positions);
    }

    /// <summary>Gives all of them to another, and has none then.</summary>
    public void MoveTo(RecentIds other)
    {
        if (Count == 0) return;
        for (var i = 0; i < _keys.Length; i++)
        {
            if (_positions[i] != 0) other.Add(_keys[i], _positions[i]);
        }

        Clear();
    }

    public void Clear()
    {
        Array.Clear(_positions);
        Count = 0;
    }

    private int Place(ulong key) => (int)(unchecked(key * _secret) >> 33) & _mask;

    private void Grow()
    {
        var (keys, positions) = (_keys, _positions);
        (_keys, _positions, _mask, Count) = (new ulong[keys.Length * 2], new long[keys.Length * 2], keys.Length * 2 - 1, 0);
        for (var i = 0; i < keys.Length; i++)
        {
            if (positions[i] != 0) Add(keys[i], positions[i]);
        }
    }
}
