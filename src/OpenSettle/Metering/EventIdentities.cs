using OpenSettle.Primitives;

namespace OpenSettle.Metering;

/// <summary>
/// The identities of many events, the same as <see cref="EventIdentity.Of"/> gives one by one. Messages of equal length are
/// hashed together, which is several times as fast. Used again and again, it allocates nothing.
/// </summary>
public sealed class EventIdentities
{
    private byte[] _messages = new byte[4096];
    private byte[] _gathered = [];
    private ulong[] _digests = [];
    private (int Offset, int Length)[] _where = new (int, int)[64];
    private int[] _group = [];
    private int _length;

    public int Count { get; private set; }

    public void Clear() => (_length, Count) = (0, 0);

    public void Add(ReadOnlySpan<byte> source, ReadOnlySpan<byte> id)
    {
        var length = 8 + source.Length + id.Length;
        if (_messages.Length - _length < length) Array.Resize(ref _messages, Math.Max(2 * _messages.Length, _length + length));
        if (Count == _where.Length) Array.Resize(ref _where, 2 * Count);
        EventIdentity.WriteMessage(source, id, _messages.AsSpan(_length, length));
        _where[Count++] = (_length, length);
        _length += length;
    }

    /// <summary>Writes the identities in the order in which the events were added.</summary>
    public void WriteTo(Span<Hash32> identities)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(identities.Length, Count);
        if (_group.Length < Count) Array.Resize(ref _group, _where.Length);
        Span<bool> done = stackalloc bool[KeccakBulk.MostBytes + 1];
        for (var i = 0; i < Count; i++)
        {
            var length = _where[i].Length;
            if (length > KeccakBulk.MostBytes)
            {
                identities[i] = Keccak256.Hash(_messages.AsSpan(_where[i].Offset, length));
                continue;
            }

            if (done[length]) continue;
            done[length] = true;
            HashGroup(i, length, identities);
        }
    }

    /// <summary>Hashes all messages of one length, from the first of them on.</summary>
    private void HashGroup(int first, int length, Span<Hash32> identities)
    {
        var count = 0;
        for (var i = first; i < Count; i++)
        {
            if (_where[i].Length == length) _group[count++] = i;
        }

        if (_gathered.Length < count * length) Array.Resize(ref _gathered, Math.Max(2 * _gathered.Length, count * length));
        if (_digests.Length < count * KeccakBulk.DigestWords) Array.Resize(ref _digests, Math.Max(2 * _digests.Length, count * KeccakBulk.DigestWords));
        for (var k = 0; k < count; k++) _messages.AsSpan(_where[_group[k]].Offset, length).CopyTo(_gathered.AsSpan(k * length));
        KeccakBulk.Hash(_gathered.AsSpan(0, count * length), length, _digests, KeccakBulk.Best);
        for (var k = 0; k < count; k++) identities[_group[k]] = KeccakBulk.ToHash(_digests.AsSpan(k * KeccakBulk.DigestWords, KeccakBulk.DigestWords));
    }
}
