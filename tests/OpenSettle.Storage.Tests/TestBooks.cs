using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Tests;

/// <summary>Books in a folder of their own.</summary>
internal sealed class TestBooks : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-books-").FullName;

    public TestBooks() => Books = Open();

    public static DeploymentId Deployment { get; } = new(31337, Account(1), Account(2), Account(3));

    public SqliteBooks Books { get; private set; }

    public string File => Path.Combine(_folder, "books.sqlite");

    public static Address Account(byte n) => Address.FromBytes([.. new byte[19], n]);

    public static Hash32 Word(byte n) => Hash32.FromBytes([.. new byte[31], n]);

    public static Payment Payment(ulong block, uint index, UInt256 amount, PaymentRoute route = PaymentRoute.PayAddress, byte model = 1, byte token = 9) => new(
        new LogPosition(block, index), block * 10, Word(7), new ModelId(Word(model)), Account(token), amount, Account(5), Hash32.Zero, route);

    public SqliteBooks Open() => SqliteBooks.Open(File, Deployment);

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
        Directory.Delete(_folder, recursive: true);
    }
}
