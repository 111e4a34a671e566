using System.Text;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Tests;

/// <summary>A journal of a test's own on one of the engines, with a clock that the test sets, and small segments, so that few events make many.</summary>
internal abstract class TestUsage(UsageOptions? options) : IDisposable
{
    public static UsageOptions Small { get; } = new() { SegmentSize = 40, FanOut = 2, MostInCommit = 64, MostUnwritten = (100, 12), RollupsInCommit = 3 };

    public UsageOptions Options { get; } = options ?? Small;

    public SetTime Time { get; } = new();

    public abstract IUsageJournal Journal { get; }

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

    public static UsageAppend Append(IReadOnlyList<MeteredEvent> events, SignedStatement? batch = null, Hold hold = Hold.None, int gateway = 1, StreamMark? mark = null)
    {
        var bodies = new List<byte>();
        var appended = new List<AppendedEvent>();
        foreach (var e in events)
        {
            var body = EventBody.Encode(e);
            appended.Add(new AppendedEvent(e.Identity(), bodies.Count, body.Length, hold));
            bodies.AddRange(body);
        }

        return new UsageAppend(gateway, bodies.ToArray(), [.. appended], batch) { Mark = mark };
    }

    public static SignedStatement Batch(ulong number, Hash32 previous, IReadOnlyList<MeteredEvent> events, byte gateway = 4)
    {
        var statement = new BatchStatement(
            TestBooks.Account(gateway), number, new UsageBatch(TestBooks.Account(gateway), number, [.. events.Select(e => e.ToBatched())]).Root(), (ulong)events.Count,
            events.Min(e => e.Time), events.Max(e => e.Time), previous);
        // What was signed is checked before it comes here: any digest does that tells batches apart.
        return new SignedStatement(statement, Keccak256.Hash(Encoding.UTF8.GetBytes(statement.ToString())), new byte[65]);
    }

    public async Task<Verdict[]> SendAsync(params IReadOnlyList<MeteredEvent> events)
    {
        var append = Append(events);
        var result = await Journal.AppendAsync(append);
        Assert.Equal(AppendStatus.Stored, result.Status);
        return [.. append.Events.Select(e => e.Verdict)];
    }

    /// <summary>Closes the journal and opens it again, as a restart does.</summary>
    public abstract void Reopen();

    /// <summary>Goes on with what is durable now, as after a kill: nothing is closed or written first.</summary>
    public abstract void Kill();

    /// <summary>There is no room for more, soon or at once; until <see cref="MakeRoomAsync"/>, or a kill.</summary>
    public abstract Task FillDiskAsync();

    public abstract Task MakeRoomAsync();

    /// <summary>Nothing is committed until that is disposed of.</summary>
    public abstract Task<IAsyncDisposable> StopCommitsAsync();

    /// <summary>Changes an event where it lies, past the journal. What the engine answers.</summary>
    public abstract string ChangeAnEvent();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <param name="inItsTurn">Runs something on the writer's thread.</param>
    protected static async Task<IAsyncDisposable> StopAsync(Func<Action, Task> inItsTurn)
    {
        var (begun, stand) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        var blocked = inItsTurn(() =>
        {
            begun.SetResult();
            stand.Task.Wait();
        });
        // Before the writer is there it would take what is sent next together with this, and nothing of it would wait.
        await begun.Task;
        return new AtEnd(() =>
        {
            stand.SetResult();
            return blocked;
        });
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>One that says what to do at its end.</summary>
internal sealed class AtEnd(Func<Task> end) : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await end();
}

/// <summary>A clock that stands until it is set.</summary>
internal sealed class SetTime : TimeProvider
{
    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(86_400L * 20_000);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
