using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;
using static OpenSettle.Storage.Tests.TestUsage;

namespace OpenSettle.Storage.Tests;

/// <summary>What a journal of usage does, on either engine.</summary>
public abstract class UsageJournalSuite : IAsyncLifetime
{
    private TestUsage _usage = null!;

    public async Task InitializeAsync() => _usage = await OpenAsync(null);

    public Task DisposeAsync()
    {
        _usage.Dispose();
        return Task.CompletedTask;
    }

    private protected abstract Task<TestUsage> OpenAsync(UsageOptions? options);

    [Fact]
    public async Task Append_NewKnownAndContradicting_EachHasItsVerdict()
    {
        Assert.Equal([Verdict.Accepted, Verdict.Accepted, Verdict.Duplicate, Verdict.Conflict], await _usage.SendAsync(Event("a"), Event("b"), Event("a"), Event("b", units: 8)));
        Assert.Equal([Verdict.Duplicate, Verdict.Conflict, Verdict.Accepted], await _usage.SendAsync(Event("a"), Event("a", domain: "x"), Event("a", source: "urn:gateway:b")));
        Assert.Equal(new UsageTotals(3, 0, 2), _usage.Journal.Totals);
        _usage.Reopen();
        Assert.Equal(new UsageTotals(3, 0, 2), _usage.Journal.Totals);
        Assert.Equal([1L, 2, 3], _usage.Journal.Events(0, 10).Select(e => e.Position));
        Assert.Equal(Event("b"), (await _usage.Journal.FindAsync("urn:gateway:a", "b"))?.Event);
        Assert.Null(await _usage.Journal.FindAsync("urn:gateway:b", "b"));
    }

    [Fact]
    public async Task Append_LengthsOfSourceAndIdMoved_AreTwoEvents() =>
        Assert.Equal([Verdict.Accepted, Verdict.Accepted], await _usage.SendAsync(Event("bc", source: "a"), Event("c", source: "ab")));

    [Fact]
    public async Task Bytes_WithMoreEvents_AreMore()
    {
        var before = _usage.Journal.Bytes;
        Assert.InRange(before, 1, long.MaxValue);
        await _usage.SendAsync([.. Enumerable.Range(0, 1000).Select(i => Event($"x{i}"))]);
        Assert.InRange(_usage.Journal.Bytes, before + 1000 * 50, long.MaxValue);
    }

    [Fact]
    public async Task Seal_EachCommit_GoesOnFromTheOneBefore()
    {
        var chain = Hash32.Zero;
        byte[] rows = [];
        for (var i = 0; i < 5; i++)
        {
            await _usage.SendAsync(Event($"x{i}"), Event($"y{i}"));
            var length = 0;
            foreach (var e in _usage.Journal.Events(i * 2, 2)) length += JournalRow.Write(ref rows, length, e.Position, e.Gateway, e.Batch, EventBody.Encode(e.Event));
            chain = Hash32.FromBytes(System.Security.Cryptography.SHA256.HashData([.. chain.ToArray(), .. rows.AsSpan(0, length)]));
            Assert.Equal((i * 2 + 2, chain), (_usage.Journal.Sealed.Position, _usage.Journal.Sealed.Chain));
        }

        _usage.Kill();
        Assert.Equal((10, chain), (_usage.Journal.Sealed.Position, _usage.Journal.Sealed.Chain));
    }

    [Fact]
    public async Task Append_OnlyKnownEvents_MakesNoSeal()
    {
        await _usage.SendAsync(Event("a"));
        var before = _usage.Journal.Sealed;
        await _usage.SendAsync(Event("a"), Event("a", units: 9));
        Assert.Equal(before, _usage.Journal.Sealed);
    }

    [Fact]
    public async Task Seal_ClockGoesBack_TimeDoesNot()
    {
        await _usage.SendAsync(Event("a"));
        var before = _usage.Journal.Sealed.Received;
        _usage.Time.Advance(TimeSpan.FromDays(-3));
        await _usage.SendAsync(Event("b"));
        Assert.Equal(before, _usage.Journal.Sealed.Received);
    }

