using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;
using static OpenSettle.Storage.Tests.TestBooks;

namespace OpenSettle.Storage.Tests;

public abstract class ClaimTests(TestEngine engine) : IDisposable
{
    private readonly TestBooks _books = new(engine);

    public void Dispose()
    {
        _books.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Claims_OfAccountsAndTokens_AreSummedWithoutPushes()
    {
        var (first, other, another) = (new Claimant(Account(20), Account(9)), new Claimant(Account(20), Account(8)), new Claimant(Account(21), Account(9)));
        await _books.WriteAsync(session =>
        {
            foreach (var claimant in new[] { first, other, another }) Earn(session, claimant, 100);
            Claim(session, first, 10, 1);
            Claim(session, first, 5, 2);
            Claim(session, other, 7, 3);
            session.Ledger.Post("push 4/0", new LedgerEntry(another.Token, LedgerAccount.Settled(another.Account), LedgerAccount.Paid, 50));
        });
        Assert.Equal([15, 7, 0], _books.Books.Read(session => new[] { first, other, another }.Select(claimant => (int)(ulong)session.Claims.Sum(claimant)).ToArray()));
        Assert.Equal([other, first], _books.Books.Read(session => session.Claims.After(null, 10)));
        Assert.Equal([first], _books.Books.Read(session => session.Claims.After(other, 10)));
        Assert.Empty(_books.Books.Read(session => session.Claims.After(first, 10)));
        Assert.Equal([other], _books.Books.Read(session => session.Claims.After(null, 1)));
    }

    [Fact]
    public async Task Claims_SinceAnEntry_AreThoseAfterIt()
    {
        var (first, second) = (new Claimant(Account(20), Account(9)), new Claimant(Account(21), Account(9)));
        await _books.WriteAsync(session =>
        {
            Earn(session, first, 100);
            Earn(session, second, 100);
            Claim(session, first, 10, 1);
        });
        var entry = _books.Books.Read(session => session.Claims.LastEntry());
        Assert.Empty(_books.Books.Read(session => session.Claims.PaidSince(entry)));
        await _books.WriteAsync(session =>
        {
            Claim(session, second, 1, 2);
            Claim(session, second, 1, 3);
        });
        Assert.Equal([second], _books.Books.Read(session => session.Claims.PaidSince(entry)));
        Assert.Equal([first, second], _books.Books.Read(session => session.Claims.PaidSince(0)));
    }

    [Fact]
    public async Task WaitingTotals_OfManyTransfersAndSweeps_AreTheSumsOfWhatIsNotSettled()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            using var books = new TestBooks(engine);
            var random = new Random(seed);
            for (ulong block = 1; block <= 20; block++)
            {
                var at = block;
                await books.WriteAsync(session =>
                {
                    for (uint index = 0; index < 10; index++)
                    {
                        var payment = Payment(at, index, (ulong)random.Next(1, 1_000), random.Next(4) == 0 ? PaymentRoute.Rail : PaymentRoute.PayAddress, (byte)random.Next(1, 5), (byte)random.Next(8, 10));
                        session.Payments.Add(payment);
                        session.Ledger.Post("payment", Postings.ForPayment(payment));
                    }

                    if (random.Next(3) != 0) return;
                    Sweep(session, at, (byte)random.Next(1, 5), (byte)random.Next(8, 10), random);
                });
                var expected = books.Books.Read(session => (
                    from model in Enumerable.Range(1, 4)
                    from token in Enumerable.Range(8, 2)
                    let waiting = session.Payments.Waiting(new ModelId(Word((byte)model)), Account((byte)token))
                    where waiting.Count > 0
                    select new WaitingTotal(
                        Account((byte)token), new ModelId(Word((byte)model)), waiting.Aggregate(UInt256.Zero, (sum, payment) => sum + payment.Amount), waiting[0].Timestamp)).ToList());
                Assert.Equal(expected.OrderBy(total => total.Model).ThenBy(total => total.Token), books.Books.Read(session => session.Payments.WaitingTotals()).OrderBy(total => total.Model).ThenBy(total => total.Token));
            }
        }
    }

    /// <summary>All of it, more than is known, or less.</summary>
    private static void Sweep(BooksSession session, ulong block, byte model, byte token, Random random)
    {
        var waiting = session.Payments.Waiting(new ModelId(Word(model)), Account(token));
        if (waiting.Count == 0) return;
        var logged = waiting.Aggregate(UInt256.Zero, (sum, payment) => sum + payment.Amount);
        var sweep = new Sweep(new LogPosition(block, 99), block * 10, Word(6), new ModelId(Word(model)), Account(token), logged + (ulong)random.Next(0, 5) - (ulong)random.Next(0, 2));
        var settled = SweepRule.Settle(sweep, waiting);
        foreach (var part in settled)
        {
            if (part.Payment.Route == PaymentRoute.Excess) session.Payments.Add(part.Payment);
            session.Payments.Settle(part, block);
        }

        session.Ledger.Post("sweep", Postings.ForSweep(sweep, settled));
    }

    private static void Earn(BooksSession session, Claimant claimant, UInt256 amount) => session.Ledger.Post(
        "epoch", new LedgerEntry(claimant.Token, LedgerAccount.Payers, LedgerAccount.Settled(claimant.Account), amount));

    private static void Claim(BooksSession session, Claimant claimant, UInt256 amount, ulong block) => session.Ledger.Post(
        $"payout {block}/0", Postings.ForPayout(new Payout(new LogPosition(block, 0), Word(7), claimant.Account, claimant.Token, amount)));
}

public sealed class ClaimTestsOnFiles() : ClaimTests(TestEngine.Files);

[Trait("Category", "Server")]
public sealed class ClaimTestsOnPostgres() : ClaimTests(TestEngine.Postgres);
