using Microsoft.Data.Sqlite;
using Npgsql;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Postgres;

/// <summary>What was copied.</summary>
/// <param name="Digest">Of the books, on both sides.</param>
/// <param name="Position">Up to where usage was copied.</param>
/// <param name="Chain">The seal's hash there, on both sides.</param>
public sealed record CopyReport(string From, string To, ulong? Block, string Digest, long Position, string Chain, IReadOnlyList<CopiedTable> Tables);

/// <summary>How much of a table there was.</summary>
public sealed record CopiedTable(string Table, long Rows);

/// <summary>
/// Takes a node from its files to PostgreSQL, while it does not run: the files are checked, all of them is copied in one transaction, and what came
/// out is checked and compared before it is committed. Broken off at any point, nothing is there; the files are left as they are.
/// </summary>
public sealed class PostgresCopy(DataPaths from, string to, TimeProvider time, Action<string> tell)
{
    private const long ToldEvery = 1_000_000;

    // Numbers that the database gives, and from where they go on.
    private static readonly (string Table, string Column)[] Numbered =
        [("outbox", "id"), ("attestation_contents", "seq"), ("offchain_attestations", "seq"), ("gateways", "id"), ("usage_conflicts", "id"), ("ledger_entries", "seq")];

    private readonly List<CopiedTable> _tables = [];

    /// <param name="readBundle">Reads a bundle, and throws where it is missing or has another hash.</param>
    /// <exception cref="StorageException">The files do not hold together, or something is there already.</exception>
    public async Task<CopyReport> RunAsync(Func<Hash32, Bundle> readBundle, CancellationToken cancellation)
    {
        // Brings the files to this program's tables, and writes out what a node keeps in memory.
        await Migration.RunAsync(from, time, cancellation).ConfigureAwait(false);
        using var alone = DataLock.ForWriting(from);
        tell("checking the files …");
        if (new DataCheck(from, readBundle, Told, _ => cancellation.ThrowIfCancellationRequested()).Run().FirstOrDefault(result => result.Problem is not null) is { } wrong)
            throw new StorageException(StorageErrorKind.Inconsistent, $"{from.Folder} does not hold together, and was not copied: {wrong.Name}: {wrong.Problem}.");
        var deployment = Migration.DeploymentOf(from.Books);
        using var place = PostgresPlace.Open(to, deployment, "opensettle db copy");
        try
        {
            using var books = SqliteCopy.Unpooled(from.Books, SqliteOpenMode.ReadOnly);
            using var usage = SqliteCopy.Unpooled(from.Usage, SqliteOpenMode.ReadOnly);
            using var target = place.Connect();
            return PostgresPlace.InTransaction(target, "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '10s'", () => Copy(place, books, usage, target, cancellation));
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Translate(from.Folder, e);
        }
        catch (Exception e) when (PostgresBooks.IsServers(e))
        {
            throw place.Translate(e);
        }
    }

    private CopyReport Copy(PostgresPlace place, SqliteConnection books, SqliteConnection usage, NpgsqlConnection target, CancellationToken cancellation)
    {
        RequireEmpty(place, target);
        _tables.Clear();
        PostgresPlace.Execute(target, "DELETE FROM meta");
        foreach (var table in BooksTables(target)) CopyTable(books, target, table, cancellation);
        var meta = new BooksSession(new PostgresEngine(target)).Meta;
        var said = SqliteEngine.Session(usage);
        foreach (var (key, value) in said.Query("SELECT key, value FROM meta", row => (row.GetString(0), row.Bytes(1)))) meta.Set(key, value);
        foreach (var table in new[] { "gateways", "usage_seals", "usage_batches", "usage_held", "usage_conflicts", "usage_settled", "usage_streams", "usage_rollups" }) CopyTable(usage, target, table, cancellation);
        _tables.Add(new CopiedTable("usage_events", new UsageCopy(from, said, target, Told, cancellation).Run()));
        foreach (var (table, column) in Numbered) GoOnAfter(table is "gateways" or "usage_conflicts" ? usage : books, target, table, column);
        PostgresPlace.Execute(target, "ANALYZE payments, ledger_entries, ledger_accounts, journal_logs, usage_events");
        return Compare(place, books, said, target, cancellation);
    }

