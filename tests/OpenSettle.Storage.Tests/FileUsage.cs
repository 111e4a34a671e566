using Microsoft.Data.Sqlite;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Tests;

/// <summary>A usage file in a folder of its own.</summary>
internal sealed class FileUsage : TestUsage
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-usage-").FullName;
    private SqliteUsage _journal;

    public FileUsage(UsageOptions? options = null)
        : base(options) => _journal = Open();

    public override IUsageJournal Journal => _journal;

    private string File => Path.Combine(_folder, "usage.sqlite");

    public override void Reopen()
    {
        _journal.Dispose();
        _journal = Open();
    }

    public override void Kill()
    {
        // In the writer's turn, so that no copy is of half a commit.
        _journal.RunAsync(() =>
        {
            foreach (var name in Directory.GetFiles(_folder, "usage.sqlite*").Where(name => !name.EndsWith("-shm", StringComparison.Ordinal)))
                System.IO.File.Copy(name, name + ".killed", overwrite: true);
        }).Wait();
        _journal.Dispose();
        foreach (var name in Directory.GetFiles(_folder, "usage.sqlite*").Where(name => !name.EndsWith(".killed", StringComparison.Ordinal))) System.IO.File.Delete(name);
        foreach (var name in Directory.GetFiles(_folder, "*.killed")) System.IO.File.Move(name, name[..^".killed".Length]);
        _journal = Open();
    }

    public override Task FillDiskAsync() => _journal.PragmaAsync("max_page_count = 10");

    public override Task MakeRoomAsync() => _journal.PragmaAsync("max_page_count = 1000000");

    public override Task<IAsyncDisposable> StopCommitsAsync() => StopAsync(_journal.RunAsync);

    public override string ChangeAnEvent()
    {
        using var file = new SqliteConnection($"Data Source={File}");
        file.Open();
        using var command = file.CreateCommand();
        command.CommandText = "UPDATE usage_events SET batch = 1";
        return Assert.Throws<SqliteException>(() => command.ExecuteNonQuery()).Message;
    }

    protected override void Dispose(bool disposing)
    {
        _journal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private SqliteUsage Open() => SqliteUsage.Open(File, TestBooks.Deployment, Time, Options);
}
