using System.Collections;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Watch;

/// <summary>Logs in the arrays in which they came, as one list: so that those of a range are in memory once, and stay where they are.</summary>
internal sealed class LogParts : IReadOnlyList<LogEntry>
{
    private readonly List<ArraySegment<LogEntry>> _parts = [];

    // The place of each part's first log.
    private readonly List<int> _starts = [];

    public int Count { get; private set; }

    public LogEntry this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index), index, $"A list of {Count} logs.");
            var part = _starts.BinarySearch(index);
            if (part < 0) part = ~part - 1;
            return _parts[part][index - _starts[part]];
        }
    }

    /// <summary>Adds logs, which nobody may change any more.</summary>
    public void Add(ArraySegment<LogEntry> logs)
    {
        if (logs.Count == 0) return;
        _parts.Add(logs);
        _starts.Add(Count);
        Count = checked(Count + logs.Count);
    }

    public IEnumerator<LogEntry> GetEnumerator()
    {
        foreach (var part in _parts)
        {
            foreach (var log in part) yield return log;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
