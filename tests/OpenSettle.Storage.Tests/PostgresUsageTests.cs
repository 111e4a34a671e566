using Npgsql;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Servers;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Usage;
using static OpenSettle.Storage.Tests.TestUsage;

namespace OpenSettle.Storage.Tests;

/// <summary>What several nodes do to one journal, and what a server that dies does to it.</summary>
[Trait("Category", "Server")]
public sealed class PostgresUsageTests
{
    private static readonly int Nightly = int.Parse(Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") ?? "1", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Commit_IsOpenAcrossACut_IsNotMissedByIt()
    {
        using var usage = await PostgresTestUsage.OpenAsync();
        await usage.SendAsync(Event("a"), Event("b"));
        // Another node, whose rows are written and whose commit waits for something in the server.
        const string Door = "hashtextextended(current_schema() || ' door', 0)";
        using var door = usage.Place.Connect();
        PostgresPlace.Execute(door, $"SELECT pg_advisory_lock({Door})");
        using var other = usage.Place.Connect();
        PostgresPlace.Execute(other, $"{UsageLock.Begin[0]}; {UsageLock.Begin[^1]}");
        var late = Event("late");
        await InsertAsync(other, 3, late, usage.Journal.Sealed);
        var open = Task.Factory.StartNew(() => PostgresPlace.Execute(other, $"SELECT pg_advisory_xact_lock({Door}); COMMIT"), TaskCreationOptions.LongRunning);

        // A cut is taken, and a commit of this node comes after it. Neither gives out a position that the open one has.
        Assert.Equal((2L, 2), (usage.Journal.Sealed.Position, usage.Journal.Events(0, 100).Count));
        Assert.Null(usage.Journal.SealOf(3));
        var after = usage.SendAsync(Event("after"), Event("late"));
        await UntilWaitingAsync(usage);
        Assert.False(after.IsCompleted);
        Assert.Equal(2, usage.Journal.Events(0, 100).Count);

        PostgresPlace.Execute(door, $"SELECT pg_advisory_unlock({Door})");
        await open;
        Assert.Equal([Verdict.Accepted, Verdict.Duplicate], await after);
        Assert.Equal(["a", "b", "late", "after"], usage.Journal.Events(0, 100).Select(e => e.Event.Id));
        Assert.Equal([1L, 2, 3, 4], usage.Journal.Events(0, 100).Select(e => e.Position));
        Assert.Equal((3L, 4L), (usage.Journal.SealOf(3)?.Position, usage.Journal.SealOf(4)?.Position));
        RequireChain(usage.Journal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Node_FallsAsleepWithTheLock_KeepsNobodyWaiting(bool inTheMiddleOfARow)
    {
        using var usage = await PostgresTestUsage.OpenAsync();
        await usage.SendAsync(Event("a"));
        using var asleep = usage.Place.Connect();
        foreach (var sql in UsageLock.Begin) PostgresPlace.Execute(asleep, sql);
        using var half = inTheMiddleOfARow ? asleep.BeginRawBinaryCopy("COPY usage_events (model, position, gateway, batch, body) FROM STDIN (FORMAT BINARY)") : null;
        if (half is not null)
        {
            half.Write([(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y']);
            half.Flush();
        }

        Assert.Equal([Verdict.Accepted], await usage.SendAsync(Event("b")).WaitAsync(TimeSpan.FromMinutes(1)));
        // Awake again, it can do nothing with what it had.
        if (half is not null) Assert.ThrowsAny<NpgsqlException>(() => half.Dispose());
        Assert.ThrowsAny<Exception>(() => PostgresPlace.Execute(asleep, "COMMIT"));
        Assert.Equal(2, usage.Journal.Sealed.Position);
    }

    [Fact]
    public async Task Rollups_ThatCannotBeWritten_AreToldOfUntilTheyCan()
    {
        using var usage = await PostgresTestUsage.OpenAsync();
        await usage.SendAsync(Event("a"));
        Assert.Null(usage.Journal.Trouble);
        usage.Execute("ALTER TABLE usage_rolled RENAME TO away");
        Assert.Equal([Verdict.Accepted], await usage.SendAsync(Event("b")));
        await UntilAsync(() => Task.FromResult(usage.Journal.Trouble is not null));
        Assert.Contains("usage_rolled", usage.Journal.Trouble, StringComparison.Ordinal);
        usage.Execute("ALTER TABLE away RENAME TO usage_rolled");
        await UntilAsync(() => Task.FromResult(usage.Journal.Trouble is null));
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("synchronous_commit")]
    public async Task Server_ThatSaysYesBeforeItsDiskDoes_IsRefusedByName(string setting)
    {
        await using var server = await PostgresServer.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal) { [setting] = "off" });
        var refused = Assert.Throws<StorageException>(() => PostgresPlace.Open(server.ConnectionString, PostgresTestUsage.NewDeployment(), "test"));
        Assert.Equal(StorageErrorKind.CannotOpen, refused.Kind);
        Assert.Contains($"{setting} is off at the server, which would lose what it acknowledged. Set {setting} to on", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralNodes_AtOnce_AreOneJournalAsOneNodesFile()
    {
        for (var seed = 1; seed <= 2 * Nightly; seed++)
        {
            using var usage = await PostgresTestUsage.OpenAsync();
            using var second = usage.OpenAnother();
            using var third = usage.OpenAnother();
            IUsageJournal[] nodes = [usage.Journal, second, third];
            using var allSent = new CancellationTokenSource();
            var releasing = ReleaseUntilAsync(second, allSent.Token);
            var sent = await SendFromAllAsync(nodes, seed);
            await allSent.CancelAsync();
            Assert.True(await releasing > 0);

            // Each id was accepted once, by whichever node it came to first.
            var accepted = sent.SelectMany(one => one.Events).Where(e => e.Verdict is Verdict.Accepted or Verdict.Held).Select(e => e.Identity).ToList();
            Assert.Equal(accepted.Count, accepted.Distinct().Count());
            Assert.Equal(sent.SelectMany(one => one.Events).Select(e => e.Identity).Distinct().Count(), accepted.Count);
            var events = RequireChain(second);
            Assert.Equal(accepted.ToHashSet(), events.Select(e => e.Event.Identity()).ToHashSet());
            foreach (var node in nodes) Assert.Equal(accepted.Count, node.Events(0, int.MaxValue).Count);

            // A file that is fed with the same events comes to the same sums and seals: waiting ones, released ones and all.
            using var file = new FileUsage();
            foreach (var e in events) await file.Journal.AppendAsync(Append([e.Event], hold: third.HoldOf(e.Position), gateway: e.Gateway));
            RequireSame(file.Journal, third);
            foreach (var group in usage.Journal.Held())
            {
                var released = await third.ReleaseAsync(group);
                Assert.Equal(group.Events, released);
                Assert.Equal(released, await file.Journal.ReleaseAsync(file.Journal.Held().Single(other => other.Model == group.Model && other.Hold == group.Hold)));
            }

            RequireSame(file.Journal, usage.Journal);
            await UntilAsync(() => Task.FromResult(second.Rolled == events.Count));
            RequireSame(file.Journal, second);
        }
    }

    [Fact]
    public async Task Ids_InManySegments_BecomeFewAndAreKnownToAllNodes()
    {
        using var usage = await PostgresTestUsage.OpenAsync();
        using var second = usage.OpenAnother();
        // Forty ids in a segment, two of which become one, twice: 1,000 are 25 of them, or 6 of four and one, and what is too few.
        for (var n = 0; n < 100; n++)
        {
            await usage.SendAsync([.. Enumerable.Range(n * 10, 10).Select(id => Event($"{id}"))]);
            if (n % 30 == 0) Assert.Equal(Verdict.Duplicate, Assert.Single(await SendAsync(second, Event("0"))));
        }

        await UntilAsync(() => Task.FromResult(usage.Count("SELECT count(*) FROM usage_segments") <= 8));
        var all = Enumerable.Range(0, 1_000).Select(id => Event($"{id}")).ToList();
        Assert.All(await SendAsync(second, [.. all]), verdict => Assert.Equal(Verdict.Duplicate, verdict));
        Assert.All(await usage.SendAsync([.. all.Select(e => e with { Units = 1 })]), verdict => Assert.Equal(Verdict.Conflict, verdict));
        Assert.Equal(Event("7"), (await second.FindAsync("urn:gateway:a", "7"))?.Event);
        usage.Reopen();
        Assert.All(await usage.SendAsync([.. all]), verdict => Assert.Equal(Verdict.Duplicate, verdict));
        // What was made into one is gone, with its partitions once all of it is.
        Assert.Equal(usage.Count("SELECT count(*) FROM usage_segments"), usage.Count("SELECT count(DISTINCT segment) FROM usage_filters"));
    }

    [Fact]
    public async Task Commit_OverTheEndOfAPartition_FindsTheNextOne()
    {
        using var usage = await PostgresTestUsage.OpenAsync();
        // As if there had been as many events as a partition takes, but for five.
        const long Before = PostgresUsageSchema.EventsInPartition - 6;
        usage.Execute($"INSERT INTO usage_segments VALUES (1, 2, 1, {Before}, 0, 2); UPDATE usage_head SET position = {Before}, indexed = {Before}, segments = 1; UPDATE usage_rolled SET position = {Before}");
        await usage.SendAsync(Event("0"));
        // Made before it is needed.
        Assert.Equal(2, usage.Count("SELECT count(*) FROM pg_inherits WHERE inhparent = 'usage_events'::regclass"));
        await usage.SendAsync([.. Enumerable.Range(1, 9).Select(n => Event($"{n}"))]);
        Assert.Equal(Enumerable.Range(0, 10).Select(n => $"{n}"), usage.Journal.Events(Before, 100).Select(e => e.Event.Id));
        Assert.Equal((5L, 5L), (usage.Count("SELECT count(*) FROM usage_events_0"), usage.Count("SELECT count(*) FROM usage_events_1")));
        Assert.All(await usage.SendAsync([.. Enumerable.Range(0, 10).Select(n => Event($"{n}"))]), verdict => Assert.Equal(Verdict.Duplicate, verdict));
        Assert.Equal(10UL, usage.Journal.Rollups(new ModelId(TestBooks.Word(1))).Single().Sums.Uses);
    }

    [Fact]
    public async Task Batches_OfOneGatewayToSeveralNodes_StayInTheirOrder()
    {
        using var usage = await PostgresTestUsage.OpenAsync();
        using var second = usage.OpenAnother();
        IUsageJournal[] nodes = [usage.Journal, second];
        var last = Hash32.Zero;
        for (ulong number = 1; number <= 20; number++)
        {
            MeteredEvent[] events = [Event($"{number} a"), Event($"{number} b")];
            var batch = Batch(number, last, events);
            // Both are given it: one takes it, and the other knows of it.
            var (first, other) = (nodes[(int)number % 2], nodes[(int)(number + 1) % 2]);
            Assert.Equal(AppendStatus.OutOfOrder, (await first.AppendAsync(Append([Event("x")], Batch(number + 1, Hash32.Zero, [Event("x")])))).Status);
            Assert.Equal(AppendStatus.Stored, (await first.AppendAsync(Append(events, batch))).Status);
            Assert.Equal(AppendStatus.BatchKnown, (await other.AppendAsync(Append(events, batch))).Status);
            last = batch.Digest;
        }

        Assert.Equal((20UL, last), second.LastBatch(TestBooks.Account(4)));
        Assert.Equal(Enumerable.Range(1, 20).Select(id => (long)id), second.Batches(0, 40).Select(batch => batch.Id));
    }

    [Fact]
    public async Task Stream_WhoseLeaseAnotherNodeTook_LeavesNothing()
    {
        using var usage = await PostgresTestUsage.OpenAsync();
        var leases = new PostgresLeases(usage.Place);
        var mine = Assert.IsType<Lease>(await leases.TakeAsync("stream 1", "one", TimeSpan.FromMilliseconds(1), default));
        Lease? theirs = null;
        Assert.Equal(AppendStatus.Stored, (await usage.Journal.AppendAsync(Append([Event("a")], mark: new StreamMark("1", "x", 10, mine)))).Status);
        await UntilAsync(async () => (theirs = await leases.TakeAsync("stream 1", "two", TimeSpan.FromMinutes(5), default)) is not null);
        Assert.Equal(AppendStatus.LeaseLost, (await usage.Journal.AppendAsync(Append([Event("b")], mark: new StreamMark("1", "x", 20, mine)))).Status);
        Assert.Equal((1L, 10L), (usage.Journal.Sealed.Position, usage.Journal.StreamTaken("1")?.Next));
        Assert.Equal(AppendStatus.Stored, (await usage.Journal.AppendAsync(Append([Event("b")], mark: new StreamMark("1", "x", 20, theirs)))).Status);
    }

    [Fact]
    public async Task Server_KilledUnderLoad_HasAllThatWasAcknowledgedOnce()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        using var place = PostgresPlace.Open(database, PostgresTestUsage.NewDeployment(), "under load");
        using var one = PostgresUsage.Open(place, TimeProvider.System, Small);
        using var two = PostgresUsage.Open(place, TimeProvider.System, Small);
        var acknowledged = new System.Collections.Concurrent.ConcurrentQueue<MeteredEvent>();
        using var enough = new CancellationTokenSource();
        var senders = Enumerable.Range(0, 6).Select(number => SendUntilAsync(number % 2 == 0 ? one : two, number, acknowledged, enough.Token)).ToList();
        for (var kill = 0; kill < 3 * Nightly; kill++)
        {
            var before = acknowledged.Count;
            await UntilAsync(() => Task.FromResult(acknowledged.Count > before + 500), senders);
            await server.KillAsync();
            await server.RestartAsync();
        }

        var last = acknowledged.Count;
        await UntilAsync(() => Task.FromResult(acknowledged.Count > last + 500), senders);
        await enough.CancelAsync();
        await Task.WhenAll(senders);

        var events = RequireChain(one);
        var ids = events.Select(e => e.Event.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(acknowledged.Select(e => e.Id).Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
        var sheet = new RollupSheet();
        foreach (var e in events) sheet.Add(new EventView(EventBody.Encode(e.Event)), signed: false);
        foreach (var model in Enumerable.Range(1, 3).Select(n => new ModelId(TestBooks.Word((byte)n))))
        {
            Assert.Equal(
                sheet.All().Where(row => row.Key.Model == model).OrderBy(row => row.Key.Domain, StringComparer.Ordinal).ToList(), two.Rollups(model).ToList());
        }
    }

    private static async Task<Verdict[]> SendAsync(PostgresUsage node, params IReadOnlyList<MeteredEvent> events)
    {
        var append = Append(events);
        Assert.Equal(AppendStatus.Stored, (await node.AppendAsync(append)).Status);
        return [.. append.Events.Select(e => e.Verdict)];
    }

    /// <summary>Sends, and sends again what was not answered, until there is enough.</summary>
    private static async Task SendUntilAsync(PostgresUsage node, int sender, System.Collections.Concurrent.ConcurrentQueue<MeteredEvent> acknowledged, CancellationToken enough)
    {
        for (var n = 0; !enough.IsCancellationRequested; n++)
        {
            var events = Enumerable.Range(0, 10).Select(i => Event($"{sender} {n} {i}", model: (byte)(1 + (n + i) % 3), domain: $"domain {i % 2}", consumer: (byte)i)).ToList();
            while (true)
            {
                try
                {
                    var append = Append(events);
                    Assert.Equal(AppendStatus.Stored, (await node.AppendAsync(append)).Status);
                    // What was committed and not answered is known now.
                    Assert.All(append.Events, e => Assert.True(e.Verdict is Verdict.Accepted or Verdict.Duplicate));
                    foreach (var e in events) acknowledged.Enqueue(e);
                    break;
                }
                catch (StorageException e) when (e.Kind == StorageErrorKind.Away)
                {
                    await Task.Delay(20, CancellationToken.None);
                }
            }
        }
    }

    /// <summary>Lets what waits go on, now and then, while more comes.</summary>
    private static async Task<long> ReleaseUntilAsync(PostgresUsage node, CancellationToken enough)
    {
        long released = 0;
        while (!enough.IsCancellationRequested || released == 0)
        {
            foreach (var group in node.Held().Where(group => group.Model.Value != TestBooks.Word(3))) released += await node.ReleaseAsync(group);
            await Task.Delay(20, CancellationToken.None);
        }

        return released;
    }

    private static async Task<List<UsageAppend>> SendFromAllAsync(IUsageJournal[] nodes, int seed)
    {
        var all = await Task.WhenAll(nodes.Select(async (node, number) =>
        {
            // All draw from one set of ids, so that the same event comes to several nodes at once.
            var random = new Random(seed * 10 + number);
            var sent = new List<UsageAppend>();
            for (var step = 0; step < 40; step++)
            {
                var some = Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
                {
                    var events = Enumerable.Range(0, random.Next(1, 30)).Select(_ =>
                    {
                        var id = random.Next(1_500);
                        var e = Event($"{id}", model: (byte)(1 + id % 3), domain: $"domain {id % 4}", units: (ulong)id, time: 86_400 * (20_000UL + (ulong)(id % 3)), consumer: (byte)(id % 7));
                        return random.Next(20) == 0 ? e with { Units = e.Units + 1 } : e;
                    }).ToList();
                    return Append(events, hold: random.Next(8) == 0 ? Hold.UnlistedGateway : Hold.None);
                }).ToList();
                var results = await Task.WhenAll(some.Select(node.AppendAsync).ToList());
                Assert.All(results, result => Assert.Equal(AppendStatus.Stored, result.Status));
                sent.AddRange(some);
            }

            return sent;
        }).ToList());
        return [.. all.SelectMany(list => list)];
    }

    private static void RequireSame(IUsageJournal expected, IUsageJournal actual)
    {
        Assert.Equal(expected.Totals with { Conflicts = 0 }, actual.Totals with { Conflicts = 0 });
        foreach (var model in Enumerable.Range(1, 3).Select(n => new ModelId(TestBooks.Word((byte)n)))) Assert.Equal(expected.Rollups(model), actual.Rollups(model));
    }

    /// <summary>All events, whose seals follow from their rows.</summary>
    private static IReadOnlyList<JournaledEvent> RequireChain(IUsageJournal journal)
    {
        var events = journal.Events(0, int.MaxValue);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(n => (long)n), events.Select(e => e.Position));
        var chain = Hash32.Zero;
        var at = 0;
        while (journal.SealOf(at + 1) is { } seal)
        {
            byte[] rows = [];
            var length = 0;
            for (; at < seal.Position; at++) length += JournalRow.Write(ref rows, length, events[at].Position, events[at].Gateway, events[at].Batch, EventBody.Encode(events[at].Event));
            Assert.Equal(chain = UsageChain.Next(chain, rows.AsSpan(0, length)), seal.Chain);
        }

        Assert.Equal(events.Count, at);
        return events;
    }

    /// <summary>What a node's commit writes for one event, but for its end.</summary>
    private static async Task InsertAsync(NpgsqlConnection connection, long position, MeteredEvent e, Seal before)
    {
        var body = EventBody.Encode(e);
        byte[] rows = [];
        var length = JournalRow.Write(ref rows, 0, position, 1, 0, body);
        var chain = UsageChain.Next(before.Chain, rows.AsSpan(0, length)).ToArray();
        var key = new byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(key, IdEntry.KeyOf(e.Identity()));
        foreach (var (sql, values) in new (string Sql, object[] Values)[]
        {
            ("INSERT INTO usage_events (model, position, gateway, batch, body) VALUES ($1, $2, 1, 0, $3)", [e.Model.Value.ToArray(), position, body]),
            ("INSERT INTO usage_seals VALUES ($1, $2, $3)", [position, before.Received, chain]),
            ("INSERT INTO usage_fresh VALUES ($1, $2)", [position, key]),
            ("UPDATE usage_head SET position = $1, chain = $2", [position, chain]),
        })
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Until a commit of the journal waits for its lock.</summary>
    private static Task UntilWaitingAsync(PostgresTestUsage usage) => UntilAsync(async () =>
    {
        await using var connection = usage.Place.Connect();
        await using var look = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = current_setting('application_name') AND wait_event = 'advisory' AND query LIKE '%usage%'", connection);
        return await look.ExecuteScalarAsync() is > 0L;
    });

    private static async Task UntilAsync(Func<Task<bool>> isSo, IReadOnlyList<Task>? orFails = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await isSo())
        {
            if (orFails?.FirstOrDefault(task => task.IsFaulted) is { } failed) await failed;
            await Task.Delay(10, patience.Token);
        }
    }
}
