using Microsoft.Data.Sqlite;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Sqlite;

/// <summary>One transaction, and the rooms' stores within it.</summary>
public sealed class BooksSession
{
    private readonly SqliteConnection _connection;

    internal BooksSession(SqliteConnection connection)
    {
        _connection = connection;
        Meta = new MetaStore(this);
        Chain = new ChainStore(this);
        Payments = new PaymentStore(this);
        Ledger = new LedgerStore(this);
        Epochs = new EpochStore(this);
        Outbox = new OutboxStore(this);
        Usage = new UsageStore(this);
    }

    public MetaStore Meta { get; }

    public ChainStore Chain { get; }

    public PaymentStore Payments { get; }

    public LedgerStore Ledger { get; }

    public EpochStore Epochs { get; }

    public OutboxStore Outbox { get; }

    public UsageStore Usage { get; }

    internal void AssertBalanced() => Ledger.AssertBalanced();

    internal int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    internal T? Single<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var command = Command(sql, values);
        using var reader = command.ExecuteReader();
        return reader.Read() ? read(reader) : default;
    }

    internal List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var command = Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<object?> values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            // Positions, ?1 ?2 …, so that a value never becomes part of the text.
            command.Parameters.Add(new SqliteParameter($"?{i + 1}", ToColumn(values[i])));
        }

        return command;
    }

    private static object ToColumn(object? value) => value switch
    {
        null => DBNull.Value,
        Hash32 hash => hash.ToArray(),
        ModelId model => model.Value.ToArray(),
        Address address => address.ToArray(),
        UInt256 amount => ToBytes(amount),
        ReadOnlyMemory<byte> bytes => bytes.ToArray(),
        ulong number => checked((long)number),
        Enum state => Convert.ToInt64(state, System.Globalization.CultureInfo.InvariantCulture),
        _ => value,
    };

    private static byte[] ToBytes(UInt256 amount)
    {
        var bytes = new byte[UInt256.Size];
        amount.WriteBigEndian(bytes);
        return bytes;
    }
}

/// <summary>Reads columns into the words of the domain.</summary>
internal static class Columns
{
    public static byte[] Bytes(this SqliteDataReader row, int column) => (byte[])row.GetValue(column);

    public static Hash32 Word(this SqliteDataReader row, int column) => Hash32.FromBytes(row.Bytes(column));

    public static ModelId Model(this SqliteDataReader row, int column) => new(row.Word(column));

    public static Address Account(this SqliteDataReader row, int column) => Address.FromBytes(row.Bytes(column));

    public static UInt256 Amount(this SqliteDataReader row, int column) => UInt256.FromBigEndian(row.Bytes(column));

    public static ulong Number(this SqliteDataReader row, int column) => checked((ulong)row.GetInt64(column));
}
