using System.Data.Common;
using Microsoft.Data.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>The stores' SQL on a connection to a file.</summary>
/// <param name="connection">Within a transaction.</param>
/// <param name="prepared">The statements that were prepared on it; null where they are not kept.</param>
internal sealed class SqliteEngine(SqliteConnection connection, PreparedStatements? prepared = null) : Engine
{
    public SqliteConnection Connection => connection;

    public static BooksSession Session(SqliteConnection connection, PreparedStatements? prepared = null) => new(new SqliteEngine(connection, prepared));

    public override string Choose(string sqlite, string postgres) => sqlite;

    public override DbCommand Take(string sql) => PreparedStatements.Take(prepared, connection, sql);

    public override void Give(string sql, DbCommand command) => PreparedStatements.Give(prepared, sql, (SqliteCommand)command);

    public override void Bind(DbCommand command, int position, object value)
    {
        var parameters = ((SqliteCommand)command).Parameters;
        if (position <= parameters.Count) parameters[position - 1].Value = value;
        else parameters.Add(new SqliteParameter($"?{position}", value));
    }

    public override BulkStatement Bulk(string sql) => new SqliteBulk(connection, sql);
}

/// <summary>What only a session on a file has.</summary>
internal static class SqliteSessions
{
    /// <summary>Version of the file's tables.</summary>
    public static int Version(this BooksSession session) => SqliteFile.Version(ConnectionOf(session));

    /// <summary>The index of ids, to be looked at.</summary>
    public static IdIndex Index(this BooksSession session) => new(ConnectionOf(session), new UsageOptions());

    public static OldUsageStore OldUsage(this BooksSession session) => new(session);

    private static SqliteConnection ConnectionOf(BooksSession session) => ((SqliteEngine)session.Engine).Connection;
}

/// <summary>
/// The statements of one connection, each prepared once and not for every row. There are as many as there are texts in the
/// stores.
/// </summary>
internal sealed class PreparedStatements : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _idle = new(StringComparer.Ordinal);

    /// <summary>A command of that text. While it is in use, another use of the same text gets one of its own.</summary>
    public static SqliteCommand Take(PreparedStatements? owner, SqliteConnection connection, string sql)
    {
        if (owner is not null && owner._idle.Remove(sql, out var known)) return known;
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    public static void Give(PreparedStatements? owner, string sql, SqliteCommand command)
    {
        if (owner is null || !owner._idle.TryAdd(sql, command)) command.Dispose();
    }

    public void Dispose()
    {
        foreach (var command in _idle.Values) command.Dispose();
        _idle.Clear();
    }
}
