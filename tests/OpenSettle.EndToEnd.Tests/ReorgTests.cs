using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>A chain that takes back the transactions of a settlement, and one that gives them back elsewhere.</summary>
[Trait("Category", "Anvil")]
public sealed class ReorgTests
{
    private const int Finality = 8;

    private static readonly Dictionary<string, string> Flags = new(StringComparer.Ordinal) { ["--epoch-seconds"] = "1", ["--finality"] = $"{Finality}", ["--bump-seconds"] = "24" };

    /// <summary>Once for each kind of transaction: gone, so that the node has to send the same bytes again; and mined in another block.</summary>
    [Fact]
    public async Task Settlement_WhoseTransactionsAreReorganisedAwayOrElsewhere_HasEachEffectOnce()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var cancellation = limit.Token;
        await using var chain = await ManualAnvilStage.SetAsync();
        var before = await chain.Chain.Client.GetBalanceAsync(chain.Cast.Operator, BlockRef.Latest, cancellation);
        using var node = await StartAsync(chain, cancellation);
        var (market, model) = await PrepareAsync(chain, cancellation);
        var moved = new List<Hash32>();
        ulong epoch = 0;
        foreach (var topic in (Type[])[typeof(RoyaltySplit.EpochProposed), typeof(RoyaltySplit.EpochActivated), typeof(RoyaltySplit.Pushed)])
        {
            foreach (var elsewhere in (bool[])[false, true])
            {
                epoch++;
                await market.PayAsync(chain.Cast.Bank, model, chain.Deployment.Dollar, 3_000_000 + epoch, Market.Text($"use {epoch}"), cancellation);
                moved.Add(await MoveAsync(chain, topic, epoch, elsewhere, cancellation));
                await node.WaitAsync($"epoch {epoch} is pushed", status => IsPushed(status, epoch), cancellation);
            }
        }

