using OpenSettle.Storage.Sqlite;
using static OpenSettle.Storage.Tests.TestUsage;

namespace OpenSettle.Storage.Tests;

public sealed class BackupTests : IDisposable
{
    private readonly TestData _data = new();

    private string Target => _data.Beside("backup");

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Backup_WhileEventsCome_RestoresToBooksAndUsageThatHoldTogether()
    {
        await _data.FillAsync();
        using var stop = new CancellationTokenSource();
        var usage = _data.Usage!;
        var sending = SendAsync();
        BackupManifest manifest;
        try
        {
            manifest = BackUp();
        }
        finally
        {
            await stop.CancelAsync();
            await sending;
        }

        _data.Close();
        var elsewhere = DataPaths.In(_data.Beside("elsewhere"));
        var restored = Restore(elsewhere).Run(Target, replace: false, TestBooks.Deployment);
        Assert.Null(restored.Aside);
        using var other = SqliteUsage.Open(elsewhere.Usage, TestBooks.Deployment, _data.Time, Small);
        Assert.Equal((manifest.UsagePosition, manifest.UsageChain), (other.Sealed.Position, other.Sealed.Chain.ToString()));
        Assert.True(manifest.UsagePosition >= 150);
        Assert.Equal(6UL, manifest.BooksBlock);
        Assert.Equal([], new DataCheck(elsewhere, _ => throw new InvalidOperationException(), _ => { }, _ => { }).Run().Where(result => result.Problem is not null));
        Assert.False(Directory.Exists(Path.Combine(elsewhere.Folder, "restore.partial")));

        async Task SendAsync()
        {
            for (var i = 0; !stop.IsCancellationRequested; i++) await usage.AppendAsync(Append([Event($"while {i}"), Event($"meanwhile {i}")]));
        }
    }

    [Fact]
    public async Task Backup_IntoAFolderThatIsThere_IsRefusedAndTouchesNothing()
    {
        await _data.FillAsync(1);
        Directory.CreateDirectory(Target);
        Assert.Contains("is there already", Assert.Throws<StorageException>(() => BackUp()).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Target));
    }

    [Fact]
    public async Task Backup_OfAMissingBundle_NamesItAndLeavesNothing()
    {
        await _data.FillAsync(1);
        TestData.Run(_data.Paths.Books, "INSERT INTO epochs VALUES (1, 0, 2, 3, 4, zeroblob(32), 5, zeroblob(32), zeroblob(32), zeroblob(32), 'uri', 6, 7, 8, NULL, 0, zeroblob(32), 1, zeroblob(32), 0, 0, zeroblob(32))");
        Assert.Contains(".bundle.gz", Assert.Throws<StorageException>(() => BackUp()).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Target) || Directory.Exists(Target + ".partial"));
    }

    [Theory]
    [InlineData("books.sqlite")]
    [InlineData("usage.sqlite")]
    [InlineData("manifest.json")]
    public async Task Restore_OfABackupWithOneOtherByte_IsRefusedAndReplacesNothing(string name)
    {
        await _data.FillAsync(2);
        BackUp();
        var file = Path.Combine(Target, name);
        var bytes = await File.ReadAllBytesAsync(file);
        // In the middle of the manifest stand the files' hashes.
        bytes[bytes.Length * 3 / 4] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        AssertRefused(replace: true);
    }

    [Theory]
    [InlineData("books.sqlite")]
    [InlineData("manifest.json")]
    public async Task Restore_OfATruncatedBackup_IsRefusedAndReplacesNothing(string name)
    {
        await _data.FillAsync(2);
        BackUp();
        using (var file = File.OpenWrite(Path.Combine(Target, name))) file.SetLength(file.Length / 2);
        AssertRefused(replace: true);
        File.Delete(Path.Combine(Target, name));
        AssertRefused(replace: true);
    }

    [Fact]
    public async Task Restore_OfAnotherDeployment_IsRefused()
    {
        await _data.FillAsync(1);
        BackUp();
        var elsewhere = DataPaths.In(_data.Beside("elsewhere"));
        var refused = Assert.Throws<StorageException>(() => Restore(elsewhere).Run(Target, replace: false, TestBooks.Deployment with { ChainId = 5 }));
        Assert.Equal(StorageErrorKind.OtherDeployment, refused.Kind);
        Assert.False(Directory.Exists(elsewhere.Folder));
    }

    [Fact]
    public async Task Restore_OverData_IsRefusedWithoutReplace()
    {
        await _data.FillAsync(1);
        BackUp();
        Assert.Contains("--replace", Assert.Throws<StorageException>(() => Restore(_data.Paths).Run(Target, replace: false, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_KilledAtAnyPoint_IsTheOldDataOrGoesOnToTheNew()
    {
        await _data.FillAsync(2);
        BackUp();
        var (backedUp, books) = (_data.Usage!.Sealed, await File.ReadAllBytesAsync(Path.Combine(Target, "books.sqlite")));
        await _data.Usage.AppendAsync(Append([Event("later")]));
        _data.Close();
        var points = 0;
        for (var at = 0; ; at++)
        {
            // The same state to begin with: one event more than the backup has.
            var paths = DataPaths.In(_data.Beside($"data {at}"));
            Copy(_data.Paths.Folder, paths.Folder);
            var passed = 0;
            var killed = new Restore(paths, _data.Time, _ => { })
            {
                OnPoint = point =>
                {
                    if (passed++ == at) throw new InvalidOperationException(point);
                },
            };
            try
            {
                killed.Run(Target, replace: true, null);
                break;
            }
            catch (InvalidOperationException)
            {
                points++;
            }

            if (File.Exists(Path.Combine(paths.Folder, "restore.json")))
                Assert.Contains("restore", Assert.Throws<StorageException>(() => DataLock.ForWriting(paths)).Message, StringComparison.Ordinal);
            else
                AssertPosition(paths, [backedUp.Position, backedUp.Position + 1]);
            var result = Restore(paths).Run(Target, replace: true, null);
            AssertPosition(paths, [backedUp.Position]);
            Assert.True(Directory.Exists(result.Aside));
            Assert.Contains(Directory.GetDirectories(paths.Folder, "replaced-*"), aside => File.Exists(Path.Combine(aside, "usage.sqlite")));
            Assert.Equal([], new DataCheck(paths, _ => throw new InvalidOperationException(), _ => { }, _ => { }).Run().Where(check => check.Problem is not null));
        }

        Assert.True(points >= 8, $"only {points} points");
        Assert.Equal(books, await File.ReadAllBytesAsync(Path.Combine(Target, "books.sqlite")));
    }

    private BackupManifest BackUp() => new Backup(_data.Paths, _data.Time, _ => { }).Run(Target, CancellationToken.None);

    private Restore Restore(DataPaths paths) => new(paths, _data.Time, _ => { });

    private void AssertRefused(bool replace)
    {
        _data.Close();
        var refused = Assert.Throws<StorageException>(() => Restore(_data.Paths).Run(Target, replace, null));
        Assert.DoesNotContain(Environment.NewLine, refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(_data.Paths.Folder, "replaced-*"));
        _data.Open();
        _data.AssertWhole();
    }

    private void AssertPosition(DataPaths paths, long[] positions)
    {
        using var usage = SqliteUsage.Open(paths.Usage, TestBooks.Deployment, _data.Time, Small);
        Assert.Contains(usage.Sealed.Position, positions);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target) ?? to);
            File.Copy(file, target);
        }

        Directory.CreateDirectory(Path.Combine(to, "bundles"));
    }
}
