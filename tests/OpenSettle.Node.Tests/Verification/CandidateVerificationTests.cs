using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using OpenSettle.Verify;

namespace OpenSettle.Node.Tests.Verification;

/// <summary>A candidate is held against all that a vault's own epochs are, before anybody signs it.</summary>
public sealed class CandidateVerificationTests
{
    private static readonly Hash32 Revoked = Keccak256.HashText("revoked");

    [Fact]
    public async Task Candidate_ThatFollows_AgreesInEveryLevel()
    {
        using var stage = await VerifyStage.SettledAsync();
        var candidate = await stage.CandidateAsync(static bundle => bundle);
        var report = await CheckAsync(stage, candidate);
        Assert.Equal([(1UL, false), (2UL, false), (3UL, true)], report.Epochs.Select(epoch => (epoch.Number, epoch.IsCandidate)));
        Assert.Equal(["place", "batches", "proposal", "form", "solvency", "fixed parts", "pools", "sums"], report.Epochs[2].Findings.Select(finding => finding.Name));
        Assert.All(report.Epochs[2].Findings, finding => Assert.Equal(VerifyOutcome.Agrees, finding.Outcome));
        Assert.Equal(VerifyOutcome.Agrees, report.Outcome(requireUsage: true));
    }

    [Fact]
    public async Task Candidate_ThatGivesOneUnitMore_DiffersInWords()
    {
        using var stage = await VerifyStage.SettledAsync();
        var candidate = await stage.CandidateAsync(
            static bundle => bundle, static proposal => proposal with { Totals = [.. proposal.Totals.Select(total => total with { Total = total.Total + 1 })] });
        var report = await CheckAsync(stage, candidate);
        Assert.Equal(VerifyOutcome.Differs, report.Outcome(requireUsage: false));
        Assert.StartsWith("epoch 3, proposal: the proposal promises ", report.First(VerifyOutcome.Differs), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Candidate_ThatIsInItsWindow_IsCheckedAsTheVaultHasIt()
    {
        using var stage = await VerifyStage.SettledAsync();
        Proposal? proposed = null;
        await stage.ProposeForgedAsync(static bundle => bundle, proposal => proposed = proposal);
        var report = await CheckAsync(stage, proposed!);
        Assert.False(report.Epochs[2].IsCandidate);
        Assert.Equal(("record", VerifyOutcome.Agrees), (report.Epochs[2].Findings[0].Name, report.Epochs[2].Findings[0].Outcome));
        Assert.Equal(
            "The candidate is not what the vault takes next: the vault's window runs for another proposal, of epoch 3, attempt 0. Have the newest one exported again.",
            await RefusalAsync(stage, proposed! with { BundleUri = "https://elsewhere.example" }));
    }

    [Fact]
    public async Task Candidate_ThatTheVaultDoesNotTakeNext_IsNotHeldAgainstAnything()
    {
        using var stage = await VerifyStage.SettledAsync();
        var candidate = await stage.CandidateAsync(static bundle => bundle);
        Task<string> WhyAsync(Proposal proposal) => RefusalAsync(stage, proposal);
        Assert.Contains("it is of epoch 2, and the vault's next one is 3.", await WhyAsync(candidate with { Epoch = 2 }), StringComparison.Ordinal);
        Assert.Contains("it is attempt 1 of epoch 3, of which 0 were vetoed.", await WhyAsync(candidate with { Attempt = 1 }), StringComparison.Ordinal);
        Assert.Contains($"on the chain and {Revoked} in the candidate.", await WhyAsync(candidate with { PreviousRoot = Revoked }), StringComparison.Ordinal);
        Assert.Contains("and the last final one is ", await WhyAsync(candidate with { LastBlock = 1_000_000 }), StringComparison.Ordinal);
        stage.Chain.Mine(block => block.ChangeAttestors());
        Assert.Contains("it is for set 1 of the vault's attestors, and they are set 2 now.", await WhyAsync(candidate), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Candidate_ThatLeavesABatchOutBeforeAnother_Differs()
    {
        using var stage = await VerifyStage.SettledAsync();
        await stage.Gateway.SendAsync(stage.Node, stage.Gateway.Use(VerifyStage.Small, 7));
        await stage.Gateway.SendAsync(stage.Node, stage.Gateway.Use(VerifyStage.Small, 8));
        var candidate = await stage.CandidateAsync(static bundle => bundle with { Usage = bundle.Usage with { Batches = [bundle.Usage.Batches[^1]] } });
        var finding = (await CheckAsync(stage, candidate)).Epochs[2].Findings.Single(finding => finding.Name == "batches");
        Assert.Equal((VerifyOutcome.Differs, $"batch 3 of gateway {stage.Gateway.Address.ToChecksumString()} came before batch 4, and no epoch took it"), (finding.Outcome, finding.Message));
    }

    [Fact]
    public async Task Candidate_ThatRevokes_DiffersUnlessThatWasAgreed()
    {
        using var stage = await VerifyStage.SettledAsync();
        var candidate = await stage.CandidateAsync(static bundle => bundle, static proposal => proposal with { Revoked = [Revoked] });
        Assert.StartsWith($"epoch 3, revocations: it revokes {Revoked}", (await CheckAsync(stage, candidate)).First(VerifyOutcome.Differs), StringComparison.Ordinal);
        Assert.Equal(VerifyOutcome.Agrees, (await CheckAsync(stage, candidate, Revoked)).Outcome(requireUsage: true));
    }

    private static Task<VaultReport> CheckAsync(VerifyStage stage, Proposal candidate, params Hash32[] agreed) =>
        stage.VerifyAsync(options: new VerificationOptions(null, 7) { Candidate = candidate, Revocations = agreed.ToHashSet() });

    private static async Task<string> RefusalAsync(VerifyStage stage, Proposal candidate) =>
        (await Assert.ThrowsAsync<VerificationException>(() => CheckAsync(stage, candidate))).Message;
}
