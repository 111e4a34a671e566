using OpenSettle.Storage;
using System.Net;
using System.Net.Sockets;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.EndToEnd.Tests.Operators;

/// <summary>Faults of files, disk and ports that are planted one by one, in copies of a settled node's folder: the doctor names each, and nothing else.</summary>
public sealed class DoctorDataTests(SettledFixture stage) : IClassFixture<SettledFixture>
{
    private readonly string _data = stage.CopyOfData();

    private string Books => Path.Combine(_data, "books.sqlite");

    [Fact]
    public async Task Doctor_CopiedFolder_IsWellAndLeftAsItIs()
    {
        var before = Listing();
        (await RunAsync([])).IsWell();
        Assert.Equal(before, Listing());
    }

    [Fact]
    public async Task Doctor_BooksOfAnotherDeployment_NamesThem()
    {
        File.Delete(Books);
        SqliteBooks.Open(Books, stage.Deployment.Id with { ChainId = 5 }).Dispose();
        (await RunAsync([])).Finds("database", Books, "another deployment", "Set dataDir");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096 * 3)]
    public async Task Doctor_DamagedBooks_AreFound(int at)
    {
        // What is in the log beside the file would hide what is wrong in it: it goes in as the books are closed.
        SqliteBooks.Open(Books, stage.Deployment.Id).Dispose();
        await using (var file = new FileStream(Books, FileMode.Open, FileAccess.Write))
        {
            file.Position = at;
            file.Write(new byte[4096]);
        }

        (await RunAsync([])).Finds("database", Books);
    }

    [Fact]
    public async Task Doctor_UsageGone_SaysThatEpochsTookIt()
    {
        File.Delete(Path.Combine(_data, "usage.sqlite"));
        (await RunAsync([])).Finds("database", "usage.sqlite", "took events up to");
    }

    [Fact]
    public async Task Doctor_BooksOfAnotherFork_NamesTheBlock()
    {
        using (var books = SqliteBooks.Open(Books, stage.Deployment.Id))
        {
            await books.WriteAsync(
                session => session.Chain.MoveCursor((session.Chain.Cursor() ?? throw new InvalidOperationException("Nothing was read.")) with { Hash = Keccak256.HashText("another fork") }), CancellationToken.None);
        }

        (await RunAsync([])).Finds("database", "in the books, and", "begun anew");
    }

    [Fact]
    public async Task Doctor_VetoedEpoch_NamesTheCommand()
    {
        using (var books = SqliteBooks.Open(Books, stage.Deployment.Id)) await books.WriteAsync(session => session.Epochs.SetVetoed(1, 0, 1), CancellationToken.None);
        (await RunAsync([])).Finds("vault", "vetoed epoch 1", "opensettle resume 1.0");
    }

    [Fact]
    public async Task Doctor_BundleGone_NamesItsFile()
    {
        var bundle = Bundle();
        File.Delete(bundle);
        (await RunAsync([])).Finds("bundles", "is missing", bundle);
    }

    [Fact]
    public async Task Doctor_BundleDamaged_NamesItsFile()
    {
        var bundle = Bundle();
        var bytes = await File.ReadAllBytesAsync(bundle);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(bundle, bytes);
        (await RunAsync([])).Finds("bundles", "was changed", bundle);
    }

    [Fact]
    public async Task Doctor_HalfARestore_SaysHowToGoOn()
    {
        await File.WriteAllTextAsync(Path.Combine(_data, "restore.json"), "{}");
        (await RunAsync([])).Finds("folder", "opensettle db restore");
    }

    [Fact]
    public async Task Doctor_FolderThatIsAFile_NamesDataDir()
    {
        var file = stage.Workspace.PathOf($"file-{Guid.NewGuid():n}");
        await File.WriteAllTextAsync(file, "a file");
        (await RunAsync(new() { ["--data-dir"] = Path.Combine(file, "data") })).Finds("folder", "is a file", "Set dataDir");
    }

    [Fact]
    public async Task Doctor_PortTaken_NamesListen()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var listen = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        (await RunAsync(new() { ["--listen"] = listen })).Finds("listen", listen, "Set listen");
    }

    [Fact]
    public async Task Doctor_FolderInUseElsewhere_Warns()
    {
        using var other = Storage.DataLock.ForWriting(Storage.DataPaths.In(_data));
        (await RunAsync([])).Warns("listen", "a process works on", _data);
    }

    [Fact]
    public async Task Doctor_MirrorGoneAndMirrorWithoutTheLastBundle_Warns()
    {
        var (gone, empty) = (stage.Workspace.PathOf("no-such-mirror"), stage.Workspace.PathOf($"mirror-{Guid.NewGuid():n}"));
        Directory.CreateDirectory(empty);
        var run = await RunAsync(new() { ["--bundle-mirrors"] = $"{gone},{empty}" });
        run.Warns("mirrors", gone);
        run.Warns("mirrors", empty, "does not have the last bundle");
    }

    [Fact]
    public async Task Doctor_OneCheck_ShowsThatOneAlone()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        File.Delete(Bundle());
        string[] arguments = ["doctor", "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--data-dir", _data, "--finality", "1"];
        var (code, output) = await Command.RunAsync(stage.Workspace, [.. arguments, "--check", "folder", "--check", "clock"], limit.Token);
        Assert.Equal(0, code);
        Assert.Equal(["ok", "ok"], output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith(' ')).SkipLast(1).Select(line => line.Split(' ')[0]));
        (code, output) = await Command.RunAsync(stage.Workspace, [.. arguments, "--check", "pulse"], limit.Token);
        Assert.Equal(2, code);
        Assert.Contains("there is no check 'pulse'", output, StringComparison.Ordinal);
    }

    private Task<DoctorRun> RunAsync(Dictionary<string, string> flags)
    {
        flags.TryAdd("--data-dir", _data);
        return DoctorRun.OfAsync(stage, flags);
    }

    private string Bundle() => Directory.EnumerateFiles(Path.Combine(_data, "bundles"), "*.bundle.gz").Single();

    /// <summary>Without the table of readers, which SQLite keeps in a file while somebody reads.</summary>
    private List<(string Name, long Length, DateTime Written)> Listing() =>
        [.. new DirectoryInfo(_data).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => !file.Name.EndsWith("-shm", StringComparison.Ordinal)).OrderBy(file => file.FullName, StringComparer.Ordinal).Select(file => (file.FullName, file.Length, file.LastWriteTimeUtc))];
}
