using System.Data.Common;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>
/// The logs that were read, in chain order: the evidence of all that the books say of the chain. What is final is never
/// changed; what is not may go again.
/// </summary>
public sealed class JournalStore(BooksSession session)
{
    // A log's place is one number, so that logs are appended to the end of one tree.
    private const int IndexBits = 24;
    private const ulong LastBlock = long.MaxValue >> IndexBits;

    /// <summary>The last final block, or null before the first.</summary>
    public JournalHeader? Final() => session.Single(
        "SELECT number, hash, parent, timestamp FROM journal_cursor JOIN journal_blocks ON number = final_block", row => (JournalHeader?)ReadHeader(row));

    /// <summary>Blocks that are not final, oldest first.</summary>
    public IReadOnlyList<JournalHeader> Pending() => session.Query(
        "SELECT number, hash, parent, timestamp FROM journal_blocks WHERE number > coalesce((SELECT final_block FROM journal_cursor), -1) ORDER BY number",
        ReadHeader);

    /// <summary>The last block, final or not; null before the first.</summary>
    public JournalHeader? Last() =>
        session.Single("SELECT number, hash, parent, timestamp FROM journal_blocks ORDER BY number DESC LIMIT 1", row => (JournalHeader?)ReadHeader(row));

    /// <summary>A block that is kept, or null: final ones are where they hold logs.</summary>
    public JournalHeader? Block(ulong number) =>
        session.Single("SELECT number, hash, parent, timestamp FROM journal_blocks WHERE number = ?1", row => (JournalHeader?)ReadHeader(row), number);

    public void AddBlocks(IEnumerable<JournalHeader> blocks)
    {
        foreach (var block in blocks)
        {
            session.Execute(
                "INSERT INTO journal_blocks (number, hash, parent, timestamp) VALUES (?1, ?2, ?3, ?4)", block.Number, block.Hash, block.Parent, block.Timestamp);
        }
    }

    /// <summary>Adds logs, whose blocks are there.</summary>
    public void AddLogs(IEnumerable<JournalLog> logs)
    {
        using var insert = session.Bulk("INSERT INTO journal_logs (position, address, tx, topics, data) VALUES (?1, ?2, ?3, ?4, ?5)");
        Span<byte> word = stackalloc byte[Hash32.Size];
        foreach (var log in logs)
        {
            var position = checked((long)Position(log.Block, log.Index));
            session.Arrive("journal_logs", position);
            insert.Bind(1, position);
            log.Address.WriteTo(word);
            insert.Bind(2, word[..Address.Size]);
            log.Transaction.WriteTo(word);
            insert.Bind(3, word);
            insert.Bind(4, log.Topics.Span);
            insert.Bind(5, log.Data.Span);
            insert.Run();
        }
    }

    /// <summary>Takes back every block above a number, with its logs. Nothing that is final goes.</summary>
    public void RemoveAbove(ulong block)
    {
        if (Final() is { } final && block < final.Number)
            throw new StorageException(StorageErrorKind.Inconsistent, $"Block {final.Number} of the journal is final: nothing above block {block} can be taken back.");
        session.Execute("DELETE FROM journal_logs WHERE position >= ?1", Position(block + 1, 0));
        session.Execute("DELETE FROM journal_blocks WHERE number > ?1", block);
    }

    /// <summary>Takes back every block that is not final, with its logs; before the first final one, that is all.</summary>
    public void RemovePending()
    {
        var first = Final() is { } final ? final.Number + 1 : 0;
        session.Execute("DELETE FROM journal_logs WHERE position >= ?1", Position(first, 0));
        session.Execute("DELETE FROM journal_blocks WHERE number >= ?1", first);
    }

    /// <summary>All blocks up to that one, which is there, are final. Those that hold no logs are not kept any longer.</summary>
    public void SetFinal(ulong number)
    {
        var before = Final();
        if (number < before?.Number || Block(number) is null)
            throw new StorageException(StorageErrorKind.Inconsistent, $"Block {number} of the journal cannot become final: {(before is { } known ? $"block {known.Number} is" : "it is not there")}.");
        session.Execute(
            "INSERT INTO journal_cursor (id, final_block) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET final_block = excluded.final_block", number);
        session.Execute(
            $"""
            DELETE FROM journal_blocks WHERE number >= ?1 AND number < ?2
            AND NOT EXISTS (SELECT 1 FROM journal_logs WHERE position >= number << {IndexBits} AND position < (number + 1) << {IndexBits})
            """,
            before?.Number ?? 0, number);
    }

    /// <summary>The logs of these blocks, in chain order.</summary>
    public IReadOnlyList<JournalLog> Logs(ulong first, ulong last) => session.Query(
        "SELECT position, address, tx, topics, data FROM journal_logs WHERE position >= ?1 AND position < ?2 ORDER BY position",
        ReadLog, Position(Math.Min(first, LastBlock), 0), End(last));

    /// <summary>The logs of some contracts in these blocks, in chain order.</summary>
    public IReadOnlyList<JournalLog> Logs(ulong first, ulong last, IReadOnlyList<Address> contracts) =>
        [.. contracts.SelectMany(contract => session.Query(
            "SELECT position, address, tx, topics, data FROM journal_logs WHERE position >= ?1 AND position < ?2 AND address = ?3",
            ReadLog, Position(Math.Min(first, LastBlock), 0), End(last), contract)).OrderBy(log => (log.Block, log.Index))];

    /// <summary>The block of the log that comes so many after the first one of a block; null where there are not that many.</summary>
    public ulong? BlockOfLog(ulong first, int offset) => session.Single(
        $"SELECT position >> {IndexBits} FROM journal_logs WHERE position >= ?1 ORDER BY position LIMIT 1 OFFSET ?2",
        row => (ulong?)row.Number(0), Position(Math.Min(first, LastBlock), 0), offset);

    public long CountLogs() => session.Single("SELECT count(*) FROM journal_logs", row => row.GetInt64(0));

    /// <summary>The first place after a block.</summary>
    private static ulong End(ulong block) => Position(Math.Min(block, LastBlock - 1) + 1, 0);

    private static ulong Position(ulong block, uint index)
    {
        if (block > LastBlock || index >> IndexBits != 0)
            throw new StorageException(StorageErrorKind.Inconsistent, $"Log {block}/{index} has no place in the journal: its numbers are too large.");
        return (block << IndexBits) | index;
    }

    private static JournalHeader ReadHeader(DbDataReader row) => new(row.Number(0), row.Word(1), row.Word(2), row.Number(3));

    private static JournalLog ReadLog(DbDataReader row)
    {
        var position = row.Number(0);
        return new JournalLog(position >> IndexBits, (uint)(position & ((1UL << IndexBits) - 1)), row.Account(1), row.Word(2), row.Bytes(3), row.Bytes(4));
    }
}
