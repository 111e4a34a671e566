using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>What became of a file's tables.</summary>
/// <param name="From">Version before; 0 where there was no file.</param>
public sealed record MigratedFile(string File, int From, int To);

/// <summary>Brings a data folder's files to this program's tables, forward only. A running node does it as it starts.</summary>
public static class Migration
{
    /// <summary>Migrates while no node runs. Killed at any point, it goes on where it was.</summary>
    public static async Task<IReadOnlyList<MigratedFile>> RunAsync(DataPaths paths, TimeProvider time, CancellationToken cancellation)
    {
        if (!File.Exists(paths.Books)) throw new StorageException(StorageErrorKind.CannotOpen, $"{paths.Folder}: there are no books here. Set dataDir to the folder of a node's data.");
        using var alone = DataLock.ForWriting(paths);
        var (before, usageBefore) = (VersionOf(paths.Books), File.Exists(paths.Usage) ? VersionOf(paths.Usage) : 0);
        var deployment = DeploymentOf(paths.Books);
        using var books = SqliteBooks.Open(paths.Books, deployment);
        using var usage = SqliteUsage.Open(paths.Usage, deployment, time);
        await UsageMove.RunAsync(books, paths.Usage, usage, time, cancellation).ConfigureAwait(false);
        return [new MigratedFile(paths.Books, before, VersionOf(paths.Books)), new MigratedFile(paths.Usage, usageBefore, VersionOf(paths.Usage))];
    }

    /// <summary>Whose books a file holds.</summary>
    public static DeploymentId DeploymentOf(string file) => Look(file, session => DeploymentText.Parse(session.Meta.GetText("deployment")))
        ?? throw new StorageException(StorageErrorKind.Inconsistent, $"{file} does not say whose books it holds: it is no database of OpenSettle, or not whole. Set dataDir to the folder of a node's data.");

    private static int VersionOf(string file) => Look(file, session => session.Version());

    private static T Look<T>(string file, Func<BooksSession, T> look)
    {
        try
        {
            using var reader = SqliteFile.Connect(file, SqliteOpenMode.ReadOnly);
            return look(SqliteEngine.Session(reader));
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
