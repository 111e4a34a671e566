using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>A journal in memory that outlives its watchers as a disk does, and refuses whatever would not leave one linked branch.</summary>
internal sealed class MemoryJournal(WatchedDeployment deployment) : IChainJournal
{
    private readonly List<JournalBlock> _final = [];
    private readonly List<JournalBlock> _pending = [];
    private readonly List<LogEntry> _logs = [];

    /// <summary>All final blocks: a real journal keeps fewer.</summary>
    public IReadOnlyList<JournalBlock> Final => _final;

    public IReadOnlyList<JournalBlock> Blocks => [.. _final, .. _pending];

    public IReadOnlyList<LogEntry> Logs => _logs;

    /// <summary>How often something was committed.</summary>
    public int Commits { get; private set; }

    public JournalPosition Position() => new(_final.Count > 0 ? _final[^1] : null, [.. _pending]);

    public WatchSet Wanted(ulong first)
    {
        var wanted = new WatchSet(deployment);
        foreach (var log in _logs)
        {
            if (log.BlockNumber < first) wanted.Learn(in log);
        }

        return wanted;
    }

    public Task AppendFinalAsync(BlockRange range, CancellationToken cancellation)
    {
        var next = _final.Count > 0 ? _final[^1].Number + 1 : deployment.FirstBlock;
        Require(range.Headers[0].Number == next, $"final blocks from {range.Headers[0].Number} on came for {next}");
        Drop(next);
        Add(_final, range);
        return Committed();
    }

    public Task ReplacePendingAsync(ulong keepUpTo, BlockRange? range, CancellationToken cancellation)
    {
        Require(_final.Count == 0 || keepUpTo >= _final[^1].Number, $"block {keepUpTo + 1} is final and cannot go");
        var next = Position().Last is { } last ? Math.Min(last.Number, keepUpTo) + 1 : deployment.FirstBlock;
        Drop(next);
        if (range is not null)
        {
            Require(range.Headers[0].Number == next, $"blocks from {range.Headers[0].Number} on came for {next}");
            Add(_pending, range);
        }

        return Committed();
    }

    public Task FinalizeAsync(ulong number, CancellationToken cancellation)
    {
        var count = _pending.FindIndex(block => block.Number == number) + 1;
        Require(count > 0, $"block {number} is not pending");
        _final.AddRange(_pending[..count]);
        _pending.RemoveRange(0, count);
        return Committed();
    }

    /// <summary>Everything in it, to be held against another.</summary>
    public string Describe() => string.Join('\n', [.. Blocks.Select(block => $"{block.Number} {block.Hash}"), $"final to {Position().Final?.Number}", .. Logs.Select(Describe)]);

    public static string Describe(LogEntry log) =>
        $"{log.BlockNumber}/{log.LogIndex} {log.BlockHash} {log.TransactionHash} {log.Address} {string.Join(',', log.Topics)} {Convert.ToHexString(log.Data.Span)}";

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }

    private void Add(List<JournalBlock> blocks, BlockRange range)
    {
        var last = Position().Last;
        var added = new Dictionary<ulong, JournalBlock>();
        foreach (var header in range.Headers)
        {
            Require(last is not { } before || (before.Number + 1 == header.Number && before.Hash == header.ParentHash), $"block {header.Number} does not follow");
            last = JournalBlock.Of(header);
            added.Add(header.Number, JournalBlock.Of(header));
            blocks.Add(JournalBlock.Of(header));
        }

        foreach (var log in range.Logs)
        {
            Require(added.TryGetValue(log.BlockNumber, out var block) && block.Hash == log.BlockHash, $"a log of block {log.BlockNumber} is of another block");
            Require(_logs.Count == 0 || (_logs[^1].BlockNumber, _logs[^1].LogIndex).CompareTo((log.BlockNumber, log.LogIndex)) < 0, "a log comes before the last one");
            _logs.Add(log);
        }
    }

    private void Drop(ulong from)
    {
        _pending.RemoveAll(block => block.Number >= from);
        _logs.RemoveAll(log => log.BlockNumber >= from);
    }

    private Task Committed()
    {
        Commits++;
        return Task.CompletedTask;
    }
}
