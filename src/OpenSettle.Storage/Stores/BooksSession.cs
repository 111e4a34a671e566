using System.Data.Common;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>One transaction, and the rooms' stores within it.</summary>
public sealed class BooksSession
{
    private readonly Engine _engine;

    /// <param name="engine">A connection, within a transaction.</param>
    internal BooksSession(Engine engine)
    {
        _engine = engine;
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
        Notices = new NoticeStore(this);
        Attestations = new AttestationStore(this);
        Settled = new SettledRevenueStore(this);
        Earned = new EarningStore(this);
        Flows = new FlowStore(this);
        Standings = new StandingStore(this);
        Documents = new DocumentStore(this);
        Webhooks = new WebhookStore(this);
        Relay = new RelayStore(this);
        Candidates = new CandidateStore(this);
        Verdicts = new VerdictStore(this);
        HeldBatches = new HeldBatchStore(this);
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

    public CandidateStore Candidates { get; }

    public VerdictStore Verdicts { get; }

    public HeldBatchStore HeldBatches { get; }

    /// <summary>At the end of a unit of work: writes the sums that changed, and looks whether the books balance.</summary>
    internal void Close()
    {
        Revenue.Flush();
        Ledger.AssertBalanced();
        _engine.Flush();
    }

    internal Engine Engine => _engine;

    internal int Execute(string sql, params ReadOnlySpan<object?> values) => Use(sql, static (command, _) => command.ExecuteNonQuery(), (object?)null, values);

    internal T? Single<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values) => Use(
        sql,
        static (command, read) =>
        {
            using var reader = command.ExecuteReader();
            return reader.Read() ? read(reader) : default;
        },
        read, values);

    internal List<T> Query<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values) => Use(
        sql,
        static (command, read) =>
        {
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read()) rows.Add(read(reader));
            return rows;
        },
        read, values);

    /// <summary>Goes through rows, however many, one by one. Nothing else is asked of the session meanwhile.</summary>
    internal void Each(string sql, Action<DbDataReader> row, params ReadOnlySpan<object?> values) => Use(
        sql,
        static (command, row) =>
        {
            using var reader = command.ExecuteReader();
            while (reader.Read()) row(reader);
            return 0;
        },
        row, values);

    /// <inheritdoc cref="Engine.Bulk"/>
    internal BulkStatement Bulk(string sql) => _engine.Bulk(sql);

    /// <inheritdoc cref="Engine.Arrive"/>
    internal void Arrive(string table, long value) => _engine.Arrive(table, value);

    /// <inheritdoc cref="Engine.ArriveNext"/>
    internal void ArriveNext(string table, string sequence, int count) => _engine.ArriveNext(table, sequence, count);

    /// <inheritdoc cref="Engine.Choose"/>
    internal string Choose(string sqlite, string postgres) => _engine.Choose(sqlite, postgres);

    private T Use<T, TState>(string sql, Func<DbCommand, TState, T> run, TState state, ReadOnlySpan<object?> values)
    {
        var command = _engine.Take(sql);
        try
        {
            for (var i = 0; i < values.Length; i++) _engine.Bind(command, i + 1, ToColumn(values[i]));
            return run(command, state);
        }
        finally
        {
            _engine.Give(sql, command);
        }
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
        uint number => (long)number,
        int number => (long)number,
        byte number => (long)number,
        bool flag => flag ? 1L : 0L,
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
    public static byte[] Bytes(this DbDataReader row, int column) => (byte[])row.GetValue(column);

    /// <summary>A number that is 0 or 1, or what an engine has for it.</summary>
    public static bool Flag(this DbDataReader row, int column) => row.GetValue(column) is bool flag ? flag : row.GetInt64(column) != 0;

    public static Hash32 Word(this DbDataReader row, int column) => Hash32.FromBytes(row.Bytes(column));

    public static ModelId Model(this DbDataReader row, int column) => new(row.Word(column));

    public static Address Account(this DbDataReader row, int column) => Address.FromBytes(row.Bytes(column));

    public static UInt256 Amount(this DbDataReader row, int column) => UInt256.FromBigEndian(row.Bytes(column));

    public static ulong Number(this DbDataReader row, int column) => checked((ulong)row.GetInt64(column));
}
