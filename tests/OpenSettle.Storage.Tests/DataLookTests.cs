using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Storage.Tests;

public sealed class DataLookTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-look-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folder_InUse_IsSeenWithoutBeingTouched()
    {
        var paths = DataPaths.In(_folder);
        Assert.False(DataLook.IsInUse(paths));
        Assert.False(DataLook.IsInUse(DataPaths.In(Path.Combine(_folder, "none"))));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
        using (DataLock.ForWriting(paths)) Assert.True(DataLook.IsInUse(paths));
        Assert.False(DataLook.IsInUse(paths));
        // Looking has left it free.
        DataLock.ForWriting(paths).Dispose();
    }

    [Fact]
    public void Access_IsAskedOfTheSystem()
    {
        Assert.True(FolderAccess.CanWrite(_folder));
        Assert.False(FolderAccess.CanWrite(Path.Combine(_folder, "none")));
    }
}
