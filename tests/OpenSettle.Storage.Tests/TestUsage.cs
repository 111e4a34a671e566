using System.Text;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Tests;

/// <summary>A usage file in a folder of its own, with a clock that the test sets, and small segments, so that few events make many.</summary>
internal sealed class TestUsage : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-usage-").FullName;

    public TestUsage(UsageOptions? options = null)
    {
        Options = options ?? Small;
        Journal = Open();
    }

    public static UsageOptions Small { get; } = new() { SegmentSize = 40, FanOut = 2, MostInCommit = 64, MostUnwritten = (100, 12), RollupsInCommit = 3 };

    public UsageOptions Options { get; }

    public SetTime Time { get; } = new();

    public SqliteUsage Journal { get; private set; }

    public string File => Path.Combine(_folder, "usage.sqlite");

    public static MeteredEvent Event(string id, string source = "urn:gateway:a", byte model = 1, string domain = "leases", ulong units = 7, ulong time = 86_400 * 20_000UL, byte consumer = 0, string outcome = Outcomes.Ok) => new()
    {
        Source = source,
        Id = id,
        Type = "ai.opensettle.usage.v1",
        Model = new ModelId(TestBooks.Word(model)),
        Domain = domain,
        Outcome = outcome,
        Units = units,
        Time = time,
        Consumer = consumer == 0 ? Hash32.Zero : Keccak256.Hash([consumer]),
    };

    public static UsageAppend Append(IReadOnlyList<MeteredEvent> events, SignedStatement? batch = null, Hold hold = Hold.None, int gateway = 1)
    {
        var bodies = new List<byte>();
        var appended = new List<AppendedEvent>();
        foreach (var e in events)
        {
            var body = EventBody.Encode(e);
            appended.Add(new AppendedEvent(e.Identity(), bodies.Count, body.Length, hold));
            bodies.AddRange(body);
        }

        return new UsageAppend(gateway, bodies.ToArray(), [.. appended], batch);
    }

    public static SignedStatement Batch(ulong number, Hash32 previous, IReadOnlyList<MeteredEvent> events, byte gateway = 4)
    {
        var statement = new BatchStatement(
            TestBooks.Account(gateway), number, new UsageBatch(TestBooks.Account(gateway), number, [.. events.Select(e => e.ToBatched())]).Root(), (ulong)events.Count,
            events.Min(e => e.Time), events.Max(e => e.Time), previous);
        // What was signed is checked before it comes here: any digest does that tells batches apart.
        return new SignedStatement(statement, Keccak256.Hash(Encoding.UTF8.GetBytes(statement.ToString())), new byte[65]);
    }

    public SqliteUsage Open() => SqliteUsage.Open(File, TestBooks.Deployment, Time, Options);

    public async Task<Verdict[]> SendAsync(params IReadOnlyList<MeteredEvent> events)
    {
        var append = Append(events);
        var result = await Journal.AppendAsync(append);
        Assert.Equal(AppendStatus.Stored, result.Status);
        return [.. append.Events.Select(e => e.Verdict)];
    }

    /// <summary>Closes the file and opens it again, as a restart does.</summary>
    public void Reopen()
    {
        Journal.Dispose();
        Journal = Open();
    }

    /// <summary>Goes on with the files as they are now, as after a kill: nothing is closed or written first.</summary>
    public void Kill()
    {
        // In the writer's turn, so that no copy is of half a commit.
        Journal.RunAsync(() =>
        {
            foreach (var name in Directory.GetFiles(_folder, "usage.sqlite*").Where(name => !name.EndsWith("-shm", StringComparison.Ordinal)))
                System.IO.File.Copy(name, name + ".killed", overwrite: true);
        }).Wait();
        Journal.Dispose();
        foreach (var name in Directory.GetFiles(_folder, "usage.sqlite*").Where(name => !name.EndsWith(".killed", StringComparison.Ordinal))) System.IO.File.Delete(name);
        foreach (var name in Directory.GetFiles(_folder, "*.killed")) System.IO.File.Move(name, name[..^".killed".Length]);
        Journal = Open();
    }

    public void Dispose()
    {
        Journal.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A clock that stands until it is set.</summary>
internal sealed class SetTime : TimeProvider
{
    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(86_400L * 20_000);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
