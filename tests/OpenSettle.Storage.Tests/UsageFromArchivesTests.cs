using System.Text;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;
using static OpenSettle.Storage.Tests.TestUsage;

namespace OpenSettle.Storage.Tests;

/// <summary>A usage file that is lost after its older events went into archives: four of them, 150 events, six batches, three epochs.</summary>
public sealed class UsageFromArchivesTests : IDisposable
{
    private static readonly RetentionOptions Small = new() { EventsInArchive = 40, DroppedAtOnce = 7 };
    private static readonly TimeSpan Keep = TimeSpan.FromDays(1);
    private static readonly Address Gateway = TestBooks.Account(4);

    private readonly TestData _data = new();
    private List<SettledUsage> _settled = [];

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Restore_OfEverythingInArchives_GivesTheSameJournal()
    {
        await ArchiveAllAsync();
        var before = Look();
        var sixth = _data.Usage!.Batch(Gateway, 6)!;
        Lose();
        var restored = Restore();
        Assert.Equal((false, 4, 6L, 150L), (restored.WasThere, restored.Archives.Count, restored.Batches, restored.Sealed.Position));
        Assert.Equal([], restored.Unused);
        Assert.Equal([], restored.Lost);
        Assert.Equal(["first", "second"], restored.Gateways);
        _data.AssertWhole();
        _data.Open();
        Assert.Equal(before, Look());
        Assert.Equal([(1UL, 50L, true), (2UL, 100L, true), (3UL, 150L, true)], restored.Cuts.Select(cut => (cut.Epoch, cut.Position, cut.Whole)));
        Assert.All(restored.Cuts, cut => Assert.Equal(_data.Usage!.SealOf(cut.Position)?.Chain, cut.Chain));

        // The gateway goes on as if nothing had happened.
        var sent = RoundEvents(5);
        Assert.Equal(AppendStatus.BatchKnown, (await _data.Usage!.AppendAsync(Append(sent, sixth.Signed))).Status);
        Assert.Equal((6UL, sixth.Signed.Digest), _data.Usage.LastBatch(Gateway));
        Assert.Equal(new AppendResult(AppendStatus.Stored), await SendAsync(7, sixth.Signed.Digest));
        Assert.Equal(151, _data.Usage.Sealed.Position);
        _data.AssertWhole();
    }

    [Fact]
    public async Task Restore_OfWhatWaited_LetsItGoOn()
    {
        await ArchiveAllAsync();
        Lose();
        Restore();
        _data.Open();
        Assert.Equal(6, _data.Usage!.Totals.Held);
        Assert.Equal(0, Uses(9));
        // The same event again is known, for it waits here.
        var append = Append([Event("held 3", model: 9)], hold: Hold.UnknownModel);
        await _data.Usage.AppendAsync(append);
        Assert.Equal(Verdict.Duplicate, append.Events[0].Verdict);
        await _data.Usage.ReleaseAsync(Assert.Single(_data.Usage.Held()));
        Assert.Equal(6, Uses(9));
        _data.AssertWhole();
    }

    [Fact]
    public async Task Restore_KilledAtAnyPoint_ComesToTheSame()
    {
        await ArchiveAllAsync();
        var before = Look();
        Lose();
        await File.WriteAllTextAsync(_data.Paths.Usage + "-wal", "of the file that was lost");
        await File.WriteAllTextAsync(Path.Combine(_data.Paths.Archive, UsageArchive.NameOf(1, 7)), "left by a process that was killed");
        var points = new List<string>();
        while (true)
        {
            var killed = false;
            var known = points.Count;
            try
            {
                var result = Restore(point =>
                {
                    if (points.Contains(point)) return;
                    points.Add(point);
                    killed = true;
                    throw new InvalidOperationException(point);
                });
                Assert.Equal([50L, 100L, 150L], result.Cuts.Select(cut => cut.Position));
            }
            catch (InvalidOperationException) when (killed)
            {
            }

            if (points.Count == known) break;
        }

        Assert.Equal(["filled", "built", "left aside", "in place", "put aside"], points);
        _data.Open();
        Assert.Equal(before, Look());
        _data.AssertWhole();
        Assert.Equal([UsageArchive.NameOf(1, 7)], Directory.EnumerateFiles(Path.Combine(_data.Paths.Archive, "unused")).Select(path => Path.GetFileName(path)));
    }

