using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// For who makes a node's books anew: makes the usage file anew from archives, where it was lost, and holds it against what epochs
/// settled. Whoever calls it holds the data folder's lock.
/// </summary>
public sealed class UsageFromArchives(
    DataPaths paths, DeploymentId deployment, IReadOnlyList<SettledUsage> settled, StatementCheck check, Action<string> progress)
{
    private const string UnusedFolder = "unused";

    /// <summary>For tests: called between any two steps.</summary>
    internal Action<string> OnPoint { get; init; } = static _ => { };

    /// <summary>Killed at any point it can be run again, and comes to the same.</summary>
    /// <exception cref="StorageException">The usage file that is there is not the one from which the epochs took, or cannot be used.</exception>
    public RestoredUsage Run(CancellationToken cancellation)
    {
        try
        {
            var begun = File.Exists(paths.Usage) ? Begun() : Kept.Nothing;
            var restored = begun is null ? LookAt() : Build(begun, cancellation);
            return restored with { Unused = PutAside(restored.Unused) };
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw SqliteFile.Translate(paths.Usage, e);
        }
    }

    /// <summary>What a file has that nobody sent anything to yet: a node that was started on lost usage leaves one. Null where it has events.</summary>
    private Kept? Begun()
    {
        using var connection = UsageSchema.OpenWriter(paths.Usage, deployment);
        var session = SqliteEngine.Session(connection);
        if (session.Single("SELECT count(*) FROM usage_seals", row => row.GetInt64(0)) > 0) return null;
        // Nothing beside it: it is replaced alone.
        SqliteFile.Execute(connection, "PRAGMA journal_mode = DELETE");
        return new Kept(GatewayTable.Read(session), session.Meta.Get(GatewayTable.SaltKey));
    }

    private RestoredUsage LookAt()
    {
        progress($"{paths.Usage} is there: nothing is restored, and it is held against the epochs");
        using var connection = UsageSchema.OpenWriter(paths.Usage, deployment);
        return SqliteFile.InTransaction(connection, "BEGIN IMMEDIATE", () =>
        {
            var session = SqliteEngine.Session(connection);
            var (lost, cuts) = Settle(session);
            var last = session.Single("SELECT position, received, chain FROM usage_seals ORDER BY position DESC LIMIT 1", row => new Seal(row.GetInt64(0), row.GetInt64(1), row.Word(2)));
            return new RestoredUsage(WasThere: true, last ?? Seal.Start, [], 0, [], [], lost, cuts);
        });
    }

    private RestoredUsage Build(Kept kept, CancellationToken cancellation)
    {
        var partial = paths.Usage + ".partial";
        foreach (var companion in DataPaths.Companions.Append(string.Empty)) File.Delete(partial + companion);
        RestoredUsage restored;
        using (var connection = UsageSchema.OpenWriter(partial, deployment))
        {
            using var prepared = new PreparedStatements();
            restored = SqliteFile.InTransaction(connection, "BEGIN IMMEDIATE", () =>
            {
                var session = SqliteEngine.Session(connection, prepared);
                var archives = new ArchiveRestore(session, paths.Archive, deployment, settled, check, Tell);
                archives.Run(cancellation);
                var gateways = archives.Finish(kept.Gateways);
                if (kept.Salt is { } salt) session.Meta.Set(GatewayTable.SaltKey, salt);
                var (lost, cuts) = Settle(session);
                return new RestoredUsage(WasThere: false, archives.Sealed, archives.Archives, archives.Batches, gateways, archives.Unused, lost, cuts);
            });
            OnPoint("filled");
        }

        using (var connection = SqliteCopy.Unpooled(partial, SqliteOpenMode.ReadWrite))
        {
            // Nothing beside it: it is renamed alone.
            SqliteFile.Execute(connection, "PRAGMA journal_mode = DELETE");
        }

        FileCopy.Flush(partial);
        OnPoint("built");
        foreach (var companion in DataPaths.Companions.Where(companion => File.Exists(paths.Usage + companion)))
        {
            // What the lost file left beside it would be taken for the new one's.
            File.Move(paths.Usage + companion, $"{paths.Usage}{companion}.lost", overwrite: true);
            OnPoint("left aside");
        }

        File.Move(partial, paths.Usage, overwrite: true);
        FolderFlush.Flush(paths.Folder);
        OnPoint("in place");
        return restored;

        void Tell(string what)
        {
            cancellation.ThrowIfCancellationRequested();
            progress(what);
        }
    }

    private (IReadOnlyList<LostBatches> Lost, IReadOnlyList<SettledCut> Cuts) Settle(BooksSession session)
    {
        var journal = new SettledJournal(session, paths.Usage, settled);
        var lost = journal.Lost();
        LostBatchTable.Replace(session, lost);
        return (lost, journal.Cuts());
    }

    /// <summary>The journal goes on where the archives that it has end: one that it does not have must not be in the way of a new one.</summary>
    private List<UnusedArchive> PutAside(IReadOnlyList<UnusedArchive> told)
    {
        if (!Directory.Exists(paths.Archive)) return [];
        var used = new UsageArchives(paths.Usage, paths.Archive).List().SelectMany(archive => new[] { archive.Name, ArchiveStatements.NameOf(archive.Name) }).ToHashSet(StringComparer.Ordinal);
        SqliteFile.CloseReaders(paths.Usage);
        var unused = new List<UnusedArchive>(told);
        var aside = Path.Combine(paths.Archive, UnusedFolder);
        foreach (var name in Directory.EnumerateFiles(paths.Archive).Select(path => Path.GetFileName(path)).Where(name => IsOurs(name) && !used.Contains(name)).Order(StringComparer.Ordinal).ToList())
        {
            Directory.CreateDirectory(aside);
            var target = Path.Combine(aside, name);
            for (var number = 2; File.Exists(target); number++) target = Path.Combine(aside, FormattableString.Invariant($"{name}.{number}"));
            File.Move(Path.Combine(paths.Archive, name), target);
            OnPoint("put aside");
            if (UsageArchive.TryParseName(name) is not null && !unused.Exists(archive => archive.Name == name)) unused.Add(new UnusedArchive(name, "the usage file does not name it"));
        }

        if (Directory.Exists(aside)) FolderFlush.Flush(aside);
        FolderFlush.Flush(paths.Archive);
        return unused;
    }

    private static bool IsOurs(string name) =>
        UsageArchive.TryParseName(name) is not null || (name.EndsWith(".statements.gz", StringComparison.Ordinal) && name.StartsWith("usage-", StringComparison.Ordinal));

    /// <summary>What goes over from a file without events.</summary>
    private sealed record Kept(IReadOnlyList<GatewayRecord> Gateways, byte[]? Salt)
    {
        public static Kept Nothing { get; } = new([], null);
    }
}
