using System.Data.Common;

namespace OpenSettle.Storage.Stores;

/// <summary>
/// A connection of one of the two engines, within a transaction. The stores' SQL is written once, in what both understand; parameters are
/// <c>?1 ?2 …</c>, so that a value never becomes part of the text.
/// </summary>
internal abstract class Engine
{
    /// <summary>What has no common words has two texts, side by side: this takes one.</summary>
    public abstract string Choose(string sqlite, string postgres);

    /// <summary>A command of that text, on loan.</summary>
    public abstract DbCommand Take(string sql);

    public abstract void Give(string sql, DbCommand command);

    public abstract void Bind(DbCommand command, int position, object value);

    /// <summary>A statement for many rows.</summary>
    public abstract BulkStatement Bulk(string sql);

    /// <summary>A row of that place in a table's order of arrival is about to come: where the table has parts by arrival, its part is made.</summary>
    public virtual void Arrive(string table, long value)
    {
    }

    /// <summary>The same for rows that a sequence numbers.</summary>
    public virtual void ArriveNext(string table, string sequence, int count)
    {
    }

    /// <summary>At the end of a unit of work: what was put off is done.</summary>
    public virtual void Flush()
    {
    }
}