    [Fact]
    public async Task Batch_InOrder_IsTakenOnceAndWhole()
    {
        MeteredEvent[] first = [Event("a"), Event("b", time: 86_400 * 20_000UL + 9)], second = [Event("c")];
        var one = Batch(1, Hash32.Zero, first);
        var two = Batch(2, one.Digest, second);
        Assert.Equal(new AppendResult(AppendStatus.OutOfOrder), await _usage.Journal.AppendAsync(Append(second, two)));
        Assert.Equal(AppendStatus.Stored, (await _usage.Journal.AppendAsync(Append(first, one))).Status);
        Assert.Equal(AppendStatus.BatchKnown, (await _usage.Journal.AppendAsync(Append(first, one))).Status);
        Assert.Equal(new AppendResult(AppendStatus.OutOfOrder, 1, one.Digest), await _usage.Journal.AppendAsync(Append(second, Batch(1, Hash32.Zero, second))));
        Assert.Equal(new AppendResult(AppendStatus.OutOfOrder, 1, one.Digest), await _usage.Journal.AppendAsync(Append(second, Batch(2, Hash32.Zero, second))));
        _usage.Kill();
        Assert.Equal(AppendStatus.BatchKnown, (await _usage.Journal.AppendAsync(Append(first, one))).Status);
        Assert.Equal(AppendStatus.Stored, (await _usage.Journal.AppendAsync(Append(second, two))).Status);
        Assert.Equal((2UL, two.Digest), _usage.Journal.LastBatch(TestBooks.Account(4)));
        var known = Assert.IsType<JournaledBatch>(_usage.Journal.Batch(TestBooks.Account(4), 1));
        Assert.Equal((one.Statement, one.Digest, 1L), (known.Signed.Statement, known.Signed.Digest, known.FirstPosition));
        Assert.Equal([1UL], _usage.Journal.Batches(0, 2).Select(batch => batch.Signed.Statement.Number));
        Assert.Equal([2UL], _usage.Journal.Batches(2, 3).Select(batch => batch.Signed.Statement.Number));
        Assert.Equal([1L, 1, 2], _usage.Journal.Events(0, 9).Select(e => e.Batch));
    }

    [Fact]
    public async Task Batch_WithAnEventThatIsKnown_LeavesNothing()
    {
        await _usage.SendAsync(Event("a"));
        MeteredEvent[] events = [Event("b"), Event("a"), Event("c")];
        var append = Append(events, Batch(1, Hash32.Zero, events));
        Assert.Equal(AppendStatus.BatchNotNew, (await _usage.Journal.AppendAsync(append)).Status);
        Assert.Equal([Verdict.Accepted, Verdict.Duplicate, Verdict.Accepted], append.Events.Select(e => e.Verdict));
        MeteredEvent[] twice = [Event("d"), Event("d")];
        Assert.Equal(AppendStatus.BatchNotNew, (await _usage.Journal.AppendAsync(Append(twice, Batch(1, Hash32.Zero, twice)))).Status);
        Assert.Equal((1L, 0UL), (_usage.Journal.Totals.Events, _usage.Journal.LastBatch(TestBooks.Account(4)).Number));
        Assert.Equal([Verdict.Accepted, Verdict.Accepted], await _usage.SendAsync(Event("b"), Event("d")));
    }

    [Fact]
    public async Task Held_UntilReleased_IsOnDiskAndNotCounted()
    {
        await _usage.SendAsync(Event("a"));
        var waiting = Append([Event("b"), Event("c", model: 2)], hold: Hold.UnknownModel);
        await _usage.Journal.AppendAsync(waiting);
        Assert.Equal([Verdict.Held, Verdict.Held], waiting.Events.Select(e => e.Verdict));
        Assert.Equal([Verdict.Duplicate], await _usage.SendAsync(Event("b")));
        _usage.Kill();
        Assert.Equal(2, _usage.Journal.Totals.Held);
        Assert.Equal(1UL, Uses(1));
        var group = Assert.Single(_usage.Journal.Held(), group => group.Model.Value == TestBooks.Word(1));
        Assert.Equal((Hold.UnknownModel, 1L, 2L, 2L), (group.Hold, group.Events, group.FirstPosition, group.LastPosition));
        Assert.Equal(1, await _usage.Journal.ReleaseAsync(group));
        Assert.Equal(0, await _usage.Journal.ReleaseAsync(group));
        Assert.Equal((2UL, 0UL), (Uses(1), Uses(2)));
        _usage.Kill();
        Assert.Equal((2UL, 0UL, 1L), (Uses(1), Uses(2), _usage.Journal.Totals.Held));
    }

    [Fact]
    public async Task Index_BeyondTheHorizon_ForgetsIds()
    {
        using var usage = await OpenAsync(Small with { FanOut = 8 });
        for (var i = 0; i < 60; i++) await usage.SendAsync(Event($"old {i}"));
        usage.Time.Advance(usage.Options.Horizon - TimeSpan.FromHours(1));
        Assert.Equal([Verdict.Duplicate], await usage.SendAsync(Event("old 0")));
        for (var i = 0; i < 90; i++) await usage.SendAsync(Event($"mid {i}"));
        usage.Time.Advance(TimeSpan.FromHours(4));
        for (var i = 0; i < 5; i++) await usage.SendAsync(Event($"new {i}"));
        Assert.Equal([Verdict.Duplicate, Verdict.Duplicate], await usage.SendAsync(Event("mid 0"), Event("new 4")));
        Assert.Equal([Verdict.Accepted], await usage.SendAsync(Event("old 0")));
    }

