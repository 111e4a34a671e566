using OpenSettle.Demo.Stage.Lies;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Storage;

namespace OpenSettle.Node.Tests.Witness;

/// <summary>Whatever a leader lies about: an attestor refuses to sign it, a watchtower vetoes it, and both say what differs.</summary>
public sealed class LiesTests
{
    public static TheoryData<Lie> Lies => [.. Enum.GetValues<Lie>().Where(lie => lie != Lie.Unknown)];

    [Fact]
    public async Task Candidate_ThatIsHonest_Agrees()
    {
        using var stage = await LieStage.OfAsync();
        using var witness = Witness(stage);
        await witness.TickAsync();
        var (verdict, lack) = await witness.JudgeAsync(stage.HonestProposal);
        Assert.Null(lack);
        Assert.True(verdict?.Agrees, verdict?.Difference);
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Candidate_ThatLies_IsNotAgreedToAndWhatDiffersIsNamed(Lie lie)
    {
        TestWitness? witness = null;
        using var stage = await LieStage.OfAsync(async stage =>
        {
            witness = Witness(stage);
            await witness.TickAsync();
        });
        using (witness)
        {
            var told = await stage.LieAsync(lie);
            await witness!.TickAsync();
            var (verdict, lack) = await witness.JudgeAsync(told.Proposal);
            Assert.Contains(told.Names, verdict is null ? lack?.What : verdict.Difference, StringComparison.Ordinal);
            Assert.NotEqual(true, verdict?.Agrees);
            // What cannot be had may come yet: nothing final is said of it.
            Assert.Equal(lie is Lie.NoBundle or Lie.OtherBundle, verdict is null);
        }
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Proposal_ThatLies_IsVetoedInItsWindowAndWhatDiffersIsNamed(Lie lie)
    {
        TestWitness? witness = null;
        using var stage = await LieStage.OfAsync(async stage =>
        {
            witness = Witness(stage);
            await witness.TickAsync();
        });
        using (witness)
        {
            var told = await stage.LieAsync(lie);
            stage.Chain.Mine(block => block.ProposeSigned(told.Proposal with { AttestorSet = 1 }));
            stage.Chain.TakesFromPool = true;
            var window = stage.Chain.State.ReadyAt;
            while (stage.Chain.State.Open is not null && stage.Chain.HeadBlock.Timestamp < window) await witness!.RunAsync(1);
            Assert.True(stage.Chain.HeadBlock.Timestamp < window, "It was not vetoed in time.");
            Assert.Equal((2UL, 1U), (stage.Chain.State.Epoch, stage.Chain.State.Attempt));
            var verdict = Assert.Single(witness!.Verdicts, verdict => verdict.Epoch == 3);
            Assert.Contains(told.Names, verdict.Difference, StringComparison.Ordinal);
            await witness.RunAsync(3);
            Assert.Equal((OutboxState.Done, "veto epoch 3.0"), witness.Books.Read(session => session.Outbox.Recent(10)).Select(item => (item.State, item.Purpose)).Single());
            // The honest one follows, as the next attempt, and is let pass.
            stage.Inner.Node.State.Held = null;
            for (var i = 0; i < 24; i++)
            {
                await stage.Inner.Node.RunAsync(1);
                stage.Inner.Publish();
                await witness.TickAsync();
            }

            if (stage.Inner.Node.State.Held is { } held) Assert.Contains("--same-root", held, StringComparison.Ordinal);
            else Assert.Equal((3UL, stage.Honest.Root), (stage.Chain.State.Epoch, stage.Chain.State.Root));
        }
    }

    private static TestWitness Witness(LieStage stage) => new(stage.Chain, stage.Inner.Bundles, stage.Inner.Usage);
}
