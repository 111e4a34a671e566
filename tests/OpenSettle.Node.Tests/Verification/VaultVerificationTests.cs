using OpenSettle.Storage;
using System.IO.Compression;
using System.Text;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Verification;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Verify;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Verification;

public sealed class VaultVerificationTests
{
    private static readonly string[] Names = ["record", "proposal", "form", "solvency", "fixed parts", "pools", "sums"];

    [Fact]
    public async Task Vault_ThatANodeSettled_AgreesInEveryLevel()
    {
        using var stage = await VerifyStage.SettledAsync();
        var alice = stage.Node.State.Active!.Tree!.Leaves.Single(leaf => leaf.Account == Alice);
        stage.Chain.Mine(block => block.Claim(alice));
        var report = await stage.VerifyAsync();

        AssertAgrees(report, 2);
        Assert.Equal([(2L, 3UL), (1L, 0UL)], report.Epochs.Select(epoch => (epoch.Payments, epoch.Events)));
        Assert.Equal((stage.Chain.Head, stage.Chain.HeadBlock.Hash), (report.Last!.Value.Number, report.Last.Value.Hash));
        var token = Assert.Single(report.Tokens, token => token.Token == Dollar);
        Assert.Equal(((UInt256)1_200, alice.Amount, VerifyOutcome.Agrees), (token.Credited, token.Paid, token.Finding.Outcome));
        Assert.Equal("1 accounts and tokens were claimed, none for more than its leaf", report.Claims!.Message);
    }

    [Fact]
    public async Task Vault_ThatPushes_AgreesWithRedirectedRefusedAndTakenEntries()
    {
        // Everybody is paid by push, and Bob takes none in the second epoch.
        using var stage = await VerifyStage.SettledAsync(pushAbove: 1, refusing: Bob);
        var refused = Assert.Single(stage.Node.Books.Read(session => session.Pushes.Refused(10)));
        Assert.Equal((2UL, Bob), (refused.Epoch, refused.Account));
        Assert.Contains(stage.Node.Books.Read(session => session.Pushes.Range(2, 0, 10)), row => (row.Account, row.Recipient) == (Alice, Payer));
        AssertAgrees(await stage.VerifyAsync(), 2);

        stage.Chain.Mine(block => block.TakePush(2, refused.Index, Bob, Alice, refused.Amount));
        var report = await stage.VerifyAsync();
        AssertAgrees(report, 2);
        var token = Assert.Single(report.Tokens, token => token.Token == Dollar);
        Assert.Equal(token.Promised, token.Paid);
        // Which token an entry is of, its bundle says alone.
        File.Delete(stage.BundlePath(2));
        token = Assert.Single((await stage.VerifyAsync()).Tokens, token => token.Token == Dollar);
        Assert.Equal($"entry {refused.Index} of the pushes of epoch 2 was taken, and of which token is not known without its bundle", token.Finding.Message);
    }

