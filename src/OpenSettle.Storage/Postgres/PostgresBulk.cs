using Npgsql;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Postgres;

/// <summary>
/// One statement for many rows: those that ask for nothing are sent together, and a query's rows are read as they come, or, where something else
/// is asked in between, to their end into memory.
/// </summary>
internal sealed class PostgresBulk(PostgresEngine engine, string sql) : BulkStatement
{
    private const int MostWaiting = 500;

    private readonly List<object?> _bound = [];
    private NpgsqlBatch? _batch;
    private NpgsqlCommand? _query;
    private NpgsqlDataReader? _reader;
    private Queue<object[]>? _rest;
    private object[]? _row;

    public override void Bind(int position, long number) => Set(position, number);

    public override void Bind(int position, ReadOnlySpan<byte> bytes) => Set(position, bytes.ToArray());

    public override void Bind(int position, string text) => Set(position, text);

    public override void Run()
    {
        engine.SetPending(this);
        _batch ??= new NpgsqlBatch(engine.Connection);
        var command = new NpgsqlBatchCommand(sql);
        Fill(command.Parameters);
        _batch.BatchCommands.Add(command);
        if (_batch.BatchCommands.Count >= MostWaiting) Send();
    }

    /// <summary>Sends the rows that wait.</summary>
    public void Send()
    {
        if (_batch is not { BatchCommands.Count: > 0 } batch) return;
        _batch = null;
        using (batch) batch.ExecuteNonQuery();
    }

    public override bool Step()
    {
        if (_reader is null && _rest is null)
        {
            engine.Settle();
            _query = new NpgsqlCommand(sql, engine.Connection);
            Fill(_query.Parameters);
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
        _batch?.Dispose();
    }

    private object[] Row => _row ?? throw new InvalidOperationException("There is no row.");

    private void Set(int position, object value)
    {
        while (_bound.Count < position) _bound.Add(null);
        _bound[position - 1] = value;
    }

    private void Fill(NpgsqlParameterCollection parameters)
    {
        foreach (var value in _bound) parameters.Add(PostgresEngine.Parameter(value ?? DBNull.Value));
    }

    private void CloseReader()
    {
        _reader?.Dispose();
        _query?.Dispose();
        (_reader, _query) = (null, null);
    }
}
