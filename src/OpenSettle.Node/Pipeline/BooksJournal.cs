using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>The watcher's journal, in the books' database.</summary>
public sealed class BooksJournal(IBooks books, WatchedDeployment deployment) : IChainJournal
{
    public JournalPosition Position() => books.Read(session => new JournalPosition(
        session.Journal.Final() is { } final ? ToBlock(final) : BeforeTheJournal(session), [.. session.Journal.Pending().Select(ToBlock)]));

    public WatchSet Wanted(ulong first) => books.Read(session =>
    {
        var wanted = new WatchSet(deployment);
        foreach (var model in session.Chain.LoadRegistry().Models) wanted.AddPayAddress(model.PayAddress);
        foreach (var token in session.Chain.ListedTokens()) wanted.AddToken(token.Token);
        // What the books have not taken yet is in the journal.
        var next = session.Chain.Cursor() is { } cursor ? cursor.Block + 1 : 0;
        if (first <= next) return wanted;
        foreach (var log in session.Journal.Logs(next, first - 1, [deployment.Id.Registry, deployment.Id.Vault])) wanted.Learn(ToEntry(log, Hash32.Zero));
        return wanted;
    });

    public Task AppendFinalAsync(BlockRange range, CancellationToken cancellation) => books.WriteAsync(
        session =>
        {
            // Held against what is on disk too: whoever calls may be wrong, and final blocks are for ever.
            var (before, next) = (session.Journal.Final(), range.Headers[0]);
            if (before is { } known && (next.Number != known.Number + 1 || next.ParentHash != known.Hash))
                throw new StorageException(StorageErrorKind.Inconsistent, $"Block {next.Number} of parent {next.ParentHash} does not follow final block {known.Number}, {known.Hash}.");
            session.Journal.RemovePending();
            var last = range.Headers[^1].Number;
            // Blocks without logs are not kept: only the last, which the next range follows.
            var withLogs = range.Logs.Select(log => log.BlockNumber).ToHashSet();
            session.Journal.AddBlocks(range.Headers.Where(header => header.Number == last || withLogs.Contains(header.Number)).Select(ToHeader));
            session.Journal.AddLogs(range.Logs.Select(ToLog));
            session.Journal.SetFinal(last);
        },
        cancellation);

    public Task ReplacePendingAsync(ulong keepUpTo, BlockRange? range, CancellationToken cancellation) => books.WriteAsync(
        session =>
        {
            session.Journal.RemoveAbove(keepUpTo);
            if (range is null) return;
            session.Journal.AddBlocks(range.Headers.Select(ToHeader));
            session.Journal.AddLogs(range.Logs.Select(ToLog));
        },
        cancellation);

    public Task FinalizeAsync(ulong number, CancellationToken cancellation) => books.WriteAsync(session => session.Journal.SetFinal(number), cancellation);

    /// <summary>A log of the journal as the chain had it.</summary>
    internal static LogEntry ToEntry(JournalLog log, Hash32 blockHash)
    {
        Span<Hash32> topics = stackalloc Hash32[LogTopics.Most];
        var count = log.Topics.Length / Hash32.Size;
        for (var i = 0; i < count; i++) topics[i] = Hash32.FromBytes(log.Topics.Span.Slice(i * Hash32.Size, Hash32.Size));
        return new LogEntry(log.Address, LogTopics.Create(topics[..count]), log.Data, log.Block, blockHash, log.Transaction, log.Index);
    }

    /// <summary>Books that are older than the journal were written to a block, and the journal goes on from there.</summary>
    private static JournalBlock? BeforeTheJournal(BooksSession session) =>
        session.Chain.Cursor() is { } cursor ? new JournalBlock(cursor.Block, cursor.Hash, Hash32.Zero, cursor.Timestamp) : null;

    private static JournalBlock ToBlock(JournalHeader block) => new(block.Number, block.Hash, block.Parent, block.Timestamp);

    private static JournalHeader ToHeader(BlockHeader header) => new(header.Number, header.Hash, header.ParentHash, header.Timestamp);

    private static JournalLog ToLog(LogEntry log)
    {
        var topics = new byte[log.Topics.Count * Hash32.Size];
        for (var i = 0; i < log.Topics.Count; i++) log.Topics[i].WriteTo(topics.AsSpan(i * Hash32.Size));
        return new JournalLog(log.BlockNumber, log.LogIndex, log.Address, log.TransactionHash, topics, log.Data);
    }
}
