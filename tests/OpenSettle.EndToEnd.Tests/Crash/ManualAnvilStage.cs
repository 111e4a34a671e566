using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.EndToEnd.Tests.Crash;

/// <summary>Anvil that mines when the test says so, or four blocks a second while nothing else is said.</summary>
public sealed class ManualAnvilStage : AnvilStageFixture, IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task? _miner;

    private protected override string[] Arguments => ["--accounts", "20", "--no-mining"];

    public static async Task<ManualAnvilStage> SetAsync()
    {
        var stage = new ManualAnvilStage();
        await stage.InitializeAsync();
        return stage;
    }

    public override async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_miner is not null) await _miner;
        await base.DisposeAsync();
        _stop.Dispose();
        _turn.Dispose();
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    /// <summary>No block is mined until what is returned is disposed of.</summary>
    internal async Task<IDisposable> FreezeAsync()
    {
        await _turn.WaitAsync();
        return new Release(_turn);
    }

    internal Task MineAsync() => Anvil.CallAsync("evm_mine");

    /// <summary>Replaces the last blocks. The first of the new ones has a transfer of somebody else's, so that no block is the one that it replaces.</summary>
    /// <param name="raw">Transactions that come back, one block later than the first that was taken.</param>
    internal Task ReorganiseAsync(ulong depth, IReadOnlyList<string> raw)
    {
        object transfer = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["from"] = Cast.Finn.Address.ToString(), ["to"] = Cast.LawFirm.Address.ToString(), ["gas"] = "0x5208", ["value"] = "0x1",
        };
        object[][] pairs = [[transfer, 0], .. raw.Select(bytes => new object[] { bytes, 1 })];
        return Anvil.CallAsync("anvil_reorg", depth, pairs);
    }

    internal async Task<string> RawAsync(Hash32 transaction) =>
        (await Anvil.CallAsync("eth_getRawTransactionByHash", transaction.ToString())).GetString() ?? throw new InvalidOperationException($"anvil does not have {transaction}.");

    /// <summary>The node's transactions from a block on, in order.</summary>
    internal async Task<IReadOnlyList<Hash32>> OperatorAsync(ulong first)
    {
        var found = new List<Hash32>();
        var head = await HeadAsync();
        for (var number = first; number <= head; number++)
        {
            var block = await Anvil.CallAsync("eth_getBlockByNumber", $"0x{number:x}", true);
            foreach (var item in block.GetProperty("transactions").EnumerateArray())
            {
                if (Address.Parse(item.GetProperty("from").GetString() ?? string.Empty) == Cast.Operator) found.Add(Hash32.Parse(item.GetProperty("hash").GetString() ?? string.Empty));
            }
        }

        return found;
    }

    /// <summary>Whether it waits in the pool: then it is taken out, as where no other node ever had it.</summary>
    internal Task<JsonElement> DropAsync(Hash32 transaction) => Anvil.CallAsync("anvil_dropTransaction", transaction.ToString());

    internal async Task<ulong> HeadAsync() => (await Chain.Client.GetBlockAsync(BlockRef.Latest, CancellationToken.None))?.Number ?? 0;

    private protected override async Task<LocalChain> StartChainAsync()
    {
        var chain = await base.StartChainAsync();
        _miner = MineOnAsync(_stop.Token);
        return chain;
    }

    private async Task MineOnAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await _turn.WaitAsync(CancellationToken.None);
            try
            {
                await MineAsync();
            }
            finally
            {
                _turn.Release();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class Release(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