    [Theory]
    [InlineData("usage-000000000041-000000000090.archive", false)]
    [InlineData("usage-000000000041-000000000090.archive", true)]
    [InlineData("usage-000000000041-000000000090.statements.gz", false)]
    [InlineData("usage-000000000041-000000000090.statements.gz", true)]
    public async Task Restore_WithAnArchiveMissingOrDamaged_ReachesUpToIt(string name, bool damaged)
    {
        await ArchiveAllAsync();
        var first = _data.Usage!.Batch(Gateway, 1)!.Signed;
        var second = _data.Usage.Batch(Gateway, 2)!.Signed;
        Lose();
        var path = Path.Combine(_data.Paths.Archive, name);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[bytes.Length / 2] ^= 1;
        if (damaged) await File.WriteAllBytesAsync(path, bytes);
        else File.Delete(path);

        var restored = Restore();
        Assert.Equal((1, 1L, 40L), (restored.Archives.Count, restored.Batches, restored.Sealed.Position));
        var hasIt = damaged || name.EndsWith(".gz", StringComparison.Ordinal);
        Assert.Equal(hasIt ? 3 : 2, restored.Unused.Count);
        Assert.Equal(hasIt, restored.Unused.Any(archive => archive.Name.Contains("041-", StringComparison.Ordinal) && archive.Why.Contains(damaged ? name[..^4] : "missing", StringComparison.Ordinal)) || (damaged && restored.Unused[0].Why.Contains("SHA-256", StringComparison.Ordinal)));
        Assert.Equal([new LostBatches(Gateway, 2, 6, 45, 3)], restored.Lost);
        // What is here of the first epoch is behind its cut; what is not is behind nothing.
        Assert.Equal([(1UL, 24L, false), (2UL, 24L, false), (3UL, 24L, false)], restored.Cuts.Select(cut => (cut.Epoch, cut.Position, cut.Whole)));
        Assert.DoesNotContain("041-", string.Join(' ', Directory.EnumerateFiles(_data.Paths.Archive)), StringComparison.Ordinal);
        _data.AssertWhole();

        _data.Open();
        Assert.Equal((6UL, Hash32.Zero), _data.Usage!.LastBatch(Gateway));
        Assert.Equal(AppendStatus.BatchKnown, (await _data.Usage.AppendAsync(Append(RoundEvents(0), first))).Status);
        Assert.Equal(new AppendResult(AppendStatus.BatchSettled, 6, Hash32.Zero, 3), await _data.Usage.AppendAsync(Append(RoundEvents(1), second)));
        Assert.Equal(AppendStatus.OutOfOrder, (await SendAsync(8, Hash32.Zero)).Status);
        Assert.Equal(40, _data.Usage.Sealed.Position);
    }

