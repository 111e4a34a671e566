using Microsoft.Data.Sqlite;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Sqlite;

/// <summary>One transaction, and the rooms' stores within it.</summary>
public sealed class BooksSession
{
    private readonly SqliteConnection _connection;
    private readonly PreparedStatements? _prepared;

    /// <param name="connection">The connection, within a transaction.</param>
    /// <param name="prepared">The statements that were prepared on it; null where they are not kept.</param>
    internal BooksSession(SqliteConnection connection, PreparedStatements? prepared = null)
    {
        _connection = connection;
        _prepared = prepared;
        Meta = new MetaStore(this);
        Journal = new JournalStore(this);
        Chain = new ChainStore(this);
        Payments = new PaymentStore(this);
        Revenue = new RevenueStore(this);
        Ledger = new LedgerStore(this);
        Claims = new ClaimStore(this);
        Epochs = new EpochStore(this);
        Pushes = new PushStore(this);
        Records = new RecordStore(this);
        Outbox = new OutboxStore(this);
        OldUsage = new OldUsageStore(this);
        Notices = new NoticeStore(this);
        Attestations = new AttestationStore(this);
        Settled = new SettledRevenueStore(this);
        Earned = new EarningStore(this);
        Flows = new FlowStore(this);
        Standings = new StandingStore(this);
        Documents = new DocumentStore(this);
        Webhooks = new WebhookStore(this);
        Relay = new RelayStore(this);
    }

    public MetaStore Meta { get; }

    public JournalStore Journal { get; }

    public ChainStore Chain { get; }

    public PaymentStore Payments { get; }

    public RevenueStore Revenue { get; }

    public LedgerStore Ledger { get; }

    public ClaimStore Claims { get; }

    public EpochStore Epochs { get; }

    public PushStore Pushes { get; }

    public RecordStore Records { get; }

    public OutboxStore Outbox { get; }

    public NoticeStore Notices { get; }

    public AttestationStore Attestations { get; }

    public SettledRevenueStore Settled { get; }

    public EarningStore Earned { get; }

    public FlowStore Flows { get; }

    public StandingStore Standings { get; }

    public DocumentStore Documents { get; }

    public WebhookStore Webhooks { get; }
    public RelayStore Relay { get; }

    internal OldUsageStore OldUsage { get; }

    /// <summary>At the end of a unit of work: writes the sums that changed, and looks whether the books balance.</summary>
    internal void Close()
    {
        Revenue.Flush();
        Ledger.AssertBalanced();
    }

    /// <summary>Version of the file's tables.</summary>
    internal int Version() => SqliteFile.Version(_connection);

    internal int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        using var use = Command(sql, values);
        return use.Command.ExecuteNonQuery();
    }

    internal T? Single<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var use = Command(sql, values);
        using var reader = use.Command.ExecuteReader();
        return reader.Read() ? read(reader) : default;
    }

    internal List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var use = Command(sql, values);
        using var reader = use.Command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Goes through rows, however many, one by one.</summary>
    internal void Each(string sql, Action<SqliteDataReader> row, params ReadOnlySpan<object?> values)
    {
        using var use = Command(sql, values);
        using var reader = use.Command.ExecuteReader();
        while (reader.Read()) row(reader);
    }

    /// <summary>A statement for many rows.</summary>
    internal BulkStatement Bulk(string sql) => new(_connection, sql);

    /// <summary>The index of ids, to be looked at.</summary>
    internal IdIndex Index() => new(_connection, new UsageOptions());

    private PreparedStatements.Use Command(string sql, ReadOnlySpan<object?> values)
    {
        var use = PreparedStatements.Take(_prepared, _connection, sql);
        for (var i = 0; i < values.Length; i++)
        {
            // Positions, ?1 ?2 …, so that a value never becomes part of the text.
            if (i < use.Command.Parameters.Count) use.Command.Parameters[i].Value = ToColumn(values[i]);
            else use.Command.Parameters.Add(new SqliteParameter($"?{i + 1}", ToColumn(values[i])));
        }

        return use;
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
