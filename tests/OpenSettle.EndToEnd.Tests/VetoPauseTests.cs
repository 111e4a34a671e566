using System.Buffers.Binary;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>The guardian pauses the vault while a window is open: its clock stands still, and the node waits.</summary>
public sealed class VetoPauseTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private const uint PauseSeconds = 600;

    private readonly Cast _cast = stage.Cast;

    [Fact]
    public async Task Pause_InTheWindow_HoldsTheActivationUntilItIsOverAndNothingReverts()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var cancellation = limit.Token;
        var before = await stage.Chain.Client.GetBalanceAsync(_cast.Operator, BlockRef.Latest, cancellation);
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, _cast, Workspace.FreePort(), cancellation);
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(_cast.Ada, "paused", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(_cast.Bank, 1_000_000_000, cancellation);
        await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 6_000_000, Market.Text("use"), cancellation);
        using var chain = new ChainRecord(stage, () => [model]);
        while (!chain.Events<RoyaltySplit.EpochProposed>().Any()) await chain.ExtendAsync(cancellation);
        await SendAsync(market, Call("pause(uint32)", PauseSeconds), cancellation);

        // Well after the window would have ended, and over a restart.
        await PassAsync(chain.Events<RoyaltySplit.EpochProposed>().Single().ReadyAt + 4, cancellation);
        node.Kill();
        await node.RestartAsync(cancellation);
        await market.PayAsync(_cast.Bank, model, stage.Deployment.Dollar, 1_000_000, Market.Text("another use"), cancellation);
        await node.WaitAsync("the second payment is in the books", status => status.GetProperty("payments").GetInt32() == 2, cancellation);
        await PassAsync(chain.Events<RoyaltySplit.EpochProposed>().Single().ReadyAt + 10, cancellation);
        var waiting = await node.GetAsync("api/v1/status", cancellation);
        Assert.Equal(("proposed", 0), (State(waiting), waiting.GetProperty("transactions").GetArrayLength()));
        await SendAsync(market, Call("unpause()", null), cancellation);

        await node.WaitAsync("both epochs are pushed", status => status.GetProperty("activeEpoch").GetUInt64() == 2 && State(status) == "pushed" && status.GetProperty("transactions").GetArrayLength() == 0, cancellation);
        await node.StopAsync();
        Assert.Empty(await new Audit(stage, chain).RunSettledAsync(before, cancellation));
        Assert.All(chain.Operator, mined => Assert.True(mined.Succeeded, $"{mined.Hash} reverted"));
        // Nothing was spent on trying while it was paused.
        var (paused, unpaused) = (Block<RoyaltySplit.Paused>(chain), Block<RoyaltySplit.Unpaused>(chain));
        Assert.DoesNotContain(chain.Operator, mined => mined.Block > paused && mined.Block <= unpaused);
        Assert.True(Block<RoyaltySplit.EpochActivated>(chain) > unpaused);
    }

    private static ulong Block<T>(ChainRecord chain)
        where T : ContractEvent => chain.Said.First(said => said.Event is T).At.Block;

    private static string? State(JsonElement status) => status.TryGetProperty("latestEpoch", out var latest) ? latest.GetProperty("state").GetString() : null;

    /// <summary>Until the chain's newest block has that time.</summary>
    private async Task PassAsync(ulong time, CancellationToken cancellation)
    {
        while ((await stage.Chain.Client.GetBlockAsync(BlockRef.Latest, cancellation))?.Timestamp < time) await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
    }

    private Task SendAsync(Market market, ReadOnlyMemory<byte> call, CancellationToken cancellation) =>
        market.SendAsync(new Person("Guardian", _cast.Guardian), stage.Deployment.Id.Vault, call, UInt256.Zero, cancellation);

    /// <summary>The node itself never pauses, so it has no words for it.</summary>
    private static byte[] Call(string function, uint? argument)
    {
        var data = new byte[argument is null ? 4 : 4 + UInt256.Size];
        Keccak256.HashText(function).ToArray().AsSpan(0, 4).CopyTo(data);
        if (argument is { } number) BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(data.Length - sizeof(uint)), number);
        return data;
    }
}