    [Fact]
    public async Task Gateway_WhoseLastBatchWasLost_GoesOnAfterItAndOnceMore()
    {
        await ArchiveAllAsync();
        Lose();
        File.Delete(Path.Combine(_data.Paths.Archive, UsageArchive.NameOf(41, 90)));
        Restore();
        _data.Open();
        // Nobody knows the digest of the sixth: any is taken, once.
        Assert.Equal(new AppendResult(AppendStatus.Stored, SettledBy: 3), await SendAsync(7, TestBooks.Word(77)));
        Assert.Equal(AppendStatus.OutOfOrder, (await SendAsync(8, TestBooks.Word(77))).Status);
        var seventh = _data.Usage!.Batch(Gateway, 7)!.Signed;
        Assert.Equal(new AppendResult(AppendStatus.Stored), await SendAsync(8, seventh.Digest));
        // After a restart it is the same.
        Reopen();
        Assert.Equal(AppendStatus.BatchSettled, (await SendAsync(5, Hash32.Zero)).Status);
        Assert.Equal(AppendStatus.OutOfOrder, (await SendAsync(10, Hash32.Zero)).Status);
        _data.AssertWhole();

        // The next epoch takes it, it is archived, and all is lost again: the gap stays one.
        _settled.Add(new SettledUsage(4, 2, [.. Settled(4, 7), .. Settled(4, 8)]));
        _data.Time.Advance(TimeSpan.FromDays(9));
        Reopen();
        await ArchiveAsync();
        var before = Look();
        Lose();
        var again = Restore();
        Assert.Equal((3L, 42L), (again.Batches, again.Sealed.Position));
        Assert.Equal([new LostBatches(Gateway, 2, 6, 45, 3)], again.Lost);
        Assert.Equal(42, again.Cuts[^1].Position);
        _data.AssertWhole();
        _data.Open();
        Assert.Equal(before, Look());
        Assert.Equal(8UL, _data.Usage!.LastBatch(Gateway).Number);
    }

    [Fact]
    public async Task Restore_WithoutArchives_TellsAllThatIsLost()
    {
        await FillAsync();
        Lose();
        var restored = Restore();
        Assert.Equal((0, 0L), (restored.Archives.Count, restored.Sealed.Position));
        Assert.Equal([new LostBatches(Gateway, 1, 6, 54, 3)], restored.Lost);
        Assert.All(restored.Cuts, cut => Assert.Equal((0L, Hash32.Zero, false), (cut.Position, cut.Chain, cut.Whole)));
        _data.AssertWhole();
        _data.Open();
        Assert.Equal(new AppendResult(AppendStatus.Stored, SettledBy: 3), await SendAsync(7, Hash32.Zero));
        Assert.Equal(1, _data.Usage!.Sealed.Position);
        _data.AssertWhole();
    }

    [Fact]
    public async Task Restore_WhereTheUsageIsThere_FindsCutsAndChangesNothing()
    {
        await FillAsync();
        var before = Look();
        await SendAsync(7, _data.Usage!.LastBatch(Gateway).Digest);
        _data.Close();
        var restored = Restore();
        Assert.Equal((true, 151L, 0), (restored.WasThere, restored.Sealed.Position, restored.Lost.Count));
        Assert.Equal([50L, 100L, 150L], restored.Cuts.Select(cut => cut.Position));
        // Without its counts an epoch ends at the first seal after its last batch: what it did not take is not in it.
        _settled = [.. _settled.Select(epoch => epoch with { Events = 0 })];
        Assert.Equal([49L, 99L, 149L], Restore().Cuts.Select(cut => cut.Position));
        _data.Open();
        Assert.Equal(7UL, _data.Usage!.LastBatch(Gateway).Number);
        Assert.Equal(before.Events, Look().Events[..^1]);
        _data.AssertWhole();
    }

    [Fact]
    public async Task Cuts_OfCountsThatMistakeABatch_NeverTakeItIn()
    {
        await FillAsync();
        await SendAsync(7, _data.Usage!.LastBatch(Gateway).Digest);
        _data.Close();
        // One more than there were: the seal there is the seventh batch's, which no epoch took.
        _settled[^1] = _settled[^1] with { Events = 51 };
        Assert.Equal([50L, 100L, 149L], Restore().Cuts.Select(cut => cut.Position));
    }

    [Fact]
    public async Task Restore_OfAnOlderUsageFile_TellsWhatItLacks()
    {
        await _data.FillAsync(4);
        _settled = [new SettledUsage(1, 50, [.. Settled(1, 1), .. Settled(1, 2)]), new SettledUsage(2, 50, [.. Settled(2, 3), .. Settled(2, 4)])];
        var unknown = new SettledBatch(3, Gateway, 5, TestBooks.Word(5), 11);
        _settled.Add(new SettledUsage(3, 20, [unknown, new SettledBatch(3, TestBooks.Account(5), 1, TestBooks.Word(6), 3)]));
        _data.Close();
        var restored = Restore();
        Assert.Equal([new LostBatches(Gateway, 5, 5, 11, 3), new LostBatches(TestBooks.Account(5), 1, 1, 3, 3)], restored.Lost);
        Assert.Equal([(50L, true), (100L, true), (100L, false)], restored.Cuts.Select(cut => (cut.Position, cut.Whole)));
        _data.AssertWhole();
    }

