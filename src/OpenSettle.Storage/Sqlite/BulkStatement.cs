using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// One statement for very many rows, spoken to directly: a log takes about three fifths of the time that a prepared
/// command with parameter objects takes. It lives within one transaction.
/// </summary>
internal sealed class BulkStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public BulkStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle ?? throw new InvalidOperationException("The connection is closed.");
        Require(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    public void Bind(int position, ulong number) => Require(raw.sqlite3_bind_int64(_statement, position, checked((long)number)));

    /// <summary>The bytes are copied.</summary>
    public void Bind(int position, ReadOnlySpan<byte> bytes) =>
        // An empty span has no address, and without one SQLite would take it for NULL.
        Require(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, position, 0) : raw.sqlite3_bind_blob(_statement, position, bytes));

    public void Run()
    {
        var code = raw.sqlite3_step(_statement);
        Require(raw.sqlite3_reset(_statement));
        if (code != raw.SQLITE_DONE) Require(code);
    }

    public void Dispose() => _statement.Dispose();

    private void Require(int code)
    {
        if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, _database);
    }
}
