using Microsoft.Data.Sqlite;

namespace OpenSettle.Storage.Sqlite;

/// <summary>A database as it lies on disk.</summary>
/// <param name="Newest">The version of tables that this program writes.</param>
public sealed record DatabaseStatus(string File, int Version, int Newest, long Bytes, long WalBytes, long PageSize, long Pages, long FreePages);

/// <summary>What is in the books. What their version does not have yet is null.</summary>
public sealed record BooksStatus(
    DatabaseStatus Database, string? Deployment, ulong? Block, ulong? FinalBlock, long? Logs, long? Payments, long? LedgerEntries, long? Models, long? Epochs, string? LatestEpoch, long? OpenTransactions);

/// <summary>What is in the usage file. What its version does not have yet is null.</summary>
/// <param name="Chain">The last seal's hash.</param>
/// <param name="Events">Events that lie in it; archives have others.</param>
public sealed record UsageStatus(
    DatabaseStatus Database, string? Deployment, long Position, string? Chain, long? Events, long? Batches, long? Held, long? Conflicts, long? Segments, long? Rollups, long? RolledPosition,
    long? Gateways, long Archives, long ArchivedEvents, long ArchiveBytes);

/// <summary>A data folder, looked at without changing anything.</summary>
/// <param name="FreeBytes">Room on the disk that it lies on; null for a server, which may be anywhere.</param>
public sealed record DataStatus(string Folder, long? FreeBytes, BooksStatus? Books, UsageStatus? Usage)
{
    /// <summary>Reads what there is; a file that is not there is null.</summary>
    public static DataStatus Read(DataPaths paths)
    {
        if (!Directory.Exists(paths.Folder)) throw new StorageException(StorageErrorKind.CannotOpen, $"{paths.Folder}: there is no such folder. Set dataDir to the folder of a node's data.");
        var free = new DriveInfo(paths.Folder).AvailableFreeSpace;
        return new DataStatus(paths.Folder, free, Look(paths.Books, ReadBooks), Look(paths.Usage, ReadUsage));
    }

    private static BooksStatus ReadBooks(string file, SqliteConnection connection)
    {
        var counts = new Tables(connection);
        var epoch = counts.Text("epochs", "SELECT number || ' ' || state FROM epochs ORDER BY number DESC LIMIT 1")?.Split(' ');
        return new BooksStatus(
            Database(file, connection, Schema.Steps.Count), counts.Deployment(),
            (ulong?)counts.Number("chain_cursor", "SELECT block FROM chain_cursor"), (ulong?)counts.Number("journal_cursor", "SELECT final_block FROM journal_cursor"),
            counts.Count("journal_logs"), counts.Count("payments"), counts.Number("ledger_entries", "SELECT coalesce(max(seq), 0) FROM ledger_entries"),
            counts.Number("registry_facts", "SELECT count(DISTINCT model) FROM registry_facts"), counts.Count("epochs"),
            epoch is [var number, var state] ? $"{number} is {Enum.Parse<EpochState>(state).ToString().ToLowerInvariant()}" : null,
            counts.Number("outbox", "SELECT count(*) FROM outbox WHERE state < 3"));
    }

    private static UsageStatus ReadUsage(string file, SqliteConnection connection)
    {
        var counts = new Tables(connection);
        var archives = UsageArchive.List(SqliteEngine.Session(connection));
        return new UsageStatus(
            Database(file, connection, UsageSchema.Steps.Count), counts.Deployment(),
            counts.Number("usage_seals", "SELECT coalesce(max(position), 0) FROM usage_seals") ?? 0,
            counts.Text("usage_seals", "SELECT '0x' || lower(hex(chain)) FROM usage_seals ORDER BY position DESC LIMIT 1"),
            counts.Count("usage_events"), counts.Count("usage_batches"), counts.Count("usage_held"), counts.Count("usage_conflicts"), counts.Count("usage_segments"), counts.Count("usage_rollups"),
            counts.Number("usage_rolled", "SELECT position FROM usage_rolled"), counts.Count("gateways"),
            archives.Count, archives.Sum(archive => archive.Last - archive.First + 1), archives.Sum(archive => archive.Bytes));
    }

    private static T? Look<T>(string file, Func<string, SqliteConnection, T> look)
        where T : class
    {
        if (!File.Exists(file)) return null;
        try
        {
            using var reader = SqliteFile.Connect(file, SqliteOpenMode.ReadOnly);
            return SqliteFile.InTransaction(reader, "BEGIN", () => look(file, reader));
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(file, e);
        }
        finally
        {
            SqliteFile.CloseReaders(file);
        }
    }

    private static DatabaseStatus Database(string file, SqliteConnection connection, int newest)
    {
        long Pragma(string name) => Convert.ToInt64(SqliteFile.Scalar(connection, $"PRAGMA {name}"), System.Globalization.CultureInfo.InvariantCulture);
        var wal = new FileInfo(file + "-wal");
        return new DatabaseStatus(file, SqliteFile.Version(connection), newest, new FileInfo(file).Length, wal.Exists ? wal.Length : 0, Pragma("page_size"), Pragma("page_count"), Pragma("freelist_count"));
    }

    /// <summary>Asks tables that an older file may not have.</summary>
    private sealed class Tables(SqliteConnection connection)
    {
        private readonly HashSet<string> _names = [.. SqliteEngine.Session(connection).Query("SELECT name FROM sqlite_master WHERE type = 'table'", row => row.GetString(0))];

        public string? Deployment() => _names.Contains("meta") ? SqliteEngine.Session(connection).Meta.GetText("deployment") : null;

        public long? Count(string table) => Number(table, $"SELECT count(*) FROM {table}");

        public long? Number(string table, string sql) => _names.Contains(table) ? SqliteEngine.Session(connection).Single(sql, row => (long?)row.GetInt64(0)) : null;

        public string? Text(string table, string sql) => _names.Contains(table) ? SqliteEngine.Session(connection).Single(sql, row => row.GetString(0)) : null;
    }
}
