using Microsoft.Data.Sqlite;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>How much goes into a file, and how much of the journal is dropped in one transaction.</summary>
public sealed record RetentionOptions
{
    /// <summary>Events in an archive, but for the last seal's.</summary>
    public long EventsInArchive { get; init; } = 262_144;

    /// <summary>Fewer than those are archived once they are older than the time to keep by this.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromDays(1);

    public int DroppedAtOnce { get; init; } = 2_000;
}

/// <summary>
/// Moves older events out of the journal. A file is whole and on disk, and was read back, before the journal names it, and the
/// journal names it before it drops the first of its events: ended anywhere, nothing is lost, and what is twice for a while is
/// read once. Events that wait stay in the journal until they are released. Beside the file lies what its rows name, so that a
/// journal that was lost is made anew from both: see <see cref="ArchiveStatements"/>.
/// </summary>
public sealed class UsageRetention(DataPaths paths, TimeProvider time, RetentionOptions? options = null)
{
    private readonly RetentionOptions _options = options ?? new RetentionOptions();

    /// <summary>For tests: called between any two steps.</summary>
    internal Action<string> OnPoint { get; init; } = static _ => { };

    /// <summary>Does the next piece of work. Whether there was any.</summary>
    /// <param name="keep">How long events stay in the journal, by the time they came.</param>
    /// <param name="upTo">The last position that may go: what lies behind it is settled for good.</param>
    public bool Step(TimeSpan keep, long upTo)
    {
        try
        {
            using var connection = SqliteCopy.Unpooled(paths.Usage, SqliteOpenMode.ReadWrite);
            SqliteFile.Execute(connection, "PRAGMA synchronous = FULL");
            if (Drop(connection) > 0) return true;
            if (Next(connection, keep, upTo) is not { } next) return AddStatements(connection);
            var archive = Write(connection, next);
            SqliteFile.InTransaction<object?>(connection, "BEGIN IMMEDIATE", () =>
            {
                archive.Add(SqliteEngine.Session(connection));
                return null;
            });
            OnPoint("recorded");
            return true;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw SqliteFile.Translate(paths.Archive, e);
        }
    }

    private int Drop(SqliteConnection connection)
    {
        var dropped = SqliteFile.InTransaction(connection, "BEGIN IMMEDIATE", () => SqliteEngine.Session(connection).Execute(
            """
            DELETE FROM usage_events WHERE position IN (
                SELECT position FROM usage_events
                WHERE position <= (SELECT max(last_position) FROM usage_archives) AND position NOT IN (SELECT position FROM usage_held)
                ORDER BY position LIMIT ?1)
            """,
            (long)_options.DroppedAtOnce));
        if (dropped > 0) OnPoint("dropped");
        return dropped;
    }

    /// <summary>Writes what an archive's rows name beside one that does not have it yet: older programs did not.</summary>
    private bool AddStatements(SqliteConnection connection)
    {
        var archives = SqliteFile.InTransaction(connection, "BEGIN", () => UsageArchive.List(SqliteEngine.Session(connection)));
        var lacking = archives.FirstOrDefault(archive => File.Exists(Path.Combine(paths.Archive, archive.Name)) && !File.Exists(StatementsOf(archive)));
        if (lacking is not null) WriteStatements(connection, lacking);
        return lacking is not null;
    }

    private void WriteStatements(SqliteConnection connection, UsageArchive archive)
    {
        SqliteFile.InTransaction(connection, "BEGIN", () => ArchiveStatements.Of(SqliteEngine.Session(connection), archive)).Write(StatementsOf(archive));
        OnPoint("stated");
    }

    private string StatementsOf(UsageArchive archive) => Path.Combine(paths.Archive, ArchiveStatements.NameOf(archive.Name));

    /// <summary>The next events that can go: whole seals, all of them old enough, settled and counted.</summary>
    private Range? Next(SqliteConnection connection, TimeSpan keep, long upTo) => SqliteFile.InTransaction(connection, "BEGIN", () =>
    {
        var session = SqliteEngine.Session(connection);
        var last = UsageArchive.List(session) is { Count: > 0 } archives ? archives[^1] : null;
        var (first, before) = ((last?.Last ?? 0) + 1, last?.Chain ?? Hash32.Zero);
        var now = time.GetUtcNow();
        var newest = (now - keep).ToUnixTimeMilliseconds();
        var rolled = session.Single("SELECT position FROM usage_rolled", row => row.GetInt64(0));
        var seals = session.Query(
            "SELECT position, received, chain FROM usage_seals WHERE position >= ?1 AND position <= ?2 AND received < ?3 ORDER BY position LIMIT ?4",
            row => new Seal(row.GetInt64(0), row.GetInt64(1), row.Word(2)), first, Math.Min(upTo, rolled), newest, _options.EventsInArchive);
        var full = seals.FindIndex(seal => seal.Position - first + 1 >= _options.EventsInArchive);
        if (full < 0 && (seals.Count == 0 || seals[0].Received >= (now - keep - _options.LongestWait).ToUnixTimeMilliseconds())) return null;
        return new Range(first, before, full < 0 ? seals : seals.GetRange(0, full + 1));
    });

    private UsageArchive Write(SqliteConnection connection, Range range)
    {
        Directory.CreateDirectory(paths.Archive);
        var name = UsageArchive.NameOf(range.First, range.Last);
        var path = Path.Combine(paths.Archive, name);
        using (var writer = new ArchiveWriter(path + ".partial", range.First, range.Before))
        {
            SqliteFile.InTransaction<object?>(connection, "BEGIN", () =>
            {
                SqliteEngine.Session(connection).Each(
                    "SELECT position, gateway, batch, body FROM usage_events WHERE position >= ?1 AND position <= ?2 ORDER BY position",
                    row => writer.Add(new JournalBytes(row.GetInt64(0), row.GetInt32(1), row.GetInt64(2), row.Bytes(3))), range.First, range.Last);
                return null;
            });
            foreach (var seal in range.Seals) writer.Add(seal);
            writer.Finish();
        }

        OnPoint("written");
        var (bytes, hash) = FileCopy.Sum(path + ".partial");
        var archive = new UsageArchive(range.First, range.Last, name, bytes, Hash32.Parse("0x" + hash), range.Before, range.Seals[^1].Chain);
        // Read back before anything is dropped: each seal has to be what the rows give.
        using (var reader = ArchiveReader.Open(path + ".partial", archive)) reader.Verify();
        if (File.Exists(path) && FileCopy.Sum(path) != (bytes, hash))
            throw new StorageException(StorageErrorKind.CannotOpen, $"{path} is there already, and has other events: it is of a journal that was lost. Put it aside and keep it, with the file of statements beside it; 'opensettle rebuild' restores from it.");
        WriteStatements(connection, archive);
        File.Move(path + ".partial", path, overwrite: true);
        OnPoint("named");
        FolderFlush.Flush(paths.Archive);
        return archive;
    }

    private sealed record Range(long First, Hash32 Before, IReadOnlyList<Seal> Seals)
    {
        public long Last => Seals[^1].Position;
    }
}
