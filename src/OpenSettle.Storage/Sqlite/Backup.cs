using Microsoft.Data.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// Copies a data folder while its node runs. The books go first and the usage after them, so that the usage reaches every
/// cut that the books name; bundles and archives never change, and those that the copied books and usage name are taken.
/// </summary>
public sealed class Backup(DataPaths paths, TimeProvider time, Action<string> tell)
{
    /// <summary>Writes a backup into a folder that is not there yet. It is whole under that name, or not there.</summary>
    public BackupManifest Run(string target, CancellationToken cancellation)
    {
        var folder = Path.GetFullPath(target).TrimEnd(Path.DirectorySeparatorChar);
        var partial = folder + ".partial";
        if (Path.Exists(folder)) throw new StorageException(StorageErrorKind.CannotOpen, $"{folder} is there already. Name a folder that is not: a backup never goes over another.");
        if (Path.Exists(partial)) throw new StorageException(StorageErrorKind.CannotOpen, $"{partial} is there already: what a backup that was broken off left, or one that is under way. Remove it once none is.");
        using var reading = DataLock.ForReading(paths);
        if (!File.Exists(paths.Books)) throw new StorageException(StorageErrorKind.CannotOpen, $"{paths.Folder}: there are no books here. Set dataDir to the folder of a node's data.");
        try
        {
            try
            {
                Directory.CreateDirectory(partial);
                var manifest = Write(partial, cancellation);
                FolderFlush.Flush(partial);
                Directory.Move(partial, folder);
                FolderFlush.Flush(Path.GetDirectoryName(folder) ?? folder);
                return manifest;
            }
            catch
            {
                if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
                throw;
            }
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw SqliteFile.Translate(folder, e);
        }
    }

    private BackupManifest Write(string partial, CancellationToken cancellation)
    {
        var files = new List<BackupFile>();
        CopyDatabase(paths.Books, DataPaths.BooksName);
        CopyDatabase(paths.Usage, DataPaths.UsageName);
        var (books, bundles) = Look(Path.Combine(partial, DataPaths.BooksName), session => (
            new { Version = session.Version(), Deployment = session.Meta.GetText("deployment") ?? string.Empty, session.Chain.Cursor()?.Block },
            session.Query("SELECT bundle_hash FROM epochs WHERE bundle_uri <> '' ORDER BY number", row => DataPaths.BundleName(row.Word(0)))));
        var (version, seal, archives) = Look(Path.Combine(partial, DataPaths.UsageName), session => (
            session.Version(),
            session.Single("SELECT position, chain FROM usage_seals ORDER BY position DESC LIMIT 1", row => (Position: row.GetInt64(0), Chain: row.Word(1))),
            UsageArchive.List(session).Select(archive => archive.Name).ToList()));
        CopyAll(paths.Bundles, DataPaths.BundlesName, bundles);
        // Archives of older programs have no statements beside them until the node has run for a while.
        CopyAll(paths.Archive, DataPaths.ArchiveName, [.. archives, .. archives.Select(ArchiveStatements.NameOf).Where(name => File.Exists(Path.Combine(paths.Archive, name)))]);
        var manifest = new BackupManifest(
            BackupManifest.ThisFormat, time.GetUtcNow().ToUnixTimeMilliseconds(), books.Deployment, books.Version, version, books.Block ?? 0, seal.Position, seal.Chain.ToString(), files);
        FileCopy.WriteWhole(Path.Combine(partial, BackupManifest.Name), manifest.ToJson());
        return manifest;

        void CopyDatabase(string source, string name)
        {
            var copy = Path.Combine(partial, name);
            SqliteCopy.Copy(source, copy, done => tell($"{name}: {done} %"), cancellation);
            var (bytes, hash) = FileCopy.Sum(copy);
            files.Add(new BackupFile(name, bytes, hash));
        }

        void CopyAll(string source, string name, IReadOnlyList<string> wanted)
        {
            if (wanted.Count == 0) return;
            tell($"{name}: {wanted.Count} files");
            var folder = Path.Combine(partial, name);
            Directory.CreateDirectory(folder);
            foreach (var file in wanted.Distinct(StringComparer.Ordinal))
            {
                cancellation.ThrowIfCancellationRequested();
                var (bytes, hash) = FileCopy.Copy(Path.Combine(source, file), Path.Combine(folder, file));
                files.Add(new BackupFile($"{name}/{file}", bytes, hash));
            }

            FolderFlush.Flush(folder);
        }
    }

    private static T Look<T>(string file, Func<BooksSession, T> look)
    {
        using var connection = SqliteCopy.Unpooled(file, SqliteOpenMode.ReadOnly);
        return look(SqliteEngine.Session(connection));
    }
}
