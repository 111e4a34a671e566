using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;
using OpenSettle.Verify;

namespace OpenSettle.Tests.Verify;

/// <summary>What a verifier gives that reads the chain to its end, and pulls batches as they are counted.</summary>
public sealed class UsageOfTests
{
    private static readonly History Told = History.Of(new Shape(290, 9, 120), 5);

    [Fact]
    public void Epochs_VerifiedWithAllThatTheRegistryEverSaid_AreAsWithWhatItHadSaidByThen() => Properties.Hold(Shape.Any, shape =>
    {
        var history = History.Of(shape, 4);
        for (var epoch = 1; epoch <= 4; epoch++)
        {
            var book = new RegistryBook();
            var last = World.LastBlock(epoch);
            foreach (var fact in history.World.Facts.OfType<RegistryFact>().Where(fact => fact.At.Block <= last)) book.Apply(fact);
            var (whole, then) = (Verify(history, epoch, history.View(epoch)), Verify(history, epoch, history.View(epoch) with { Registry = book }));
            Assert.Equal(whole.Levels, then.Levels);
            Assert.All(whole.Levels, level => Assert.Equal(VerifyOutcome.Agrees, level.Outcome));
        }
    }, 40);

    [Fact]
    public void Batches_AreAskedForAsTheBundleNamesThem_AndMayComeInAnyOrder()
    {
        IReadOnlyList<BatchRoot>? asked = null;
        var report = Verify(Told, 3, Told.View(3), named =>
        {
            asked = [.. named];
            return Told.World.BatchesOf(3).Reverse();
        });
        Assert.Equal(Told.Epochs[2].Bundle.Usage.Batches, asked);
        Assert.NotEmpty(asked!);
        Assert.All(report.Levels, level => Assert.Equal(VerifyOutcome.Agrees, level.Outcome));
    }

    [Fact]
    public void Batch_ThatCannotBeHad_LeavesTheSumsUncheckedAndSaysWhy()
    {
        static IEnumerable<UsageBatch> Missing()
        {
            yield return Told.World.BatchesOf(3)[0];
            throw new UsageMissingException("batch 2 cannot be had");
        }

        var report = Verify(Told, 3, Told.View(3), _ => Missing());
        Assert.Equal(new LevelReport(VerifyLevel.Sums, VerifyOutcome.NotChecked, "batch 2 cannot be had"), report.Levels[^1]);
        Assert.All(report.Levels.SkipLast(1), level => Assert.Equal(VerifyOutcome.Agrees, level.Outcome));
    }

    [Fact]
    public void Batch_WithARootThatWasWorkedOut_IsNotHashedAgain()
    {
        var batch = Told.World.BatchesOf(3)[0];
        Assert.Equal(batch.Root(), (batch with { KnownRoot = batch.Root() }).Root());
        var other = OpenSettle.Primitives.Keccak256.HashText("other");
        Assert.Equal(other, (batch with { KnownRoot = other }).Root());
    }

    private static VerifyReport Verify(History history, int epoch, ChainView view, UsageOf? usage = null)
    {
        var published = history.Epochs[epoch - 1];
        var previous = epoch == 1 ? null : history.Epochs[epoch - 2].Verified;
        return EpochVerifier.VerifyWith(new MemoryStream(published.Bytes), previous, published.OnChain, view, usage ?? (_ => history.World.BatchesOf(epoch))).Report;
    }
}