        await node.WaitAsync("nothing is under way", status => status.GetProperty("transactions").GetArrayLength() == 0, cancellation);
        await node.StopAsync();
        using var record = new ChainRecord(chain, () => [model]);
        Assert.Empty(await new Audit(chain, record).RunSettledAsync(before, cancellation));
        Assert.Equal(epoch, (ulong)record.Events<RoyaltySplit.EpochActivated>().Count());
        Assert.Equal(epoch, (ulong)record.Events<RoyaltySplit.Pushed>().Count());
        // The same bytes, not others for the same purpose.
        Assert.All(moved, hash => Assert.Contains(record.Operator, mined => mined.Hash == hash && mined.Succeeded));
        Assert.All(record.Operator, mined => Assert.True(mined.Succeeded, $"{mined.Hash} reverted"));
    }

    [Fact]
    public async Task Settlement_AfterAReorganisationDeeperThanFinality_StopsAndRepairsNothing()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        var cancellation = limit.Token;
        await using var chain = await ManualAnvilStage.SetAsync();
        using var node = await StartAsync(chain, cancellation);
        var (market, model) = await PrepareAsync(chain, cancellation);
        await market.PayAsync(chain.Cast.Bank, model, chain.Deployment.Dollar, 3_000_000, Market.Text("use"), cancellation);
        await node.WaitAsync("the first epoch is pushed", status => IsPushed(status, 1), cancellation);
        // One that is on its way when the ground goes.
        await market.PayAsync(chain.Cast.Bank, model, chain.Deployment.Dollar, 2_000_000, Market.Text("other use"), cancellation);
        await node.WaitAsync("the second is on its way", status => status.GetProperty("latestEpoch").GetProperty("number").GetUInt64() == 2, cancellation);
        ulong sent;
        using (await chain.FreezeAsync())
        {
            await chain.ReorganiseAsync(3 * Finality, []);
            sent = await chain.Chain.Client.GetNonceAsync(chain.Cast.Operator, BlockRef.Latest, cancellation);
        }

        var halted = await HaltedAsync(node, cancellation);
        Assert.Contains("Nothing was changed", halted, StringComparison.Ordinal);
        using var atHalt = DataCopy.Of(chain.Workspace, chain.Deployment.Id);
        var head = await chain.HeadAsync();
        while (await chain.HeadAsync() < head + 2 * Finality) await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        Assert.True(await chain.Chain.Client.GetNonceAsync(chain.Cast.Operator, BlockRef.Latest, cancellation) <= sent + Pending(atHalt, sent), "Something was sent after the halt.");
        node.Kill();
        using var later = DataCopy.Of(chain.Workspace, chain.Deployment.Id);
        Assert.Equal(Describe(atHalt), Describe(later));

        // A start does not make it well either.
        node.Launch();
        Assert.Contains("Nothing was changed", await HaltedAsync(node, cancellation), StringComparison.Ordinal);
    }

    private static Task<NodeProcess> StartAsync(ManualAnvilStage chain, CancellationToken cancellation)
    {
        // Everybody is pushed to.
        var flags = new Dictionary<string, string>(Flags, StringComparer.Ordinal) { ["--push-above"] = $"{chain.Deployment.Dollar.Address}=0.001" };
        return NodeProcess.StartAsync(chain.Workspace, chain.Chain, chain.Deployment, chain.Cast, Workspace.FreePort(), cancellation, flags: flags);
    }

    private static async Task<(Market Market, StageModel Model)> PrepareAsync(ManualAnvilStage chain, CancellationToken cancellation)
    {
        var market = new Market(chain.Chain, chain.Deployment);
        var model = await market.RegisterAsync(
            chain.Cast.Ada, "reorganised", Contract.SplitTable.Of([Market.OwnerRow(1, "training"), Market.Row(chain.Cast.Ben.Address, 2, "data")]), [], cancellation);
        await market.FundAsync(chain.Cast.Bank, 1_000_000_000, cancellation);
        return (market, model);
    }

    /// <summary>Waits for the epoch's log of that kind, and takes its block back before it is final.</summary>
    private static async Task<Hash32> MoveAsync(ManualAnvilStage chain, Type kind, ulong epoch, bool elsewhere, CancellationToken cancellation)
    {
        while (true)
        {
            using (await chain.FreezeAsync())
            {
                if (await FindAsync(chain, kind, epoch, cancellation) is { } log)
                {
                    await chain.MineAsync();
                    await MoveAsync(chain, log, elsewhere, cancellation);
                    return log.TransactionHash;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation);
        }
    }

    private static async Task MoveAsync(ManualAnvilStage chain, LogEntry log, bool elsewhere, CancellationToken cancellation)
    {
        var depth = await chain.HeadAsync() - log.BlockNumber + 1;
        Assert.InRange(depth, 2UL, (ulong)Finality - 1);
        // Whatever else the node sent in these blocks goes with it: one nonce needs the one before.
        var removed = await chain.OperatorAsync(log.BlockNumber);
        var raw = new List<string>();
        foreach (var hash in removed) raw.Add(await chain.RawAsync(hash));
        await chain.ReorganiseAsync(depth, elsewhere ? raw : []);
        foreach (var hash in removed) await chain.DropAsync(hash);
        var receipt = await chain.Chain.Client.GetReceiptAsync(log.TransactionHash, cancellation);
        if (!elsewhere) Assert.Null(receipt);
        else Assert.Equal((log.BlockNumber + 1, true), (receipt?.BlockNumber ?? 0, receipt?.Succeeded ?? false));
    }

    private static async Task<LogEntry?> FindAsync(ManualAnvilStage chain, Type kind, ulong epoch, CancellationToken cancellation)
    {
        var logs = await chain.Chain.Client.GetLogsAsync(new LogFilter(0, await chain.HeadAsync(), [chain.Deployment.Id.Vault], []), cancellation);
        foreach (var log in logs)
        {
            var number = RoyaltySplit.Decode(log) switch
            {
                RoyaltySplit.EpochProposed proposed when kind == typeof(RoyaltySplit.EpochProposed) => proposed.Proposal.Epoch,
                RoyaltySplit.EpochActivated activated when kind == typeof(RoyaltySplit.EpochActivated) => activated.Epoch,
                RoyaltySplit.Pushed pushed when kind == typeof(RoyaltySplit.Pushed) => pushed.Epoch,
                _ => 0UL,
            };
            if (number == epoch) return log;
        }

        return null;
    }

    private static bool IsPushed(JsonElement status, ulong epoch) =>
        status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("number").GetUInt64() >= epoch && latest.GetProperty("state").GetString() == "pushed";

    private static async Task<string> HaltedAsync(NodeProcess node, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                if ((await node.GetAsync("api/v1/status", cancellation)).TryGetProperty("halted", out var halted)) return halted.GetString() ?? string.Empty;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    /// <summary>What was sent before the halt may be mined after it.</summary>
    private static ulong Pending(DataCopy copy, ulong next) => (ulong)copy.Versions().Where(version => version.Nonce >= next).Select(version => version.Nonce).Distinct().Count();

    private static string Describe(DataCopy copy) => copy.Books.Read(session => string.Join(
        '\n',
        [
            $"{session.Chain.Cursor()}", $"{session.Journal.Final()}", .. session.Ledger.TrialBalances().Select(row => $"{row}"), .. session.Epochs.List(int.MaxValue).Select(epoch => $"{epoch}"),
            .. session.Outbox.Recent(int.MaxValue).Select(row => $"{row.Purpose} {row.State} {row.Nonce} {row.Hash}"),
        ]));
}
