using System.Data.Common;
using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// The usage in one SQLite file of its own, so that taking it never waits for the books' long commits, nor they for it. One
/// thread writes: it takes whatever waits, commits all of it at once, and then answers. Reads are on snapshots.
/// </summary>
public sealed class SqliteUsage : UsageReads, IUsageJournal
{
    private readonly string _file;
    private readonly SqliteConnection _connection;
    private readonly UsageWriter _writer;
    private readonly UsageArchives? _archives;

    private SqliteUsage(string file, SqliteConnection connection, UsageWriter writer, UsageOptions options)
    {
        (_file, _connection, _writer) = (file, connection, writer);
        _archives = options.ArchiveFolder is { } folder ? new UsageArchives(file, folder) : null;
    }

    public Seal Sealed => _writer.Sealed;

    public UsageTotals Totals => _writer.Totals;

    public long Bytes => SqliteFile.SizeOf(_file);

    /// <summary>All work on the file is the writer's: what goes wrong there is told to whoever sends.</summary>
    public string? Trouble => null;

    /// <inheritdoc cref="SqliteFile.OpenWriter"/>
    public static SqliteUsage Open(string file, DeploymentId deployment, TimeProvider time, UsageOptions? options = null)
    {
        var connection = UsageSchema.OpenWriter(file, deployment);
        SqliteFile.Execute(connection, $"PRAGMA wal_autocheckpoint = {WalCheckpoint.WriterPages}");
        try
        {
            var all = options ?? new UsageOptions();
            return new SqliteUsage(file, connection, UsageWriter.Start(file, connection, time, all), all);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw SqliteFile.Translate(file, e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public Task<AppendResult> AppendAsync(UsageAppend append) => _writer.AppendAsync(append);

    public async Task<JournaledEvent?> FindAsync(string source, string id)
    {
        var identity = EventIdentity.Of(System.Text.Encoding.UTF8.GetBytes(source), System.Text.Encoding.UTF8.GetBytes(id));
        var position = await _writer.RunAsync(commit => commit.Find(identity)).ConfigureAwait(false);
        // One that was moved out of the journal may still be known by its id, or not any more.
        if (position > 0 && Events(position - 1, 1) is [var found] && found.Position == position) return found;
        return _archives?.Find(identity) is { } archived ? ToEvent(archived) : null;
    }

    public IReadOnlyList<JournaledEvent> Events(long after, int most)
    {
        // One snapshot of both: what is archived meanwhile is in this journal.
        var (archived, events) = Read(session =>
        {
            var archives = _archives is null ? [] : UsageArchive.List(session);
            var last = archives.Count == 0 ? 0 : archives[^1].Last;
            return (archives.Where(archive => archive.Last > after).ToList(), session.Query(
                "SELECT position, gateway, batch, body FROM usage_events WHERE position > ?1 ORDER BY position LIMIT ?2", ToEvent, Math.Max(after, last), (long)most));
        });
        if (_archives is null || archived.Count == 0) return events;
        return [.. _archives.Rows(archived, after + 1, long.MaxValue).Select(ToEvent).Concat(events).Take(most)];
    }

    public IReadOnlyList<(ModelId Model, ulong Events)> Unsigned(long after, long upTo) => Read(session => session.Query(
        // The model's place in the bytes of an event: see EventBody.
        "SELECT substr(body, 3, 32) AS model, count(*) FROM usage_events WHERE position > ?1 AND position <= ?2 AND batch = 0 GROUP BY model ORDER BY model",
        row => (row.Model(0), row.Number(1)), after, upTo));

    public async Task<long> ReleaseAsync(HeldGroup group)
    {
        // A part at a time: what comes meanwhile does not wait for all of it.
        const int Most = 5_000;
        long released = 0;
        while (await _writer.RunAsync(commit => commit.Release(group, Most)).ConfigureAwait(false) is > 0 and var more) released += more;
        return released;
    }

    public IReadOnlyList<(RollupKey Key, RollupSums Sums)> Rollups(ModelId model, uint firstDay = 0, uint lastDay = uint.MaxValue) =>
        _writer.Rollups.Read(() => Read(session => RollupTable.List(session, model, firstDay, lastDay)), model, firstDay, lastDay);

    public void Dispose()
    {
        _writer.Dispose();
        SqliteFile.CloseReaders(_file);
    }

    /// <summary>For tests: a setting of the writing connection.</summary>
    internal Task<bool> PragmaAsync(string pragma) => RunAsync(() => SqliteFile.Execute(_connection, $"PRAGMA {pragma}"));

    /// <summary>For tests: something in the writer's turn.</summary>
    internal Task<bool> RunAsync(Action work) => _writer.RunAsync(_ =>
    {
        work();
        return true;
    });

    private static JournaledEvent ToEvent(JournalBytes row) => new(row.Position, row.Gateway, row.Batch, EventBody.Decode(row.Body.Span));

    private static JournaledEvent ToEvent(DbDataReader row) => new(row.GetInt64(0), row.GetInt32(1), row.GetInt64(2), EventBody.Decode(row.Bytes(3)));

    private protected override T Read<T>(Func<BooksSession, T> work)
    {
        try
        {
            using var reader = SqliteFile.Connect(_file, SqliteOpenMode.ReadOnly);
            return SqliteFile.InTransaction(reader, "BEGIN", () => work(SqliteEngine.Session(reader)));
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(_file, e);
        }
    }
}
