using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>Looks into a data folder, beside a node or without one, and changes nothing there.</summary>
public static class DataLook
{
    /// <summary>Whether another process, a node most likely, works on the folder now.</summary>
    public static bool IsInUse(DataPaths paths)
    {
        try
        {
            // Let go of at once: a writer that comes just now would be refused.
            using var probe = new FileStream(DataLock.WriterFile(paths), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Whether a restore was begun here and not finished.</summary>
    public static bool IsHalfRestored(DataPaths paths) => File.Exists(paths.RestorePlan);

    /// <summary>How a file of that deployment names it.</summary>
    public static string NameOf(DeploymentId deployment) => DeploymentText.Of(deployment);

    /// <summary>Reads books that are of this version, on one snapshot.</summary>
    /// <exception cref="StorageException">They cannot be read.</exception>
    public static T Books<T>(DataPaths paths, Func<BooksSession, T> read) => Reading(paths.Books, connection => read(SqliteEngine.Session(connection)));

    /// <summary>The first fault that SQLite finds in the pages of a file, or null. It reads all of it.</summary>
    /// <exception cref="StorageException">The file cannot be read at all.</exception>
    public static string? DamageOf(string file) =>
        Reading(file, connection => SqliteFile.Scalar(connection, "PRAGMA quick_check(1)") as string is var said && said == "ok" ? null : said ?? "it does not answer");

    private static T Reading<T>(string file, Func<SqliteConnection, T> read)
    {
        try
        {
            using var reader = SqliteFile.Connect(file, SqliteOpenMode.ReadOnly);
            return SqliteFile.InTransaction(reader, "BEGIN", () => read(reader));
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(file, e);
        }
        finally
        {
            SqliteFile.CloseReaders(file);
        }
    }
}
