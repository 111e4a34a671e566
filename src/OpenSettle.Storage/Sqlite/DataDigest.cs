using Microsoft.Data.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>The digest of the books in a folder.</summary>
public static class DataDigest
{
    /// <summary>The digest, with the books' last block; a node may run.</summary>
    public static (ulong? Block, string All, IReadOnlyList<(string Part, long Rows, string Hash)> Parts) Of(DataPaths paths)
    {
        if (!File.Exists(paths.Books)) throw new StorageException(StorageErrorKind.CannotOpen, $"{paths.Books}: there are no books. Set dataDir to the folder of a node's data.");
        using var reading = DataLock.ForReading(paths);
        try
        {
            // Not from the pool: the file may be another one of the same name.
            using var connection = SqliteCopy.Unpooled(paths.Books, SqliteOpenMode.ReadOnly);
            return SqliteFile.InTransaction(connection, "BEGIN", () =>
            {
                var session = SqliteEngine.Session(connection);
                if (session.Version() != Schema.Steps.Count)
                    throw new StorageException(StorageErrorKind.CannotOpen, $"{paths.Books} has tables of version {session.Version()}, and this program reads {Schema.Steps.Count}. Use the program of that version, or run 'opensettle db migrate' first.");
                var (all, parts) = BooksDigest.Of(session);
                return (session.Chain.Cursor()?.Block, all, parts);
            });
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(paths.Books, e);
        }
    }
}