    private CopyReport Compare(PostgresPlace place, SqliteConnection books, BooksSession usage, NpgsqlConnection target, CancellationToken cancellation)
    {
        tell("checking what was copied …");
        if (SchemaLook.Check(target, readBundle: null, Told, _ => cancellation.ThrowIfCancellationRequested()).FirstOrDefault(result => result.Problem is not null) is { } wrong)
            throw new StorageException(StorageErrorKind.Inconsistent, $"{place.Name}: what was copied does not hold together, and nothing was kept: {wrong.Name}: {wrong.Problem}.");
        var session = new BooksSession(new PostgresEngine(target));
        var (before, after) = (SqliteFile.InTransaction(books, "BEGIN", () => BooksDigest.Of(SqliteEngine.Session(books))), BooksDigest.Of(session));
        if (before.All != after.All)
        {
            var other = before.Parts.Zip(after.Parts).First(pair => pair.First != pair.Second).First.Part;
            throw new StorageException(StorageErrorKind.Inconsistent, $"{place.Name}: the books that were copied have another digest than the files ({other} differs). Nothing was kept.");
        }

        const string LastSeal = "SELECT position, received, chain FROM usage_seals ORDER BY position DESC LIMIT 1";
        static Usage.Seal Seal(System.Data.Common.DbDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.Word(2));
        var seal = usage.Single(LastSeal, Seal) ?? Usage.Seal.Start;
        if (seal != (session.Single(LastSeal, Seal) ?? Usage.Seal.Start)) throw new StorageException(StorageErrorKind.Inconsistent, $"{place.Name}: the usage that was copied ends with another seal than the file's. Nothing was kept.");
        return new CopyReport(from.Folder, place.Name, session.Chain.Cursor()?.Block, after.All, seal.Position, seal.Chain.ToString(), [.. _tables.Where(table => table.Rows > 0)]);
    }

    private void Told(CheckResult result) => tell($"  {(result.Problem is null ? "ok   " : "WRONG")} {result.Name}: {result.Seen}{(result.Problem is null ? string.Empty : $": {result.Problem}")}");

    private void Told(string table, long rows) => tell($"  {table}: {rows}");

    private static void RequireEmpty(PostgresPlace place, NpgsqlConnection target)
    {
        // Whoever else would write has to wait, and then finds what was copied.
        PostgresPlace.Execute(target, "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' books', 0)); LOCK TABLE usage_head IN EXCLUSIVE MODE");
        foreach (var table in new[] { "journal_blocks", "chain_cursor", "outbox", "gateways", "usage_seals" })
        {
            using var look = new NpgsqlCommand($"SELECT EXISTS (SELECT 1 FROM {table})", target);
            if (look.ExecuteScalar() is true)
                throw new StorageException(StorageErrorKind.InUse, $"{place.Name} is not empty: {table} has rows. Set database to an empty one, or drop the schema {place.Schema} if nothing in it is needed.");
        }
    }

    /// <summary>All tables but those of usage, and of this engine; what others refer to comes first.</summary>
    private static List<string> BooksTables(NpgsqlConnection target)
    {
        using var list = new NpgsqlCommand(
            """
            SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            AND relname NOT LIKE 'usage\_%' AND relname NOT IN ('gateways', 'leases', 'schema_version') ORDER BY relname
            """, target);
        using var rows = list.ExecuteReader();
        var names = new List<string>();
        while (rows.Read()) names.Add(rows.GetString(0));
        return names;
    }

    private void CopyTable(SqliteConnection source, NpgsqlConnection target, string table, CancellationToken cancellation)
    {
        var columns = new List<string>();
        using (var list = PostgresPlace.Command(target, "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum", table))
        {
            using var rows = list.ExecuteReader();
            while (rows.Read()) columns.Add(rows.GetString(0));
        }

        PostgresPartitions.EnsureAll(target, table, () => Bounds(source, table));
        using var read = source.CreateCommand();
        read.CommandText = $"SELECT {string.Join(", ", columns.Select(column => $"\"{column}\""))} FROM {table}";
        using var row = read.ExecuteReader();
        long copied = 0;
        using (var copy = target.BeginBinaryImport($"COPY {table} ({string.Join(", ", columns.Select(column => $"\"{column}\""))}) FROM STDIN (FORMAT BINARY)"))
        {
            while (row.Read())
            {
                copy.StartRow();
                for (var i = 0; i < row.FieldCount; i++) PostgresBulk.Write(copy, row.GetValue(i));
                if (++copied % ToldEvery == 0) Told(table, copied);
                if (copied % 1_000 == 0) cancellation.ThrowIfCancellationRequested();
            }

            copy.Complete();
        }

        if (copied > 0) Told(table, copied);
        _tables.Add(new CopiedTable(table, copied));
    }

    private static (long First, long Last)? Bounds(SqliteConnection source, string table)
    {
        using var bounds = source.CreateCommand();
        bounds.CommandText = $"SELECT min({PostgresPartitions.ColumnOf(table)}), max({PostgresPartitions.ColumnOf(table)}) FROM {table}";
        using var row = bounds.ExecuteReader();
        return row.Read() && !row.IsDBNull(0) ? (row.GetInt64(0), row.GetInt64(1)) : null;
    }

    private static void GoOnAfter(SqliteConnection source, NpgsqlConnection target, string table, string column)
    {
        using var last = source.CreateCommand();
        last.CommandText = "SELECT seq FROM sqlite_sequence WHERE name = $table";
        last.Parameters.AddWithValue("$table", table);
        if (last.ExecuteScalar() is not long number || number < 1) return;
        PostgresPlace.Execute(target, $"SELECT setval({(table == "ledger_entries" ? "'ledger_entries_seq'" : $"pg_get_serial_sequence('{table}', '{column}')")}, $1)", number);
    }
}
