using System.Collections;
using System.Runtime.CompilerServices;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Ports;

/// <summary>A log's topics, of which there are at most four: held in place, so that a log needs no list of its own.</summary>
[CollectionBuilder(typeof(LogTopics), nameof(Create))]
public readonly struct LogTopics : IReadOnlyList<Hash32>, IEquatable<LogTopics>
{
    public const int Most = 4;

    private readonly Words _words;

    private LogTopics(ReadOnlySpan<Hash32> topics)
    {
        Count = topics.Length;
        topics.CopyTo(_words);
    }

    public int Count { get; }

    public Hash32 this[int index] => (uint)index < (uint)Count ? _words[index] : throw new ArgumentOutOfRangeException(nameof(index), index, $"A log with {Count} topics.");

    public static bool operator ==(LogTopics left, LogTopics right) => left.Equals(right);

    public static bool operator !=(LogTopics left, LogTopics right) => !left.Equals(right);

    public static LogTopics Create(ReadOnlySpan<Hash32> topics) =>
        topics.Length <= Most ? new LogTopics(topics) : throw new ArgumentException($"A log has at most {Most} topics, not {topics.Length}.", nameof(topics));

    /// <summary>An address as a topic.</summary>
    public static Hash32 Word(Address account)
    {
        Span<byte> word = stackalloc byte[Hash32.Size];
        word.Clear();
        account.WriteTo(word[(Hash32.Size - Address.Size)..]);
        return Hash32.FromBytes(word);
    }

    public bool Equals(LogTopics other) => Count == other.Count && ((ReadOnlySpan<Hash32>)_words)[..Count].SequenceEqual(((ReadOnlySpan<Hash32>)other._words)[..Count]);

    public override bool Equals(object? obj) => obj is LogTopics other && Equals(other);

    public override int GetHashCode() => Count == 0 ? 0 : HashCode.Combine(Count, _words[0], _words[Count - 1]);

    public IEnumerator<Hash32> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return _words[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    [InlineArray(Most)]
    private struct Words
    {
        private Hash32 _first;
    }
}
