using Microsoft.Data.Sqlite;

namespace OpenSettle.Storage.Sqlite;

/// <summary>
/// The statements of one connection, each prepared once and not for every row. There are as many as there are texts in the
/// stores.
/// </summary>
internal sealed class PreparedStatements : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _idle = new(StringComparer.Ordinal);

    /// <summary>A command of that text. While it is in use, another use of the same text gets one of its own.</summary>
    public static Use Take(PreparedStatements? owner, SqliteConnection connection, string sql)
    {
        if (owner is not null && owner._idle.Remove(sql, out var known)) return new Use(owner, known);
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return new Use(owner, command);
    }

    public void Dispose()
    {
        foreach (var command in _idle.Values) command.Dispose();
        _idle.Clear();
    }

    /// <summary>A command on loan.</summary>
    public readonly struct Use(PreparedStatements? owner, SqliteCommand command) : IDisposable
    {
        public SqliteCommand Command => command;

        public void Dispose()
        {
            if (owner is null || !owner._idle.TryAdd(command.CommandText, command)) command.Dispose();
        }
    }
}
