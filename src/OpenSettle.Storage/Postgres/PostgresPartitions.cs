using Npgsql;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// Parts of the tables that grow, by arrival: made within the transaction that first needs one, and remembered once that is committed.
/// </summary>
internal sealed class PostgresPartitions
{
    private static readonly Dictionary<string, (string Column, long Width)> ByArrival = new(StringComparer.Ordinal)
    {
        // Four million blocks; the same of a journal's places, which are blocks times 2^24; sixteen million entries.
        ["payments"] = ("block", 1L << 22),
        ["journal_logs"] = ("position", 1L << 46),
        ["ledger_entries"] = ("seq", 1L << 24),
    };

    private readonly Known _known;
    private readonly HashSet<(string Table, long Number)> _made = [];

    private PostgresPartitions(Known known) => _known = known;

    public void Ensure(PostgresEngine engine, string table, long value)
    {
        var part = (table, value / ByArrival[table].Width);
        if (_known.Has(part) || !_made.Add(part)) return;
        engine.Settle();
        Make(engine.Connection, table, value);
    }

    /// <summary>What a table is parted by.</summary>
    public static string ColumnOf(string table) => ByArrival[table].Column;

    /// <summary>Makes all parts that rows between two values need; nothing where the table has none.</summary>
    public static void EnsureAll(NpgsqlConnection connection, string table, Func<(long First, long Last)?> bounds)
    {
        if (!ByArrival.TryGetValue(table, out var arrival) || bounds() is not { } between) return;
        for (var number = between.First / arrival.Width; number <= between.Last / arrival.Width; number++) Make(connection, table, number * arrival.Width);
    }

    /// <summary>Makes the part of a table that a value falls into, where it is not there.</summary>
    public static void Make(NpgsqlConnection connection, string table, long value, long width) => PostgresPlace.Execute(connection, "SELECT arrive($1, $2, $3)", table, value, width);

    private static void Make(NpgsqlConnection connection, string table, long value) => Make(connection, table, value, ByArrival[table].Width);

    public void Committed() => _known.Add(_made);

    /// <summary>Those that are there for sure.</summary>
    internal sealed class Known
    {
        private readonly HashSet<(string Table, long Number)> _parts = [];

        public PostgresPartitions Begin() => new(this);

        public bool Has((string Table, long Number) part)
        {
            lock (_parts) return _parts.Contains(part);
        }

        public void Add(IEnumerable<(string Table, long Number)> parts)
        {
            lock (_parts) _parts.UnionWith(parts);
        }
    }
}
