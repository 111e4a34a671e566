using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>One thing that was looked at.</summary>
/// <param name="Seen">How much there was to look at.</param>
/// <param name="Problem">The first difference, in words; null where there is none.</param>
public sealed record CheckResult(string Name, string Seen, string? Problem);

/// <summary>
/// Recomputes what a data folder's files say of one another. It only reads, each file on one snapshot, the books first: a node may
/// run meanwhile.
/// </summary>
/// <param name="paths">The data folder.</param>
/// <param name="readBundle">Reads a bundle, and throws where it is missing or has another hash.</param>
/// <param name="tell">Told each result as it comes, and progress.</param>
public sealed class DataCheck(DataPaths paths, Func<Hash32, Bundle> readBundle, Action<CheckResult> tell, Action<string> progress)
{
    private readonly List<CheckResult> _results = [];

    public IReadOnlyList<CheckResult> Run()
    {
        using var reading = DataLock.ForReading(paths);
        if (!File.Exists(paths.Books)) throw new StorageException(StorageErrorKind.CannotOpen, $"{paths.Folder}: there are no books here. Set dataDir to the folder of a node's data.");
        _results.Clear();
        IReadOnlyList<SettledEpoch> epochs = [];
        InFile("books", paths.Books, Schema.Steps.Count, session =>
        {
            var check = new BooksCheck(session);
            Try("ledger", check.Ledger);
            Try("journal", check.Journal);
            Try("payments", check.Payments);
            Try("revenue", check.Revenue);
            Try("settled revenue", check.SettledRevenue);
            Try("outbox", check.Outbox);
            Try("epochs", check.Epochs);
            Try("records", check.Records);
            Try("bundles", () => check.Bundles(readBundle, progress));
            epochs = session.Epochs.List(int.MaxValue);
        });
        InFile("usage", paths.Usage, UsageSchema.Steps.Count, session =>
        {
            var check = new UsageCheck(session, paths.Archive, progress);
            Try("usage archives", check.Archives);
            Try("usage chain", check.Chain);
            Try("usage batches", check.Batches);
            Try("usage held", check.Held);
            Try("usage conflicts", check.Conflicts);
            Try("usage ids", check.Ids);
            Try("usage rollups", check.Rollups);
            Try("usage cuts", () => check.Cuts(epochs));
        });
        return _results;
    }

    /// <summary>Writes rollups and revenue anew from what they are sums of, while no node runs. How many rows there are.</summary>
    public static (long Rollups, long Revenue) Rebuild(DataPaths paths, Action<string> progress)
    {
        using var alone = DataLock.ForWriting(paths);
        var deployment = Migration.DeploymentOf(paths.Books);
        var revenue = Write(paths.Books, Schema.Steps, session =>
        {
            session.Revenue.Rebuild();
            session.Settled.Fill();
            return session.Single("SELECT count(*) FROM revenue", row => row.GetInt64(0));
        });
        var rollups = Write(paths.Usage, UsageSchema.Steps, session => new UsageCheck(session, paths.Archive, progress).Rebuild());
        return (rollups, revenue);

        long Write(string file, IReadOnlyList<string> steps, Func<BooksSession, long> work)
        {
            try
            {
                using var connection = SqliteFile.OpenWriter(file, steps, deployment);
                return SqliteFile.InTransaction(connection, "BEGIN IMMEDIATE", () => work(SqliteEngine.Session(connection)));
            }
            catch (SqliteException e)
            {
                throw SqliteFile.Translate(file, e);
            }
        }
    }

    private void InFile(string name, string file, int newest, Action<BooksSession> work)
    {
        if (!File.Exists(file))
        {
            Take(new CheckResult($"{name} file", file, "it is missing: restore it from a backup"));
            return;
        }

        try
        {
            using var connection = SqliteFile.Connect(file, SqliteOpenMode.ReadOnly);
            SqliteFile.InTransaction<object?>(connection, "BEGIN", () =>
            {
                var session = SqliteEngine.Session(connection);
                if (session.Version() is var version && version != newest)
                {
                    Take(new CheckResult($"{name} file", file, $"its tables have version {version}, and this program checks {newest}: run 'opensettle db migrate', or the program that wrote it"));
                    return null;
                }

                Try($"{name} pages", () => Pages(session));
                Try($"{name} references", () => References(session));
                work(session);
                return null;
            });
        }
        catch (Exception e) when (e is SqliteException or StorageException)
        {
            Take(new CheckResult($"{name} file", file, e.Message));
        }
        finally
        {
            SqliteFile.CloseReaders(file);
        }
    }

    private static (string Seen, string? Problem) Pages(BooksSession session)
    {
        var pages = session.Single("PRAGMA page_count", row => row.GetInt64(0));
        var said = session.Query("PRAGMA integrity_check(1)", row => row.GetString(0));
        return ($"{pages} pages", said is ["ok"] ? null : $"SQLite says: {string.Join("; ", said)}");
    }

    private static (string Seen, string? Problem) References(BooksSession session)
    {
        var broken = session.Query("PRAGMA foreign_key_check", row => $"{row.GetString(0)} row {row.GetValue(1)} names a row of {row.GetString(2)} that is not there");
        return ("foreign keys", broken.FirstOrDefault());
    }

    /// <summary>A damaged file may fail in any way while it is read: that is what was found.</summary>
    private void Try(string name, Func<(string Seen, string? Problem)> check)
    {
        progress($"{name} …");
        try
        {
            var (seen, problem) = check();
            Take(new CheckResult(name, seen, problem));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Take(new CheckResult(name, "not read to the end", e.Message));
        }
    }

    private void Take(CheckResult said)
    {
        // What other libraries say may have several lines.
        var result = said with { Problem = said.Problem?.ReplaceLineEndings(" ") };
        _results.Add(result);
        tell(result);
    }
}
