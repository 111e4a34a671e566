using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OpenSettle.Storage.Sqlite;

/// <summary>A copy of a database as it is at one moment, while others write to it.</summary>
internal static class SqliteCopy
{
    // 8 MiB of pages of 4 KiB at a time.
    private const int PagesAtOnce = 2048;

    /// <summary>Copies into a new file, which stands by itself, is whole, and is on disk.</summary>
    /// <param name="progress">Told the part that is done, of 100.</param>
    public static void Copy(string source, string target, Action<int> progress, CancellationToken cancellation)
    {
        using (var to = Unpooled(target))
        {
            // The copy is of no use before it is whole, and then it is brought to the disk at once.
            SqliteFile.Execute(to, "PRAGMA journal_mode = OFF");
            SqliteFile.Execute(to, "PRAGMA synchronous = OFF");
            using var from = SqliteFile.Connect(source, SqliteOpenMode.ReadOnly);
            // One snapshot for all steps: without it each commit of the node would begin the copy anew.
            SqliteFile.InTransaction<object?>(from, "BEGIN", () =>
            {
                _ = SqliteFile.Scalar(from, "SELECT count(*) FROM meta");
                CopyPages(from, to, progress, cancellation);
                return null;
            });
        }

        using (var copy = Unpooled(target))
        {
            // Nothing beside it: the folder may be brought to where nothing can be written.
            SqliteFile.Execute(copy, "PRAGMA journal_mode = DELETE");
            if (SqliteFile.Scalar(copy, "PRAGMA quick_check(1)") is not "ok") throw new StorageException(StorageErrorKind.Inconsistent, $"{source} is damaged: its copy does not hold together. 'opensettle db check' says more.");
        }

        FileCopy.Flush(target);
    }

    public static SqliteConnection Unpooled(string file, SqliteOpenMode mode = SqliteOpenMode.ReadWriteCreate)
    {
        SqliteFile.Prepare();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            SqliteFile.Execute(connection, "PRAGMA busy_timeout = 30000");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void CopyPages(SqliteConnection from, SqliteConnection to, Action<int> progress, CancellationToken cancellation)
    {
        using var backup = raw.sqlite3_backup_init(to.Handle, "main", from.Handle, "main");
        if (backup.IsInvalid) SqliteException.ThrowExceptionForRC(raw.sqlite3_errcode(to.Handle), to.Handle);
        var told = -1;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var code = raw.sqlite3_backup_step(backup, PagesAtOnce);
            var (all, left) = (raw.sqlite3_backup_pagecount(backup), raw.sqlite3_backup_remaining(backup));
            var done = all == 0 ? 0 : (int)(100L * (all - left) / all);
            if (done / 10 != told / 10 || told < 0) progress(done);
            told = done;
            if (code == raw.SQLITE_DONE) return;
            if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, to.Handle);
        }
    }
}
