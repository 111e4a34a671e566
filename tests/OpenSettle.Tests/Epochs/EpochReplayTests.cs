using OpenSettle.Epochs;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;
using OpenSettle.Verify;

namespace OpenSettle.Tests.Epochs;

/// <summary>What is done twice is as if it were done once.</summary>
public sealed class EpochReplayTests
{
    [Fact]
    public void Epoch_BuiltTwice_HasEqualBytes() => Properties.Hold(Shape.Any, shape =>
    {
        var history = History.Of(shape, 2);
        for (var number = 1; number <= 2; number++)
        {
            var previous = number > 1 ? history.Epochs[number - 2] : null;
            var input = History.Input(history.World, history.Tokens, number, previous);
            // The same input, and an input that is put together anew; the tree built anew, and from the one before it.
            var tree = previous is null ? null : EpochBuilder.TreeOf(previous.Bundle.After);
            EpochResult[] results =
            [
                EpochBuilder.Build(input), EpochBuilder.Build(input), EpochBuilder.Build(History.Input(history.World, history.Tokens, number, previous)),
                EpochBuilder.Build(input, tree),
            ];
            Assert.All(results, result =>
            {
                Assert.Equal(history.Epochs[number - 1].Bytes, PublishedEpoch.Of(Bundle.Of(History.Deployment, result, previous?.Hash ?? Hash32.Zero)).Bytes);
                Assert.Equal(results[0].Entries, result.Entries);
            });
        }
    }, 40);

    [Fact]
    public void History_MadeTwice_IsTheSame() => Properties.Hold(Shape.Any, shape =>
        Assert.Equal(History.Make(shape, 3).Select(epoch => epoch.Hash), History.Make(shape, 3).Select(epoch => epoch.Hash)), 20);

    [Fact]
    public void Entries_OfAnyEpoch_BringTheBooksToWhatTheBundleSays() => Properties.Hold(Shape.Any, shape =>
    {
        var history = History.Of(shape, 2);
        for (var number = 1; number <= 2; number++)
        {
            var previous = number > 1 ? history.Epochs[number - 2] : null;
            var before = previous?.Bundle.After ?? SettlementState.Empty;
            var result = EpochBuilder.Build(History.Input(history.World, history.Tokens, number, previous));
            UInt256 Into(AccountKind kind, AccountState state) => result.Entries
                .Where(entry => entry.Token == state.Token && entry.To.Kind == kind && entry.To.ToAddress() == state.Account)
                .Aggregate(UInt256.Zero, (sum, entry) => sum + entry.Amount);
            foreach (var state in result.After.Accounts)
            {
                var old = before.Accounts.SingleOrDefault(other => other.Account == state.Account && other.Token == state.Token);
                Assert.Equal(state.Earned - old.Earned, Into(AccountKind.Contributor, state));
                Assert.Equal(state.Promised - old.Promised, Into(AccountKind.Settled, state));
            }
        }
    }, 30);

    [Fact]
    public void Payments_FedAgainInTheNextEpoch_AreSeenWhereTheChainHasThemTaken() => Properties.Hold(Shape.Any, shape =>
    {
        var history = History.Of(shape, 2);
        var first = history.Epochs[0];
        var input = History.Input(history.World, history.Tokens, 2, first);
        var resolver = new TermsResolver(history.World.Book, history.World.TablesBy(2));
        var tally = new UsageTally(history.World.Book, World.FirstBlock(2), World.LastBlock(2));
        foreach (var batch in history.World.BatchesOf(2)) tally.Add(batch);
        DividedPayment[] both =
        [
            .. history.World.TakenBy(1).Concat(history.World.TakenBy(2)).OrderBy(settled => settled.Payment.At).Select(settled =>
            {
                var terms = resolver.Resolve(settled.Payment.Model, settled.Payment.Block);
                return new DividedPayment(settled, terms, tally.Name(settled, terms));
            }),
        ];
        resolver.Release(input.Before.Suspense.Select(suspense => suspense.Key));
        var again = input with { Payments = both, Terms = resolver.All, Usage = tally.Finish() };
        var forged = PublishedEpoch.Of(Bundle.Of(History.Deployment, EpochBuilder.Build(again), first.Hash));

        // The file agrees with itself: that the money is there twice is known to the chain alone.
        Assert.True(forged.Verify(first, forged.OnChain).Agrees);
        var report = forged.Verify(first, forged.OnChain, history.View(2));
        Assert.Equal(VerifyOutcome.Agrees, report[VerifyLevel.Pools]);
        Assert.Equal(VerifyOutcome.Differs, report[VerifyLevel.FixedParts]);
        Assert.Contains("payment", report.Levels.Single(level => level.Level == VerifyLevel.FixedParts).Message, StringComparison.Ordinal);
    }, 30);
}
