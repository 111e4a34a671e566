using System.Numerics;
using FsCheck.Fluent;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Ledger;

public sealed class SweepRuleTests
{
    private static readonly ModelId Model = new(Keccak256.HashText("model"));
    private static readonly Address Token = World.Name("token", 1);

    [Fact]
    public void Sweep_OfAllThatWasLogged_SettlesEachPaymentWhole()
    {
        var settled = SweepRule.Settle(Swept(60), [Paid(1, 10), Paid(2, 20), Paid(3, 30)]);
        Assert.Equal([10UL, 20, 30], settled.Select(part => (ulong)part.Settled));
        Assert.Equal([1UL, 2, 3], settled.Select(part => part.Payment.At.Block));
    }

    [Fact]
    public void Sweep_WithAShortfall_SharesItProRataInTheOrderGiven()
    {
        // Running sums 10, 30, 60 of 60 become floor(x * 31 / 60): 5, 15, 31.
        var settled = SweepRule.Settle(Swept(31), [Paid(1, 10), Paid(2, 20), Paid(3, 30)]);
        Assert.Equal([5UL, 10, 16], settled.Select(part => (ulong)part.Settled));
        Assert.Equal([10UL, 20, 30], settled.Select(part => (ulong)part.Payment.Amount));
    }

    [Fact]
    public void Sweep_WithAnExcess_AddsAnAnonymousPaymentAtItsOwnPlace()
    {
        var sweep = Swept(67);
        var settled = SweepRule.Settle(sweep, [Paid(1, 60)]);
        Assert.Equal(2, settled.Count);
        Assert.Equal(new SettledPayment(Paid(1, 60), 60), settled[0]);
        Assert.Equal(
            new SettledPayment(
                new Payment(sweep.At, sweep.Timestamp, sweep.Transaction, Model, Token, 7, Address.Zero, Hash32.Zero, PaymentRoute.Excess), 7),
            settled[1]);
    }

    [Fact]
    public void Sweep_OfNothingLogged_IsAllExcess()
    {
        var part = Assert.Single(SweepRule.Settle(Swept(5), []));
        Assert.Equal(PaymentRoute.Excess, part.Payment.Route);
        Assert.Empty(SweepRule.Settle(Swept(0), []));
    }

    [Fact]
    public void Sweep_OfAnotherModelTokenOrLaterPayment_IsRefused()
    {
        Payment[] wrong =
        [
            Paid(1, 1) with { Model = new ModelId(Keccak256.HashText("other")) },
            Paid(1, 1) with { Token = Address.Zero },
            Paid(100, 1),
            Paid(101, 1),
        ];
        Assert.All(wrong, payment => Assert.Throws<InvalidOperationException>(() => SweepRule.Settle(Swept(5), [payment])));
    }

    [Fact]
    public void Parts_OfAnySweep_SumToItWithinOneUnitOfProRata() => Properties.Hold(
        from seed in Gen.Choose(0, int.MaxValue) from count in Gen.Choose(0, 20) from percent in Gen.Choose(0, 150) select (seed, count, percent),
        input =>
        {
            var random = new Random(input.seed);
            var waiting = Enumerable.Range(1, input.count)
                .Select(block => Paid((ulong)block, random.Next(4) == 0 ? UInt256.MaxAmount / 100 : (ulong)random.NextInt64(0, 1_000_000))).ToList();
            var logged = waiting.Aggregate(BigInteger.Zero, (sum, payment) => sum + payment.Amount.Big());
            var swept = logged * input.percent / 100;
            var settled = SweepRule.Settle(Swept(swept.ToUInt256()), waiting);
            Assert.Equal(swept, settled.Aggregate(BigInteger.Zero, (sum, part) => sum + part.Settled.Big()));
            Assert.All(settled, part => Assert.True(part.Settled <= part.Payment.Amount));
            Assert.Equal(waiting, settled.Take(waiting.Count).Select(part => part.Payment));
            if (swept >= logged) return;
            foreach (var part in settled)
            {
                var low = part.Payment.Amount.Big() * swept / logged;
                Assert.InRange(part.Settled.Big(), low, low + 1);
            }
        },
        500);

    [Fact]
    public void Postings_OfAnySweep_LeaveTransitEmptyAndTheBooksWhole()
    {
        foreach (var swept in new ulong[] { 31, 60, 67 })
        {
            var waiting = new[] { Paid(1, 10), Paid(2, 20), Paid(3, 30) };
            var sweep = Swept(swept);
            var entries = waiting.Select(Postings.ForPayment).Concat(Postings.ForSweep(sweep, SweepRule.Settle(sweep, waiting)));
            var balances = new Dictionary<LedgerAccount, BigInteger>();
            foreach (var entry in entries)
            {
                Assert.Equal(Token, entry.Token);
                balances[entry.From] = balances.GetValueOrDefault(entry.From) - entry.Amount.Big();
                balances[entry.To] = balances.GetValueOrDefault(entry.To) + entry.Amount.Big();
            }

            Assert.Equal(BigInteger.Zero, balances[LedgerAccount.Transit(Model)]);
            Assert.Equal(swept, balances[LedgerAccount.Model(Model)]);
            Assert.Equal(-(BigInteger)swept, balances[LedgerAccount.Payers]);
        }
    }

    [Fact]
    public void Postings_OfARailPayment_GoStraightToTheModel() => Assert.Equal(
        new LedgerEntry(Token, LedgerAccount.Payers, LedgerAccount.Model(Model), 9),
        Postings.ForPayment(Paid(1, 9) with { Route = PaymentRoute.Rail }));

    [Fact]
    public void Contributor_Account_KeepsItsAddress()
    {
        var person = World.Name("person", 1);
        Assert.Equal(person, LedgerAccount.Contributor(person).ToAddress());
        Assert.Throws<InvalidOperationException>(() => LedgerAccount.Model(Model).ToAddress());
    }

    private static Sweep Swept(UInt256 amount) => new(new LogPosition(100, 3), 1000, Keccak256.HashText("sweep"), Model, Token, amount);

    private static Payment Paid(ulong block, UInt256 amount) => new(
        new LogPosition(block, 3), block * 10, Keccak256.HashText("transfer"), Model, Token, amount, World.Name("payer", 1), Hash32.Zero, PaymentRoute.PayAddress);
}
