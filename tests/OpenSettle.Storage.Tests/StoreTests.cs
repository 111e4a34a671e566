using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Tests;

public abstract class StoreTests(TestEngine engine)
{
    private static readonly Address Token = TestBooks.Account(9);
    private static readonly ModelId Model = new(TestBooks.Word(1));

    [Fact]
    public async Task Payment_FromTransferToEpoch_IsTakenOnce()
    {
        using var test = new TestBooks(engine);
        var payment = TestBooks.Payment(5, 1, 100);
        await test.WriteAsync(session => session.Payments.Add(payment));
        Assert.Equal([payment], test.Books.Read(session => session.Payments.Waiting(Model, Token)));
        Assert.Empty(test.Books.Read(session => session.Payments.Undivided(100)));

        await test.WriteAsync(session => session.Payments.Settle(new SettledPayment(payment, 90), 8));
        Assert.Empty(test.Books.Read(session => session.Payments.Waiting(Model, Token)));
        Assert.Empty(test.Books.Read(session => session.Payments.Undivided(7)));
        Assert.Equal([new SettledPayment(payment, 90)], test.Books.Read(session => session.Payments.Undivided(8)));

        await test.WriteAsync(session => Assert.Equal(1, session.Payments.MarkDivided(1, 8)));
        await test.WriteAsync(session => Assert.Equal(0, session.Payments.MarkDivided(2, 100)));
        Assert.Empty(test.Books.Read(session => session.Payments.Undivided(100)));
    }

    [Fact]
    public async Task Undivided_OneByOne_IsInChainOrderWhateverTheOrderOfSettling()
    {
        using var test = new TestBooks(engine);
        Payment[] payments = [TestBooks.Payment(5, 1, 100), TestBooks.Payment(5, 2, 7, PaymentRoute.Rail), TestBooks.Payment(6, 0, 30, model: 2, token: 8), TestBooks.Payment(7, 3, 9, PaymentRoute.Rail)];
        await test.WriteAsync(session =>
        {
            foreach (var payment in payments) session.Payments.Add(payment);
            session.Payments.Settle(new SettledPayment(payments[2], 29), 6);
        });
        await test.WriteAsync(session => session.Payments.Settle(new SettledPayment(payments[0], 90), 8));

        SettledPayment[] all = [new(payments[0], 90), new(payments[1], 7), new(payments[2], 29), new(payments[3], 9)];
        Assert.Equal(all, test.Books.Stream(session => session.Payments.EachUndivided(8)));
        Assert.Equal(all[1..], test.Books.Stream(session => session.Payments.EachUndivided(7)));
        Assert.Equal(all, test.Books.Read(session => session.Payments.Undivided(8)));
        Assert.Equal([(2L, 50UL), (1L, 70UL), (4L, 50UL)], new[] { (6UL, 0UL), (7UL, 7UL), (8UL, 0UL) }.Select(blocks => test.Books.Read(session => session.Payments.SumUndivided(blocks.Item1, blocks.Item2))).OfType<(long, ulong)>());
        Assert.Null(test.Books.Read(session => session.Payments.SumUndivided(100, 9)));
        Assert.Equal(new Dictionary<Address, UInt256> { [Token] = 99 }, test.Books.Read(session => session.Payments.UndividedSums(8, 7)));

        // What an epoch took is gone through no more.
        await test.WriteAsync(session => Assert.Equal(3, session.Payments.MarkDivided(1, 7)));
        Assert.Equal(all[..1], test.Books.Stream(session => session.Payments.EachUndivided(100)));
    }

