using Npgsql;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Servers;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Tests;

/// <summary>A deployment's schema of its own in one database of the tests' PostgreSQL.</summary>
internal sealed class PostgresTestUsage : TestUsage
{
    private static readonly Lazy<Task<string>> Database = new(async () => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync("usage"));
    private static int _schemas;

    private readonly string _database;
    private readonly string _application;
    private PostgresUsage _journal;

    private PostgresTestUsage(string database, UsageOptions? options)
        : base(InFirstSegments(options ?? Small))
    {
        _database = database;
        Deployment = NewDeployment();
        _application = $"test of {Deployment.Vault}";
        Place = PostgresPlace.Open(_database, Deployment, _application);
        _journal = PostgresUsage.Open(Place, Time, Options);
    }

    public override IUsageJournal Journal => _journal;

    public DeploymentId Deployment { get; }

    public PostgresPlace Place { get; private set; }

    public static async Task<PostgresTestUsage> OpenAsync(UsageOptions? options = null) => new(await Database.Value, options);

    /// <summary>One that no other test has.</summary>
    public static DeploymentId NewDeployment()
    {
        var number = Interlocked.Increment(ref _schemas);
        return new DeploymentId(31337, TestBooks.Account(1), TestBooks.Account(2), Address.FromBytes([(byte)(number >> 16), (byte)(number >> 8), (byte)number, .. new byte[16], 3]));
    }

    /// <summary>Another node on the same schema.</summary>
    public PostgresUsage OpenAnother() => PostgresUsage.Open(Place, Time, Options);

    public void Execute(string sql)
    {
        using var connection = Place.Connect();
        PostgresPlace.Execute(connection, sql);
    }

    public long Count(string sql)
    {
        using var connection = Place.Connect();
        using var command = new NpgsqlCommand(sql, connection);
        return (long)(command.ExecuteScalar() ?? 0L);
    }

    public override void Reopen()
    {
        _journal.Dispose();
        Open();
    }

    public override void Kill()
    {
        // As its process's end: the server finds that the connections are gone. What it wants to do at its end it cannot do any more.
        var killed = Place;
        using (var other = new NpgsqlConnection(_database + ";Pooling=false;Application Name=killer"))
        {
            other.Open();
            using var end = new NpgsqlCommand("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", other);
            end.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _application });
            end.ExecuteNonQuery();
        }

        var journal = _journal;
        Open();
        journal.Dispose();
        killed.Dispose();
    }

    public override Task FillDiskAsync()
    {
        // What the server says of a full disk, after most of the commit's work is done.
        Execute(
            """
            CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
            END $$;
            CREATE OR REPLACE TRIGGER full_disk BEFORE UPDATE ON usage_head FOR EACH ROW EXECUTE FUNCTION no_room()
            """);
        return Task.CompletedTask;
    }

    public override Task MakeRoomAsync()
    {
        Execute("DROP TRIGGER IF EXISTS full_disk ON usage_head");
        return Task.CompletedTask;
    }

    public override Task<IAsyncDisposable> StopCommitsAsync() => StopAsync(work => _journal.RunAsync(() =>
    {
        work();
        return true;
    }));

    public override string ChangeAnEvent() => Assert.Throws<PostgresException>(() => Execute("UPDATE usage_events SET batch = 1")).Message;

    protected override void Dispose(bool disposing)
    {
        _journal.Dispose();
        Place.Dispose();
    }

    /// <summary>Segments as large as the file's smallest: here there is only one size.</summary>
    private static UsageOptions InFirstSegments(UsageOptions options) => options with { SegmentSize = options.SegmentSize / options.FanOut };

    private void Open()
    {
        Place = PostgresPlace.Open(_database, Deployment, _application);
        _journal = PostgresUsage.Open(Place, Time, Options);
    }
}
