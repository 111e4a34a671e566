using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using Proposal = OpenSettle.Ethereum.Contracts.Proposal;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>The vault has a proposal that this node did not make: it does nothing, goes on after a veto, and stops for good only if it becomes active.</summary>
public sealed class ForeignProposalTests
{
    private static readonly Hash32 Other = Keccak256.HashText("another");

    [Fact]
    public async Task Proposal_ThatIsNotOurs_IsLeftAloneAndOursFollowsItsVeto()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        var ours = await SignedAsync(node);
        chain.Mine(block => block.ProposeSigned(Changed(ours, "root")));
        chain.TakesFromPool = true;
        await node.RunAsync(3);
        Assert.Equal((EpochState.Foreign, 0U), (node.Epoch(1)!.State, node.Epoch(1)!.Attempt));
        Assert.Contains(node.State.Alerts.All, alert => alert.Message.Contains("which this node did not make", StringComparison.Ordinal));
        // Whatever was sent before reverted; nothing is sent for what is not ours, and a start changes nothing.
        node.Restart();
        await node.RunAsync(2);
        Assert.DoesNotContain(node.Outbox(), item => item.Purpose.StartsWith("activate", StringComparison.Ordinal));
        chain.Mine(block => block.Veto());
        await node.RunAsync(24);
        Assert.Null(node.State.Held);
        Assert.DoesNotContain(node.State.Alerts.All, alert => alert.Message.Contains("did not make", StringComparison.Ordinal));
        Assert.Equal((EpochState.Pushed, 1U), (node.Epoch(1)!.State, node.Epoch(1)!.Attempt));
        Assert.Equal((ours.Root, 1UL), (chain.State.Root, chain.State.Epoch));
        Assert.Equal(0U, Assert.Single(node.Books.Read(session => session.Epochs.Vetoed(1))).Attempt);
    }

    [Theory]
    [InlineData("bundle")]
    [InlineData("records")]
    [InlineData("pushes")]
    [InlineData("totals")]
    public async Task Proposal_OfOurRootThatDiffersElsewhere_WaitsForAWordAfterItsVeto(string what)
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        var ours = await SignedAsync(node);
        chain.Mine(block => block.ProposeSigned(Changed(ours, what)));
        await node.TickAsync();
        Assert.Equal(EpochState.Foreign, node.Epoch(1)!.State);
        chain.Mine(block => block.Veto());
        chain.TakesFromPool = true;
        await node.RunAsync(5);
        // The guardian vetoed this root, and a root that was vetoed is never proposed without a word.
        Assert.Contains("opensettle resume 1.0 --same-root", node.State.Held, StringComparison.Ordinal);
        Assert.Null(chain.State.Open);
    }

    [Fact]
    public async Task Proposal_BeforeThisNodeClosedAny_IsLeftAlone()
    {
        var chain = EpochStepTests.Paid();
        using var other = new TestNode(chain);
        var theirs = await SignedAsync(other);
        using var node = new TestNode(chain, epochSeconds: 10_000);
        await node.WatchAsync();
        chain.Mine(block => block.ProposeSigned(theirs));
        await node.TickAsync();
        Assert.Equal(EpochState.Foreign, node.Epoch(1)!.State);
        chain.Mine(block => block.Veto());
        await node.TickAsync();
        Assert.Null(node.Epoch(1));
    }

    [Fact]
    public async Task Proposal_ThatBecomesActive_Halts()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        var ours = await SignedAsync(node);
        chain.Mine(block => block.ProposeSigned(Changed(ours, "root")));
        chain.MineEmpty((int)(BlockWriter.Window / FakeChain.BlockTime) + 1);
        await node.TickAsync();
        chain.Mine(block => block.Activate());
        var before = node.Describe();
        var halted = await Assert.ThrowsAsync<SettlementHaltedException>(node.WatchAsync);
        Assert.Contains($"with root {Changed(ours, "root").Root}", halted.Message, StringComparison.Ordinal);
        Assert.Contains("which these books did not make", halted.Message, StringComparison.Ordinal);
        Assert.Contains("opensettle verify", halted.Message, StringComparison.Ordinal);
        Assert.Equal(before, node.Describe());
    }

    [Fact]
    public async Task Proposal_SignedAnewForOtherAttestors_IsOurs()
    {
        var chain = EpochStepTests.Paid();
        using var node = new TestNode(chain);
        var ours = await SignedAsync(node);
        chain.Mine(block => block.ChangeAttestors());
        chain.Mine(block => block.ProposeSigned(ours with { AttestorSet = 2 }));
        await node.TickAsync();
        Assert.Equal(EpochState.Proposed, node.Epoch(1)!.State);
    }

    private static async Task<Proposal> SignedAsync(TestNode node)
    {
        node.Chain.TakesFromPool = false;
        await node.RunAsync(5);
        Assert.Equal(EpochState.Signed, node.Epoch(1)!.State);
        return Proposal.Decode(node.Books.Read(session => session.Epochs.Proposal(1)).Span);
    }

    private static Proposal Changed(Proposal ours, string what) => what switch
    {
        "root" => ours with { Root = Other },
        "bundle" => ours with { BundleHash = Other },
        "records" => ours with { RecordRoot = Other },
        "pushes" => ours with { PushRoot = Other },
        "totals" => ours with { Totals = [ours.Totals[0] with { Total = ours.Totals[0].Total - (UInt256)1 }] },
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "There is no such part."),
    };
}
