using Npgsql;
using OpenSettle.Servers;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;
using static OpenSettle.Storage.Tests.TestUsage;

namespace OpenSettle.Storage.Tests;

/// <summary>From files to PostgreSQL: all of it, or nothing.</summary>
[Trait("Category", "Server")]
public sealed class PostgresCopyTests : IDisposable
{
    private readonly TestData _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Copy_OfANodesFiles_IsTheSameBooksAndUsageAndGoesOn(bool archived)
    {
        await _data.FillAsync();
        var before = await KnownAsync(_data.Books!, _data.Usage!);
        var rows = _data.Usage!.Events(0, int.MaxValue).Select(row => (row.Position, row.Gateway, row.Batch)).ToList();
        _data.Close();
        if (archived)
        {
            _data.Time.Advance(TimeSpan.FromDays(30));
            var retention = new Sqlite.UsageRetention(_data.Paths, _data.Time);
            while (retention.Step(TimeSpan.FromDays(10), rows[^1].Position / 2))
            {
            }

            Assert.NotEmpty(Directory.GetFiles(_data.Paths.Archive));
        }

        var address = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var told = new List<string>();
        var report = await new PostgresCopy(_data.Paths, address, _data.Time, told.Add).RunAsync(NoBundle, CancellationToken.None);
        Assert.Equal(rows[^1].Position, report.Tables.Single(table => table.Table == "usage_events").Rows);
        Assert.Contains(told, line => line.Contains("usage chain", StringComparison.Ordinal));
        using (var look = SchemaLook.Open(address, TestBooks.Deployment))
        {
            Assert.Equal([], look.Check(NoBundle, _ => { }, _ => { }).Where(result => result.Problem is not null));
            Assert.Equal(Sqlite.DataDigest.Of(_data.Paths).All, look.Digest().All);
            Assert.Equal(report.Position, look.Status().Usage!.Position);
        }

        using var place = PostgresPlace.Open(address, TestBooks.Deployment, "test");
        using var stores = NodeStores.OpenPostgres(place, _data.Time, new UsageOptions());
        Assert.Equal(before, await KnownAsync(stores.Books, stores.Usage));
        Assert.Equal(rows, stores.Usage.Events(0, int.MaxValue).Select(row => (row.Position, row.Gateway, row.Batch)));
        // What is known stays known, what is new comes after it, and numbers that the database gives go on.
        var again = Append([Event("plain 0 0", domain: "d0", consumer: 1), Event("signed 2 3", model: 2, consumer: 4, outcome: Metering.Outcomes.Error), Event("new")]);
        await stores.Usage.AppendAsync(again);
        Assert.Equal([Verdict.Duplicate, Verdict.Duplicate, Verdict.Accepted], again.Events.Select(e => e.Verdict));
        Assert.Equal(rows[^1].Position + 1, stores.Usage.Sealed.Position);
        await stores.Books.WriteAsync(session => session.Outbox.Plan("b", TestBooks.Account(9), new byte[] { 2 }), CancellationToken.None);
        Assert.Equal(2, stores.Books.Read(session => session.Outbox.Find("b"))!.Id);
        await stores.Books.WriteAsync(session => session.Ledger.Post("payment 9/9", Ledger.Postings.ForPayment(TestBooks.Payment(9, 9, 5, Ledger.PaymentRoute.Rail))), CancellationToken.None);
    }

    [Fact]
    public async Task Copy_IntoADatabaseThatIsNotEmpty_IsRefused()
    {
        await _data.FillAsync(2);
        _data.Close();
        var address = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await new PostgresCopy(_data.Paths, address, _data.Time, _ => { }).RunAsync(NoBundle, CancellationToken.None);
        var refused = await Assert.ThrowsAsync<StorageException>(() => new PostgresCopy(_data.Paths, address, _data.Time, _ => { }).RunAsync(NoBundle, CancellationToken.None));
        Assert.Contains("not empty", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_OfFilesThatDoNotHoldTogether_LeavesNothing()
    {
        await _data.FillAsync(2);
        _data.Close();
        TestData.Run(_data.Paths.Books, "DELETE FROM ledger_entries WHERE seq = 2");
        var address = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var refused = await Assert.ThrowsAsync<StorageException>(() => new PostgresCopy(_data.Paths, address, _data.Time, _ => { }).RunAsync(NoBundle, CancellationToken.None));
        Assert.Contains("ledger", refused.Message, StringComparison.Ordinal);
        Assert.Throws<StorageException>(() => SchemaLook.Open(address, TestBooks.Deployment));
    }

    [Fact]
    public async Task Copy_BrokenOff_LeavesNothingAndCanBeBegunAgain()
    {
        await _data.FillAsync(3);
        _data.Close();
        var address = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        // Stopped at each of its lines: while files are checked, while rows go over, while what came out is checked.
        var lines = 0;
        for (var stopAt = 1; ; stopAt += 4)
        {
            using var stop = new CancellationTokenSource();
            var told = 0;
            try
            {
                await new PostgresCopy(_data.Paths, address, _data.Time, _ =>
                {
                    if (++told == stopAt) stop.Cancel();
                }).RunAsync(NoBundle, stop.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                lines++;
                if (!await HasSchemaAsync(address)) continue;
                using var place = PostgresPlace.Open(address, TestBooks.Deployment, "test");
                using var books = new PostgresBooks(place);
                Assert.Null(books.Read(session => session.Chain.Cursor()));
            }
        }

        Assert.True(lines > 3, $"it was broken off {lines} times");
        using var look = SchemaLook.Open(address, TestBooks.Deployment);
        Assert.Equal(Sqlite.DataDigest.Of(_data.Paths).All, look.Digest().All);
    }

    private static Epochs.Bundle NoBundle(Primitives.Hash32 hash) => throw new FileNotFoundException($"the bundle {hash} is missing");

    private static async Task<string> KnownAsync(IBooks books, IUsageJournal usage)
    {
        var model = new Registry.ModelId(TestBooks.Word(1));
        var found = await usage.FindAsync("urn:gateway:a", "signed 1 2");
        return string.Join('\n', [
            BooksDigest.Of(books).All, usage.Sealed.ToString(), usage.Totals.ToString(), found?.Position.ToString() ?? "none",
            .. usage.Held().Select(group => group.ToString()), .. usage.Batches(0, long.MaxValue).Select(batch => $"{batch.Id} {batch.FirstPosition} {batch.Signed.Digest}"),
            .. usage.Rollups(model).Select(row => $"{row.Key} {row.Sums.Uses} {row.Sums.Units} {row.Sums.Consumers.Count()}"),
        ]);
    }

    private static async Task<bool> HasSchemaAsync(string address)
    {
        await using var connection = new NpgsqlConnection(address);
        await connection.OpenAsync();
        await using var look = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname LIKE 'opensettle%')", connection);
        return await look.ExecuteScalarAsync() is true;
    }
}
