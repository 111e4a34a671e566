using OpenSettle.Ledger;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Tests;

public abstract class PassportStoreTests(TestEngine engine) : IDisposable
{
    private static readonly Address Token = TestBooks.Account(9);

    private readonly TestBooks _test = new(engine);

    public void Dispose()
    {
        _test.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task SettledRevenue_TakenEpochByEpoch_IsWhatThePaymentsGive()
    {
        var random = new Random(3);
        uint index = 0;
        var all = new List<(ulong Epoch, Payment Payment)>();
        for (ulong epoch = 1; epoch <= 12; epoch++)
        {
            var last = epoch * 30_000;
            await _test.WriteAsync(session =>
            {
                for (var i = random.Next(40); i >= 0; i--)
                {
                    var payment = TestBooks.Payment((ulong)random.Next((int)last - 30_000, (int)last), index++, (UInt256)(ulong)random.Next(1, 1000), PaymentRoute.Rail, (byte)random.Next(1, 4), (byte)random.Next(9, 11)) with
                    {
                        Payer = TestBooks.Account((byte)random.Next(3)),
                    };
                    session.Payments.Add(payment);
                    all.Add((epoch, payment));
                }

                session.Settled.Take(epoch, last);
                session.Payments.MarkDivided(epoch, last);
            });
        }

        var expected = all.Where(row => row.Payment.Model == Model(1)).GroupBy(row => (row.Epoch, Day: (uint)(row.Payment.Timestamp / 86_400), row.Payment.Payer, row.Payment.Token)).OrderBy(group => group.Key)
            .Select(group => new SettledRevenue(
                group.Key.Epoch, group.Key.Day, group.Key.Payer, group.Key.Token, (ulong)group.Count(), Sum(group.Select(row => row.Payment.Amount)), Sum(group.Select(row => row.Payment.Amount * row.Payment.Timestamp)),
                group.Min(row => row.Payment.Timestamp)));
        var stored = _test.Books.Read(session => session.Settled.Of(Model(1), 0, 12));
        Assert.Equal(expected, stored);
        Assert.Equal(stored.Where(row => row.Epoch is > 3 and <= 7), _test.Books.Read(session => session.Settled.Of(Model(1), 3, 7)));
        Assert.Null(_test.Books.Read(session => session.Settled.CheckAgainstPayments()));
        var before = BooksDigest.Of(_test.Books).All;
        await _test.WriteAsync(session => session.Settled.Fill());
        Assert.Equal(before, BooksDigest.Of(_test.Books).All);
    }

    [Theory]
    [InlineData("UPDATE settled_revenue SET rows = substr(rows, 1, 124)")]
    [InlineData("UPDATE settled_revenue SET paid = substr(rows, 1, 52)")]
    [InlineData("DELETE FROM settled_revenue")]
    [InlineData("INSERT INTO settled_revenue SELECT model, 7, paid, rows FROM settled_revenue")]
    public async Task SettledRevenue_ThatWasChanged_IsFoundOut(string change)
    {
        await _test.WriteAsync(session =>
        {
            for (uint i = 0; i < 2; i++) session.Payments.Add(TestBooks.Payment(10_000 * (i + 1), i, 5, PaymentRoute.Rail));
            session.Settled.Take(1, 50_000);
            session.Payments.MarkDivided(1, 50_000);
        });
        await _test.WriteAsync(session => session.Execute(change));
        Assert.NotNull(_test.Books.Read(session => session.Settled.CheckAgainstPayments()));
    }

    [Fact]
    public async Task Paid_CountsWhatEpochsTook_AndWhatWasPaidSinceBeforeABlock()
    {
        await _test.WriteAsync(session =>
        {
            session.Payments.Add(TestBooks.Payment(1, 0, 5, PaymentRoute.Rail));
            session.Payments.Add(TestBooks.Payment(2, 0, 7));
            session.Settled.Take(1, 10);
            session.Payments.MarkDivided(1, 10);
            session.Payments.Add(TestBooks.Payment(20, 0, 11, PaymentRoute.Rail));
            session.Payments.Add(TestBooks.Payment(30, 0, 13, model: 2));
        });
        UInt256 Paid(ulong upTo, ulong before, bool isNewest) => _test.Books.Read(session => session.Settled.Paid(Model(1), upTo, before, isNewest)) is [var only] ? only.Amount : UInt256.Zero;
        Assert.Equal((UInt256)23, Paid(1, 100, isNewest: true));
        Assert.Equal((UInt256)12, Paid(1, 20, isNewest: true));
        // Before the first was active.
        Assert.Equal((UInt256)12, Paid(0, 3, isNewest: false));
        Assert.Equal((UInt256)5, Paid(0, 2, isNewest: false));
    }

    [Fact]
    public async Task Flows_OfTheSameDay_AreSummed_AndAccountsAreReadInTurn()
    {
        var (one, other) = (TestBooks.Account(1), TestBooks.Account(2));
        await _test.WriteAsync(session =>
        {
            session.Flows.Want([one, other], 2, 10);
            session.Flows.Want([one], 0, 99);
            session.Flows.Take([new TokenFlow(5, Token, other, one, 3), new TokenFlow(6, Token, other, one, 4)], [new FlowAccount(one, 50, 600, 0, 2, FlowState.Reading)]);
            session.Flows.Take([new TokenFlow(5, Token, other, one, 30)], []);
        });
        Assert.Equal([new TokenFlow(5, Token, other, one, 33)], _test.Books.Read(session => session.Flows.Into([one, other], 6)));
        Assert.Equal([(other, 10UL, 2), (one, 50UL, 0)], _test.Books.Read(session => session.Flows.Due(9, 700)).Select(account => (account.Account, account.NextBlock, account.Steps)));
        Assert.Equal([other], _test.Books.Read(session => session.Flows.Due(9, 600)).Select(account => account.Account));
    }

    [Fact]
    public async Task Attestation_ThatComesTwice_IsThereOnce_AndRevokedOnce()
    {
        var row = new AttestationRow(TestBooks.Word(1), new LogPosition(5, 1), 50, StatementKind.Lineage, TestBooks.Word(2), TestBooks.Account(1), Address.Zero);
        await _test.WriteAsync(session =>
        {
            session.Attestations.Add(row);
            session.Attestations.Add(row with { At = new LogPosition(6, 1) });
            session.Attestations.AddContent(new AttestationContent(row.Uid, Model(1), Hash32.Zero, 50, 0, new byte[] { 1 }));
            session.Attestations.Revoke(row.Uid, 8, 80);
            session.Attestations.Revoke(row.Uid, 9, 90);
        });
        (ulong Block, ulong Revoked)[] At(ulong block) => [.. _test.Books.Read(session => session.Attestations.Of(Model(1), block)).Select(one => (one.Row.At.Block, one.Row.RevokedAt))];
        Assert.Empty(At(5));
        Assert.Equal([(5UL, 0UL)], At(8));
        Assert.Equal([(5UL, 80UL)], At(9));
        Assert.Equal([Model(1)], _test.Books.Read(session => session.Attestations.Revoked(8, 9)));
        Assert.Empty(_test.Books.Read(session => session.Attestations.Unread(9)));
    }

    private static ModelId Model(byte n) => new(TestBooks.Word(n));

    private static UInt256 Sum(IEnumerable<UInt256> amounts) => amounts.Aggregate(UInt256.Zero, (sum, amount) => sum + amount);
}

public sealed class PassportStoreTestsOnFiles() : PassportStoreTests(TestEngine.Files);

[Trait("Category", "Server")]
public sealed class PassportStoreTestsOnPostgres() : PassportStoreTests(TestEngine.Postgres);
