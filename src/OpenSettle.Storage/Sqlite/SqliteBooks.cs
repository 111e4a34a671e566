using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// The books in one SQLite file. One writer at a time, in one transaction that is on disk when the call returns; any
/// number of readers, each on a snapshot.
/// </summary>
public sealed class SqliteBooks : IBooks
{
    private readonly string _file;
    private readonly SqliteConnection _writer;
    private readonly PreparedStatements _prepared = new();
    private readonly SemaphoreSlim _turn = new(1, 1);

    private SqliteBooks(string file, SqliteConnection writer) => (_file, _writer) = (file, writer);

    /// <inheritdoc cref="SqliteFile.OpenWriter"/>
    public static SqliteBooks Open(string file, DeploymentId deployment) => new(file, SqliteFile.OpenWriter(file, Schema.Steps, deployment));

    /// <summary>Puts books that were written elsewhere, and are closed, into their place: all of them, or none.</summary>
    public static void PutInPlace(string written, string file)
    {
        try
        {
            using (var connection = SqliteCopy.Unpooled(written, SqliteOpenMode.ReadWrite))
            {
                SqliteFile.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
                // Nothing beside it: the name changes in one step.
                SqliteFile.Execute(connection, "PRAGMA journal_mode = DELETE");
            }

            FileCopy.Flush(written);
            File.Move(written, file);
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder) FolderFlush.Flush(folder);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw SqliteFile.Translate(file, e);
        }
    }

    public string Place => _file;

    public long Bytes => SqliteFile.SizeOf(_file);

    /// <inheritdoc/>
    public async Task<T> WriteAsync<T>(Func<BooksSession, T> work, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return SqliteFile.InTransaction(_writer, "BEGIN IMMEDIATE", () =>
            {
                var session = SqliteEngine.Session(_writer, _prepared);
                var result = work(session);
                session.Close();
                return result;
            });
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(_file, e);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public T Read<T>(Func<BooksSession, T> work)
    {
        try
        {
            using var reader = SqliteFile.Connect(_file, SqliteOpenMode.ReadOnly);
            return SqliteFile.InTransaction(reader, "BEGIN", () => work(SqliteEngine.Session(reader)));
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(_file, e);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<T> Stream<T>(Func<BooksSession, IEnumerable<T>> rows)
    {
        using var reader = Translated(() => SqliteFile.Connect(_file, SqliteOpenMode.ReadOnly));
        Translated(() => SqliteFile.Scalar(reader, "BEGIN"));
        try
        {
            using var row = rows(SqliteEngine.Session(reader)).GetEnumerator();
            while (Translated(row.MoveNext)) yield return row.Current;
        }
        finally
        {
            SqliteFile.RollBack(reader);
        }
    }

    public void Dispose()
    {
        _prepared.Dispose();
        _writer.Dispose();
        _turn.Dispose();
        SqliteFile.CloseReaders(_file);
    }

    private T Translated<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(_file, e);
        }
    }

    /// <summary>For tests: how the writing connection is set up.</summary>
    internal object? WriterPragma(string name) => SqliteFile.Scalar(_writer, $"PRAGMA {name}");
}
