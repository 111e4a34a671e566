using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// The books in one SQLite file. One writer at a time, in one transaction that is on disk when the call returns; any
/// number of readers, each on a snapshot.
/// </summary>
public sealed class SqliteBooks : IDisposable
{
    private static readonly Lock NativeLock = new();
    private static bool _nativeReady;

    private readonly string _file;
    private readonly SqliteConnection _writer;
    private readonly PreparedStatements _prepared = new();
    private readonly SemaphoreSlim _turn = new(1, 1);

    private SqliteBooks(string file, SqliteConnection writer) => (_file, _writer) = (file, writer);

    /// <summary>
    /// Opens the file, creating it where there is none, and brings it to this version's tables. A file of another
    /// deployment is refused, so that two chains' books never mix.
    /// </summary>
    public static SqliteBooks Open(string file, DeploymentId deployment)
    {
        Prepare();
        SqliteConnection? writer = null;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
            writer = Connect(file, SqliteOpenMode.ReadWriteCreate);
            Execute(writer, "PRAGMA journal_mode = WAL");
            Execute(writer, "PRAGMA synchronous = FULL");
            Execute(writer, "PRAGMA foreign_keys = ON");
            Migrate(file, writer);
            RequireDeployment(file, writer, deployment);
            return new SqliteBooks(file, writer);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            writer?.Dispose();
            throw Translate(file, e);
        }
        catch
        {
            writer?.Dispose();
            throw;
        }
    }

    /// <summary>Runs one unit of work. All of it is on disk afterwards, or, after an exception, none.</summary>
    public async Task<T> WriteAsync<T>(Func<BooksSession, T> work, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return InTransaction(_writer, "BEGIN IMMEDIATE", session =>
            {
                var result = work(session);
                session.AssertBalanced();
                return result;
            }, _prepared);
        }
        catch (SqliteException e)
        {
            throw Translate(_file, e);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<BooksSession> work, CancellationToken cancellation) =>
        WriteAsync<object?>(
            session =>
            {
                work(session);
                return null;
            },
            cancellation);

    /// <summary>Reads on a snapshot: a writer in between changes nothing of what is seen.</summary>
    public T Read<T>(Func<BooksSession, T> work)
    {
        try
        {
            using var reader = Connect(_file, SqliteOpenMode.ReadOnly);
            return InTransaction(reader, "BEGIN", work);
        }
        catch (SqliteException e)
        {
            throw Translate(_file, e);
        }
    }

    public void Dispose()
    {
        _prepared.Dispose();
        _writer.Dispose();
        _turn.Dispose();
        // The pool keeps readers open for the next ones, and there are none.
        using var reader = new SqliteConnection(ConnectionString(_file, SqliteOpenMode.ReadOnly));
        SqliteConnection.ClearPool(reader);
    }

    /// <summary>For tests: how the writing connection is set up.</summary>
    internal object? WriterPragma(string name) => Scalar(_writer, $"PRAGMA {name}");

    private static void Prepare()
    {
        lock (NativeLock)
        {
            if (_nativeReady) return;
            SQLitePCL.Batteries_V2.Init();
            _nativeReady = true;
        }
    }

    private static SqliteConnection Connect(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(ConnectionString(file, mode));
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA busy_timeout = 30000");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static string ConnectionString(string file, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, DefaultTimeout = 30 }.ToString();

    private static void Migrate(string file, SqliteConnection connection)
    {
        var version = Convert.ToInt32(Scalar(connection, "PRAGMA user_version"), System.Globalization.CultureInfo.InvariantCulture);
        if (version > Schema.Steps.Count)
        {
            throw new StorageException(
                StorageErrorKind.TooNew,
                $"{file} has tables of version {version}, and this program knows {Schema.Steps.Count}. Run the newer program that wrote it.");
        }

        for (; version < Schema.Steps.Count; version++)
        {
            // The step and its number commit together: killed in between, it is as if it had not begun.
            var next = version + 1;
            InTransaction<object?>(connection, "BEGIN IMMEDIATE", _ =>
            {
                Execute(connection, Schema.Steps[next - 1]);
                Execute(connection, $"PRAGMA user_version = {next}");
                return null;
            });
        }
    }

    private static void RequireDeployment(string file, SqliteConnection connection, DeploymentId deployment)
    {
        var wanted = $"{deployment.ChainId} {deployment.Registry} {deployment.Rail} {deployment.Vault}";
        var known = InTransaction(connection, "BEGIN IMMEDIATE", session =>
        {
            if (session.Meta.GetText("deployment") is { } before) return before;
            session.Meta.SetText("deployment", wanted);
            return wanted;
        });
        if (known != wanted)
        {
            throw new StorageException(
                StorageErrorKind.OtherDeployment,
                $"{file} holds the books of another deployment ({known}). Set dataDir to another folder, or deployment to the right file.");
        }
    }

    /// <summary>
    /// Transactions are begun and ended here, by SQL: where the disk is full SQLite rolls back by itself, and a library's
    /// transaction that rolls back once more would hide the reason.
    /// </summary>
    private static T InTransaction<T>(SqliteConnection connection, string begin, Func<BooksSession, T> work, PreparedStatements? prepared = null)
    {
        Execute(connection, begin);
        try
        {
            var result = work(new BooksSession(connection, prepared));
            Execute(connection, "COMMIT");
            return result;
        }
        catch
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) Execute(connection, "ROLLBACK");
            throw;
        }
    }

    private static StorageException Translate(string file, Exception cause)
    {
        // SQLITE_FULL 13, SQLITE_IOERR 10 with "no space" both mean the disk.
        if (cause is SqliteException { SqliteErrorCode: 13 } || cause.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase))
            return new StorageException(StorageErrorKind.Full, $"{file}: the disk is full. Make room; nothing that was acknowledged is lost.", cause);
        return new StorageException(
            StorageErrorKind.CannotOpen,
            $"{file}: {cause.Message} Check that dataDir names a folder that this user may write to, and that the file is a database of OpenSettle.",
            cause);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
