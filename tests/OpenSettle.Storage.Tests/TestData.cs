using Microsoft.Data.Sqlite;
using OpenSettle.Ledger;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;
using static OpenSettle.Storage.Tests.TestUsage;

namespace OpenSettle.Storage.Tests;

/// <summary>A data folder as a node leaves it: books with payments and a ledger, and usage with batches, what waits and conflicts.</summary>
internal sealed class TestData : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("opensettle-data-").FullName;

    public TestData()
    {
        Paths = DataPaths.In(Path.Combine(_root, "data"));
        Directory.CreateDirectory(Paths.Bundles);
        Open();
    }

    public DataPaths Paths { get; }

    public SetTime Time { get; } = new();

    public SqliteBooks? Books { get; private set; }

    public SqliteUsage? Usage { get; private set; }

    public string Beside(string name) => Path.Combine(_root, name);

    public void Open()
    {
        Books = SqliteBooks.Open(Paths.Books, TestBooks.Deployment);
        Usage = SqliteUsage.Open(Paths.Usage, TestBooks.Deployment, Time, Small);
    }

    public void Close()
    {
        Usage?.Dispose();
        Books?.Dispose();
        (Usage, Books) = (null, null);
    }

    /// <summary>Some of everything.</summary>
    public async Task FillAsync(int rounds = 6)
    {
        var (books, usage) = (Books ?? throw new InvalidOperationException(), Usage ?? throw new InvalidOperationException());
        await books.WriteAsync(session => Fill(session, rounds), CancellationToken.None);
        var previous = Hash32.Zero;
        for (var round = 0; round < rounds; round++)
        {
            await AppendAsync(usage, Append([.. Enumerable.Range(0, 15).Select(i => Event($"plain {round} {i}", domain: $"d{i % 4}", consumer: (byte)(i + 1)))]));
            MeteredEvent[] signed = [.. Enumerable.Range(0, 9).Select(i => Event($"signed {round} {i}", model: 2, consumer: (byte)(i + 1), outcome: i % 2 == 0 ? Outcomes.Ok : Outcomes.Error))];
            var batch = Batch((ulong)round + 1, previous, signed);
            previous = batch.Digest;
            await AppendAsync(usage, Append(signed, batch));
            await AppendAsync(usage, Append([Event($"held {round}", model: 9)], hold: Hold.UnknownModel));
            await AppendAsync(usage, Append([Event($"plain {round} 0", units: 99)]));
            Time.Advance(TimeSpan.FromHours(8));
        }
    }

    public IReadOnlyList<CheckResult> Check()
    {
        var results = new List<CheckResult>();
        new DataCheck(Paths, hash => throw new FileNotFoundException($"the bundle {hash} is missing"), results.Add, _ => { }).Run();
        return results;
    }

    public void AssertWhole() => Assert.Equal([], Check().Where(result => result.Problem is not null));

    /// <summary>Another program's hand in a file.</summary>
    public static void Run(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Close();
        Directory.Delete(_root, recursive: true);
    }

    private static async Task AppendAsync(SqliteUsage usage, UsageAppend append) => Assert.Equal(AppendStatus.Stored, (await usage.AppendAsync(append)).Status);

    private static void Fill(BooksSession session, int rounds)
    {
        var parent = Hash32.Zero;
        for (ulong block = 1; block <= (ulong)rounds; block++)
        {
            var hash = Keccak256.HashText($"block {block}");
            session.Journal.AddBlocks([new JournalHeader(block, hash, parent, block * 40_000)]);
            session.Journal.AddLogs([new JournalLog(block, 0, TestBooks.Account(1), TestBooks.Word(7), new byte[32], new byte[] { 1 })]);
            var payment = TestBooks.Payment(block, 0, 1000 + block, PaymentRoute.Rail, model: (byte)(1 + block % 2)) with { Timestamp = block * 40_000 };
            session.Payments.Add(payment);
            session.Ledger.Post($"payment {payment.At}", Postings.ForPayment(payment));
            session.Journal.SetFinal(block);
            session.Chain.MoveCursor(new ChainCursor(block, hash, block * 40_000));
            parent = hash;
        }

        session.Outbox.Plan("a", TestBooks.Account(9), new byte[] { 1 }, 1);
        var raw = new byte[] { 1, 2, 3 };
        session.Outbox.AddVersion(
            session.Outbox.Find("a")?.Id ?? 0, new OutboxVersion(7, 1, raw, Keccak256.Hash(raw), Fills: false, UInt256.Zero, DateTimeOffset.UnixEpoch));
    }
}
