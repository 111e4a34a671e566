using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// Recomputes what a data folder's files say of one another. It only reads, each file on one snapshot, the books first: a node may
/// run meanwhile.
/// </summary>
/// <param name="paths">The data folder.</param>
/// <param name="readBundle">Reads a bundle, and throws where it is missing or has another hash.</param>
/// <param name="tell">Told each result as it comes, and progress.</param>
public sealed class DataCheck(DataPaths paths, Func<Hash32, Bundle> readBundle, Action<CheckResult> tell, Action<string> progress)
{
    private CheckList _results = new(tell, progress);

    public IReadOnlyList<CheckResult> Run()
    {
        using var reading = DataLock.ForReading(paths);
        if (!File.Exists(paths.Books)) throw new StorageException(StorageErrorKind.CannotOpen, $"{paths.Folder}: there are no books here. Set dataDir to the folder of a node's data.");
        _results = new CheckList(tell, progress);
        IReadOnlyList<SettledEpoch> epochs = [];
        InFile("books", paths.Books, Schema.Steps.Count, session =>
        {
            new BooksCheck(session).Run(_results, readBundle, progress);
            epochs = session.Epochs.List(int.MaxValue);
        });
        InFile("usage", paths.Usage, UsageSchema.Steps.Count, session =>
        {
            var check = new UsageCheck(session, UsageArchive.List(session), paths.Archive, progress);
            check.Run(_results, () => Ids(session, check), epochs);
        });
        return _results.All;
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
        var rollups = Write(paths.Usage, UsageSchema.Steps, session => new UsageCheck(session, UsageArchive.List(session), paths.Archive, progress).Rebuild());
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
            _results.Take(new CheckResult($"{name} file", file, "it is missing: restore it from a backup"));
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
                    _results.Take(new CheckResult($"{name} file", file, $"its tables have version {version}, and this program checks {newest}: run 'opensettle db migrate', or the program that wrote it"));
                    return null;
                }

                _results.Try($"{name} pages", () => Pages(session));
                _results.Try($"{name} references", () => References(session));
                work(session);
                return null;
            });
        }
        catch (Exception e) when (e is SqliteException or StorageException)
        {
            _results.Take(new CheckResult($"{name} file", file, e.Message));
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

    private static (string Seen, string? Problem) Ids(BooksSession session, UsageCheck check)
    {
        using var index = session.Index();
        index.Load();
        return check.Ids(index.Has, $"{index.Segments} segments, up to position {index.Indexed}");
    }

    private static (string Seen, string? Problem) References(BooksSession session)
    {
        var broken = session.Query("PRAGMA foreign_key_check", row => $"{row.GetString(0)} row {row.GetValue(1)} names a row of {row.GetString(2)} that is not there");
        return ("foreign keys", broken.FirstOrDefault());
    }
}
