using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Tests;

/// <summary>Words of attestors, verdicts, and batches that were pulled.</summary>
public abstract class WitnessStoreTests(TestEngine engine)
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    [Fact]
    public async Task Word_OfAnAttestor_GivesWayToALaterOneButASignatureToNothing()
    {
        using var test = new TestBooks(engine);
        var (digest, attestor) = (TestBooks.Word(1), TestBooks.Account(1));
        Task<bool> SayAsync(string? why, byte signature, byte who = 1) =>
            test.Books.WriteAsync(session => session.Candidates.Say(new AttestorWord(digest, TestBooks.Account(who), why, new[] { signature }, Now)), CancellationToken.None);
        AttestorWord[] Words() => [.. test.Books.Read(session => session.Candidates.Of(digest))];

        Assert.True(await SayAsync("it differs", 1));
        Assert.False(await SayAsync("it differs", 2));
        Assert.True(await SayAsync("it differs elsewhere", 3));
        Assert.Equal(("it differs elsewhere", 3, Now), (Words().Single().Why, Words().Single().Signature.Span[0], Words().Single().At));
        Assert.True(await SayAsync(null, 4));
        Assert.False(await SayAsync(null, 5));
        Assert.False(await SayAsync("it differs", 6));
        Assert.True(await SayAsync("another", 7, who: 2));
        test.Reopen();
        Assert.Equal([(attestor, null, 4), (TestBooks.Account(2), "another", 7)], Words().Select(word => (word.Attestor, word.Why, (int)word.Signature.Span[0])));
        Assert.Empty(test.Books.Read(session => session.Candidates.Of(TestBooks.Word(2))));
    }

    [Fact]
    public async Task Verdict_Stands_AndTheBatchesOfActiveEpochsAreSettled()
    {
        using var test = new TestBooks(engine);
        var (first, second) = (TestBooks.Account(1), TestBooks.Account(2));
        EpochVerdict Verdict(byte content, ulong epoch, string? difference, byte bundle) => new(TestBooks.Word(content), epoch, 1, TestBooks.Word(9), TestBooks.Word(bundle), difference, 77);
        await test.WriteAsync(session =>
        {
            session.Verdicts.Add(Verdict(1, 1, null, 11), [(first, 3), (second, 1)]);
            session.Verdicts.Add(Verdict(2, 2, "account 0x1 differs", 12), [(first, 9)]);
            session.Verdicts.Add(Verdict(3, 2, null, 13), [(first, 5)]);
            // What was found once stands.
            session.Verdicts.Add(Verdict(1, 1, "no more", 11), [(first, 4)]);
        });
        test.Reopen();
        Assert.Equal(Verdict(1, 1, null, 11), test.Books.Read(session => session.Verdicts.Find(TestBooks.Word(1))));
        Assert.Null(test.Books.Read(session => session.Verdicts.Find(TestBooks.Word(7))));
        Assert.Equal((2L, 1L), test.Books.Read(session => session.Verdicts.Count()));
        Assert.Equal([2UL, 2UL, 1UL], test.Books.Read(session => session.Verdicts.List(10)).Select(verdict => verdict.Epoch));
        Assert.Equal([1UL], test.Books.Read(session => session.Verdicts.List(10, before: 2)).Select(verdict => verdict.Epoch));
        Assert.Empty(test.Books.Read(session => session.Verdicts.Settled()));
        await test.WriteAsync(session =>
        {
            foreach (var (number, bundle, state) in new[] { (1UL, (byte)11, EpochState.Attested), (2UL, (byte)13, EpochState.Proposed) })
                session.Epochs.Add(new SettledEpoch(number, 1, state, 1, 2, TestBooks.Word(1), 3, Hash32.Zero, TestBooks.Word(9), TestBooks.Word(bundle), "x", 1, 0, 0));
        });
        Assert.Equal(new Dictionary<Address, ulong> { [first] = 3, [second] = 1 }, test.Books.Read(session => session.Verdicts.Settled()));
        await test.WriteAsync(session => session.Epochs.SetState(2, EpochState.Active));
        Assert.Equal(new Dictionary<Address, ulong> { [first] = 5, [second] = 1 }, test.Books.Read(session => session.Verdicts.Settled()));
    }

    [Fact]
    public async Task Batch_ThatWasPulled_IsFoundByNumberAndByWhenItWasSeen()
    {
        using var test = new TestBooks(engine);
        var gateway = TestBooks.Account(1);
        HeldBatch Batch(ulong number, ulong seen) => new(gateway, number, TestBooks.Word((byte)number), TestBooks.Word(50), number * 10, seen);
        await test.WriteAsync(session =>
        {
            foreach (var batch in new[] { Batch(1, 100), Batch(2, 100), Batch(3, 250) }) session.HeldBatches.Add(batch, new byte[] { 7, (byte)batch.Number });
        });
        test.Reopen();
        T Read<T>(Func<HeldBatchStore, T> read) => test.Books.Read(session => read(session.HeldBatches));
        Assert.Equal(3, Read(held => held.Count()));
        Assert.Equal(Batch(2, 100), Read(held => held.Find(gateway, 2)));
        Assert.Equal([7, 2], Read(held => held.Body(gateway, 2))!);
        Assert.Null(Read(held => held.Find(gateway, 4)));
        Assert.Null(Read(held => held.Body(TestBooks.Account(2), 1)));
        Assert.Equal(Batch(3, 250), Read(held => held.Last(gateway)));
        Assert.Null(Read(held => held.Last(TestBooks.Account(2))));
        Assert.Equal(Batch(2, 100), Read(held => held.First(gateway, after: 1, seenBy: 100)));
        Assert.Null(Read(held => held.First(gateway, after: 2, seenBy: 249)));
        Assert.Equal(Batch(3, 250), Read(held => held.First(gateway, after: 2, seenBy: 250)));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.HeldBatches.Add(Batch(1, 300), new byte[] { 1 })));
    }

    [Fact]
    public async Task Epoch_ThatWasDisplacedOrWithdrawn_LeavesItsNumberOpen()
    {
        using var test = new TestBooks(engine);
        SettledEpoch Epoch(EpochState state, byte root) => new(1, 0, state, 1, 2, TestBooks.Word(1), 3, Hash32.Zero, TestBooks.Word(root), TestBooks.Word(root), "x", 1, 0, 0);
        foreach (var state in new[] { EpochState.Built, EpochState.Closed, EpochState.Signed })
        {
            await test.WriteAsync(session => session.Epochs.Add(Epoch(state, 1)));
            await test.WriteAsync(session => session.Epochs.Displace(Epoch(EpochState.Signed, 2), new byte[] { 5 }));
            var foreign = test.Books.Read(session => session.Epochs.Get(1));
            Assert.Equal((EpochState.Foreign, TestBooks.Word(2)), (foreign!.State, foreign.Root));
            await test.WriteAsync(session => session.Execute("DELETE FROM epochs"));
        }

        // What the vault has is displaced by nothing.
        await test.WriteAsync(session => session.Epochs.Add(Epoch(EpochState.Proposed, 1)));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Epochs.Displace(Epoch(EpochState.Signed, 2), new byte[] { 5 })));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Epochs.Withdraw(1, 0)));
        await test.WriteAsync(session => session.Epochs.SetState(1, EpochState.Built));
        await Assert.ThrowsAsync<StorageException>(() => test.WriteAsync(session => session.Epochs.Withdraw(1, 1)));
        await test.WriteAsync(session => session.Epochs.Withdraw(1, 0));
        Assert.Null(test.Books.Read(session => session.Epochs.Latest()));
    }
}

public sealed class WitnessStoreTestsOnFiles() : WitnessStoreTests(TestEngine.Files);

public sealed class WitnessStoreTestsOnPostgres() : WitnessStoreTests(TestEngine.Postgres);