    [Fact]
    public async Task Stream_WhileSomebodyWrites_GivesWhatWasThereWhenItBegan()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session =>
        {
            for (uint i = 0; i < 10; i++) session.Payments.Add(TestBooks.Payment(5, i, 1, PaymentRoute.Rail));
        });
        var stream = test.Books.Stream(session => session.Payments.EachUndivided(9));
        uint seen = 0;
        foreach (var settled in stream)
        {
            Assert.Equal(seen++, settled.Payment.At.LogIndex);
            await test.WriteAsync(session => session.Payments.Add(TestBooks.Payment(6, seen, 1, PaymentRoute.Rail)));
        }

        Assert.Equal(10U, seen);
        Assert.Equal(20, stream.Count());
        // Left early, it holds nothing on.
        Assert.Equal(0U, stream.First().Payment.At.LogIndex);
        await test.WriteAsync(session => session.Payments.MarkDivided(1, 9));
        Assert.Empty(stream);
    }

    [Fact]
    public async Task Ledger_ManyEntriesTogether_AreTheSameAsOneByOne()
    {
        using var one = new TestBooks(engine);
        using var many = new TestBooks(engine);
        var entries = new List<LedgerEntry> { new(Token, LedgerAccount.Payers, LedgerAccount.Model(Model), 10_000) };
        for (byte i = 1; i < 120; i++)
        {
            entries.Add(new LedgerEntry(Token, LedgerAccount.Model(Model), LedgerAccount.Contributor(TestBooks.Account(i)), (UInt256)i));
            entries.Add(new LedgerEntry(Token, LedgerAccount.Contributor(TestBooks.Account(i)), LedgerAccount.Settled(TestBooks.Account(i)), (UInt256)(ulong)(i / 2)));
        }

        // Twice: the second time the accounts are there already.
        for (var round = 0; round < 2; round++)
        {
            foreach (var entry in entries) await one.WriteAsync(session => session.Ledger.Post("epoch", entry));
            await many.WriteAsync(session => session.Ledger.Post("epoch", entries));
        }

        string Told(TestBooks books) => books.Books.Read(session => string.Join('\n', Enum.GetValues<AccountKind>().SelectMany(session.Ledger.All).Select(row => row.ToString())
            .Concat(Enumerable.Range(1, 119).SelectMany(i => session.Ledger.EntriesInto(LedgerAccount.Settled(TestBooks.Account((byte)i)), 9)).Select(row => row.ToString()))));
        Assert.Equal(Told(one), Told(many));
        Assert.Null(many.Books.Read(session => session.Ledger.CheckAgainstEntries()));

        // One that would give what it does not have spoils all of them.
        entries.Add(new LedgerEntry(Token, LedgerAccount.Contributor(Token), LedgerAccount.Settled(Token), 10_000));
        var refused = await Assert.ThrowsAsync<StorageException>(() => many.WriteAsync(session => session.Ledger.Post("epoch", entries)));
        Assert.Contains("would give", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Told(one), Told(many));
    }

    [Fact]
    public async Task Payment_SettledTwice_IsRefused()
    {
        using var test = new TestBooks(engine);
        var payment = TestBooks.Payment(5, 1, 100, PaymentRoute.Rail);
        await test.WriteAsync(session => session.Payments.Add(payment));
        var refused = await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Payments.Settle(new SettledPayment(payment, 100), 9)));
        Assert.Equal(StorageErrorKind.Inconsistent, refused.Kind);
    }

    [Fact]
    public async Task Payment_OfTheSamePlaceTwice_IsRefused()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session => session.Payments.Add(TestBooks.Payment(5, 1, 100)));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Payments.Add(TestBooks.Payment(5, 1, 100))));
    }

    [Fact]
    public async Task Ledger_LargestAmounts_AreKeptToTheUnit()
    {
        using var test = new TestBooks(engine);
        var amount = UInt256.MaxAmount;
        await test.WriteAsync(session => session.Ledger.Post("payment", new LedgerEntry(Token, LedgerAccount.Payers, LedgerAccount.Model(Model), amount)));
        await test.WriteAsync(session => session.Ledger.Post("epoch 1", new LedgerEntry(Token, LedgerAccount.Model(Model), LedgerAccount.Contributor(Token), amount - 1)));
        await test.WriteAsync(session => session.Ledger.Post("epoch 1", new LedgerEntry(Token, LedgerAccount.Contributor(Token), LedgerAccount.Settled(Token), amount - 2)));
        test.Reopen();
        var balance = Assert.Single(test.Books.Read(session => session.Ledger.TrialBalances()));
        Assert.Equal(new TrialBalance(Token, amount, 0, 1, 0, 1, amount - 2, 0), balance);
        Assert.True(balance.Agrees);
        Assert.Null(test.Books.Read(session => session.Ledger.CheckAgainstEntries()));
    }

    [Fact]
    public async Task Ledger_AnAccountThatWouldGiveMoreThanItHas_StopsTheWholeUnitOfWork()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session => session.Ledger.Post("payment", new LedgerEntry(Token, LedgerAccount.Payers, LedgerAccount.Model(Model), 10)));
        var refused = await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session =>
        {
            session.Ledger.Post("epoch 1", new LedgerEntry(Token, LedgerAccount.Model(Model), LedgerAccount.Contributor(Token), 6));
            session.Ledger.Post("epoch 1", new LedgerEntry(Token, LedgerAccount.Model(Model), LedgerAccount.Contributor(Token), 5));
        }));
        Assert.Equal(StorageErrorKind.Inconsistent, refused.Kind);
        Assert.Equal((UInt256)10, test.Books.Read(session => session.Ledger.Totals(LedgerAccount.Model(Model), Token)).Balance);
    }

    [Fact]
    public async Task Ledger_TotalsChangedBehindItsBack_AreFound()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session => session.Ledger.Post("payment", new LedgerEntry(Token, LedgerAccount.Payers, LedgerAccount.Model(Model), 10)));
        await test.WriteAsync(session => session.Execute("UPDATE ledger_accounts SET total_in = ?1 WHERE kind = 3", (UInt256)11));
        Assert.Contains("Model", test.Books.Read(session => session.Ledger.CheckAgainstEntries()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commit_OfBooksThatDoNotBalance_IsRefused()
    {
        using var test = new TestBooks(engine);
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session =>
        {
            session.Ledger.Post("payment", new LedgerEntry(Token, LedgerAccount.Payers, LedgerAccount.Model(Model), 10));
            // Asking for them writes the sums.
            Assert.True(Assert.Single(session.Ledger.TrialBalances()).Agrees);
            session.Execute("UPDATE ledger_totals SET total_in = ?1 WHERE kind = 3", (UInt256)9);
        }));
        Assert.Empty(test.Books.Read(session => session.Ledger.TrialBalances()));
    }

    [Theory]
    [InlineData(AccountKind.Upstream)]
    [InlineData(AccountKind.Pool)]
    [InlineData(AccountKind.Suspense)]
    [InlineData(AccountKind.Contributor)]
    [InlineData(AccountKind.Settled)]
    public async Task Commit_WhereAnyKindDoesNotBalance_IsRefused(AccountKind kind)
    {
        using var test = new TestBooks(engine);
        var account = new LedgerAccount(kind, Model.Value);
        await test.WriteAsync(session => session.Ledger.Post("before", new LedgerEntry(Token, LedgerAccount.Payers, account, 10)));
        var refused = await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session =>
        {
            session.Ledger.Post("after", new LedgerEntry(Token, account, LedgerAccount.Paid, 4));
            Assert.True(Assert.Single(session.Ledger.TrialBalances()).Agrees);
            session.Execute("UPDATE ledger_totals SET total_in = ?1 WHERE kind = ?2", (UInt256)9, kind);
        }));
        Assert.Equal(StorageErrorKind.Inconsistent, refused.Kind);
        Assert.Contains("do not balance", refused.Message, StringComparison.Ordinal);
        Assert.Equal(new AccountTotals(0, 10), test.Books.Read(session => session.Ledger.Totals(account, Token)));
        Assert.True(Assert.Single(test.Books.Read(session => session.Ledger.TrialBalances())).Agrees);
    }

    [Fact]
    public async Task Ledger_AskedInTheMiddleOfItsWork_ShowsWhatWasPosted()
    {
        using var test = new TestBooks(engine);
        var (model, alice) = (LedgerAccount.Model(Model), LedgerAccount.Contributor(TestBooks.Account(4)));
        await test.WriteAsync(session => session.Ledger.Post("payment", new LedgerEntry(Token, LedgerAccount.Payers, model, 10)));
        await test.WriteAsync(session =>
        {
            session.Ledger.Post("one", new LedgerEntry(Token, model, alice, 3));
            Assert.Equal(new AccountTotals(3, 10), session.Ledger.Totals(model, Token));
            Assert.Equal([(Token, new AccountTotals(0, 3))], session.Ledger.ByToken(alice));
            session.Ledger.Post("two", new LedgerEntry(Token, model, alice, 4));
            Assert.Equal([(alice, Token, new AccountTotals(0, 7))], session.Ledger.All(AccountKind.Contributor));
            Assert.Null(session.Ledger.CheckAgainstEntries());
            session.Ledger.Post("three", new LedgerEntry(Token, model, alice, 3));
            Assert.Equal((UInt256)10, Assert.Single(session.Ledger.TrialBalances()).Owed);
        });
        Assert.Equal(new AccountTotals(10, 10), test.Books.Read(session => session.Ledger.Totals(model, Token)));
        Assert.Null(test.Books.Read(session => session.Ledger.CheckAgainstEntries()));
    }

    [Fact]
    public async Task Ledger_EveryKind_HasItsPlaceInTheTrialBalance()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session => session.Ledger.Post(
            "all kinds",
            To(LedgerAccount.Transit(Model), 1), To(LedgerAccount.Model(Model), 2), To(LedgerAccount.Upstream(Model), 4), To(LedgerAccount.Pool(Model), 8),
            To(LedgerAccount.Suspense(Model), 16), To(LedgerAccount.Contributor(Token), 32), To(LedgerAccount.Settled(Token), 64), To(LedgerAccount.Paid, 128)));
        Assert.Equal([new TrialBalance(Token, 255, 1, 14, 16, 32, 64, 128)], test.Books.Read(session => session.Ledger.TrialBalances()));

        static LedgerEntry To(LedgerAccount account, UInt256 amount) => new(Token, LedgerAccount.Payers, account, amount);
    }

    [Fact]
    public async Task Registry_AfterRestart_HasTheSameTerms()
    {
        using var test = new TestBooks(engine);
        var facts = new RegistryFact[]
        {
            new ModelRegistered(new LogPosition(1, 0), 10, Model, 1, TestBooks.Account(4), TestBooks.Account(8), 60, TestBooks.Word(2), TestBooks.Word(3), "ipfs://\"x\"\n"),
            new SplitSet(new LogPosition(1, 1), 10, Model, 0, new SplitTable(1, [new SplitRow(null, 3, "training"), new SplitRow(TestBooks.Account(6), SplitTable.WeightLimit - 1, "data")])),
            new LineageSet(new LogPosition(1, 2), 10, Model, 0, new Lineage(1, [new Parent(new ModelId(TestBooks.Word(99)), 5)])),
            new GatewaySet(new LogPosition(1, 3), 10, Model, TestBooks.Account(7), true),
            new SplitSet(new LogPosition(2, 0), 20, Model, 80, new SplitTable(2, [new SplitRow(null, 1, "x")])),
            new SplitCancelled(new LogPosition(3, 0), 30, Model, 2),
            new OwnerChanged(new LogPosition(3, 1), 30, Model, TestBooks.Account(5)),
            new LineageSet(new LogPosition(4, 0), 40, Model, 80, new Lineage(2, [])),
            new LineageCancelled(new LogPosition(5, 0), 50, Model, 2),
        };
        await test.WriteAsync(session =>
        {
            foreach (var fact in facts) session.Chain.AddRegistryFact(fact);
        });
        test.Reopen();
        var book = test.Books.Read(session => session.Chain.LoadRegistry());
        var model = Assert.Single(book.Models);
        Assert.Equal((ModelRegistered)facts[0], model.Registration);
        var later = new BlockPoint(50, 500);
        Assert.Equal(1U, model.SplitAt(later).Version);
        Assert.Equal(((SplitSet)facts[1]).Table.Rows, model.SplitAt(later).Rows);
        Assert.Equal(1U, model.LineageAt(later).Version);
        Assert.Equal(((LineageSet)facts[2]).Lineage.Parents, model.LineageAt(later).Parents);
        Assert.Equal(TestBooks.Account(5), model.OwnerAt(50));
        Assert.Equal(TestBooks.Account(4), model.OwnerAt(3));
        Assert.Equal([TestBooks.Account(7)], model.Gateways);
    }

    [Fact]
    public async Task Registry_SplitsOfEveryForm_AreTheSameAfterARestart()
    {
        using var test = new TestBooks(engine);
        var pooled = new SplitTable(2, [new SplitRow(null, 1, "training"), new SplitRow(TestBooks.Account(6), 2, "data")])
        {
            PoolWeight = SplitTable.WeightLimit - 1,
            Fallback = [new SplitRow(TestBooks.Account(7), 3, ""), new SplitRow(null, 4, TestBooks.Word(5).ToString())],
        };
        var onlyPool = new SplitTable(3, []) { PoolWeight = 1, Fallback = [new SplitRow(null, 1, "x")] };
        var committed = new SplitTable(4, []) { Commitment = new TableCommitment(TestBooks.Word(8), uint.MaxValue, UInt256.MaxAmount + 1) };
        await test.WriteAsync(session =>
        {
            session.Chain.AddRegistryFact(new ModelRegistered(
                new LogPosition(1, 0), 10, Model, 1, TestBooks.Account(4), TestBooks.Account(8), 60, TestBooks.Word(2), TestBooks.Word(3), "ipfs://x"));
            session.Chain.AddRegistryFact(new SplitSet(new LogPosition(1, 1), 10, Model, 0, new SplitTable(1, [new SplitRow(null, 1, "x")])));
            foreach (var table in new[] { pooled, onlyPool, committed })
                session.Chain.AddRegistryFact(new SplitSet(new LogPosition(table.Version, 0), 20, Model, 0, table));
        });
        test.Reopen();
        var model = Assert.Single(test.Books.Read(session => session.Chain.LoadRegistry()).Models);
        foreach (var table in new[] { pooled, onlyPool, committed })
        {
            var read = model.SplitOf(table.Version)!;
            Assert.Equal(table.Rows, read.Rows);
            Assert.Equal(table.Fallback, read.Fallback);
            Assert.Equal((table.Version, table.PoolWeight, table.Commitment, table.AtHand), (read.Version, read.PoolWeight, read.Commitment, read.AtHand));
        }

        // The text on disk is the one that a commitment hashes.
        Assert.Equal(TableText.Commit(pooled), TableText.Commit(model.SplitOf(2)!));
    }
}

public sealed class StoreTestsOnFiles() : StoreTests(TestEngine.Files);

[Trait("Category", "Server")]
public sealed class StoreTestsOnPostgres() : StoreTests(TestEngine.Postgres);
