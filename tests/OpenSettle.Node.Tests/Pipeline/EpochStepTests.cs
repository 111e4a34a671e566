using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ledger;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Verify;
using static OpenSettle.Node.Tests.Support.World;
using Proposal = OpenSettle.Ethereum.Contracts.Proposal;
using SplitRow = OpenSettle.Registry.SplitRow;
using SplitTable = OpenSettle.Registry.SplitTable;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class EpochStepTests
{
    private static readonly TestModel Small = Model("small");

    [Fact]
    public async Task Epoch_FromCloseToAttestation_GoesThroughEachStateInOrder()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        var seen = new List<EpochState>();
        for (var i = 0; i < 20; i++)
        {
            await node.TickAsync();
            if (node.Epoch(1) is { } epoch && (seen.Count == 0 || seen[^1] != epoch.State)) seen.Add(epoch.State);
            chain.Mine();
        }

        Assert.Equal([EpochState.Signed, EpochState.Proposed, EpochState.Active, EpochState.Pushed], seen);
        Assert.Equal((1UL, node.Epoch(1)!.Root, true), (chain.State.Epoch, chain.State.Root, chain.State.Attested.Contains(1)));
        Assert.Equal(["propose epoch 1.0", "activate epoch 1.0", "attest epoch 1"], node.Outbox().Reverse().Select(item => item.Purpose));
        Assert.All(node.Outbox(), item => Assert.Equal(OutboxState.Done, item.State));
        Assert.Equal(node.Epoch(1)!.Root, node.State.Active!.Tree!.Root);
        // 3 of 4 parts to Alice, the owner's to the creator.
        Assert.Equal(
            [(Alice, (UInt256)75), (Small.Creator, (UInt256)25)],
            node.State.Active.Tree!.Leaves.Select(leaf => (leaf.Account, leaf.Amount)).OrderByDescending(leaf => leaf.Amount));
    }

    [Fact]
    public async Task Steps_RepeatedWithoutABlock_PlanEachIntentOnce()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        for (var i = 0; i < 16; i++)
        {
            for (var repeat = 0; repeat < 3; repeat++) await node.TickAsync();
            if (i % 4 == 0) node.Restart();
            chain.Mine();
        }

        Assert.Equal(["attest epoch 1", "activate epoch 1.0", "propose epoch 1.0"], node.Outbox().Select(item => item.Purpose));
        Assert.Equal(3, chain.Mined.Count());
    }

    [Fact]
    public async Task Close_BeforeThePaymentWaitedLongEnough_DoesNotHappen()
    {
        var chain = Paid();
        using var node = new TestNode(chain, epochSeconds: 3 * FakeChain.BlockTime);
        // Paid in the head; three blocks later it has waited three block times, and not a second less.
        for (var waited = 0; waited < 3; waited++)
        {
            await node.TickAsync();
            Assert.Null(node.Epoch(1));
            chain.Mine();
        }

        await node.TickAsync();
        Assert.Equal(EpochState.Signed, node.Epoch(1)!.State);
    }

    [Fact]
    public async Task Close_WithNothingPayable_LeavesThePaymentsUndivided()
    {
        var chain = WatchStepTests.Listed();
        chain.Mine(block => block.Pay(Small, Dollar, 12));
        using var node = new TestNode(chain, epochSeconds: 1);
        await node.RunAsync(6);
        Assert.Null(node.Epoch(1));
        Assert.Empty(node.Outbox());
        Assert.Equal(1, node.Books.Read(session => session.Payments.Undivided(long.MaxValue).Count));

        // 9 and 1 more make Alice's leaf payable; the first payment is divided with them.
        chain.Mine(block => block.Pay(Small, Dollar, 2));
        await node.TickAsync();
        Assert.Equal((EpochState.Signed, 2), (node.Epoch(1)!.State, node.Epoch(1)!.Payments));
        Assert.Equal(2, node.Books.Read(session => session.Payments.Undivided(long.MaxValue).Count));

        // The ledger has it once the vault has: what may still be vetoed is nobody's.
        await node.RunAsync(10);
        Assert.Empty(node.Books.Read(session => session.Payments.Undivided(long.MaxValue)));
        var (earned, payable) = node.Books.Read(session => (
            session.Ledger.Totals(LedgerAccount.Contributor(Alice), Dollar), session.Ledger.Totals(LedgerAccount.Settled(Alice), Dollar)));
        Assert.Equal((new AccountTotals(10, 10), new AccountTotals(0, 10)), (earned, payable));
    }

    [Fact]
    public async Task Veto_HoldsAndNothingIsProposedAgainUntilSomebodySaysSo()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(5);
        Assert.Equal(EpochState.Proposed, node.Epoch(1)!.State);
        chain.Mine(block => block.Veto());
        await node.TickAsync();
        Assert.Contains("vetoed epoch 1, attempt 0", node.State.Held, StringComparison.Ordinal);
        Assert.Contains("Recomputed from these books nothing differs", node.State.Held, StringComparison.Ordinal);
        chain.MineEmpty(5);
        node.Restart();
        await node.TickAsync();
        Assert.Contains("opensettle resume 1.0", node.State.Held, StringComparison.Ordinal);
        Assert.Equal(["propose epoch 1.0"], node.Outbox().Select(item => item.Purpose));
        Assert.Single(chain.Mined);
        // What was vetoed left nothing in the ledger.
        Assert.Equal([new TrialBalance(Dollar, 100, 0, 100, 0, 0, 0, 0)], node.Books.Read(session => session.Ledger.TrialBalances()));

        // Said of another attempt it means nothing; of this one it opens the number again, but not with the root that was vetoed.
        new Resume(1, 1, true).Leave(node.Options.DataDir);
        await node.RunAsync(3);
        Assert.Equal(EpochState.Vetoed, node.Epoch(1)!.State);
        var vetoed = node.Epoch(1)!.Root;
        new Resume(1, 0, false).Leave(node.Options.DataDir);
        await node.RunAsync(3);
        Assert.False(File.Exists(Resume.FileIn(node.Options.DataDir)));
        Assert.Equal((EpochState.Vetoed, 0U), (node.Epoch(1)!.State, node.Epoch(1)!.Attempt));
        Assert.Contains("--same-root", node.State.Held, StringComparison.Ordinal);

        chain.Mine(block => block.Pay(Small, Dollar, 40));
        new Resume(1, 0, false).Leave(node.Options.DataDir);
        await node.RunAsync(15);
        Assert.Null(node.State.Held);
        Assert.Equal((EpochState.Pushed, 1U, 2), (node.Epoch(1)!.State, node.Epoch(1)!.Attempt, node.Epoch(1)!.Payments));
        Assert.NotEqual(vetoed, node.Epoch(1)!.Root);
        Assert.Equal(vetoed, Assert.Single(node.Books.Read(session => session.Epochs.Vetoed(1))).Root);
        AssertVerifies(node, 1);
    }

    [Fact]
    public async Task Veto_OfARootThatIsMeant_IsProposedAgainWithTheNextAttempt()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(5);
        var vetoed = node.Epoch(1)!.Root;
        chain.Mine(block => block.Veto());
        await node.TickAsync();
        new Resume(1, 0, true).Leave(node.Options.DataDir);
        await node.RunAsync(15);
        Assert.Equal((EpochState.Pushed, 1U, vetoed), (node.Epoch(1)!.State, node.Epoch(1)!.Attempt, node.Epoch(1)!.Root));
    }

    [Fact]
    public async Task Pause_InTheWindow_IsWaitedForAndItsEndTooEarlyAsWell()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await ProposedAsync(node);
        var ready = node.Epoch(1)!.ReadyAt;
        chain.Mine(block => block.Pause(500));
        await node.TickAsync();
        Assert.Equal((ready + 500, chain.State.ReadyAt), (node.Epoch(1)!.ReadyAt, node.Epoch(1)!.ReadyAt));
        await node.RunAsync(20);
        Assert.Null(node.Find("activate epoch 1.0"));
        chain.Mine(block => block.Unpause());
        await node.TickAsync();
        Assert.Equal(chain.State.ReadyAt, node.Epoch(1)!.ReadyAt);
        await node.RunAsync(12);
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
    }

    [Fact]
    public async Task Pause_AfterTheWindow_HoldsActivationUp()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await ProposedAsync(node);
        chain.MineEmpty((int)(BlockWriter.Window / FakeChain.BlockTime));
        chain.Mine(block => block.Pause(200));
        await node.RunAsync(10);
        Assert.Null(node.Find("activate epoch 1.0"));
        await node.RunAsync(20);
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
    }

    [Fact]
    public async Task Proposal_OfAttestorsThatChangeWhileItIsOnItsWay_IsSignedAnewAndTheOldOneGivesWay()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        chain.TakesFromPool = false;
        while (node.Find("propose epoch 1.0")?.State != OutboxState.Signed)
        {
            await node.TickAsync();
            chain.Mine();
        }

        // Sent, and not mined: its signatures have expired.
        chain.Mine(block => block.ChangeAttestors());
        await node.TickAsync();
        Assert.NotNull(node.Find("propose epoch 1.0 again 2"));
        Assert.Equal(2U, StoredProposal(node).AttestorSet);
        chain.TakesFromPool = true;
        await node.RunAsync(25);
        Assert.Equal((EpochState.Pushed, 2U), (node.Epoch(1)!.State, StoredProposal(node).AttestorSet));
        Assert.NotEqual(OutboxState.Done, node.Find("propose epoch 1.0")!.State);
        Assert.Equal(OutboxState.Done, node.Find("propose epoch 1.0 again 2")!.State);
    }

    [Fact]
    public async Task Epoch_ByItsValueOrCount_ClosesBeforeItsTime()
    {
        foreach (var byCount in new[] { false, true })
        {
            var chain = Paid();
            using var node = new TestNode(
                chain, epochSeconds: 1_000_000, epochPayments: byCount ? 3 : long.MaxValue, epochValue: byCount ? null : 150);
            await node.RunAsync(5);
            Assert.Null(node.Epoch(1));
            chain.Mine(block => block.Pay(Small, Dollar, byCount ? 1UL : 49UL));
            await node.RunAsync(3);
            Assert.Null(node.Epoch(1));
            chain.Mine(block => block.Pay(Small, Dollar, 1));
            await node.RunAsync(3);
            Assert.Equal(3, node.Epoch(1)!.Payments);
        }
    }

    [Fact]
    public async Task Usage_ThatComesInTheGrace_Counts()
    {
        var chain = Paid();
        using var node = new TestNode(chain, usageGraceSeconds: 3 * FakeChain.BlockTime);
        while (node.Epoch(1) is null)
        {
            await node.TickAsync();
            chain.Mine();
        }

        Assert.Equal(EpochState.Closed, node.Epoch(1)!.State);
        var closed = node.Epoch(1)!;
        // A crash in between changes nothing, and neither does money that comes now.
        node.Restart();
        chain.Mine(block => block.Pay(Small, Dollar, 77));
        await node.TickAsync();
        Assert.Equal((EpochState.Closed, closed.LastBlock), (node.Epoch(1)!.State, node.Epoch(1)!.LastBlock));
        await node.RunAsync(20);
        Assert.Equal((EpochState.Pushed, closed.LastBlock, 1), (node.Epoch(1)!.State, node.Epoch(1)!.LastBlock, node.Epoch(1)!.Payments));
    }

    private static async Task ProposedAsync(TestNode node)
    {
        while (node.Epoch(1)?.State != EpochState.Proposed)
        {
            await node.TickAsync();
            node.Chain.Mine();
        }
    }

    [Fact]
    public async Task Activation_BeforeTheWindowEnds_IsNotPlanned()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        while (node.Epoch(1)?.State != EpochState.Proposed)
        {
            await node.TickAsync();
            chain.Mine();
        }

        var ready = node.Epoch(1)!.ReadyAt;
        Assert.Equal(chain.State.ReadyAt, ready);
        while (chain.HeadBlock.Timestamp < ready)
        {
            await node.TickAsync();
            Assert.Null(node.Find("activate epoch 1.0"));
            chain.Mine();
        }

        await node.TickAsync();
        Assert.NotNull(node.Find("activate epoch 1.0"));
    }

    [Fact]
    public async Task Activation_BySomebodyElse_IsAsGoodAsOurs()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(4);
        chain.TakesFromPool = false;
        while (node.Find("activate epoch 1.0")?.State != OutboxState.Signed)
        {
            await node.TickAsync();
            chain.Mine();
        }

        chain.Mine(block => block.Activate(), block => block.Attest(1));
        chain.TakesFromPool = true;
        await node.RunAsync(5);
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
        // Ours was sent, came second and reverted: that is all.
        Assert.Equal(OutboxState.Reverted, node.Find("activate epoch 1.0")!.State);
        Assert.Null(node.Find("attest epoch 1"));
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(20);
        Assert.Equal(EpochState.Pushed, node.Epoch(2)!.State);
    }

    [Fact]
    public async Task Activation_BySomebodyElseBeforeOursIsSigned_DropsThePlan()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(4);
        chain.BaseFee = 1000;
        while (node.Find("activate epoch 1.0") is null)
        {
            await node.TickAsync();
            chain.Mine();
        }

        chain.Mine(block => block.Activate());
        chain.BaseFee = 7;
        await node.RunAsync(4);
        Assert.Null(node.Find("activate epoch 1.0"));
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
        Assert.Empty(node.State.Waiting);
    }

    [Fact]
    public async Task Activation_ThatRevertsWithoutEffect_Halts()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        chain.RevertsWhenMined = transaction => Calldata.ReadActivation(transaction.Data) is not null;
        var halted = await Assert.ThrowsAsync<SettlementHaltedException>(() => node.RunAsync(20));
        Assert.Contains("activate epoch 1.0", halted.Message, StringComparison.Ordinal);
        node.Restart();
        await Assert.ThrowsAsync<SettlementHaltedException>(node.TickAsync);
        Assert.Equal(4, chain.Mined.Count());
    }

    [Fact]
    public async Task Proposal_OnChain_CarriesTheAttestorsSignaturesInAscendingOrder()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(4);
        var (proposal, signatures) = Calldata.ReadProposal(node.Find("propose epoch 1.0")!.Data.Span)!.Value;
        var digest = ProposalTypedData.Of(ChainId, Vault, proposal).Digest();
        // As many as the vault wants, and no more.
        Assert.Equal(AttestorAddresses.Order().Take(2).Select(address => (Address?)address), signatures.Select(signature => (Address?)signature.Signer));
        Assert.All(signatures, signature => Assert.Equal(signature.Signer, Provider.Recover(digest, Split(signature.Data.Span))));
        // As they are given they do not ascend: the order above is the node's work.
        Assert.NotEqual(AttestorAddresses.Order(), AttestorAddresses);
        var epoch = node.Epoch(1)!;
        Assert.Equal((epoch.Root, epoch.BundleHash, epoch.LastBlock, epoch.LastBlockHash), (proposal.Root, proposal.BundleHash, proposal.LastBlock, proposal.LastBlockHash));
        Assert.Equal(chain.HashOf(epoch.LastBlock), epoch.LastBlockHash);
        Assert.Equal($"http://bundles.example/{epoch.BundleHash}", proposal.BundleUri);
        Assert.Equal([(Dollar, (UInt256)100)], proposal.Totals.Select(total => (total.Token, total.Total)));
        Assert.Equal((1U, Hash32.Zero, node.Bundles.Read(epoch.BundleHash).RecordRoot, 0), (proposal.AttestorSet, proposal.PushRoot, proposal.RecordRoot, proposal.Revoked.Count));
        Assert.NotEqual(Hash32.Zero, proposal.RecordRoot);
    }

    [Fact]
    public async Task Proposal_OfAttestorsThatChangedBeforeItWasSent_IsSignedAnew()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(2);
        // Too dear to send: the proposal waits.
        chain.BaseFee = 1000;
        await node.RunAsync(3);
        Assert.Equal(OutboxState.Planned, node.Find("propose epoch 1.0")!.State);
        chain.Mine(block => block.ChangeAttestors());
        node.Restart();
        await node.TickAsync();
        Assert.Equal(2U, Calldata.ReadProposal(node.Find("propose epoch 1.0")!.Data.Span)!.Value.Proposal.AttestorSet);

        chain.BaseFee = 7;
        await node.RunAsync(15);
        Assert.Equal((EpochState.Pushed, 2U), (node.Epoch(1)!.State, StoredProposal(node).AttestorSet));
        Assert.Equal(3, node.Outbox().Count);
    }

    [Fact]
    public async Task Proposal_ThatTheVaultHas_IsKeptWhole()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        while (node.Epoch(1) is null)
        {
            await node.TickAsync();
            chain.Mine();
        }

        // Signed for whichever attestors: what it gives back is what the log says.
        var expired = (StoredProposal(node) with { AttestorSet = 7 }).Encode();
        await node.Books.WriteAsync(session => session.Epochs.SetSigned(1, 0, expired), CancellationToken.None);
        await node.RunAsync(15);
        Assert.Equal(EpochState.Pushed, node.Epoch(1)!.State);
        Assert.Equal((chain.State.Records[1], 1U), (StoredProposal(node).Record, StoredProposal(node).AttestorSet));
    }

    [Fact]
    public async Task Epochs_OneAfterTheOther_VerifyFromTheirBundles()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(15);
        chain.Mine(block => block.Send(Small, Dollar, 50), block => block.Pay(Small, Dollar, 33), block => block.SetSplit(Small, 2, 0, [(Bob, 1)]));
        chain.Mine(block => block.Pay(Small, Dollar, 17));
        await node.RunAsync(20);
        Assert.Equal(2UL, chain.State.Epoch);

        AssertVerifies(node, 2);
        // 83 in parts of 3 and 1 leave one unit, which the next epoch divides.
        Assert.Equal((UInt256)199, chain.State.Promised[Dollar]);
        Assert.Equal([new TrialBalance(Dollar, 200, 0, 1, 0, 0, 199, 0)], node.Books.Read(session => session.Ledger.TrialBalances()));
        Assert.Null(node.Books.Read(session => session.Ledger.CheckAgainstEntries()));
    }

    [Fact]
    public async Task Deployment_AtTheFirstBlockOfAll_StillBuildsItsEpoch()
    {
        var chain = Paid();
        using var node = new TestNode(chain, firstBlock: 0);
        await node.RunAsync(5);
        Assert.Equal(0UL, node.Epoch(1)!.FirstBlock);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bundle_GoneOrChanged_HaltsAndSaysSo(bool gone)
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(15);
        var path = node.Bundles.PathOf(node.Epoch(1)!.BundleHash);
        if (gone) File.Delete(path);
        else File.AppendAllText(path, " ");
        node.Restart();
        var halted = await Assert.ThrowsAsync<SettlementHaltedException>(node.TickAsync);
        Assert.Contains(path, halted.Message, StringComparison.Ordinal);
        Assert.Contains("Bring it back", halted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Claim_AfterActivation_IsBookedAsPaid()
    {
        var chain = Paid();
        using var node = new TestNode(chain);
        await node.RunAsync(15);
        chain.Mine(block => block.Claim(new CumulativeLeaf(Alice, Dollar, 75)));
        await node.WatchAsync();
        Assert.Equal([new TrialBalance(Dollar, 100, 0, 0, 0, 0, 25, 75)], node.Books.Read(session => session.Ledger.TrialBalances()));
    }

    [Fact]
    public async Task Pool_WithoutInfluence_GoesToTheFallbackRows()
    {
        var chain = WatchStepTests.Listed();
        using var node = new TestNode(chain);
        chain.Mine(block => block.SetSplit(Small, 2, 0, [(Alice, 1)], 3, [(Bob, 1), (null, 1)]));
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(15);

        // A quarter to Alice; of the pool's 75 half to Bob and half to the owner, and one unit is left.
        Assert.Equal(
            new (Address Account, UInt256 Amount)[] { (Alice, 25), (Bob, 37), (Small.Creator, 37) }.OrderBy(leaf => leaf.Account),
            node.State.Active!.Tree!.Leaves.Select(leaf => (leaf.Account, leaf.Amount)).OrderBy(leaf => leaf.Account));
        Assert.Equal([new TrialBalance(Dollar, 100, 0, 1, 0, 0, 99, 0)], node.Books.Read(session => session.Ledger.TrialBalances()));
        Assert.Equal(new AccountTotals(75, 75), node.Books.Read(session => session.Ledger.Totals(LedgerAccount.Pool(Small.ModelId), Dollar)));
        AssertVerifies(node, 1);
    }

    [Fact]
    public async Task Table_CommittedAndNotAtHand_PutsTheMoneyIntoSuspenseAndGoesOn()
    {
        var chain = WatchStepTests.Listed();
        var other = Model("other");
        chain.Mine(block => block.Register(other));
        using var node = new TestNode(chain);
        var hidden = TableText.Commit(new SplitTable(2, [new SplitRow(Bob, 1, "data")]));
        chain.Mine(block => block.CommitSplit(Small, 2, 0, hidden));

        // While all of it waits for the table nothing is payable, and nothing stops.
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        await node.RunAsync(6);
        Assert.Null(node.Epoch(1));
        chain.Mine(block => block.Pay(other, Dollar, 40));
        await node.RunAsync(15);
        chain.Mine(block => block.Pay(Small, Dollar, 5), block => block.Pay(other, Dollar, 80));
        await node.RunAsync(20);

        Assert.Equal((2UL, EpochState.Pushed), (chain.State.Epoch, node.Epoch(2)!.State));
        Assert.Equal([new TrialBalance(Dollar, 225, 0, 0, 105, 0, 120, 0)], node.Books.Read(session => session.Ledger.TrialBalances()));
        Assert.Equal(new AccountTotals(0, 105), node.Books.Read(session => session.Ledger.Totals(LedgerAccount.Suspense(Small.ModelId), Dollar)));
        Assert.Null(node.Books.Read(session => session.Ledger.CheckAgainstEntries()));
        Assert.DoesNotContain(Bob, node.State.Active!.Tree!.Leaves.Select(leaf => leaf.Account));
        var waiting = Assert.Single(node.Bundles.Read(node.Epoch(2)!.BundleHash).After.Suspense);
        Assert.Equal(new Suspense(new SuspenseKey(Small.ModelId, 2, Small.Creator, Dollar), 105), waiting);
        AssertVerifies(node, 2);
    }

    private static Proposal StoredProposal(TestNode node) => Proposal.Decode(node.Books.Read(session => session.Epochs.Proposal(1)).Span);

    private static RecoverableSignature Split(ReadOnlySpan<byte> signature) => new(Hash32.FromBytes(signature[..32]), Hash32.FromBytes(signature[32..64]), signature[64]);

    /// <summary>Every epoch up to a number follows from its published bundle.</summary>
    internal static void AssertVerifies(TestNode node, ulong upTo)
    {
        VerifiedEpoch? previous = null;
        for (ulong number = 1; number <= upTo; number++)
        {
            var epoch = node.Epoch(number)!;
            using var bytes = node.Bundles.Open(epoch.BundleHash);
            var (report, verified) = EpochVerifier.Verify(bytes, previous, new EpochOnChain(number, epoch.Root, epoch.BundleHash, epoch.LastBlock, epoch.RecordRoot));
            Assert.True(report.Agrees, report.Message);
            Assert.Equal(VerifyOutcome.Agrees, report[VerifyLevel.Pools]);
            previous = verified;
        }
    }

    internal static FakeChain Paid()
    {
        var chain = WatchStepTests.Listed();
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        return chain;
    }
}
