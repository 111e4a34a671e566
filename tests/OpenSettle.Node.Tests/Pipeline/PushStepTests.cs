using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class PushStepTests
{
    private static readonly TestModel Small = Model("small");

    [Fact]
    public async Task Accounts_AboveTheLimit_ArePushedAndTheOthersHaveLeaves()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain, pushAbove: 50);
        await node.RunAsync(20);
        // 75 of 100 are Alice's, 25 the creator's.
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
        Assert.Equal([(Small.Creator, (UInt256)25)], node.State.Active!.Tree!.Leaves.Select(leaf => (leaf.Account, leaf.Amount)));
        var row = Assert.Single(node.Books.Read(session => session.Pushes.Range(1, 0, 10)));
        Assert.Equal((Alice, Alice, Dollar, (UInt256)75, PushState.Paid), (row.Account, row.Recipient, row.Token, row.Amount, row.State));
        Assert.Equal(["attest epoch 1", "push epoch 1 entries 0+1"], node.Outbox().Take(2).Select(item => item.Purpose).Order());
        Assert.Equal([new TrialBalance(Dollar, 100, 0, 0, 0, 0, 25, 75)], node.Books.Read(session => session.Ledger.TrialBalances()));
        Assert.Null(node.Books.Read(session => session.Ledger.CheckAgainstEntries()));
        EpochStepTests.AssertVerifies(node, 1);

        // What is pushed is not earned again: the next epoch begins where this one ended.
        chain.Mine(block => block.Pay(Small, Dollar, 400));
        await node.RunAsync(20);
        Assert.Equal([new TrialBalance(Dollar, 500, 0, 0, 0, 0, 25, 475)], node.Books.Read(session => session.Ledger.TrialBalances()));
        EpochStepTests.AssertVerifies(node, 2);
    }

    [Fact]
    public async Task Epoch_OfPushesAlone_HasNoLeafAndSettles()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain, pushAbove: 1);
        await node.RunAsync(20);
        Assert.Equal((EpochState.Pushed, Hash32.Zero), (node.Epoch(1)!.State, node.Epoch(1)!.Root));
        Assert.Null(node.State.Active!.Tree);
        Assert.Equal([new TrialBalance(Dollar, 100, 0, 0, 0, 0, 0, 100)], node.Books.Read(session => session.Ledger.TrialBalances()));
        node.Restart();
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(20);
        Assert.Equal(2UL, chain.State.Epoch);
        EpochStepTests.AssertVerifies(node, 2);
    }

    [Fact]
    public async Task Recipient_ThatTheAccountSet_GetsThePush()
    {
        var chain = EpochStepTests.Paid();
        chain.Mine(block => block.SetRecipient(Alice, Bob));
        using var node = new TestNode(chain, pushAbove: 50);
        await node.RunAsync(20);
        // What it wants later changes nothing of what is built.
        Assert.Equal((Alice, Bob), node.Books.Read(session => session.Pushes.Range(1, 0, 10)).Select(row => (row.Account, row.Recipient)).Single());
        chain.Mine(block => block.SetRecipient(Alice, Address.Zero), block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(20);
        Assert.Equal((Alice, Alice), node.Books.Read(session => session.Pushes.Range(2, 0, 10)).Select(row => (row.Account, row.Recipient)).Single());
        EpochStepTests.AssertVerifies(node, 2);
    }

    [Fact]
    public async Task Refused_IsShownAndTakenAndNotPushedAgain()
    {
        var chain = EpochStepTests.Paid();
        chain.Mine(block => block.Refuse(Alice));
        using var node = new TestNode(chain, pushAbove: 20);
        await node.RunAsync(20);
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
        Assert.Equal([(Alice, PushState.Refused)], node.Books.Read(session => session.Pushes.Refused(10)).Select(row => (row.Account, row.State)));
        Assert.Equal([new TrialBalance(Dollar, 100, 0, 0, 0, 0, 75, 25)], node.Books.Read(session => session.Ledger.TrialBalances()));

        // The next accrual of an account that refuses is left to its claim.
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(20);
        Assert.Equal([(Alice, (UInt256)75)], node.State.Active!.Tree!.Leaves.Select(leaf => (leaf.Account, leaf.Amount)));
        var entry = node.Books.Read(session => session.Pushes.Refused(10)).Single();
        chain.Mine(block => block.TakePush(1, entry.Index, Alice, Bob, 75));
        await node.TickAsync();
        Assert.Empty(node.Books.Read(session => session.Pushes.Refused(10)));
        Assert.Equal([new TrialBalance(Dollar, 200, 0, 0, 0, 0, 75, 125)], node.Books.Read(session => session.Ledger.TrialBalances()));
        EpochStepTests.AssertVerifies(node, 2);
    }

    [Fact]
    public async Task Gas_AboveTheCeiling_LeavesAccrualsToClaimsAndPushesWaiting()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain, pushAbove: 50);
        while (node.Epoch(1)?.State != EpochState.Proposed)
        {
            await node.TickAsync();
            chain.Mine();
        }

        // Dearer than a push may be, and not than the rest.
        chain.BaseFee = 60;
        await node.RunAsync(15);
        Assert.Equal((EpochState.Attested, 1L), (node.Epoch(1)!.State, node.Books.Read(session => session.Pushes.Counts(1))[PushState.Open]));
        Assert.Contains("pushMaxFeeGwei", node.State.PushWaits, StringComparison.Ordinal);
        chain.Mine(block => block.Pay(Small, Dollar, 400));
        await node.RunAsync(15);
        Assert.Equal((EpochState.Attested, Hash32.Zero), (node.Epoch(2)!.State is EpochState.Pushed ? EpochState.Attested : node.Epoch(2)!.State, node.Epoch(2)!.PushRoot));
        chain.BaseFee = 7;
        await node.RunAsync(6);
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
        Assert.Null(node.State.PushWaits);
    }

    [Fact]
    public async Task PushByAnybody_IsAsGoodAsOurs()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain, pushAbove: 50);
        chain.TakesFromPool = true;
        while (node.Find("push epoch 1 entries 0+1") is null)
        {
            await node.TickAsync();
            chain.Mine();
        }

        chain.TakesFromPool = false;
        var call = Calldata.ReadPush(node.Find("push epoch 1 entries 0+1")!.Data.Span)!;
        if (!chain.State.Pushed.Contains((1, 0))) chain.Mine(block => block.Push(call));
        chain.TakesFromPool = true;
        await node.RunAsync(8);
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
        Assert.Equal([new TrialBalance(Dollar, 100, 0, 0, 0, 0, 25, 75)], node.Books.Read(session => session.Ledger.TrialBalances()));
    }

    [Fact]
    public void Batch_OfEveryRangeOfATree_LeadsToItsRoot()
    {
        for (var size = 1; size <= 33; size++)
        {
            var tree = PushTree.Build([.. Enumerable.Range(1, size).Select(i => new PushEntry(
                Address.FromBytes([.. new byte[19], (byte)i]), Address.FromBytes([.. new byte[19], (byte)(i % 5 == 0 ? 99 : i)]), Dollar, (UInt256)(ulong)i))]);
            for (var first = 0; first < size; first++)
            {
                for (var count = 1; first + count <= size; count++)
                {
                    var batch = PushBatch.Of(3, tree, first, count);
                    var items = Calldata.ItemsOf(batch);
                    Assert.Equal(tree.Entries.Skip(first).Take(count), items.Select(item => new PushEntry(item.Account, item.Recipient, item.Token, item.Amount)));
                    Assert.True(Calldata.LeadsTo(batch, items, tree.Root), $"{first}+{count} of {size}");
                    Assert.False(Calldata.LeadsTo(batch with { First = batch.First + 1 }, Calldata.ItemsOf(batch with { First = batch.First + 1 }), tree.Root));
                }
            }
        }
    }

    [Fact]
    public void Plan_OfRandomAccruals_PushesWholeAccountsThatAreLargeAndWorthIt()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            Address[] tokens = [.. Enumerable.Range(1, 3).Select(i => Address.FromBytes([.. new byte[19], (byte)(0xc0 + i)]))];
            var prices = TokenPrices.Of($"{tokens[0]}=1,{tokens[1]}=0.000000000001", [.. tokens.Select(token => new TokenInfo(token, "T", 18))]);
            var accruals = new List<Accrual>();
            foreach (var token in tokens)
            {
                for (byte account = 1; account < 20; account++)
                {
                    if (random.Next(2) == 0) accruals.Add(new Accrual(Address.FromBytes([.. new byte[19], account]), token, (UInt256)(ulong)random.NextInt64(1, 1L << random.Next(1, 62))));
                }
            }

            var terms = new PushTerms(
                new Dictionary<Address, UInt256> { [tokens[random.Next(3)]] = (UInt256)(ulong)random.NextInt64(1, 1L << 50) }, (UInt256)(ulong)random.Next(1, 100), 60, (uint)random.Next(1, 100), prices,
                new Dictionary<Address, Address>(), accruals.Take(2).Select(accrual => accrual.Account).ToHashSet());
            var orders = PushPlan.Choose(accruals, terms);
            if (terms.GasPrice > 60) Assert.Empty(orders);
            Assert.Equal(orders.OrderBy(order => order.Account), orders);
            var chosen = orders.Select(order => order.Account).ToHashSet();
            Assert.DoesNotContain(chosen, terms.Refusing.Contains);
            foreach (var account in accruals.GroupBy(accrual => accrual.Account))
            {
                var (token, least) = terms.Above.Single();
                var large = account.Any(accrual => accrual.Token == token && accrual.Amount >= least);
                // In whole numbers of wei: a price of one is a wei for each unit.
                var value = account.Aggregate(UInt256.Zero, (sum, accrual) => accrual.Token == tokens[0] ? sum + accrual.Amount : accrual.Token == tokens[1] ? sum + accrual.Amount / (UInt256)1_000_000_000_000UL : sum);
                var priced = account.Any(accrual => accrual.Token != tokens[2]);
                var worth = !priced || PushPlan.GasEach * (ulong)account.Count() * terms.GasPrice <= value * terms.MostCostPercent / 100UL;
                Assert.Equal(large && worth && terms.GasPrice <= 60 && !terms.Refusing.Contains(account.Key), chosen.Contains(account.Key));
            }
        }
    }
}
