using System.Data.Common;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Stores;

/// <summary>The last batch of a gateway.</summary>
/// <param name="LostIn">The epoch that settled it, where it was lost; else 0.</param>
internal readonly record struct LastBatch(ulong Number, Hash32 Digest, ulong LostIn = 0);

/// <summary>Signed batches in the journal, and what makes one the next of its gateway.</summary>
internal static class UsageBatchTable
{
    internal const string Columns =
        "SELECT id, gateway, number, root, events, first_time, last_time, previous, digest, signature, first_position FROM usage_batches";

    /// <summary>Whether an event is new, for who holds a batch against what is known.</summary>
    internal delegate Verdict Judgement(Hash32 identity, ReadOnlySpan<byte> body);

    public static IReadOnlyList<JournaledBatch> Within(BooksSession session, long after, long upTo) =>
        session.Query($"{Columns} WHERE first_position > ?1 AND first_position + events - 1 <= ?2 ORDER BY id", Read, after, upTo);

    public static JournaledBatch? Find(BooksSession session, Address gateway, ulong number) => session.Single($"{Columns} WHERE gateway = ?1 AND number = ?2", Read, gateway, number);

    public static JournaledBatch? Find(BooksSession session, long id) => session.Single($"{Columns} WHERE id = ?1", Read, id);

    /// <summary>Number 0 before the first.</summary>
    public static LastBatch Last(BooksSession session, Address gateway)
    {
        var last = session.Single("SELECT number, digest FROM usage_batches WHERE gateway = ?1 ORDER BY number DESC LIMIT 1", row => new LastBatch(row.Number(0), row.Word(1)), gateway);
        return LostBatchTable.Last(session, gateway) is { } lost && lost.Last > last.Number ? new LastBatch(lost.Last, Hash32.Zero, lost.Epoch) : last;
    }

    /// <summary>Why a signed batch cannot be taken; null where it can.</summary>
    public static AppendResult? Refuse(BooksSession session, UsageAppend append, SignedStatement batch, LastBatch last, Judgement judge)
    {
        var statement = batch.Statement;
        if (statement.Number <= last.Number)
        {
            var known = session.Single("SELECT digest FROM usage_batches WHERE gateway = ?1 AND number = ?2", row => row.Word(0), statement.Gateway, statement.Number);
            if (known == batch.Digest)
            {
                foreach (ref var e in append.Events.AsSpan()) e.Verdict = Verdict.Duplicate;
                return new AppendResult(AppendStatus.BatchKnown);
            }

            if (LostBatchTable.Find(session, statement.Gateway, statement.Number) is { } lost) return new AppendResult(AppendStatus.BatchSettled, last.Number, last.Digest, lost.Epoch);
        }

        // What a lost batch's digest was, nobody here knows: whatever the first one after it names is taken.
        if (statement.Number != last.Number + 1 || (statement.Previous != last.Digest && last.LostIn == 0)) return new AppendResult(AppendStatus.OutOfOrder, last.Number, last.Digest);
        var allNew = true;
        var seen = new HashSet<Hash32>();
        foreach (ref var e in append.Events.AsSpan())
        {
            e.Verdict = seen.Add(e.Identity) ? judge(e.Identity, append.BodyOf(e)) : Verdict.Duplicate;
            allNew &= e.Verdict == Verdict.Accepted;
        }

        return allNew ? null : new AppendResult(AppendStatus.BatchNotNew);
    }

    internal static JournaledBatch Read(DbDataReader row)
    {
        var statement = new BatchStatement(row.Account(1), row.Number(2), row.Word(3), row.Number(4), row.Number(5), row.Number(6), row.Word(7));
        return new JournaledBatch(row.GetInt64(0), new SignedStatement(statement, row.Word(8), row.Bytes(9)), row.GetInt64(10));
    }
}
