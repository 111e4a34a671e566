using Microsoft.Data.Sqlite;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Storage.Tests;

public abstract class OutboxTests(TestEngine engine)
{
    private protected static readonly Address Target = TestBooks.Account(9);
    private protected static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task OnePurpose_IsPlannedOnce()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session => session.Outbox.Plan("propose epoch 1.0", Target, new byte[] { 1 }, 1));
        await test.WriteAsync(session => session.Outbox.Plan("propose epoch 1.0", Target, new byte[] { 2 }, 2));
        var item = Assert.Single(test.Books.Read(session => session.Outbox.Open()));
        Assert.Equal(("01", 1UL), (Convert.ToHexString(item.Data.Span), item.Epoch!.Value));
    }

    [Fact]
    public async Task Versions_OfOneNonce_AreAllKeptInOrder()
    {
        using var test = new TestBooks(engine);
        var id = await PlanAsync(test, "a");
        await test.WriteAsync(session => session.Outbox.AddVersion(id, Version(7, 1)));
        await test.WriteAsync(session => session.Outbox.AddVersion(id, Version(7, 2) with { Fills = true, DataFee = 5 }));
        await test.WriteAsync(session => session.Outbox.SetSent(Version(7, 1), Noon.AddSeconds(1)));
        await test.WriteAsync(session => session.Outbox.SetSent(Version(7, 1), Noon.AddSeconds(2)));
        test.Reopen();
        var item = test.Books.Read(session => session.Outbox.Find("a"))!;
        Assert.Equal((OutboxState.Signed, 7UL, Version(7, 2).Hash), (item.State, item.Nonce!.Value, item.Hash));
        Assert.Equal([1U, 2U], item.Versions.Select(version => version.Number));
        Assert.Equal((Noon, Noon.AddSeconds(1), Noon.AddSeconds(2)), (item.Versions[0].SignedAt, item.Versions[0].FirstSent, item.Versions[0].LastSent));
        Assert.Equal((true, (UInt256)5, null), (item.Versions[1].Fills, item.Versions[1].DataFee, item.Versions[1].LastSent));
        Assert.Equal(Version(7, 1).Raw.ToArray(), item.Versions[0].Raw.ToArray());
        Assert.Equal(8UL, test.Books.Read(session => session.Outbox.NextNonce()));
        Assert.Equal((true, false), test.Books.Read(session => (session.Outbox.Knows(7), session.Outbox.Knows(6))));
    }

    /// <summary>A nonce is an account's: another one's begin where its own are, and what the first had open is planned anew.</summary>
    [Fact]
    public async Task Sender_ThatIsAnother_HasNoncesOfItsOwn()
    {
        using var test = new TestBooks(engine);
        var (first, second) = (TestBooks.Account(1), TestBooks.Account(2));
        Assert.Null(await test.Books.WriteAsync(session => session.Outbox.SetSender(first), CancellationToken.None));
        var (done, open) = (await PlanAsync(test, "a"), await PlanAsync(test, "b"));
        await test.WriteAsync(session => session.Outbox.AddVersion(done, Version(7, 1)));
        await test.WriteAsync(session => session.Outbox.SetMined(done, Version(7, 1), new OutboxOutcome(21_000, 1, 0), OutboxState.Done));
        await test.WriteAsync(session => session.Outbox.AddVersion(open, Version(8, 1)));
        await test.WriteAsync(session => session.Outbox.PlanFiller(6, first));

        Assert.Null(await test.Books.WriteAsync(session => session.Outbox.SetSender(first), CancellationToken.None));
        Assert.Equal(9UL, test.Books.Read(session => session.Outbox.NextNonce()));
        Assert.Equal(first, await test.Books.WriteAsync(session => session.Outbox.SetSender(second), CancellationToken.None));
        test.Reopen();
        Assert.Equal((second, null, false), test.Books.Read(session => (session.Outbox.Sender()!.Value, session.Outbox.NextNonce(), session.Outbox.Knows(0))));
        var anew = Assert.Single(test.Books.Read(session => session.Outbox.Open()));
        Assert.Equal(("b", OutboxState.Planned, null), (anew.Purpose, anew.State, anew.Nonce));

        // The same nonces and a filler again, which are other transactions now.
        await test.WriteAsync(session => session.Outbox.AddVersion(open, Version(0, 1) with { Hash = TestBooks.Word(70) }));
        await test.WriteAsync(session => session.Outbox.SetSent(Version(0, 1), Noon));
        await test.WriteAsync(session => session.Outbox.PlanFiller(6, second));
        Assert.Equal((7UL, true), test.Books.Read(session => (session.Outbox.NextNonce()!.Value, session.Outbox.Knows(0))));
        await test.WriteAsync(session => session.Outbox.SetMined(open, Version(0, 1), new OutboxOutcome(21_000, 1, 0), OutboxState.Done));
        test.Reopen();
        Assert.Equal((7UL, 7UL), test.Books.Read(session => (session.Outbox.Find("a")!.Nonce!.Value, session.Outbox.Find("a")!.Mined!.Nonce)));
        Assert.Equal((0UL, Noon), test.Books.Read(session => (session.Outbox.Find("b")!.Nonce!.Value, session.Outbox.Find("b")!.Versions[0].LastSent!.Value)));
        Assert.Equal(0UL, test.Books.Read(session => session.Outbox.OfHash(TestBooks.Word(70))!.Value.Version.Nonce));
        // And the first one comes back.
        Assert.Equal(second, await test.Books.WriteAsync(session => session.Outbox.SetSender(first), CancellationToken.None));
        Assert.Equal((7UL, null), test.Books.Read(session => (session.Outbox.Find("a")!.Nonce!.Value, session.Outbox.NextNonce())));
    }

    [Fact]
    public async Task Version_WithTheNumberOfAnother_IsRefusedAndTheOtherStays()
    {
        using var test = new TestBooks(engine);
        var id = await PlanAsync(test, "a");
        await test.WriteAsync(session => session.Outbox.AddVersion(id, Version(7, 1)));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Outbox.AddVersion(id, Version(7, 1) with { Hash = TestBooks.Word(99), Raw = new byte[] { 9 } })));
        Assert.Equal(Version(7, 1).Hash, test.Books.Read(session => session.Outbox.Find("a"))!.Hash);
    }

    [Fact]
    public async Task Version_WithAnotherNonceThanTheOpenOne_IsRefused()
    {
        using var test = new TestBooks(engine);
        var id = await PlanAsync(test, "a");
        await test.WriteAsync(session => session.Outbox.AddVersion(id, Version(7, 1)));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Outbox.AddVersion(id, Version(8, 1))));
        Assert.Equal(7UL, test.Books.Read(session => session.Outbox.Find("a"))!.Nonce);
    }

    [Fact]
    public async Task OneNonce_ForTwoIntents_IsRefused()
    {
        using var test = new TestBooks(engine);
        var (a, b) = (await PlanAsync(test, "a"), await PlanAsync(test, "b"));
        await test.WriteAsync(session => session.Outbox.AddVersion(a, Version(7, 1)));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Outbox.AddVersion(b, Version(7, 2))));
        // Also once the first one has lost it: its bytes may lie about.
        await test.WriteAsync(session => session.Outbox.Release(a, 7));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Outbox.AddVersion(b, Version(7, 1) with { Hash = TestBooks.Word(50) })));
    }

    [Fact]
    public async Task Released_KeepsItsOldBytesAndIsSignedWithAnotherNonce()
    {
        using var test = new TestBooks(engine);
        var id = await PlanAsync(test, "a");
        await test.WriteAsync(session => session.Outbox.AddVersion(id, Version(7, 1)));
        await test.WriteAsync(session => session.Outbox.Release(id, 7));
        var planned = test.Books.Read(session => session.Outbox.Find("a"))!;
        Assert.Equal((OutboxState.Planned, null, 0), (planned.State, planned.Nonce, planned.Versions.Count));
        Assert.Equal((8UL, true), test.Books.Read(session => (session.Outbox.NextNonce(), session.Outbox.Knows(7))));
        await test.WriteAsync(session => session.Outbox.AddVersion(id, Version(8, 1)));
        Assert.Equal([8UL], test.Books.Read(session => session.Outbox.Find("a"))!.Versions.Select(version => version.Nonce));
    }

    [Fact]
    public async Task GivenUp_LeavesNothingOnlyWhereNothingWasSigned()
    {
        using var test = new TestBooks(engine);
        var (a, b) = (await PlanAsync(test, "a"), await PlanAsync(test, "b"));
        await test.WriteAsync(session => session.Outbox.AddVersion(b, Version(7, 1)));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Outbox.GiveUp(b)));
        await test.WriteAsync(session => session.Outbox.Release(b, 7));
        await test.WriteAsync(session => session.Outbox.GiveUp(a));
        await test.WriteAsync(session => session.Outbox.GiveUp(b));
        Assert.Null(test.Books.Read(session => session.Outbox.Find("a")));
        Assert.Equal(OutboxState.GivenUp, test.Books.Read(session => session.Outbox.Find("b"))!.State);
        Assert.Empty(test.Books.Read(session => session.Outbox.Open()));
    }

    [Fact]
    public async Task Cost_OfAnEpoch_IsAllThatItsTransactionsTook()
    {
        using var test = new TestBooks(engine);
        var (a, b, c) = (await PlanAsync(test, "a", 1), await PlanAsync(test, "b", 1), await PlanAsync(test, "c", 2));
        await test.WriteAsync(session =>
        {
            session.Outbox.AddVersion(a, Version(1, 1));
            session.Outbox.AddVersion(a, Version(1, 2));
            session.Outbox.AddVersion(b, Version(2, 1));
            session.Outbox.AddVersion(c, Version(3, 1));
            session.Outbox.SetMined(a, Version(1, 2), new OutboxOutcome(10, 3, 4), OutboxState.Done);
            session.Outbox.SetMined(b, Version(2, 1), new OutboxOutcome(7, 5, 0), OutboxState.Signed);
            session.Outbox.Release(b, 2);
            session.Outbox.AddVersion(b, Version(4, 1));
            session.Outbox.SetMined(c, Version(3, 1), new OutboxOutcome(1, 1, 0), OutboxState.Reverted);
        });
        Assert.Equal((69, 1, 0), test.Books.Read(session => ((int)(ulong)session.Outbox.CostOf(1), (int)(ulong)session.Outbox.CostOf(2), (int)(ulong)session.Outbox.CostOf(3))));
        Assert.Equal((OutboxState.Done, Version(1, 2).Hash), (test.Books.Read(session => session.Outbox.Find("a"))!.State, test.Books.Read(session => session.Outbox.Find("a"))!.Hash));
    }

    [Fact]
    public async Task Filler_OfANonce_IsPlannedOnceWithThatNonce()
    {
        using var test = new TestBooks(engine);
        await test.WriteAsync(session => session.Outbox.PlanFiller(5, Target));
        await test.WriteAsync(session => session.Outbox.PlanFiller(5, Target));
        var filler = Assert.Single(test.Books.Read(session => session.Outbox.Open()));
        Assert.Equal(("fill nonce 5", 5UL, OutboxState.Planned, Target, 0), (filler.Purpose, filler.Nonce!.Value, filler.State, filler.To, filler.Data.Length));
        Assert.Equal(6UL, test.Books.Read(session => session.Outbox.NextNonce()));
    }

    private protected static async Task<long> PlanAsync(TestBooks test, string purpose, ulong? epoch = null)
    {
        await test.WriteAsync(session => session.Outbox.Plan(purpose, Target, new byte[] { 1 }, epoch));
        return test.Books.Read(session => session.Outbox.Find(purpose))!.Id;
    }

    private protected static OutboxVersion Version(ulong nonce, uint number) =>
        new(nonce, number, new byte[] { 3, (byte)nonce, (byte)number }, TestBooks.Word((byte)(nonce * 10 + number)), Fills: false, UInt256.Zero, Noon);

    private protected static void Run(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

/// <summary>What only files have, too.</summary>
public sealed class OutboxTestsOnFiles() : OutboxTests(TestEngine.Files)
{
    [Theory]
    [InlineData("UPDATE outbox_versions SET raw = x'00'")]
    [InlineData("UPDATE outbox_versions SET hash = zeroblob(32)")]
    [InlineData("UPDATE outbox_versions SET nonce = 8")]
    [InlineData("DELETE FROM outbox_versions")]
    public async Task SignedBytes_WhateverIsAskedOfTheDatabase_NeverChange(string sql)
    {
        using var test = new TestBooks();
        var id = await PlanAsync(test, "a");
        await test.WriteAsync(session => session.Outbox.AddVersion(id, Version(7, 1)));
        Assert.Throws<SqliteException>(() => Run(test.File, sql));
        Assert.Equal(Version(7, 1).Raw.ToArray(), test.Books.Read(session => session.Outbox.Find("a"))!.Versions.Single().Raw.ToArray());
    }

    [Fact]
    public void Open_OfAFileFromBeforeVersions_KeepsEveryTransaction()
    {
        using var test = new TestBooks();
        var file = $"{test.File}.old";
        Run(
            file,
            string.Concat(Schema.Steps.Take(3)) + """
            INSERT INTO outbox (id, purpose, state, target, data) VALUES (1, 'sweep 0x01 at 3', 1, zeroblob(20), x'01');
            INSERT INTO outbox (id, purpose, state, target, data, nonce, raw, hash) VALUES (2, 'propose epoch 12.3', 2, zeroblob(20), x'02', 4, x'0abc', randomblob(32));
            INSERT INTO outbox (id, purpose, state, target, data, nonce, raw, hash, gas_used, gas_price)
                VALUES (3, 'attest epoch 11', 3, zeroblob(20), x'03', 3, x'0def', randomblob(32), 21000, x'0000000000000000000000000000000000000000000000000000000000000002');
            PRAGMA user_version = 3;
            """);
        using var books = SqliteBooks.Open(file, TestBooks.Deployment);
        var rows = books.Read(session => session.Outbox.Recent(10)).Reverse().ToArray();
        Assert.Equal([(1L, OutboxState.Planned, null), (2, OutboxState.Signed, 4UL), (3, OutboxState.Done, (ulong?)3)], rows.Select(row => (row.Id, row.State, row.Nonce)));
        Assert.Equal([null, 12UL, (ulong?)11], rows.Select(row => row.Epoch));
        Assert.Empty(rows[0].Versions);
        Assert.Equal(("0ABC", null, null), (Convert.ToHexString(rows[1].Versions.Single().Raw.Span), rows[1].Versions.Single().LastSent, rows[1].Mined));
        Assert.Equal(new OutboxOutcome(21000, 2, 0), rows[2].Mined!.Outcome);
        Assert.Equal((42_000UL, 5UL), books.Read(session => ((ulong)session.Outbox.CostOf(11), session.Outbox.NextNonce()!.Value)));
    }
}

[Trait("Category", "Server")]
public sealed class OutboxTestsOnPostgres() : OutboxTests(TestEngine.Postgres);
