using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Epochs;

public sealed class EpochBuilderTests
{
    private static readonly Address Coin = World.Name("token", 1);
    private static readonly Address Other = World.Name("token", 2);
    private static readonly Address Ada = World.Name("ada", 1);
    private static readonly Terms Terms = new(
        0, new ModelId(Keccak256.HashText("model")), 1, new SplitTable(1, [new SplitRow(Ada, 1, "data")]), 1, World.Name("owner", 1), []);

    [Theory]
    [InlineData(49, 50, 0)]
    [InlineData(50, 50, 50)]
    [InlineData(51, 50, 51)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 1)]
    public void Accrual_ReachingTheSmallestLeaf_BecomesPayable(int paid, int smallest, int leaf)
    {
        var result = Build(SettlementState.Empty, (ulong)smallest, (Coin, (ulong)paid));
        Assert.Equal(new AccountState(Ada, Coin, (ulong)paid, (ulong)leaf), Assert.Single(result.After.Accounts));
        Assert.Equal(leaf > 0, result.Tree is not null);
        Assert.Equal(leaf > 0 ? [new TokenTotal(Coin, (ulong)leaf)] : [], result.Changed);
    }

    [Fact]
    public void Accruals_OfSeveralEpochs_AddUpUntilTheyArePayable()
    {
        var first = Build(SettlementState.Empty, 50, (Coin, 30));
        Assert.Null(first.Tree);
        var second = Build(first.After, 50, (Coin, 30));
        Assert.Equal(new AccountState(Ada, Coin, 60, 60), Assert.Single(second.After.Accounts));
        var third = Build(second.After, 50, (Coin, 49));
        Assert.Equal(new AccountState(Ada, Coin, 109, 60), Assert.Single(third.After.Accounts));
        Assert.Empty(third.Changed);
        Assert.Equal(second.Tree?.Root, third.Tree?.Root);
    }

    [Fact]
    public void Totals_OfTokensThatDidNotChange_AreLeftOut()
    {
        var first = Build(SettlementState.Empty, 1, (Coin, 10), (Other, 20));
        Assert.Equal(new[] { new TokenTotal(Coin, 10), new TokenTotal(Other, 20) }.OrderBy(total => total.Token), first.Changed);
        var second = Build(first.After, 1, (Other, 5));
        Assert.Equal([new TokenTotal(Other, 25)], second.Changed);
        Assert.Equal(2, second.Tree?.Leaves.Count);
        Assert.Empty(Build(second.After, 1).Changed);
    }

    [Fact]
    public void Books_OfTheTree_HaveTheLeavesInOrderOfTokenThenAccount()
    {
        var leaves = History.Make(new Shape(3, 9, 80), 2)[1].Bundle.After.Accounts.Where(account => !account.Leaf.IsZero)
            .Select(account => new CumulativeLeaf(account.Account, account.Token, account.Leaf)).ToList();
        Assert.Equal(leaves.OrderBy(leaf => leaf.Token).ThenBy(leaf => leaf.Account), leaves);
        Assert.Equal(CumulativeTree.Build(leaves).Root, History.Make(new Shape(3, 9, 80), 2)[1].Bundle.Root);
    }

    [Fact]
    public void Accrual_OfAnAccountPaidByPush_BecomesAnEntryAndNoLeaf()
    {
        PushOrder[] push = [new PushOrder(Ada, Other)];
        var first = Build(SettlementState.Empty, 50, push, (Coin, 49));
        Assert.Empty(first.Pushes);
        Assert.Equal(Hash32.Zero, first.PushRoot);
        var second = Build(first.After, 50, push, (Coin, 1));
        Assert.Equal([new PushEntry(Ada, Other, Coin, 50)], second.Pushes);
        Assert.Equal(PushTree.Build(second.Pushes).Root, second.PushRoot);
        Assert.Equal(new AccountState(Ada, Coin, 50, 0, 50), Assert.Single(second.After.Accounts));
        Assert.Equal([new TokenTotal(Coin, 50)], second.Changed);
        Assert.Null(second.Tree);
        Assert.Equal(Hash32.Zero, second.Root);

        // Off the list, what comes later is a leaf again; what was pushed stays so.
        var third = Build(second.After, 50, (Coin, 60));
        Assert.Equal(new AccountState(Ada, Coin, 110, 60, 50), Assert.Single(third.After.Accounts));
        Assert.Equal([new TokenTotal(Coin, 110)], third.Changed);
    }

    [Fact]
    public void Payment_InATokenThatIsNotListed_IsRefused() => Assert.Throws<InvalidOperationException>(
        () => Build(SettlementState.Empty, 1, (World.Name("token", 9), 1)));

    private static EpochResult Build(SettlementState before, ulong smallest, params (Address Token, ulong Amount)[] paid) => Build(before, smallest, [], paid);

    private static EpochResult Build(SettlementState before, ulong smallest, IReadOnlyList<PushOrder> push, params (Address Token, ulong Amount)[] paid)
    {
        DividedPayment[] payments =
        [
            .. paid.Select((one, i) => new DividedPayment(
                new SettledPayment(
                    new Payment(
                        new LogPosition(5, (uint)i), 50, Hash32.Zero, Terms.Model, one.Token, one.Amount, World.Name("payer", 1), Hash32.Zero, PaymentRoute.Rail),
                    one.Amount),
                Terms)),
        ];
        return EpochBuilder.Build(new EpochInput(
            1, 1, 10, Hash32.Zero, Hash32.Zero, Hash32.Zero, before, [new ListedToken(Coin, smallest), new ListedToken(Other, smallest)], [Terms], payments, EpochUsage.None, push));
    }
}
