using Microsoft.Data.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Sqlite;

/// <summary>The one thread that writes the usage file, and the queue in front of it.</summary>
internal sealed class UsageWriter : IUsageCommits, IDisposable
{
    private readonly string _file;
    private readonly SqliteConnection _connection;
    private readonly UsageCommit _commit;
    private readonly WalCheckpoint _checkpoint;
    private readonly UsageQueue _queue;

    private UsageWriter(string file, SqliteConnection connection, UsageCommit commit, UsageOptions options)
    {
        (_file, _connection, _commit) = (file, connection, commit);
        _checkpoint = new WalCheckpoint(file);
        _queue = new UsageQueue(this, options);
    }

    public Seal Sealed => _commit.Sealed;

    public UsageTotals Totals => _commit.Totals;

    public RollupTable Rollups => _commit.Rollups;

    public static UsageWriter Start(string file, SqliteConnection connection, TimeProvider time, UsageOptions options) =>
        new(file, connection, UsageCommit.Load(connection, time, options), options);

    public Task<AppendResult> AppendAsync(UsageAppend append) => _queue.AppendAsync(append);

    /// <summary>Runs something in its turn.</summary>
    public Task<T> RunAsync<T>(Func<UsageCommit, T> work)
        where T : notnull => _queue.RunAsync(() => work(_commit));

    /// <inheritdoc/>
    public void Append(IReadOnlyList<UsageQueue.Waiting> waiting) => _checkpoint.Wrote(_commit.Append(waiting));

    /// <summary>Writes what is due. A disk that does not take it is told to whoever sends next.</summary>
    public bool Rest()
    {
        try
        {
            return _commit.Rest();
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public Exception Translate(Exception cause) => cause is SqliteException e ? SqliteFile.Translate(_file, e) : cause;

    /// <summary>What waits is committed and answered first.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        _checkpoint.Dispose();
        _commit.Dispose();
        _connection.Dispose();
    }
}
