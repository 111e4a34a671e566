namespace OpenSettle.Storage;

/// <summary>
/// Keeps two processes from the same data folder. The system lets go of it when the process ends, however it ends.
/// </summary>
public sealed class DataLock : IDisposable
{
    private const string WriterName = "writer.lock";
    private const string ReaderName = "readers.lock";

    private readonly FileStream[] _held;

    private DataLock(params FileStream[] held) => _held = held;

    /// <summary>For the node, and for what changes its files: one at a time. The folder is made where there is none.</summary>
    public static DataLock ForWriting(DataPaths paths) => Take(paths, () =>
    {
        Directory.CreateDirectory(paths.Folder);
        return new DataLock(Writer(paths));
    });

    /// <summary>For what reads the files while a node may run: any number at a time, and no restore.</summary>
    public static DataLock ForReading(DataPaths paths) => Take(paths, () =>
        new DataLock(new FileStream(Path.Combine(paths.Folder, ReaderName), FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read)));

    /// <summary>For what puts other files in their place: nobody else at all.</summary>
    internal static DataLock ForReplacing(DataPaths paths)
    {
        var writer = Open(paths, () =>
        {
            Directory.CreateDirectory(paths.Folder);
            return new DataLock(Writer(paths));
        });
        try
        {
            return Open(paths, () => new DataLock([.. writer._held, new FileStream(Path.Combine(paths.Folder, ReaderName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)]));
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var file in _held) file.Dispose();
    }

    internal static string WriterFile(DataPaths paths) => Path.Combine(paths.Folder, WriterName);

    private static FileStream Writer(DataPaths paths) => new(WriterFile(paths), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private static DataLock Take(DataPaths paths, Func<DataLock> open)
    {
        var taken = Open(paths, open);
        if (!File.Exists(paths.RestorePlan)) return taken;
        taken.Dispose();
        throw new StorageException(
            StorageErrorKind.InUse, $"{paths.Folder}: a restore was broken off here. Run 'opensettle db restore' with the same folder again: it goes on where it was.");
    }

    private static DataLock Open(DataPaths paths, Func<DataLock> open)
    {
        try
        {
            return open();
        }
        catch (DirectoryNotFoundException e)
        {
            throw new StorageException(StorageErrorKind.CannotOpen, $"{paths.Folder}: there is no such folder. Set dataDir to the folder of a node's data.", e);
        }
        catch (IOException e) when (Directory.Exists(paths.Folder) && !IsFull(e))
        {
            throw new StorageException(
                StorageErrorKind.InUse, $"{paths.Folder}: another process works on this folder: a node, or 'opensettle db'. Stop it first, or set dataDir to another folder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Sqlite.SqliteFile.Translate(paths.Folder, e);
        }
    }

    private static bool IsFull(IOException e) => e.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase);
}
