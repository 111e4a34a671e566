using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Tests;

public sealed class UsageRetentionTests : IDisposable
{
    private static readonly RetentionOptions Small = new() { EventsInArchive = 40, DroppedAtOnce = 7 };
    private static readonly TimeSpan Keep = TimeSpan.FromDays(1);

    private readonly TestData _data = new();

    private UsageArchives Archives => new(_data.Paths.Usage, _data.Paths.Archive);

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Retention_OfOldEvents_KeepsEachOnceAndFindsAllOfThem()
    {
        await FillAsync();
        var before = _data.Usage!.Events(0, 1000);
        while (Step()) AssertEachOnce(before);
        var archived = Archives.List();
        Assert.True(archived.Count > 1);
        Assert.Equal(150, archived[^1].Last);
        // What waits stays until it is released.
        Assert.Equal(6, _data.Usage.Events(0, 1000).Count);
        await _data.Usage.ReleaseAsync(Assert.Single(_data.Usage.Held()));
        Assert.True(Step());
        Assert.Empty(_data.Usage.Events(0, 1000));
        AssertEachOnce(before);
        _data.Close();
        using (var journal = SqliteUsage.Open(_data.Paths.Usage, TestBooks.Deployment, _data.Time, TestUsage.Small with { ArchiveFolder = _data.Paths.Archive }))
        {
            // With the archives the journal is what it was.
            Assert.Equal(before, journal.Events(0, 1000));
            Assert.Equal(before.Skip(35).Take(50), journal.Events(35, 50));
            foreach (var e in before) Assert.Equal(e, await journal.FindAsync(e.Event.Source, e.Event.Id));
            Assert.Null(await journal.FindAsync("urn:gateway:a", "nobody"));
        }

        _data.Open();
        Assert.Equal(150, _data.Usage!.Sealed.Position);
        await _data.Usage.AppendAsync(TestUsage.Append([TestUsage.Event("after")]));
        Assert.Equal(151, _data.Usage.Sealed.Position);
        _data.AssertWhole();
    }

    [Fact]
    public async Task Retention_OfWhatIsYoungOrNotSettled_KeepsIt()
    {
        await FillAsync();
        Assert.False(Step(TimeSpan.FromDays(100)));
        Assert.False(Step(Keep, upTo: 14));
        Assert.True(Step(Keep, upTo: 45));
        // A seal goes whole or not at all.
        Assert.Equal(40, Assert.Single(Archives.List()).Last);
        while (Step(Keep, upTo: 45))
        {
        }

        Assert.Equal(40, Assert.Single(Archives.List()).Last);
    }

    [Fact]
    public async Task Retention_OfFewEvents_WaitsForMoreButNotForEver()
    {
        await _data.FillAsync(1);
        await SettleAsync();
        _data.Time.Advance(Keep + TimeSpan.FromHours(1));
        Assert.False(Step());
        _data.Time.Advance(TimeSpan.FromDays(1));
        Assert.True(Step());
        Assert.Equal(25, Assert.Single(Archives.List()).Last);
    }

    [Fact]
    public async Task Retention_KilledAtAnyPoint_LosesNothingAndHasNothingTwice()
    {
        await FillAsync();
        var before = _data.Usage!.Events(0, 1000);
        var kills = new Random(3);
        var points = new HashSet<string>(StringComparer.Ordinal);
        for (var more = true; more;)
        {
            var at = kills.Next(5);
            var killed = new UsageRetention(_data.Paths, _data.Time, Small)
            {
                OnPoint = point =>
                {
                    points.Add(point);
                    if (at-- == 0) throw new InvalidOperationException(point);
                },
            };
            try
            {
                while (more) more = killed.Step(Keep, long.MaxValue);
            }
            catch (InvalidOperationException)
            {
                _data.Close();
                _data.Open();
            }

            AssertEachOnce(before);
        }

        Assert.Equal(["dropped", "named", "recorded", "stated", "written"], points.Order());
        _data.AssertWhole();
    }

    [Fact]
    public async Task Backup_OfArchivedUsage_BringsItsFiles()
    {
        await FillAsync();
        var before = _data.Usage!.Events(0, 1000);
        while (Step())
        {
        }

        new Backup(_data.Paths, _data.Time, _ => { }).Run(_data.Beside("backup"), CancellationToken.None);
        Directory.Delete(_data.Paths.Archive, recursive: true);
        Assert.Contains(_data.Check(), result => result.Name == "usage archives" && result.Problem?.Contains("missing", StringComparison.Ordinal) == true);
        _data.Close();
        new Restore(_data.Paths, _data.Time, _ => { }).Run(_data.Beside("backup"), replace: true, null);
        _data.AssertWhole();
        _data.Open();
        AssertEachOnce(before);
        _data.Close();
        Assert.Equal(7, DataCheck.Rebuild(_data.Paths, _ => { }).Rollups + 2);
        _data.AssertWhole();
    }

    [Fact]
    public async Task Archive_WithAnyByteChanged_IsFoundOut()
    {
        await FillAsync();
        while (Step())
        {
        }

        var archive = Archives.List()[0];
        var path = Path.Combine(_data.Paths.Archive, archive.Name);
        var whole = await File.ReadAllBytesAsync(path);
        for (var at = 0; at < whole.Length; at += 3)
        {
            var bytes = whole.ToArray();
            bytes[at] ^= 0x10;
            await File.WriteAllBytesAsync(path, bytes);
            Assert.Contains(_data.Check(), result => result.Name == "usage archives" && result.Problem is not null);
        }

        foreach (var length in new[] { 0, 10, whole.Length / 2, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(path, whole[..length]);
            Assert.Throws<StorageException>(() => Archives.Open(archive));
        }
    }

    private async Task FillAsync()
    {
        await _data.FillAsync();
        await SettleAsync();
        _data.Time.Advance(TimeSpan.FromDays(5));
    }

    /// <summary>Events go once they are in the sums on disk: a restart writes them.</summary>
    private async Task SettleAsync()
    {
        _data.Close();
        _data.Open();
        await _data.Usage!.ReleaseAsync(new HeldGroup(default, 0, Hold.AheadOfTime, 0, 0, 0));
    }

    private bool Step(TimeSpan? keep = null, long upTo = long.MaxValue) => new UsageRetention(_data.Paths, _data.Time, Small).Step(keep ?? Keep, upTo);

    /// <summary>Each event is found by its identity, and is in the archives or in the journal after them.</summary>
    private void AssertEachOnce(IReadOnlyList<JournaledEvent> events)
    {
        var archived = Archives.List() is { Count: > 0 } list ? list[^1].Last : 0;
        var rows = Archives.Rows(1, long.MaxValue).Select(row => new JournaledEvent(row.Position, row.Gateway, row.Batch, EventBody.Decode(row.Body.Span)))
            .Concat(_data.Usage!.Events(archived, 1000));
        Assert.Equal(events, rows);
        foreach (var e in events.Where(e => e.Position <= archived)) Assert.Equal(e.Position, Archives.Find(e.Event.Identity())?.Position);
        Assert.Null(Archives.Find(Hash32.Zero));
        Assert.Equal(events.Where(e => e.Position is >= 3 and <= 5 && e.Position <= archived).Select(e => e.Position), Archives.Rows(3, 5).Select(row => row.Position));
    }
}
