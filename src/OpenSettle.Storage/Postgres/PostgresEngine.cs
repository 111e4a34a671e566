using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.RegularExpressions;
using Npgsql;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Postgres;

/// <summary>The stores' SQL on a connection to PostgreSQL, within a transaction.</summary>
internal sealed partial class PostgresEngine(NpgsqlConnection connection, PostgresPartitions? partitions = null) : Engine
{
    private static readonly ConcurrentDictionary<string, string> Rewritten = new(StringComparer.Ordinal);

    // What was put off, and a query that others may have to wait for.
    private PostgresBulk? _pending;
    private PostgresBulk? _reading;

    public NpgsqlConnection Connection => connection;

    public override string Choose(string sqlite, string postgres) => postgres;

    public override DbCommand Take(string sql)
    {
        Settle();
        return new NpgsqlCommand(Rewrite(sql), connection);
    }

    public override void Give(string sql, DbCommand command) => command.Dispose();

    public override void Bind(DbCommand command, int position, object value) => ((NpgsqlCommand)command).Parameters.Add(Parameter(value));

    public override BulkStatement Bulk(string sql) => new PostgresBulk(this, Rewrite(sql));

    public override void Flush() => Settle();

    public override void Arrive(string table, long value) => partitions?.Ensure(this, table, value);

    public override void ArriveNext(string table, string sequence, int count)
    {
        if (partitions is null) return;
        using var last = new NpgsqlCommand($"SELECT last_value FROM {sequence}", connection);
        Settle();
        var value = (long)(last.ExecuteScalar() ?? 0L);
        partitions.Ensure(this, table, value);
        partitions.Ensure(this, table, value + count + 1);
    }

    /// <summary>Before anything else is asked of the connection: rows that wait are sent, and a query that is read is read to its end.</summary>
    public void Settle()
    {
        (var pending, _pending) = (_pending, null);
        pending?.Send();
        (var reading, _reading) = (_reading, null);
        reading?.ReadOn();
    }

    public void SetPending(PostgresBulk bulk)
    {
        if (ReferenceEquals(_pending, bulk)) return;
        Settle();
        _pending = bulk;
    }

    public void SetReading(PostgresBulk? bulk) => _reading = bulk;

    public void Forget(PostgresBulk bulk)
    {
        if (ReferenceEquals(_pending, bulk))
        {
            _pending = null;
            bulk.Send();
        }

        if (ReferenceEquals(_reading, bulk)) _reading = null;
    }

    internal static NpgsqlParameter Parameter(object value) => value switch
    {
        long number => new NpgsqlParameter<long> { TypedValue = number },
        int number => new NpgsqlParameter<long> { TypedValue = number },
        byte[] bytes => new NpgsqlParameter<byte[]> { TypedValue = bytes },
        string text => new NpgsqlParameter<string> { TypedValue = Storable(text) },
        _ => new NpgsqlParameter { Value = value },
    };

    /// <summary>A text of PostgreSQL has no zero in it, and nothing that is no text: what a hostile name has of it is shown as unreadable.</summary>
    internal static string Storable(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff') && !text.Contains('\0', StringComparison.Ordinal)) return text;
        return System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Replace('\0', '\ufffd')));
    }

    /// <summary>Parameters in PostgreSQL's form; which index to use it decides by itself.</summary>
    private static string Rewrite(string sql) => Rewritten.GetOrAdd(sql, static text => IndexHint().Replace(Position().Replace(text, "$$${n}"), string.Empty));

    [GeneratedRegex(@"\?(?<n>\d+)", RegexOptions.NonBacktracking)]
    private static partial Regex Position();

    [GeneratedRegex(@" INDEXED BY [a-z_]+", RegexOptions.NonBacktracking)]
    private static partial Regex IndexHint();
}
