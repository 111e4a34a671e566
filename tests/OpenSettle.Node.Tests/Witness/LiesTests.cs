using OpenSettle.Demo.Stage.Lies;
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
        await stage.Witness.TickAsync();
        var (verdict, lack) = await stage.Witness.JudgeAsync(stage.HonestProposal);
        Assert.Null(lack);
        Assert.True(verdict?.Agrees, verdict?.Difference);
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Candidate_ThatLies_IsNotAgreedToAndWhatDiffersIsNamed(Lie lie)
    {
        using var stage = await LieStage.OfAsync();
        var told = await stage.LieAsync(lie);
        await stage.Witness.TickAsync();
        var (verdict, lack) = await stage.Witness.JudgeAsync(told.Proposal);
        Assert.Contains(told.Names, verdict is null ? lack?.What : verdict.Difference, StringComparison.Ordinal);
        Assert.NotEqual(true, verdict?.Agrees);
        // What cannot be had may come yet: nothing final is said of it.
        Assert.Equal(lie is Lie.NoBundle or Lie.OtherBundle, verdict is null);
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Proposal_ThatLies_IsVetoedInItsWindowAndWhatDiffersIsNamed(Lie lie)
    {
        using var stage = await LieStage.OfAsync();
        var (chain, witness) = (stage.Chain, stage.Witness);
        var told = await stage.LieAsync(lie);
        chain.Mine(block => block.ProposeSigned(told.Proposal with { AttestorSet = 1 }));
        chain.TakesFromPool = true;
        var window = chain.State.ReadyAt;
        while (chain.State.Open is not null && chain.HeadBlock.Timestamp < window) await witness.RunAsync(1);
        Assert.True(chain.HeadBlock.Timestamp < window, "It was not vetoed in time.");
        Assert.Equal((2UL, 1U), (chain.State.Epoch, chain.State.Attempt));
        var verdict = Assert.Single(witness.Verdicts, verdict => verdict.Epoch == 3);
        Assert.Contains(told.Names, verdict.Difference, StringComparison.Ordinal);
        await witness.RunAsync(3);
        Assert.Equal((OutboxState.Done, "veto epoch 3.0"), witness.Books.Read(session => session.Outbox.Recent(10)).Select(item => (item.State, item.Purpose)).Single());
        // The honest one follows by itself, as the next attempt, and is let pass.
        for (var i = 0; i < 24; i++)
        {
            await stage.Inner.Node.RunAsync(1);
            stage.Inner.Publish();
            await witness.TickAsync();
        }

        Assert.Null(stage.Inner.Node.State.Held);
        Assert.Equal((3UL, stage.Honest.Root), (chain.State.Epoch, chain.State.Root));
        Assert.True(witness.Verdicts[0].Agrees, witness.Verdicts[0].Difference);
    }
}
