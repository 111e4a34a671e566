using System.Data.Common;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Stores;

/// <summary>Batches that epochs settled and that the journal lost: their numbers are taken, and the next one is accepted after them.</summary>
internal static class LostBatchTable
{
    private const string Columns = "SELECT gateway, first_number, number, events, epoch FROM usage_settled";

    public static List<LostBatches> All(BooksSession session) => session.Query($"{Columns} ORDER BY gateway, number", Read);

    /// <summary>The last ones of a gateway.</summary>
    public static LostBatches? Last(BooksSession session, Address gateway) =>
        session.Single($"{Columns} WHERE gateway = ?1 ORDER BY number DESC LIMIT 1", Read, gateway);

    /// <summary>Those that a number is of.</summary>
    public static LostBatches? Find(BooksSession session, Address gateway, ulong number) => number > long.MaxValue
        ? null
        : session.Single($"{Columns} WHERE gateway = ?1 AND number >= ?2 AND first_number <= ?2 ORDER BY number LIMIT 1", Read, gateway, number);

    public static void Replace(BooksSession session, IEnumerable<LostBatches> lost)
    {
        session.Execute("DELETE FROM usage_settled");
        foreach (var run in lost)
        {
            session.Execute(
                "INSERT INTO usage_settled (gateway, number, first_number, events, epoch) VALUES (?1, ?2, ?3, ?4, ?5)", run.Gateway, run.Last, run.First, run.Events, run.Epoch);
        }
    }

    private static LostBatches Read(DbDataReader row) => new(row.Account(0), row.Number(1), row.Number(2), row.Number(3), row.Number(4));
}