    [Fact]
    public async Task Append_DiskTakesNoMore_LosesNothingAndGoesOn()
    {
        var sent = 0;
        while (sent < 30) await _usage.SendAsync(Event($"{sent++}"));
        await _usage.FillDiskAsync();
        var failed = await Assert.ThrowsAsync<StorageException>(async () =>
        {
            while (sent < 5_000) await _usage.SendAsync(Event($"{sent++}"));
        });
        Assert.Equal(StorageErrorKind.Full, failed.Kind);
        var stored = _usage.Journal.Totals.Events;
        Assert.Equal(sent - 1, stored);
        await Assert.ThrowsAsync<StorageException>(() => _usage.SendAsync(Event("too much"), Event("0")));
        await _usage.MakeRoomAsync();
        Assert.Equal([Verdict.Duplicate, Verdict.Accepted], await _usage.SendAsync(Event("0"), Event($"{sent - 1}")));
        Assert.Equal(stored + 1, (long)Uses(1));
        _usage.Kill();
        Assert.Equal((stored + 1, stored + 1), (_usage.Journal.Totals.Events, (long)Uses(1)));
        Assert.Equal(Enumerable.Range(1, sent).Select(n => (long)n), _usage.Journal.Events(0, 10_000).Select(e => e.Position));
    }

    [Fact]
    public async Task Append_MoreThanMayWait_IsToldToComeAgain()
    {
        using var usage = await OpenAsync(Small with { MostWaiting = 10 });
        var stopped = await usage.StopCommitsAsync();
        var first = usage.Journal.AppendAsync(Append([.. Enumerable.Range(0, 50).Select(i => Event($"{i}"))]));
        var second = await usage.Journal.AppendAsync(Append([Event("x")]));
        Assert.Equal(AppendStatus.Busy, second.Status);
        await stopped.DisposeAsync();
        Assert.Equal(AppendStatus.Stored, (await first).Status);
        Assert.Equal([Verdict.Accepted], await usage.SendAsync(Event("x")));
    }

    [Fact]
    public async Task Stream_DeliveredAgain_ChangesNothing()
    {
        var mark = new StreamMark("usage-1", "made once", 10);
        Assert.Null(_usage.Journal.StreamTaken("usage-1"));
        Assert.Equal(AppendStatus.Stored, (await _usage.Journal.AppendAsync(Append([Event("a")], mark: mark))).Status);
        Assert.Equal(AppendStatus.StreamTaken, (await _usage.Journal.AppendAsync(Append([Event("a", units: 9), Event("b")], mark: mark with { Next = 9 }))).Status);
        Assert.Equal(new UsageTotals(1, 0, 0), _usage.Journal.Totals);
        // Nothing that is new has a mark all the same: what was taken is not asked for again.
        Assert.Equal(AppendStatus.Stored, (await _usage.Journal.AppendAsync(Append([Event("a")], mark: mark with { Next = 20 }))).Status);
        _usage.Kill();
        Assert.Equal(mark with { Next = 20 }, _usage.Journal.StreamTaken("usage-1"));
        // Made anew, it begins anew.
        Assert.Equal(AppendStatus.Stored, (await _usage.Journal.AppendAsync(Append([Event("c")], mark: mark with { Identity = "made again", Next = 1 }))).Status);
        Assert.Equal(2, _usage.Journal.Sealed.Position);
    }

    [Fact]
    public async Task Event_IsChangedWhereItLies_IsRefused()
    {
        await _usage.SendAsync(Event("a"));
        Assert.Contains("never changes", _usage.ChangeAnEvent(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WhileEventsWait_CommitsThemFirst()
    {
        var sent = Enumerable.Range(0, 20).Select(i => _usage.Journal.AppendAsync(Append([Event($"{i}")]))).ToList();
        _usage.Journal.Dispose();
        foreach (var one in sent) Assert.Equal(AppendStatus.Stored, (await one).Status);
        _usage.Reopen();
        Assert.Equal(20, _usage.Journal.Totals.Events);
    }

    private ulong Uses(byte model) => _usage.Journal.Rollups(new ModelId(TestBooks.Word(model))).Aggregate(0UL, (sum, row) => sum + row.Sums.Uses);
}

public sealed class UsageJournalTests : UsageJournalSuite
{
    private protected override Task<TestUsage> OpenAsync(UsageOptions? options) => Task.FromResult<TestUsage>(new FileUsage(options));
}

[Trait("Category", "Server")]
public sealed class PostgresUsageJournalTests : UsageJournalSuite
{
    private protected override async Task<TestUsage> OpenAsync(UsageOptions? options) => await PostgresTestUsage.OpenAsync(options);
}
