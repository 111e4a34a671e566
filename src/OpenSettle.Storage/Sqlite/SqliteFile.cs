using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>What the two databases, the books and the usage, have in common: opening, migrating, transactions, errors.</summary>
internal static class SqliteFile
{
    private static readonly Lock NativeLock = new();
    private static bool _nativeReady;

    /// <summary>
    /// Opens a file for writing, creating it where there is none, and brings it to this version's tables. A file of another
    /// deployment is refused, so that two chains' books never mix.
    /// </summary>
    public static SqliteConnection OpenWriter(string file, IReadOnlyList<string> steps, DeploymentId deployment, int pageSize = 4096)
    {
        SqliteConnection? writer = null;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
            writer = Connect(file, SqliteOpenMode.ReadWriteCreate);
            Execute(writer, $"PRAGMA page_size = {pageSize}");
            Execute(writer, "PRAGMA journal_mode = WAL");
            Execute(writer, "PRAGMA synchronous = FULL");
            Execute(writer, "PRAGMA foreign_keys = ON");
            AmountFunctions.Register(writer);
            Migrate(file, writer, steps);
            RequireDeployment(file, writer, deployment);
            return writer;
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

    public static SqliteConnection Connect(string file, SqliteOpenMode mode)
    {
        Prepare();
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

    /// <summary>The pool keeps readers open for the next ones: where there are none, they are closed.</summary>
    public static void CloseReaders(string file)
    {
        using var reader = new SqliteConnection(ConnectionString(file, SqliteOpenMode.ReadOnly));
        SqliteConnection.ClearPool(reader);
    }

    /// <summary>
    /// Transactions are begun and ended here, by SQL: where the disk is full SQLite rolls back by itself, and a library's
    /// transaction that rolls back once more would hide the reason.
    /// </summary>
    public static T InTransaction<T>(SqliteConnection connection, string begin, Func<T> work)
    {
        Execute(connection, begin);
        try
        {
            var result = work();
            Execute(connection, "COMMIT");
            return result;
        }
        catch
        {
            RollBack(connection);
            throw;
        }
    }

    public static void RollBack(SqliteConnection connection)
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0) Execute(connection, "ROLLBACK");
    }

    public static StorageException Translate(string file, Exception cause)
    {
        // SQLITE_FULL 13, SQLITE_IOERR 10 with "no space" both mean the disk.
        if (cause is SqliteException { SqliteErrorCode: 13 } || cause.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase))
            return new StorageException(StorageErrorKind.Full, $"{file}: the disk is full. Make room; nothing that was acknowledged is lost.", cause);
        return new StorageException(
            StorageErrorKind.CannotOpen,
            $"{file}: {cause.Message} Check that dataDir names a folder that this user may write to, and that the file is a database of OpenSettle.",
            cause);
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public static void Prepare()
    {
        lock (NativeLock)
        {
            if (_nativeReady) return;
            SQLitePCL.Batteries_V2.Init();
            // Each connection is used by one thread at a time, here as in the library: no lock in every call is needed. Nor
            // is a count of SQLite's memory, which all threads share. Both take effect before the first connection only.
            SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MULTITHREAD);
            SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0);
            _nativeReady = true;
        }
    }

    // A writer that is closed is closed: in a pool it would hold on to a file that may be moved or replaced.
    private static string ConnectionString(string file, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, DefaultTimeout = 30, Pooling = mode == SqliteOpenMode.ReadOnly }.ToString();

    /// <summary>Bytes of a file with its log; 0 where it is not there.</summary>
    public static long SizeOf(string file) => new[] { file, file + "-wal" }.Select(path => new FileInfo(path)).Sum(info => info.Exists ? info.Length : 0);

    public static int Version(SqliteConnection connection) => Convert.ToInt32(Scalar(connection, "PRAGMA user_version"), System.Globalization.CultureInfo.InvariantCulture);

    private static void Migrate(string file, SqliteConnection connection, IReadOnlyList<string> steps)
    {
        var version = Version(connection);
        if (version > steps.Count)
        {
            throw new StorageException(
                StorageErrorKind.TooNew,
                $"{file} has tables of version {version}, and this program knows {steps.Count}. Run the newer program that wrote it.");
        }

        for (; version < steps.Count; version++)
        {
            // The step and its number commit together: killed in between, it is as if it had not begun.
            var next = version + 1;
            InTransaction<object?>(connection, "BEGIN IMMEDIATE", () =>
            {
                Execute(connection, steps[next - 1]);
                Execute(connection, $"PRAGMA user_version = {next}");
                return null;
            });
        }
    }

    private static void RequireDeployment(string file, SqliteConnection connection, DeploymentId deployment)
    {
        var wanted = DeploymentText.Of(deployment);
        var known = InTransaction(connection, "BEGIN IMMEDIATE", () =>
        {
            var meta = SqliteEngine.Session(connection).Meta;
            if (meta.GetText("deployment") is { } before) return before;
            meta.SetText("deployment", wanted);
            return wanted;
        });
        if (known != wanted)
        {
            throw new StorageException(
                StorageErrorKind.OtherDeployment,
                $"{file} holds the books of another deployment ({known}). Set dataDir to another folder, or deployment to the right file.");
        }
    }
}
