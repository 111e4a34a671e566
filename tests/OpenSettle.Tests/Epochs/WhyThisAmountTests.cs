using System.Numerics;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class WhyThisAmountTests
{
    // Lines are one for each payment and way up: a deep lineage has too many to go through all of them for everybody.
    private const int MostLines = 3_000;

    [Fact]
    public void Amount_OfEveryAccount_IsItsLinesAndOneRounding() => Properties.Hold(Shape.Any, shape =>
    {
        SettlementState before = SettlementState.Empty;
        foreach (var epoch in History.Make(shape with { Payments = shape.Payments / 2 }, 2))
        {
            foreach (var state in epoch.Bundle.After.Accounts)
            {
                var why = WhyThisAmount.Explain(epoch.Bundle, before, state.Account, state.Token);
                var old = before.Accounts.SingleOrDefault(other => other.Account == state.Account && other.Token == state.Token).Earned;
                Assert.Equal((state.Account, state.Token, state.Earned - old), (why.Account, why.Token, why.Amount));
                var lines = why.Lines.Take(MostLines + 1).ToList();
                if (lines.Count > MostLines) continue;
                var sum = lines.Aggregate(why.Rounding, (total, line) => total + line.Amount);
                Assert.Equal(Fraction.Of(why.Amount), sum);
                Assert.All(lines, line => Assert.True(line.Amount.Numerator.Sign > 0 && line.Reason.Weight <= line.Reason.Of && line.Reason.Kind != ReasonKind.Unknown));
            }

            before = epoch.Bundle.After;
        }
    }, 40);

    [Fact]
    public void Groups_OfEveryAccount_ReadFromBytes_AreTheLinesSummedUp() => Properties.Hold(Shape.Any, shape =>
    {
        SettlementState before = SettlementState.Empty;
        foreach (var epoch in History.Make(shape with { Payments = shape.Payments / 2 }, 2))
        {
            var (money, hash) = EpochMoney.Read(new MemoryStream(epoch.Bytes));
            Assert.Equal(epoch.Hash, hash);
            Assert.Equal(EpochMoney.Of(epoch.Bundle).Groups.Select(Shown), money.Groups.Select(Shown));
            foreach (var state in epoch.Bundle.After.Accounts)
            {
                var whole = WhyThisAmount.Explain(epoch.Bundle, before, state.Account, state.Token);
                var why = new WhyThisAmount(money, before.Suspense, state.Account, state.Token);
                Assert.Equal(Fraction.Of(whole.Amount) - whole.Rounding, why.Exact);
                Assert.Equal(why.Exact, why.Groups.Aggregate(Fraction.Zero, (sum, group) => sum + group.Amount));
                Assert.True(whole.Rounding >= new Fraction(-why.MostRounding([]), 1) && whole.Rounding <= new Fraction(why.MostRounding(before.Residues), 1));
                var lines = whole.Lines.Take(MostLines + 1).ToList();
                if (lines.Count > MostLines) continue;
                foreach (var part in why.Groups) Assert.Equal(part.Part, why.Reasons(part.Group).Aggregate(Fraction.Zero, (sum, reason) => sum + reason.Part));
                var byKey = lines.GroupBy(line => line.Reason.Path[0]).ToDictionary(group => group.Key, group => group.Aggregate(Fraction.Zero, (sum, line) => sum + line.Amount));
                var byModel = why.Groups.GroupBy(part => part.Group.Terms.Model).ToDictionary(group => group.Key, group => group.Aggregate(Fraction.Zero, (sum, part) => sum + part.Amount));
                Assert.Equal(byKey, byModel);
            }

            before = epoch.Bundle.After;
        }
    }, 30);

    [Fact]
    public void PaymentsOfAGroup_InPieces_AreAllThatItHas()
    {
        var epoch = History.Make(new Shape(6, 5, 120), 1)[0];
        var money = EpochMoney.Of(epoch.Bundle);
        var found = 0;
        foreach (var group in money.Groups)
        {
            var got = new List<DividedPayment>();
            while (true)
            {
                var (piece, hash) = EpochMoney.ReadPayments(new MemoryStream(epoch.Bytes), group.Key, got.Count > 0 ? got[^1].Settled.Payment.At : null, 3);
                Assert.Equal(epoch.Hash, hash);
                got.AddRange(piece);
                if (piece.Count < 3) break;
            }

            Assert.Equal((group.Payments, group.Money), ((ulong)got.Count, got.Aggregate(UInt256.Zero, (sum, payment) => sum + payment.Settled.Settled)));
            Assert.Equal(got.Select(payment => payment.Settled.Payment.At).Order(), got.Select(payment => payment.Settled.Payment.At));
            Assert.All(got, payment => Assert.Equal(group.Key, EpochMoney.KeyOf(payment)));
            found += got.Count;
        }

        Assert.Equal(epoch.Bundle.Payments.Count(payment => !payment.Settled.Settled.IsZero), found);
    }

    [Fact]
    public void ExactParts_OfAllAccounts_AreTheMoneyThatCameAndDoesNotWait() => Properties.Hold(Shape.Any, shape =>
    {
        // In the first epoch, where nothing was left over. What waits was rounded on its way, so where something waits
        // there are bounds, and without it there is equality.
        var bundle = History.Make(shape with { Payments = shape.Payments / 2 }, 1)[0].Bundle;
        foreach (var token in bundle.Tokens.Select(token => token.Token))
        {
            var payments = bundle.Payments.Where(payment => payment.Settled.Payment.Token == token).ToList();
            var came = payments.Aggregate(BigInteger.Zero, (sum, payment) => sum + payment.Settled.Settled.Big());
            var waits = payments.Aggregate(Fraction.Zero, (sum, payment) => sum + Fraction.Of(payment.Settled.Settled) * Waits(payment.Terms, []));
            var exact = Fraction.Zero;
            var rounding = Fraction.Zero;
            var earned = BigInteger.Zero;
            // Accounts that got less than a unit are not in the books: they are told of as well.
            foreach (var account in Accounts(bundle))
            {
                var why = WhyThisAmount.Explain(bundle, SettlementState.Empty, account, token);
                exact += Fraction.Of(why.Amount) - why.Rounding;
                rounding += why.Rounding;
                earned += why.Amount.Big();
            }

            Assert.Equal(new Fraction(came, 1), exact + waits);
            var residues = bundle.After.Residues.Where(residue => residue.Token == token).Aggregate(BigInteger.Zero, (sum, residue) => sum + residue.Amount.Big());
            var suspense = bundle.After.Suspense.Where(waiting => waiting.Key.Token == token).Aggregate(BigInteger.Zero, (sum, waiting) => sum + waiting.Amount.Big());
            Assert.Equal(came, earned + residues + suspense);
            // So what rounding took from accounts is in residues, or in what waits beyond its exact part.
            Assert.Equal(Fraction.Zero, rounding + new Fraction(residues, 1) + new Fraction(suspense, 1) - waits);
        }
    }, 60);

    [Fact]
    public void Lines_OfKnownMoney_TellWhereItWent()
    {
        var (ada, bo, coin) = (World.Name("ada", 1), World.Name("bo", 1), World.Name("token", 1));
        var below = new Terms(0, new ModelId(Keccak256.HashText("base")), 1, new SplitTable(1, [new SplitRow(ada, 1, "data"), new SplitRow(bo, 2, "code")]), 1, bo, []);
        var child = new Terms(
            1, new ModelId(Keccak256.HashText("child")), 2,
            new SplitTable(1, [new SplitRow(null, 1, "training")]) { PoolWeight = 1, Fallback = [new SplitRow(ada, 1, "care"), new SplitRow(bo, 1, "care")] }, 1, ada, [new UpstreamTerms(below, 400_000)]);
        var payment = new OpenSettle.Ledger.Payment(new OpenSettle.Registry.LogPosition(1, 0), 1, Hash32.Zero, child.Model, coin, 101, bo, Hash32.Zero, OpenSettle.Ledger.PaymentRoute.Rail);
        var result = EpochBuilder.Build(new EpochInput(
            1, 1, 2, Hash32.Zero, Hash32.Zero, Hash32.Zero, SettlementState.Empty, [new ListedToken(coin, 1)], [below, child],
            [new DividedPayment(new OpenSettle.Ledger.SettledPayment(payment, 101), child)], EpochUsage.None, []));
        var why = WhyThisAmount.Explain(Bundle.Of(History.Deployment, result, Hash32.Zero), SettlementState.Empty, ada, coin);

        // 101 of which 40 2/5 go up. Of the rest, 60 3/5, half by the owner's row and a quarter by the fallback row.
        (ReasonKind, string, string, int)[] expected =
        [
            (ReasonKind.Row, "training", "303/10", 1),
            (ReasonKind.Fallback, "care", "303/20", 1),
            (ReasonKind.Row, "data", "202/15", 2),
        ];
        Assert.Equal(expected, why.Lines.Select(line => (line.Reason.Kind, line.Reason.Role, line.Amount.ToString(), line.Reason.Path.Count)));
        Assert.Equal([child.Model, below.Model], why.Lines.Last().Reason.Path);
        // 61 stay: 30, and half of 30; 13 of 40 from below.
        Assert.Equal(((UInt256)58, "-11/12"), (why.Amount, why.Rounding.ToString()));
    }

    [Fact]
    public void AccountThatGotNothing_HasNoLines()
    {
        var bundle = History.Make(new Shape(3, 4, 10), 1)[0].Bundle;
        var why = WhyThisAmount.Explain(bundle, SettlementState.Empty, World.Name("stranger", 1), bundle.Tokens[0].Token);
        Assert.Empty(why.Lines);
        Assert.True(why.Amount.IsZero && why.Rounding.IsZero);
    }

    private static (MoneyKey, ulong, UInt256) Shown(MoneyGroup group) => (group.Key, group.Payments, group.Money);

    private static IEnumerable<Address> Accounts(Bundle bundle) => bundle.After.Accounts.Select(state => state.Account)
        .Concat(bundle.Terms.SelectMany(terms => terms.Split.Rows.Concat(terms.Split.Fallback).Select(row => row.Account ?? terms.Owner)))
        .Concat(bundle.Usage.Open.Select(sum => sum.Account)).Concat(bundle.Usage.Direct.Select(sum => sum.Account)).Distinct();

    /// <summary>The exact part of money under these terms that waits for tables.</summary>
    private static Fraction Waits(Terms terms, Dictionary<Terms, Fraction> known)
    {
        if (known.TryGetValue(terms, out var part)) return part;
        var sum = Fraction.Zero;
        var rest = Fraction.One;
        foreach (var parent in terms.Parents)
        {
            var share = new Fraction(parent.Share, 1_000_000);
            sum += share * Waits(parent.Terms, known);
            rest -= share;
        }

        return known[terms] = terms.Split.AtHand ? sum : sum + rest;
    }
}
