namespace OpenSettle.Storage.Tests;

public sealed class DataLockTests : IDisposable
{
    private readonly TestData _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Writer_WhileAnotherWrites_IsRefusedUntilItEnds()
    {
        using (DataLock.ForWriting(_data.Paths))
        {
            var refused = Assert.Throws<StorageException>(() => DataLock.ForWriting(_data.Paths));
            Assert.Equal(StorageErrorKind.InUse, refused.Kind);
            Assert.Contains("dataDir", refused.Message, StringComparison.Ordinal);
            Assert.Throws<StorageException>(() => DataLock.ForReplacing(_data.Paths));
            DataLock.ForReading(_data.Paths).Dispose();
        }

        DataLock.ForWriting(_data.Paths).Dispose();
        DataLock.ForReplacing(_data.Paths).Dispose();
    }

    [Fact]
    public void Readers_AnyNumber_KeepOnlyARestoreOut()
    {
        using var one = DataLock.ForReading(_data.Paths);
        using var two = DataLock.ForReading(_data.Paths);
        DataLock.ForWriting(_data.Paths).Dispose();
        Assert.Throws<StorageException>(() => DataLock.ForReplacing(_data.Paths));
        // What was refused holds nothing.
        DataLock.ForWriting(_data.Paths).Dispose();
    }

    [Fact]
    public void Reader_OfAFolderThatIsNotThere_SaysSo() =>
        Assert.Contains("no such folder", Assert.Throws<StorageException>(() => DataLock.ForReading(DataPaths.In(_data.Beside("nothing")))).Message, StringComparison.Ordinal);
}
