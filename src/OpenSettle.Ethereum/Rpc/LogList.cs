using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// The logs of a reply as they are read: one array of the right length, and their data in one buffer, guessed from the
/// first of them. Where a guess falls short there is another buffer; all of them together stay below twice the reply.
/// </summary>
/// <param name="text">How many bytes of the reply hold them.</param>
/// <param name="others">How many objects that are no logs come after the first log.</param>
internal struct LogList(int text, int others = 0)
{
    private LogEntry[] _entries = [];
    private int _count;
    private byte[] _buffer = [];
    private int _used;
    private long _data;

    public readonly int Count => _count;

    /// <summary>The logs from that one on.</summary>
    public readonly ReadOnlySpan<LogEntry> Since(int first) => _entries.AsSpan(first, _count - first);

    /// <summary>Makes room for the log at hand, and for as many as the text after it may hold: each has a '{', and a least length. Where that was too few, there is more.</summary>
    public void MakeRoom(ReadOnlySpan<byte> following)
    {
        if (_count < _entries.Length) return;
        var most = Math.Max(0, following.Count((byte)'{') - others);
        Array.Resize(ref _entries, _count + 1 + Math.Min(most, following.Length / LogField.ShortestLog));
    }

    /// <summary>The place of the next log.</summary>
    public ref LogEntry Add() => ref _entries[_count++];

    /// <summary>Memory for a log's data.</summary>
    public Memory<byte> Reserve(int length)
    {
        if (length == 0) return Memory<byte>.Empty;
        _data += length;
        if (_used + length > _buffer.Length)
        {
            // As much for each log to come as those so far had, and never more than the reply's text can hold.
            var average = (_data + _count) / (_count + 1);
            var wanted = Math.Min(average * Math.Max(1, _entries.Length - _count), text / 2);
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, (int)wanted));
            _used = 0;
        }

        _used += length;
        return _buffer.AsMemory(_used - length, length);
    }

    public LogEntry[] ToArray()
    {
        if (_count < _entries.Length) Array.Resize(ref _entries, _count);
        return _entries;
    }
}
