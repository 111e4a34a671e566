using Microsoft.Data.Sqlite;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// Brings SQLite's log into the file on a thread of its own, so that the writer seldom has to. Where this does not come to it,
/// the writer does it itself once the log is long, as SQLite does by default.
/// </summary>
internal sealed class WalCheckpoint : IDisposable
{
    /// <summary>Pages of the log from which on the writer helps itself.</summary>
    public const int WriterPages = 8_192;

    // Little at a time: a sync of much would keep the next commit waiting for the disk.
    private const int Often = 2 * 1024 * 1024;

    private readonly SqliteConnection _connection;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private long _written;
    private bool _stopping;

    public WalCheckpoint(string file)
    {
        _connection = SqliteFile.Connect(file, SqliteOpenMode.ReadWrite);
        _thread = new Thread(Run) { Name = "usage checkpoint", IsBackground = true };
        _thread.Start();
    }

    /// <summary>After a commit: how many bytes it wrote.</summary>
    public void Wrote(int bytes)
    {
        _written += bytes;
        if (_written < Often) return;
        _written = 0;
        lock (_gate) Monitor.Pulse(_gate);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
        _connection.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_stopping) return;
                Monitor.Wait(_gate);
                if (_stopping) return;
            }

            try
            {
                // Passive: it waits for nobody, and nobody for it.
                SqliteFile.Execute(_connection, "PRAGMA wal_checkpoint(PASSIVE)");
            }
            catch (SqliteException)
            {
                // A full disk: the log stays as it is, and the writer is told by its own commit.
            }
        }
    }
}
