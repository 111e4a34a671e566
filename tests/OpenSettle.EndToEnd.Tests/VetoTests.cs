using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>The guardian vetoes a proposal in its window; a person says that it goes on; the same number is proposed again.</summary>
public sealed class VetoTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private const int KilledBySignal = 137;

    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Veto_ThenAWordToGoOn_SettlesTheSameNumberAndLeavesNoTraceOfTheFirstAttempt()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        var cancellation = limit.Token;
        var before = await stage.Chain.Client.GetBalanceAsync(_cast.Operator, BlockRef.Latest, cancellation);
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation);
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(
            _cast.Ada, "vetoed", Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(_cast.Ben.Address, 2, "data")]), [], cancellation);
        await market.FundAsync(_cast.Bank, 1_000_000_000, cancellation);
        await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 6_000_000, Market.Text("use"), cancellation);
        using var chain = new ChainRecord(stage, () => [model]);
        var proposal = await VetoAsync(chain, market, cancellation);
        Assert.Equal((1UL, 0U), (proposal.Epoch, proposal.Attempt));

        var held = await node.WaitAsync("the node is held", status => status.TryGetProperty("held", out _), cancellation);
        var why = held.GetProperty("held").GetString() ?? string.Empty;
        Assert.Contains("vetoed epoch 1, attempt 0", why, StringComparison.Ordinal);
        // This veto was a mistake, and the node says that it sees no difference.
        Assert.Contains("nothing differs", why, StringComparison.Ordinal);
        Assert.Contains("opensettle resume 1.0", why, StringComparison.Ordinal);
        await HoldsAsync(node, market, model, chain, proposal, cancellation);

        // A word for another attempt is none for this one.
        await ResumeAsync("1.7", cancellation);
        node.Launch(FailPoint.ResumeTaken);
        await node.WaitForHoldAsync(cancellation);
        await ResumeAsync("1.0", cancellation);
        Assert.Equal(KilledBySignal, await node.EndedAsync(TimeSpan.FromMinutes(1), cancellation));
        await node.RestartAsync(cancellation);
        await node.WaitAsync("epoch 1 is pushed", status => status.GetProperty("activeEpoch").GetUInt64() == 1 && State(status) == "pushed" && status.GetProperty("transactions").GetArrayLength() == 0, cancellation);
        await ClaimAsync(node, _cast.Ada, cancellation);
        await ClaimAsync(node, _cast.Ben, cancellation);
        // Both payments, and each once.
        await OwnsAsync(_cast.Ada, (6_000_000 + 3_000_000) / 3, cancellation);
        await OwnsAsync(_cast.Ben, (6_000_000 + 3_000_000) * 2 / 3, cancellation);
        await node.StopAsync();

        Assert.Empty(await new Audit(stage, chain).RunSettledAsync(before, cancellation));
        Assert.Equal([(1UL, 0U), (1UL, 1U)], chain.Events<RoyaltySplit.EpochProposed>().Select(said => (said.Proposal.Epoch, said.Proposal.Attempt)));
        Assert.Single(chain.Events<RoyaltySplit.EpochActivated>());
        using var copy = DataCopy.Of(stage.Workspace, stage.Deployment.Id);
        Assert.Equal((1UL, 0U, proposal.Root), copy.Books.Read(session => session.Epochs.Vetoed(1)).Select(attempt => (attempt.Number, attempt.Attempt, attempt.Root)).Single());
    }

    /// <summary>Sends the guardian's veto of the first proposal in its window.</summary>
    private async Task<Proposal> VetoAsync(ChainRecord chain, Market market, CancellationToken cancellation)
    {
        while (true)
        {
            await chain.ExtendAsync(cancellation);
            if (chain.Events<RoyaltySplit.EpochProposed>().FirstOrDefault() is { } said)
            {
                await market.SendAsync(
                    new Person("Guardian", _cast.Guardian), stage.Deployment.Id.Vault, new RoyaltySplit.VetoCall(said.Proposal.Epoch, said.Proposal.Attempt), UInt256.Zero, cancellation);
                return said.Proposal;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    /// <summary>While it is held: payments come into the books, nothing of an epoch is sent, nobody has earned anything, and the vetoed root pays nobody.</summary>
    private async Task HoldsAsync(NodeProcess node, Market market, StageModel model, ChainRecord chain, Proposal vetoed, CancellationToken cancellation)
    {
        await market.TransferAsync(_cast.Bank, model, stage.Deployment.Dollar, 3_000_000, cancellation);
        await node.WaitAsync(
            "the payment is swept", status => status.GetProperty("payments").GetInt32() == 2 && status.GetProperty("transactions").GetArrayLength() == 0
                && status.GetProperty("tokens").EnumerateArray().All(token => token.GetProperty("unswept").GetString() == "0"),
            cancellation);
        // Longer than it took from payment to proposal.
        var head = await HeadAsync(cancellation);
        await node.WaitAsync("blocks pass", status => status.GetProperty("booksBlock").GetUInt64() >= head + 20, cancellation);
        Assert.Equal("vetoed", State(await node.GetAsync("api/v1/status", cancellation)));
        node.Kill();
        Assert.Empty(await new Audit(stage, chain).RunAsync(cancellation));
        Assert.Single(chain.Events<RoyaltySplit.EpochProposed>());
        Assert.Empty(chain.Events<RoyaltySplit.EpochActivated>());
        using var copy = DataCopy.Of(stage.Workspace, stage.Deployment.Id);
        var ledger = Assert.Single(copy.Books.Read(session => session.Ledger.TrialBalances()));
        Assert.Equal(((UInt256)9_000_000, UInt256.Zero, UInt256.Zero), (ledger.Undivided, ledger.Earned, ledger.Settled));
        var tree = EpochBuilder.TreeOf(copy.Bundle(vetoed.BundleHash).After) ?? throw new InvalidOperationException("The vetoed attempt had no leaf.");
        Assert.Equal(vetoed.Root, tree.Root);
        var claim = new RoyaltySplit.ClaimCall(new ClaimRequest(tree.Leaves[0].Account, tree.Leaves[0].Token, tree.Leaves[0].Amount, tree.Proof(0)));
        var refused = await Assert.ThrowsAsync<ChainException>(() => market.SendAsync(_cast.Relayer, stage.Deployment.Id.Vault, claim, UInt256.Zero, cancellation));
        Assert.Equal(ChainErrorKind.Reverted, refused.Kind);
    }

    private static string? State(JsonElement status) => status.TryGetProperty("latestEpoch", out var latest) ? latest.GetProperty("state").GetString() : null;

    private async Task<ulong> HeadAsync(CancellationToken cancellation) => (await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation))?.Number ?? 0;

    private async Task ClaimAsync(NodeProcess node, Person person, CancellationToken cancellation)
    {
        var key = stage.Workspace.PathOf("relayer.key");
        await File.WriteAllTextAsync(key, _cast.RelayerKey.ToString(), cancellation);
        var (code, output) = await Command.RunAsync(
            stage.Workspace,
            ["claim", person.Address.ToString(), "--api", node.Api.ToString(), "--rpc", stage.Chain.Rpc.ToString(), "--deployment", stage.Deployment.File, "--sender-key", $"file:{key}", "--yes"],
            cancellation);
        Assert.True(code == 0, output);
    }

    private async Task ResumeAsync(string attempt, CancellationToken cancellation)
    {
        var (code, output) = await Command.RunAsync(stage.Workspace, ["resume", attempt, "--data-dir", stage.Workspace.PathOf("data")], cancellation);
        Assert.True(code == 0, output);
    }

    private async Task OwnsAsync(Person person, UInt256 expected, CancellationToken cancellation) =>
        Assert.Equal(expected, await stage.Chain.Client.AskAsync(stage.Deployment.Dollar.Address, new Erc20.BalanceOf(person.Address), BlockRef.Latest, cancellation));
}

/// <summary>A status that a held node gives too: it does not count as ready.</summary>
internal static class HeldNode
{
    public static async Task WaitForHoldAsync(this NodeProcess node, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                if ((await node.GetAsync("api/v1/status", cancellation)).TryGetProperty("held", out _)) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }
}
