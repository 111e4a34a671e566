using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Servers;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Tests;

/// <summary>What the stores' SQL runs on.</summary>
public enum TestEngine
{
    Files,
    Postgres,
}

/// <summary>Books in a folder, or in a database, of their own.</summary>
internal sealed class TestBooks : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-books-").FullName;
    private readonly string? _database;
    private PostgresPlace? _place;

    public TestBooks(TestEngine engine = TestEngine.Files)
    {
        if (engine == TestEngine.Postgres) _database = PostgresServer.SharedAsync().GetAwaiter().GetResult().CreateDatabaseAsync().GetAwaiter().GetResult();
        Books = Open();
    }

    public static DeploymentId Deployment { get; } = new(31337, Account(1), Account(2), Account(3));

    public IBooks Books { get; private set; }

    /// <summary>The same, where they are a file.</summary>
    public SqliteBooks InFile => (SqliteBooks)Books;

    /// <summary>Where they are, where that is a server.</summary>
    public PostgresPlace Place => _place ?? throw new InvalidOperationException("These books are a file.");

    public string File => Path.Combine(_folder, "books.sqlite");

    public static Address Account(byte n) => Address.FromBytes([.. new byte[19], n]);

    public static Hash32 Word(byte n) => Hash32.FromBytes([.. new byte[31], n]);

    public static Payment Payment(ulong block, uint index, UInt256 amount, PaymentRoute route = PaymentRoute.PayAddress, byte model = 1, byte token = 9) => new(
        new LogPosition(block, index), block * 10, Word(7), new ModelId(Word(model)), Account(token), amount, Account(5), Hash32.Zero, route);

    public IBooks Open()
    {
        if (_database is null) return SqliteBooks.Open(File, Deployment);
        _place?.Dispose();
        _place = PostgresPlace.Open(_database, Deployment, "test");
        return new PostgresBooks(_place);
    }

    /// <summary>Closes the file and opens it again, as a restart does.</summary>
    public void Reopen()
    {
        Books.Dispose();
        Books = Open();
    }

    public Task WriteAsync(Action<BooksSession> work) => Books.WriteAsync(work, CancellationToken.None);

    public void Dispose()
    {
        Books.Dispose();
        _place?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
