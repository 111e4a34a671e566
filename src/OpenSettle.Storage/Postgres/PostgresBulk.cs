using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// One statement for many rows. Rows that are inserted go to the server by COPY, or, where some may be there already, as arrays in one statement;
/// a query's rows are read as they come, or, where something else is asked in between, to their end into memory.
/// </summary>
internal sealed partial class PostgresBulk(PostgresEngine engine, string sql) : BulkStatement
{
    private const int MostWaiting = 4_096;

    private readonly List<object?> _bound = [];
    private readonly List<object[]> _waiting = [];
    private NpgsqlCommand? _query;
    private NpgsqlDataReader? _reader;
    private Queue<object[]>? _rest;
    private object[]? _row;

    public override void Bind(int position, long number) => Set(position, number);

    public override void Bind(int position, ReadOnlySpan<byte> bytes) => Set(position, bytes.ToArray());

    public override void Bind(int position, string text) => Set(position, PostgresEngine.Storable(text));

    public override void Run()
    {
        engine.SetPending(this);
        _waiting.Add([.. _bound.Select(value => value ?? DBNull.Value)]);
        if (_waiting.Count >= MostWaiting) Send();
    }

    /// <summary>Sends the rows that wait.</summary>
    public void Send()
    {
        if (_waiting.Count == 0) return;
        var insert = Insert().Match(sql);
        if (!insert.Success) throw new InvalidOperationException($"Only an INSERT of values runs for many rows: {sql}");
        if (insert.Groups["rest"].Value.Length == 0) Copy($"COPY {insert.Groups["into"].Value} FROM STDIN (FORMAT BINARY)");
        else SendArrays($"INSERT INTO {insert.Groups["into"].Value} SELECT * FROM unnest({string.Join(", ", _waiting[0].Select((_, i) => $"${i + 1}"))}) {insert.Groups["rest"].Value}");
        _waiting.Clear();
    }

    public override bool Step()
    {
        if (_reader is null && _rest is null)
        {
            engine.Settle();
            _query = new NpgsqlCommand(sql, engine.Connection);
            foreach (var value in _bound) _query.Parameters.Add(PostgresEngine.Parameter(value ?? DBNull.Value));
            _reader = _query.ExecuteReader();
            engine.SetReading(this);
        }

        if (_reader is not null)
        {
            if (_reader.Read())
            {
                _row = new object[_reader.FieldCount];
                _reader.GetValues(_row);
                return true;
            }
        }
        else if (_rest?.TryDequeue(out _row) is true)
        {
            return true;
        }

        Reset();
        return false;
    }

    /// <summary>Something else is asked of the connection: the rest goes into memory.</summary>
    public void ReadOn()
    {
        if (_reader is null) return;
        _rest = new Queue<object[]>();
        while (_reader.Read())
        {
            var row = new object[_reader.FieldCount];
            _reader.GetValues(row);
            _rest.Enqueue(row);
        }

        CloseReader();
    }

    public override void Reset()
    {
        if (_reader is not null) engine.SetReading(null);
        CloseReader();
        (_rest, _row) = (null, null);
    }

    public override long Number(int column) => Convert.ToInt64(Row[column], System.Globalization.CultureInfo.InvariantCulture);

    public override ReadOnlySpan<byte> Bytes(int column) => (byte[])Row[column];

    protected override void Dispose(bool disposing)
    {
        engine.Forget(this);
        CloseReader();
    }

    private object[] Row => _row ?? throw new InvalidOperationException("There is no row.");

    /// <summary>Writes a column of a row that is copied.</summary>
    internal static void Write(NpgsqlBinaryImporter copy, object value)
    {
        if (value is long number) copy.Write(number, NpgsqlDbType.Bigint);
        else if (value is byte[] bytes) copy.Write(bytes, NpgsqlDbType.Bytea);
        else if (value is string text) copy.Write(PostgresEngine.Storable(text), NpgsqlDbType.Text);
        else copy.WriteNull();
    }

    private void Copy(string command)
    {
        using var copy = engine.Connection.BeginBinaryImport(command);
        foreach (var row in _waiting)
        {
            copy.StartRow();
            foreach (var value in row) Write(copy, value);
        }

        copy.Complete();
    }

    private void SendArrays(string command)
    {
        using var insert = new NpgsqlCommand(command, engine.Connection);
        for (var i = 0; i < _waiting[0].Length; i++)
        {
            var column = i;
            insert.Parameters.Add(_waiting[0][column] switch
            {
                long => new NpgsqlParameter { Value = _waiting.ConvertAll(row => (long)row[column]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                byte[] => new NpgsqlParameter { Value = _waiting.ConvertAll(row => (byte[])row[column]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                _ => new NpgsqlParameter { Value = _waiting.ConvertAll(row => (string)row[column]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            });
        }

        insert.ExecuteNonQuery();
    }

    private void Set(int position, object value)
    {
        while (_bound.Count < position) _bound.Add(null);
        _bound[position - 1] = value;
    }

    private void CloseReader()
    {
        _reader?.Dispose();
        _query?.Dispose();
        (_reader, _query) = (null, null);
    }

    [GeneratedRegex(@"^INSERT INTO (?<into>\w+ \([^)]*\))\s+VALUES \([$\d, ]*\)\s*(?<rest>.*)$", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Insert();
}