    [Fact]
    public async Task Restore_OfAnotherHistorysUsage_IsRefused()
    {
        await FillAsync();
        _data.Close();
        var right = _settled;
        _settled = [right[0], right[1] with { Batches = [right[1].Batches[0] with { Root = TestBooks.Word(1) }] }];
        Assert.Contains("batch 3", Assert.Throws<StorageException>(() => Restore()).Message, StringComparison.Ordinal);
        // An epoch that took a later batch, and one before it that did not.
        _settled = [right[0] with { Batches = [.. right[0].Batches, .. right[2].Batches] }, right[1]];
        Assert.Contains("Put it aside", Assert.Throws<StorageException>(() => Restore()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("signature")]
    [InlineData("no epoch settled")]
    [InlineData("the root")]
    [InlineData("is of chain")]
    public async Task Restore_OfWhatIsNotTheGatewaysOrNotSettled_IsNotDone(string why)
    {
        await ArchiveAllAsync();
        Lose();
        var deployment = why == "is of chain" ? TestBooks.Deployment with { ChainId = 77 } : TestBooks.Deployment;
        if (why == "no epoch settled") _settled.RemoveAt(2);
        if (why == "the root") _settled[2] = _settled[2] with { Batches = [_settled[2].Batches[0] with { Root = TestBooks.Word(2) }, _settled[2].Batches[1]] };
        var restored = new UsageFromArchives(_data.Paths, deployment, _settled, (statement, _) => (DigestOf(statement), why == "signature" && statement.Number == 5 ? "signature: another's" : null), _ => { }).Run(CancellationToken.None);
        Assert.Contains(restored.Unused, archive => archive.Why.Contains(why, StringComparison.Ordinal));
        Assert.Equal(why == "is of chain" ? 0 : 90, restored.Sealed.Position);
    }

    [Fact]
    public async Task Retention_OverArchivesWithoutStatements_WritesThem()
    {
        await ArchiveAllAsync();
        var files = Directory.EnumerateFiles(_data.Paths.Archive, "*.statements.gz").Order(StringComparer.Ordinal).ToList();
        var whole = files.ConvertAll(File.ReadAllBytes);
        files.ForEach(File.Delete);
        var seen = Assert.Single(_data.Check(), result => result.Name == "usage archives");
        Assert.Null(seen.Problem);
        Assert.Contains("4 have no statements", seen.Seen, StringComparison.Ordinal);
        for (var i = 0; i < 4; i++) Assert.True(Step());
        Assert.False(Step());
        Assert.Equal(whole, files.ConvertAll(File.ReadAllBytes));
        Lose();
        Assert.Equal(4, Restore().Archives.Count);
    }

    [Fact]
    public async Task Statements_WithAnyByteChanged_AreFoundOut()
    {
        await ArchiveAllAsync();
        var path = Path.Combine(_data.Paths.Archive, ArchiveStatements.NameOf(UsageArchive.NameOf(1, 40)));
        var whole = await File.ReadAllBytesAsync(path);
        // Behind the header of the compression, which says nothing.
        for (var at = 10; at < whole.Length; at += 5)
        {
            var bytes = whole.ToArray();
            bytes[at] ^= 0x10;
            await File.WriteAllBytesAsync(path, bytes);
            Assert.Contains(_data.Check(), result => result.Name == "usage archives" && result.Problem is not null);
        }

        foreach (var length in new[] { 0, 10, whole.Length / 2 })
        {
            await File.WriteAllBytesAsync(path, whole[..length]);
            Assert.Throws<StorageException>(() => ArchiveStatements.Read(path));
        }

        File.Delete(path);
        File.Copy(Path.Combine(_data.Paths.Archive, ArchiveStatements.NameOf(UsageArchive.NameOf(41, 90))), path);
        Assert.Contains(_data.Check(), result => result.Problem?.Contains("is of another archive", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Backup_OfArchivedUsage_BringsStatementsToo()
    {
        await ArchiveAllAsync();
        new Backup(_data.Paths, _data.Time, _ => { }).Run(_data.Beside("backup"), CancellationToken.None);
        _data.Close();
        Directory.Delete(_data.Paths.Archive, recursive: true);
        new Restore(_data.Paths, _data.Time, _ => { }).Run(_data.Beside("backup"), replace: true, null);
        Assert.Equal(4, Directory.EnumerateFiles(_data.Paths.Archive, "*.statements.gz").Count());
        Lose();
        Assert.Equal(4, Restore().Archives.Count);
        _data.AssertWhole();
    }

    [Fact]
    public async Task Restore_BesideAnArchiveThatReachesLessFar_TakesTheOneThatCounts()
    {
        await _data.FillAsync();
        _settled = SettledAll();
        await CountAsync();
        _data.Time.Advance(TimeSpan.FromDays(5));
        // Killed before the journal names it, and later there is more to archive.
        var killed = new UsageRetention(_data.Paths, _data.Time, Small with { EventsInArchive = 20 })
        {
            OnPoint = point =>
            {
                if (point == "named") throw new InvalidOperationException(point);
            },
        };
        Assert.Throws<InvalidOperationException>(() => killed.Step(Keep, long.MaxValue));
        await ArchiveAsync();
        Lose();
        var restored = Restore();
        Assert.Equal((4, 150L), (restored.Archives.Count, restored.Sealed.Position));
        Assert.Equal([(UsageArchive.NameOf(1, 24), "its events are in another archive too")], restored.Unused.Select(archive => (archive.Name, archive.Why)));
        _data.AssertWhole();
    }

    [Fact]
    public async Task Index_AfterArchivedEventsAndRestarts_KnowsWhereItsIdsAre()
    {
        await _data.FillAsync(1);
        await CountAsync();
        _data.Time.Advance(TimeSpan.FromDays(5));
        await ArchiveAsync();
        Reopen();
        // Far more than a segment, after positions of which none is known any more.
        for (var i = 0; i < 20; i++) await _data.Usage!.AppendAsync(Append([.. Enumerable.Range(0, 10).Select(n => Event($"later {i} {n}"))]));
        _data.AssertWhole();
        Reopen();
        var append = Append([Event("later 3 3")]);
        await _data.Usage!.AppendAsync(append);
        Assert.Equal(Verdict.Duplicate, append.Events[0].Verdict);
        _data.AssertWhole();
    }

    private static Hash32 DigestOf(BatchStatement statement) => Keccak256.Hash(Encoding.UTF8.GetBytes(statement.ToString()));

    private static MeteredEvent[] RoundEvents(int round) => [.. Enumerable.Range(0, 9).Select(i => Event($"signed {round} {i}", model: 2, consumer: (byte)(i + 1), outcome: i % 2 == 0 ? Outcomes.Ok : Outcomes.Error))];

    private Task<AppendResult> SendAsync(ulong number, Hash32 previous)
    {
        MeteredEvent[] events = [Event($"batch {number}", model: 2)];
        return _data.Usage!.AppendAsync(Append(events, Batch(number, previous, events)));
    }

    private RestoredUsage Restore(Action<string>? onPoint = null) =>
        new UsageFromArchives(_data.Paths, TestBooks.Deployment, _settled, (statement, _) => (DigestOf(statement), null), _ => { }) { OnPoint = onPoint ?? (_ => { }) }.Run(CancellationToken.None);

    private List<SettledBatch> Settled(ulong epoch, ulong number) => _data.Usage!.Batch(Gateway, number) is { } batch
        ? [new SettledBatch(epoch, Gateway, number, batch.Signed.Statement.Root, batch.Signed.Statement.Count)]
        : throw new InvalidOperationException();

    private List<SettledUsage> SettledAll() =>
        [.. Enumerable.Range(1, 3).Select(epoch => new SettledUsage((ulong)epoch, 50, [.. Settled((ulong)epoch, 2 * (ulong)epoch - 1), .. Settled((ulong)epoch, 2 * (ulong)epoch)]))];

    private async Task FillAsync()
    {
        AddGateway("first", Gateway);
        AddGateway("second", TestBooks.Account(6));
        await _data.FillAsync();
        _settled = SettledAll();
    }

    private void AddGateway(string name, Address address)
    {
        using var store = GatewayStore.Open(_data.Paths.Usage, TestBooks.Deployment);
        store.Add(name, Keccak256.HashText(name), address, GatewayScopes.Send, 0, 0, _data.Time.GetUtcNow());
    }

    private async Task ArchiveAllAsync()
    {
        await FillAsync();
        await CountAsync();
        _data.Time.Advance(TimeSpan.FromDays(5));
        await ArchiveAsync();
    }

    /// <summary>Events go once they are in the sums on disk: a restart writes them.</summary>
    private async Task CountAsync()
    {
        Reopen();
        await _data.Usage!.ReleaseAsync(new HeldGroup(default, 0, Hold.AheadOfTime, 0, 0, 0));
    }

    private async Task ArchiveAsync()
    {
        await CountAsync();
        while (Step())
        {
        }
    }

    private bool Step() => new UsageRetention(_data.Paths, _data.Time, Small).Step(Keep, long.MaxValue);

    private void Reopen()
    {
        _data.Close();
        _data.Open();
    }

    private void Lose()
    {
        _data.Close();
        foreach (var file in Directory.EnumerateFiles(_data.Paths.Folder, "usage.sqlite*").ToList()) File.Delete(file);
    }

    private int Uses(byte model) => (int)_data.Usage!.Rollups(new ModelId(TestBooks.Word(model))).Sum(row => (long)row.Sums.Uses);

    /// <summary>All that a journal says: events, seals, batches and sums.</summary>
    private Seen Look()
    {
        var usage = _data.Usage!;
        var events = new UsageArchives(_data.Paths.Usage, _data.Paths.Archive).Rows(1, long.MaxValue).Select(row => (row.Position, row.Gateway, row.Batch, Hex.Encode(row.Body.Span))).ToDictionary(row => row.Position);
        foreach (var e in usage.Events(0, 1000)) events.TryAdd(e.Position, (e.Position, e.Gateway, e.Batch, Hex.Encode(EventBody.Encode(e.Event))));
        var rows = events.Values.OrderBy(row => row.Position).Select(row => row.ToString());
        var seals = Enumerable.Range(1, (int)usage.Sealed.Position).Select(position => usage.SealOf(position)?.ToString());
        var batches = usage.Batches(0, long.MaxValue).Select(batch => $"{batch.Id} {batch.FirstPosition} {batch.Signed.Statement} {batch.Signed.Digest} {Hex.Encode(batch.Signed.Signature.Span)}");
        var sums = new byte[] { 1, 2, 9 }.SelectMany(model => usage.Rollups(new ModelId(TestBooks.Word(model)))).Select(row => $"{row.Key} {row.Sums.Uses} {row.Sums.Signed} {row.Sums.Units} {row.Sums.Successes} {row.Sums.Trials} {Hex.Encode(row.Sums.Consumers.Encode())}");
        return new Seen(string.Join('\n', rows), string.Join('\n', seals), string.Join('\n', batches), string.Join('\n', sums), $"{string.Join(' ', usage.Held())} {usage.Totals.Events}");
    }

    private sealed record Seen(string Rows, string Seals, string Batches, string Sums, string Held)
    {
        public string[] Events => Rows.Split('\n');
    }
}
