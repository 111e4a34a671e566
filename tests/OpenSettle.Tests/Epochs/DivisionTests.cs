using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class DivisionTests
{
    private static readonly Address Token = World.Name("token", 1);
    private static readonly Address Ada = World.Name("ada", 1);
    private static readonly Address Bo = World.Name("bo", 1);
    private static readonly Address Owner = World.Name("owner", 1);
    private static readonly UInt128 MostWeight = (UInt128.One << 96) - 1;

    [Fact]
    public void Payment_OfNothing_GivesNothing()
    {
        var result = Division.Divide([Pay(1, 0, Under(0, Rows((Ada, 1))))], []);
        Assert.Empty(result.Entries);
        Assert.Empty(result.Residues);
    }

    [Fact]
    public void Payment_OfOneUnit_ForTwoEqualRowsStaysWithTheModel()
    {
        var terms = Under(0, Rows((Ada, 1), (Bo, 1)));
        var result = Division.Divide([Pay(1, 1, terms)], []);
        Assert.Empty(result.Entries);
        Assert.Equal(new Residue(terms.Model, Token, 1), Assert.Single(result.Residues));
    }

    [Fact]
    public void Payment_OfTheLargestAmount_ForLeastAndMostWeightIsExact()
    {
        var result = Division.Divide([Pay(1, UInt256.MaxAmount, Under(0, Rows((Ada, 1), (Bo, MostWeight))))], []);
        // (2^128 - 1) / 2^96 = 2^32 - 1/2^96, and the rest but the unit that rounding leaves.
        Assert.Equal((UInt256)uint.MaxValue, Earned(result, Ada));
        Assert.Equal(UInt256.MaxAmount - uint.MaxValue - 1, Earned(result, Bo));
        Assert.Equal(UInt256.One, Assert.Single(result.Residues).Amount);
    }

    [Fact]
    public void TenThousandPayments_OfOneUnit_AreDividedAsOneSoThatNobodyStarves()
    {
        var terms = Under(0, Rows((Ada, 1), (Bo, 2), (Owner, 9_997)));
        var result = Division.Divide([.. Enumerable.Range(0, 10_000).Select(i => Pay((ulong)(1 + i / 100), 1, terms, (uint)i))], []);
        Assert.Equal(UInt256.One, Earned(result, Ada));
        Assert.Equal((UInt256)2, Earned(result, Bo));
        Assert.Equal((UInt256)9_997, Earned(result, Owner));
        Assert.Empty(result.Residues);
    }

    [Fact]
    public void OwnerRow_OfAnAccountThatHasRowsOfItsOwn_IsOneRowWithThem()
    {
        // 1 + 1 + 1 of 4: three rows of 25 would give 24 to each of 99, one of 75 gives 74.
        var terms = Under(0, new SplitTable(1, [new SplitRow(null, 1, ""), new SplitRow(Owner, 1, ""), new SplitRow(Ada, 1, ""), new SplitRow(Owner, 1, "")]));
        var result = Division.Divide([Pay(1, 99, terms)], []);
        Assert.Equal((UInt256)74, Earned(result, Owner));
        Assert.Equal((UInt256)24, Earned(result, Ada));
        Assert.Equal(2, result.Entries.Count());
    }

    [Fact]
    public void Parents_WithTheWhole_LeaveTheSplitOnlyTheirRounding()
    {
        var left = Under(0, Rows((Ada, 1)), 1);
        var right = Under(1, Rows((Bo, 1)), 2);
        var child = Under(2, Rows((Owner, 1)), 3, (left, 333_333), (right, 666_667));
        var result = Division.Divide([Pay(1, 100, child)], []);
        Assert.Equal((UInt256)33, Earned(result, Ada));
        Assert.Equal((UInt256)66, Earned(result, Bo));
        Assert.Equal((UInt256)1, Earned(result, Owner));
    }

    [Fact]
    public void MoneyFromSeveralChildren_IsDividedByTheParentOnce()
    {
        var parent = Under(0, Rows((Ada, 1), (Bo, 1)), 1);
        var one = Under(1, Rows((Owner, 1)), 2, (parent, 1_000_000));
        var two = Under(2, Rows((Owner, 1)), 3, (parent, 1_000_000));
        var result = Division.Divide([Pay(1, 1, one), Pay(2, 1, two)], []);
        Assert.Equal(UInt256.One, Earned(result, Ada));
        Assert.Equal(UInt256.One, Earned(result, Bo));
        Assert.Empty(result.Residues);
    }

    [Fact]
    public void Residue_OfAnEarlierEpoch_JoinsTheGroupThatTheOldestPaymentReaches()
    {
        var older = Under(1, Rows((Ada, 1)));
        var newer = Under(0, new SplitTable(2, [new SplitRow(Bo, 1, "")]));
        var residue = new Residue(older.Model, Token, 5);
        var result = Division.Divide([Pay(2, 10, newer), Pay(1, 10, older)], [residue]);
        Assert.Equal((UInt256)15, Earned(result, Ada));
        Assert.Equal((UInt256)10, Earned(result, Bo));

        var swapped = Division.Divide([Pay(1, 10, newer), Pay(2, 10, older)], [residue]);
        Assert.Equal((UInt256)10, Earned(swapped, Ada));
        Assert.Equal((UInt256)15, Earned(swapped, Bo));
    }

    [Fact]
    public void Residue_OfAnotherTokenOrModel_WaitsUntouched()
    {
        var terms = Under(0, Rows((Ada, 1)));
        Residue[] waiting = [new Residue(terms.Model, Address.Zero, 5), new Residue(new ModelId(Keccak256.HashText("quiet")), Token, 6)];
        var result = Division.Divide([Pay(1, 10, terms)], waiting);
        Assert.Equal(waiting.OrderBy(residue => residue.Model).ThenBy(residue => residue.Token), result.Residues);
        Assert.Equal((UInt256)10, Earned(result, Ada));
    }

    [Theory]
    [InlineData(9, 1)] // eight steps up from model 9 is model 1
    [InlineData(12, 4)]
    public void Money_GivenUpWholeThroughALongLine_StopsAfterEightSteps(int models, int last)
    {
        var book = new RegistryBook();
        ModelId Id(int number) => new(Keccak256.HashText($"line/{number}"));
        for (var number = 1; number <= models; number++)
        {
            var block = (ulong)number;
            book.Apply(new ModelRegistered(new LogPosition(block, 0), block, Id(number), block, Owner, World.Name("pay", number), 0, Hash32.Zero, Hash32.Zero, ""));
            book.Apply(new SplitSet(new LogPosition(block, 1), block, Id(number), block, new SplitTable(1, [new SplitRow(World.Name("earner", number), 1, "")])));
            Parent[] parents = number > 1 ? [new Parent(Id(number - 1), 1_000_000)] : [];
            book.Apply(new LineageSet(new LogPosition(block, 2), block, Id(number), block, new Lineage(1, parents)));
        }

        var terms = new TermsResolver(book).Resolve(Id(models), new BlockPoint(100, 100));
        var result = Division.Divide([Pay(100, 1_000, terms)], []);
        var earner = Assert.Single(result.Entries, entry => entry.To.Kind == AccountKind.Contributor);
        Assert.Equal(World.Name("earner", last), earner.To.ToAddress());
        Assert.Equal((UInt256)1_000, earner.Amount);
    }

    [Fact]
    public void Split_WithoutRowsOrWithAWeightOfZero_IsRefused()
    {
        Assert.Throws<InvalidOperationException>(() => Division.Divide([Pay(1, 1, Under(0, Rows()))], []));
        Assert.Throws<InvalidOperationException>(() => Division.Divide([Pay(1, 1, Under(0, Rows((Ada, 1), (Bo, 0))))], []));
    }

    private static SplitTable Rows(params (Address Account, UInt128 Weight)[] rows) =>
        new(1, [.. rows.Select(row => new SplitRow(row.Account, row.Weight, "data"))]);

    private static Terms Under(int id, SplitTable split, int model = 1, params (Terms Terms, uint Share)[] parents) => new(
        id, new ModelId(Keccak256.HashText($"model/{model}")), (ulong)model, split, 1, Owner, [.. parents.Select(parent => new UpstreamTerms(parent.Terms, parent.Share))]);

    private static DividedPayment Pay(ulong block, UInt256 amount, Terms terms, uint log = 0)
    {
        var payment = new Payment(
            new LogPosition(block, log), block, Hash32.Zero, terms.Model, Token, amount, World.Name("payer", 1), Hash32.Zero, PaymentRoute.Rail);
        return new DividedPayment(new SettledPayment(payment, amount), terms);
    }

    private static UInt256 Earned(DivisionResult result, Address account) => result.Entries
        .Where(entry => entry.To == LedgerAccount.Contributor(account))
        .Aggregate(UInt256.Zero, (sum, entry) => sum + entry.Amount);
}
