using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Tests;

public abstract class RevenueTests(TestEngine engine)
{
    private protected static readonly ModelId Model = new(TestBooks.Word(1));

    [Fact]
    public async Task Revenue_OfPaymentsInAnyUnitsOfWork_IsTheirSum()
    {
        using var test = new TestBooks(engine);
        var random = new Random(5);
        var expected = new Dictionary<RevenueKey, RevenueSums>();
        uint index = 0;
        for (var unit = 0; unit < 30; unit++)
        {
            await test.WriteAsync(session =>
            {
                for (var i = random.Next(8); i >= 0; i--)
                {
                    var payment = TestBooks.Payment((ulong)random.Next(20_000, 60_000), index++, UInt256.MaxAmount - (ulong)random.Next(), (PaymentRoute)random.Next(1, 4), (byte)random.Next(1, 4), (byte)random.Next(9, 11)) with
                    {
                        Payer = TestBooks.Account((byte)random.Next(3)),
                    };
                    session.Payments.Add(payment);
                    var key = new RevenueKey(payment.Model, (uint)(payment.Timestamp / 86_400), payment.Payer, payment.Token);
                    expected[key] = new RevenueSums(expected.GetValueOrDefault(key).Payments + 1, expected.GetValueOrDefault(key).Paid + payment.Amount);
                }
            });
        }

        Assert.Null(test.Books.Read(session => session.Revenue.CheckAgainstPayments()));
        Assert.True(expected.Count > 20);
        foreach (var model in expected.Keys.Select(key => key.Model).Distinct())
        {
            Assert.Equal(
                expected.Where(pair => pair.Key.Model == model).OrderBy(pair => pair.Key.Day).ThenBy(pair => pair.Key.Payer).ThenBy(pair => pair.Key.Token).Select(pair => (pair.Key, pair.Value)),
                test.Books.Read(session => session.Revenue.Of(model)));
        }
    }

    [Fact]
    public async Task Revenue_OfAUnitOfWorkThatFails_IsNotCounted()
    {
        using var test = new TestBooks(engine);
        await Assert.ThrowsAsync<InvalidOperationException>(() => test.WriteAsync(session =>
        {
            session.Payments.Add(TestBooks.Payment(1, 0, 5));
            throw new InvalidOperationException("a step failed");
        }));
        await test.WriteAsync(session => session.Payments.Add(TestBooks.Payment(1, 0, 7)));
        Assert.Equal([new RevenueSums(1, 7)], test.Books.Read(session => session.Revenue.Of(Model)).Select(row => row.Sums));
    }

    [Fact]
    public async Task Revenue_OfDays_IsOfThoseAlone()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session =>
        {
            foreach (var day in new ulong[] { 1, 2, 3 }) session.Payments.Add(TestBooks.Payment(day, 0, day) with { Timestamp = day * 86_400 + 86_399 });
        });
        Assert.Equal([2U], test.Books.Read(session => session.Revenue.Of(Model, 2, 2)).Select(row => row.Key.Day));
        Assert.Equal([1U, 2, 3], test.Books.Read(session => session.Revenue.Of(Model)).Select(row => row.Key.Day));
    }
}

/// <summary>What only files have, too.</summary>
public sealed class RevenueTestsOnFiles() : RevenueTests(TestEngine.Files)
{
    [Fact]
    public async Task Books_FromBeforeThereWasRevenue_AreSummedOnce()
    {
        using var test = new TestBooks();
        await test.WriteAsync(session =>
        {
            for (uint i = 0; i < 50; i++) session.Payments.Add(TestBooks.Payment(i * 3_000, i, UInt256.MaxAmount - i, model: (byte)(i % 3)));
        });
        var before = test.Books.Read(session => session.Revenue.Of(Model));
        test.Books.Dispose();
        // A file of the version before, with the same payments.
        var (now, old) = (test.File, test.File + ".old");
        SqliteFile.OpenWriter(old, [.. Schema.Steps.TakeWhile(step => !step.Contains("CREATE TABLE revenue", StringComparison.Ordinal))], TestBooks.Deployment).Dispose();
        TestData.Run(old, $"ATTACH '{now}' AS now; INSERT INTO payments SELECT * FROM now.payments; DETACH now");
        File.Move(old, now, overwrite: true);
        test.Reopen();
        Assert.Equal(before, test.Books.Read(session => session.Revenue.Of(Model)));
        Assert.Null(test.Books.Read(session => session.Revenue.CheckAgainstPayments()));
    }
}

[Trait("Category", "Server")]
public sealed class RevenueTestsOnPostgres() : RevenueTests(TestEngine.Postgres);
