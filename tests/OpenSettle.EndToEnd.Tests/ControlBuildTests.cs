using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>The checks of the crash rounds are worth something only if they see a node that loses what it sent.</summary>
[Trait("Category", "Anvil")]
public sealed class ControlBuildTests
{
    private const string NotStored = "the outbox does not have it";
    private const string Again = "its effect was there already";

    /// <summary>Killed right after its first broadcast, and started again once that is mined.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Audit_OfANodeKilledBetweenBroadcastAndAnswer_FindsTheOneThatStoresTooLate(bool control)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        var cancellation = limit.Token;
        var stage = new AnvilStageFixture();
        try
        {
            await stage.InitializeAsync();
            var before = await stage.Chain.Client.GetBalanceAsync(stage.Cast.Operator, BlockRef.Latest, cancellation);
            using var node = await NodeProcess.StartAsync(
                stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation,
                flags: new Dictionary<string, string>(StringComparer.Ordinal) { ["--epoch-seconds"] = "1" }, executable: control ? await ControlBuild.MakeAsync(stage.Workspace, cancellation) : null);
            node.Kill();
            var market = new Market(stage.Chain, stage.Deployment);
            var model = await market.RegisterAsync(stage.Cast.Ada, "control", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
            await market.FundAsync(stage.Cast.Bank, 1_000_000_000, cancellation);
            await market.TransferAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 5_000_000, cancellation);

            node.Launch(FailPoint.SendBroadcast);
            Assert.Equal(137, await node.EndedAsync(TimeSpan.FromMinutes(1), cancellation));
            using var chain = new ChainRecord(stage, () => [model]);
            while (chain.Operator.Count == 0) await chain.ExtendAsync(cancellation);
            var audit = new Audit(stage, chain);
            var problems = await audit.RunAsync(cancellation);
            if (control) Assert.Contains(problems, problem => problem.Contains(NotStored, StringComparison.Ordinal));
            else Assert.Empty(problems);

            node.Launch();
            await node.ReadyAsync(cancellation);
            await node.WaitAsync("all is settled", status => Settled(status), cancellation);
            await node.StopAsync();
            var later = await audit.RunSettledAsync(before, cancellation);
            Assert.Equal(control ? 2 : 1, chain.Operator.Count(mined => mined.Block <= chain.Head && IsSweep(mined, chain)));
            if (!control)
            {
                Assert.Empty(later);
                return;
            }

            // It swept once more, for nothing, and its books do not have the gas of the first.
            Assert.Contains(later, problem => problem.Contains(NotStored, StringComparison.Ordinal));
            Assert.Contains(later, problem => problem.Contains(Again, StringComparison.Ordinal));
            Assert.Contains(later, problem => problem.StartsWith("wei that the node's account lost", StringComparison.Ordinal));
        }
        finally
        {
            await stage.DisposeAsync();
        }
    }

    /// <summary>The first of all transactions, and what does nothing: of the others each is an epoch's.</summary>
    private static bool IsSweep(OperatorTransaction mined, ChainRecord chain) => mined.Effects == 0 || mined == chain.Operator[0];

    private static bool Settled(JsonElement status) =>
        status.GetProperty("transactions").GetArrayLength() == 0 && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() == "pushed";
}