    [Fact]
    public async Task OpenProposal_ThatPushesToAnotherThanTheRecipient_DiffersInWords()
    {
        using var stage = await VerifyStage.SettledAsync(pushAbove: 1);
        await stage.ProposeForgedAsync(
            bundle => bundle with { Push = [.. bundle.Push.Select(order => order.Account == Alice ? order with { Recipient = Alice } : order)] });
        var findings = (await stage.VerifyAsync()).Epochs[2].Findings;
        Assert.Equal($"account {Alice} is paid to {Payer}, and the bundle pushes to {Alice}", findings.Single(finding => finding.Name == "fixed parts").Message);
        Assert.StartsWith("the root of the pushes is", findings.Single(finding => finding.Name == "solvency").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_ThatAnEarlierEpochSettled_MayNotCountAgain()
    {
        using var stage = await VerifyStage.SettledAsync();
        var settled = stage.Node.Bundles.Read(stage.Node.Epoch(1)!.BundleHash).Usage.Batches;
        await stage.ProposeForgedAsync(bundle => bundle with { Usage = bundle.Usage with { Batches = settled } });
        var report = await stage.VerifyAsync();
        var finding = Assert.Single(report.Epochs[2].Findings, finding => finding.Name == "usage");
        Assert.Equal((VerifyOutcome.Differs, $"batch {settled[0].Number} of gateway {stage.Gateway.Address.ToChecksumString()} was settled before"), (finding.Outcome, finding.Message));
        Assert.DoesNotContain(report.Epochs.Take(2).SelectMany(epoch => epoch.Findings), other => other.Name == "usage");
    }

    [Fact]
    public async Task Table_ThatOneBundleHad_IsKnownFromThereOn()
    {
        var (small, other) = (VerifyStage.Small, Model("other"));
        var chain = WatchStepTests.Listed();
        var hidden = new SplitTable(2, [new SplitRow(Bob, 1, "data")]);
        chain.Mine(block => block.Register(other), block => block.CommitSplit(small, 2, 0, TableText.Commit(hidden)));
        using var stage = VerifyStage.Of(chain);
        var node = stage.Node;
        async Task PayAsync(ulong amount)
        {
            chain.Mine(block => block.Pay(small, Dollar, amount), block => block.Pay(other, Dollar, amount));
            await node.RunAsync(24);
            stage.Publish();
        }

        // First the money waits for the table; then it is divided with what comes after it.
        await PayAsync(100);
        AssertAgrees(await stage.VerifyAsync(), 1);
        node.State.AddTable(hidden);
        await node.Books.WriteAsync(session => session.Chain.AddTable(hidden), CancellationToken.None);
        await PayAsync(10);
        await PayAsync(20);
        AssertAgrees(await stage.VerifyAsync(), 3);
        Assert.Equal((UInt256)130, node.State.Active!.Tree!.Leaves.Single(leaf => leaf.Account == Bob).Amount);

        // Whoever says that he does not have it any more keeps money back.
        await stage.ProposeForgedAsync(bundle =>
        {
            var without = bundle.Terms.ToDictionary(terms => terms, terms => terms with { Split = new SplitTable(2, []) { Commitment = TableText.Commit(hidden) } });
            return bundle with { Terms = [.. bundle.Terms.Select(terms => without[terms])], Payments = [.. bundle.Payments.Select(payment => payment with { Terms = without[payment.Terms] })] };
        });
        Assert.Equal($"terms 0, of model {small.Id}: the split is another", (await stage.VerifyAsync()).Epochs[^1].Findings.Single(finding => finding.Name == "fixed parts").Message);
    }

    [Fact]
    public async Task Vault_WithoutItsUsage_AgreesInAllOtherLevelsAndSaysWhyNotInThat()
    {
        using var stage = await VerifyStage.SettledAsync();
        File.Delete(stage.BatchPath(2));
        var report = await stage.VerifyAsync();
        var sums = report.Epochs[0].Findings[^1];
        Assert.Equal((VerifyOutcome.NotChecked, $"batch 2 of gateway {stage.Gateway.Address.ToChecksumString()} cannot be had: {stage.Usage}: it does not have it"), (sums.Outcome, sums.Message));
        Assert.All(report.Epochs[0].Findings.SkipLast(1), finding => Assert.Equal(VerifyOutcome.Agrees, finding.Outcome));
        // An epoch without usage needs none.
        Assert.Equal(VerifyOutcome.Agrees, report.Epochs[1].Outcome);
        Assert.Equal((VerifyOutcome.Agrees, VerifyOutcome.NotChecked), (report.Outcome(requireUsage: false), report.Outcome(requireUsage: true)));
    }

    [Fact]
    public async Task Batch_WithOneChangedEvent_IsNotTakenForTheGateways()
    {
        using var stage = await VerifyStage.SettledAsync();
        var path = stage.BatchPath(1);
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("\"ok\",5,", "\"ok\",6,", StringComparison.Ordinal));
        var sums = (await stage.VerifyAsync()).Epochs[0].Findings[^1];
        Assert.Equal(VerifyOutcome.NotChecked, sums.Outcome);
        Assert.Contains("its events give root", sums.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bundle_ThatNobodyHas_LeavesItAndWhatFollowsUnchecked()
    {
        using var stage = await VerifyStage.SettledAsync();
        var hash = stage.Node.Epoch(1)!.BundleHash;
        File.Delete(stage.BundlePath(1));
        var report = await stage.VerifyAsync();
        Assert.Equal(VerifyOutcome.NotChecked, report.Outcome(requireUsage: false));
        Assert.StartsWith($"epoch 1, bundle: it cannot be had: {stage.Bundles}: it does not have it; http://bundles.example/bundles", report.First(VerifyOutcome.NotChecked)!.Replace("example/***", "example/bundles", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal((null, hash), (report.Epochs[0].BundleFrom, report.Epochs[0].BundleHash));
        Assert.Equal("the books before it are not known: the bundle of epoch 1 cannot be had", report.Epochs[1].Findings[^1].Message);
        // What the chain alone says is checked all the same.
        Assert.All(report.Tokens, token => Assert.Equal(VerifyOutcome.Agrees, token.Finding.Outcome));
    }

    [Fact]
    public async Task Bundle_WithOneChangedFigure_IsRefusedByItsHash()
    {
        using var stage = await VerifyStage.SettledAsync();
        var path = stage.BundlePath(2);
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress)) gzip.CopyTo(plain);
        var text = Encoding.UTF8.GetString(plain.ToArray()).Replace("\"1000\"", "\"1001\"", StringComparison.Ordinal);
        using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        var report = await stage.VerifyAsync();
        Assert.Equal((VerifyOutcome.Agrees, VerifyOutcome.NotChecked), (report.Epochs[0].Outcome, report.Epochs[1].Outcome));
        Assert.Contains($"what it gives has the hash {Keccak256.Hash(Encoding.UTF8.GetBytes(text))}", report.First(VerifyOutcome.NotChecked), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenProposal_OfTheRightBundle_IsToldApartAndAgrees()
    {
        using var stage = await VerifyStage.SettledAsync();
        await stage.ProposeForgedAsync(bundle => bundle);
        var report = await stage.VerifyAsync();
        AssertAgrees(report, 3);
        Assert.Equal([true, true, false], report.Epochs.Select(epoch => epoch.IsActive));
    }

    [Fact]
    public async Task OpenProposal_ThatMovesOneUnit_DiffersInWords()
    {
        using var stage = await VerifyStage.SettledAsync();
        await stage.ProposeForgedAsync(bundle => bundle with { After = bundle.After with { Accounts = Moved(bundle.After.Accounts) } });
        var report = await stage.VerifyAsync();
        Assert.Equal(VerifyOutcome.Differs, report.Outcome(requireUsage: false));
        Assert.Equal(["fixed parts", "pools"], report.Epochs[2].Findings.Where(finding => finding.Outcome == VerifyOutcome.Differs).Select(finding => finding.Name));
        Assert.Contains("epoch 3, fixed parts: account", report.First(VerifyOutcome.Differs), StringComparison.Ordinal);
        // It is open: what is active is not touched by it.
        Assert.Equal([VerifyOutcome.Agrees, VerifyOutcome.Agrees, VerifyOutcome.Differs], report.Epochs.Select(epoch => epoch.Outcome));
    }

    [Fact]
    public async Task OpenProposal_WithAnotherPushRootThanItsBundle_Differs()
    {
        using var stage = await VerifyStage.SettledAsync();
        var root = Keccak256.HashText("push");
        await stage.ProposeForgedAsync(bundle => bundle, proposal => proposal with { PushRoot = root });
        Assert.Equal(
            $"epoch 3, proposal: the root of the pushes is {root} in the proposal and {Hash32.Zero} in the bundle", (await stage.VerifyAsync()).First(VerifyOutcome.Differs));
    }

    [Fact]
    public async Task OpenProposal_WithAnotherRecordRootThanItsBundle_Differs()
    {
        using var stage = await VerifyStage.SettledAsync();
        var root = Keccak256.HashText("records");
        await stage.ProposeForgedAsync(bundle => bundle, proposal => proposal with { RecordRoot = root });
        var report = await stage.VerifyAsync();
        Assert.Equal(["solvency", "proposal"], report.Epochs[2].Findings.Where(finding => finding.Outcome == VerifyOutcome.Differs).Select(finding => finding.Name).OrderDescending());
        Assert.Contains(report.Epochs[2].Findings, finding => finding.Message.StartsWith($"the root of the records is {root} in the proposal and 0x", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OpenProposal_ThatPromisesMoreThanItsBundle_Differs()
    {
        using var stage = await VerifyStage.SettledAsync();
        await stage.ProposeForgedAsync(bundle => bundle, proposal => proposal with { Totals = [proposal.Totals[0] with { Total = proposal.Totals[0].Total + 1 }] });
        Assert.StartsWith("epoch 3, proposal: the proposal promises ", (await stage.VerifyAsync()).First(VerifyOutcome.Differs), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenProposal_WithoutAPayment_DiffersInWords()
    {
        using var stage = await VerifyStage.SettledAsync();
        await stage.ProposeForgedAsync(bundle => bundle with { Payments = [] });
        Assert.Contains("is missing", (await stage.VerifyAsync()).Epochs[2].Findings.Single(finding => finding.Name == "fixed parts").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_ThatNoEpochTook_IsNotedWhereALaterOneWasTaken()
    {
        using var stage = await VerifyStage.SettledAsync();
        var gateway = stage.Gateway.Address;
        await stage.ProposeForgedAsync(bundle => bundle with { Usage = bundle.Usage with { Batches = [new BatchRoot(gateway, 4, Keccak256.HashText("four"), 1), new BatchRoot(gateway, 7, Keccak256.HashText("seven"), 1)] } });
        var report = await stage.VerifyAsync();
        var name = gateway.ToChecksumString();
        Assert.Equal(
            [$"batch 3 of gateway {name} came before batch 4, and no epoch took it", $"batches 5 to 6 of gateway {name} came before batch 7, and no epoch took them"], report.Epochs[2].Notes);
        Assert.All(report.Epochs.Take(2), epoch => Assert.Empty(epoch.Notes));
    }

    [Fact]
    public async Task Batch_OfAnotherRootThanTheBundleSays_Differs()
    {
        using var stage = await VerifyStage.SettledAsync();
        var signed = await stage.Gateway.SendAsync(stage.Node, stage.Gateway.Use(VerifyStage.Small, 10));
        var root = Keccak256.HashText("another");
        await stage.ProposeForgedAsync(bundle => bundle with { Usage = bundle.Usage with { Batches = [bundle.Usage.Batches[0] with { Root = root }] } });
        stage.Publish();
        var sums = (await stage.VerifyAsync()).Epochs[2].Findings[^1];
        Assert.Equal(VerifyOutcome.Differs, sums.Outcome);
        Assert.Contains(signed.Statement.Root.ToString(), sums.Message, StringComparison.Ordinal);
        Assert.Contains(root.ToString(), sums.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proposal_ThatWasVetoed_IsToldAndLeavesNoTrace()
    {
        using var stage = await VerifyStage.SettledAsync();
        await stage.ProposeForgedAsync(bundle => bundle with { Payments = [] });
        stage.Chain.Mine(block => block.Veto());
        var report = await stage.VerifyAsync();
        AssertAgrees(report, 2);
        Assert.Equal([(3UL, 0U)], report.Vetoed);
    }

    [Fact]
    public async Task Money_ThatNoLogTellsOf_IsDrift()
    {
        using var stage = await VerifyStage.SettledAsync();
        stage.Chain.Mine(block => block.State.Credited[Dollar] += 1);
        var report = await stage.VerifyAsync();
        Assert.Equal((VerifyOutcome.Differs, $"token {Dollar.ToChecksumString()}: the vault was credited 1201, and its logs say 1200"), (report.Outcome(false), report.First(VerifyOutcome.Differs)));
    }

    [Fact]
    public async Task Account_ThatWasPaidMoreThanItsLeaf_Differs()
    {
        using var stage = await VerifyStage.SettledAsync();
        stage.Chain.Mine(block => block.Claim(new CumulativeLeaf(Payer, Dollar, 3)));
        Assert.Equal($"claims: account {Payer} was paid 3 of token {Dollar} by claims, and its leaf is 0", (await stage.VerifyAsync()).First(VerifyOutcome.Differs));
    }

    [Fact]
    public async Task Epoch_Alone_IsCheckedFromTheBooksBeforeIt()
    {
        using var stage = await VerifyStage.SettledAsync();
        // What the other epochs need is not asked for.
        File.Delete(stage.BatchPath(1));
        var epoch = Assert.Single((await stage.VerifyAsync(2)).Epochs);
        Assert.Equal((2UL, VerifyOutcome.Agrees), (epoch.Number, epoch.Outcome));
        var missing = await Assert.ThrowsAsync<VerificationException>(() => stage.VerifyAsync(3));
        Assert.StartsWith("The vault has no epoch 3", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chain_WithoutAnything_SaysSo()
    {
        using var stage = await VerifyStage.SettledAsync();
        stage.Chain.FinalLag = stage.Chain.Head;
        var report = await stage.VerifyAsync();
        Assert.Null(report.Last);
        Assert.Empty(report.Epochs);
    }

    [Fact]
    public async Task Verification_ThatIsCancelled_EndsAtOnce()
    {
        using var stage = await VerifyStage.SettledAsync();
        using var stop = new CancellationTokenSource();
        var progress = new Stopping(stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stage.VerifyAsync(progress: progress, cancellation: stop.Token));
        Assert.True(progress.Reported);
    }

    [Fact]
    public async Task Chain_ThatFailsForAMoment_IsAskedAgain()
    {
        using var stage = await VerifyStage.SettledAsync();
        var failures = 0;
        stage.Chain.OnCall = (method, after) =>
        {
            if (!after && method == "final block" && failures++ < 4) throw new ChainException(ChainErrorKind.Unreachable, "fake", method, "no connection");
        };
        AssertAgrees(await stage.VerifyAsync(), 2);
    }

    [Fact]
    public async Task Chain_ThatGoesOnFailing_IsGivenUp()
    {
        using var stage = await VerifyStage.SettledAsync();
        stage.Chain.OnCall = (method, _) => throw new ChainException(ChainErrorKind.Unreachable, "fake", method, "no connection");
        await Assert.ThrowsAsync<ChainException>(() => stage.VerifyAsync());
    }

    [Fact]
    public async Task Vault_WhoseStateTheEndpointForgot_IsCheckedInAllElse()
    {
        using var stage = await VerifyStage.SettledAsync();
        stage.Chain.OnCall = (method, _) =>
        {
            if (method == "eth_call") throw new ChainException(ChainErrorKind.MethodMissing, "fake", method, "missing trie node");
        };
        var report = await stage.VerifyAsync();
        Assert.Equal(VerifyOutcome.NotChecked, report.Outcome(requireUsage: false));
        Assert.Equal($"epoch 1, record: the vault cannot be asked as of block {stage.Chain.Head}: fake: eth_call: missing trie node", report.First(VerifyOutcome.NotChecked));
        Assert.All(report.Epochs, epoch => Assert.All(epoch.Findings.Skip(1), finding => Assert.Equal(VerifyOutcome.Agrees, finding.Outcome)));
    }

    /// <summary>One unit of one account's leaf becomes another's, so that all sums stay as they are.</summary>
    private static AccountState[] Moved(IReadOnlyList<AccountState> accounts)
    {
        var states = accounts.ToArray();
        states[0] = states[0] with { Earned = states[0].Earned + 1, Leaf = states[0].Leaf + 1 };
        states[1] = states[1] with { Earned = states[1].Earned - 1, Leaf = states[1].Leaf - 1 };
        return states;
    }

    private static void AssertAgrees(VaultReport report, int epochs)
    {
        Assert.Null(report.First(VerifyOutcome.Differs));
        Assert.Null(report.First(VerifyOutcome.NotChecked));
        Assert.Equal((VerifyOutcome.Agrees, epochs), (report.Outcome(requireUsage: true), report.Epochs.Count));
        Assert.All(report.Epochs, epoch => Assert.Equal(Names, epoch.Findings.Select(finding => finding.Name)));
    }

    private sealed class Stopping(CancellationTokenSource stop) : IProgress<VerificationProgress>
    {
        public bool Reported { get; private set; }

        public void Report(VerificationProgress value)
        {
            Reported = true;
            stop.Cancel();
        }
    }
}
