using System.Globalization;
using System.Text.Json;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Primitives;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Ethereum.Tests.Proof;

/// <summary>Headers and receipts of anvil, of every fork that it has, and of blocks of many sizes.</summary>
[Trait("Category", "Anvil")]
public sealed class AnvilProofTests
{
    private const string Sender = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
    private const string Fee = "0x77359400";
    private const string Emitter = "0x1111111111111111111111111111111111111111";

    private static readonly CancellationToken Stop = CancellationToken.None;
    private static readonly string[] Topics = [new('a', 64), new('b', 64), new('0', 64)];
    private static readonly int[] Sizes = [0, 1, 2, 15, 16, 17, 127, 128, 129, 220];

    [Theory]
    [InlineData("london")]
    [InlineData("paris")]
    [InlineData("shanghai")]
    [InlineData("cancun")]
    [InlineData("prague")]
    [InlineData("osaka")]
    public async Task Blocks_OfAFork_AreProven(string fork)
    {
        using var anvil = await AnvilNode.StartAsync("--hardfork", fork);
        using var client = Connect(anvil.Endpoint);
        await anvil.CallAsync("anvil_setCode", Emitter, LogEmitter.Code);
        await MineAsync(anvil, 3, legacy: true);
        await MineAsync(anvil, 2, legacy: false);
        await CheckAsync(anvil, client, 2, [3, 2]);
    }

    [Fact]
    public async Task Blocks_OfManySizes_AreProven()
    {
        using var anvil = await AnvilNode.StartAsync("--gas-limit", "300000000");
        using var client = Connect(anvil.Endpoint);
        await anvil.CallAsync("anvil_setCode", Emitter, LogEmitter.Code);
        foreach (var size in Sizes) await MineAsync(anvil, size, legacy: size % 2 == 0);
        await CheckAsync(anvil, client, (ulong)Sizes.Length, Sizes);
    }

    [Fact]
    public async Task Blocks_OneReceiptAfterAnother_AreProvenToo()
    {
        using var anvil = await AnvilNode.StartAsync("--gas-limit", "300000000");
        using var proxy = new FaultProxy(anvil.Endpoint);
        proxy.On("eth_getBlockReceipts", Fault.Error(-32004, "Method eth_getBlockReceipts is not supported"));
        using var client = Connect(proxy.Endpoint);
        await anvil.CallAsync("anvil_setCode", Emitter, LogEmitter.Code);
        foreach (var size in Sizes) await MineAsync(anvil, size, legacy: size % 2 == 0);
        await CheckAsync(anvil, client, (ulong)Sizes.Length, Sizes);
        var asked = proxy.Count("eth_getBlockReceipts");
        var headers = await client.GetSealedHeadersAsync(3, 3, Stop);
        await client.GetProvenLogsAsync([.. headers.OfType<SealedHeader>()], Stop);
        Assert.Equal(asked, proxy.Count("eth_getBlockReceipts"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Logs_OfABlockThatWasReorganised_AreNone(bool oneByOne)
    {
        using var anvil = await AnvilNode.StartAsync();
        using var proxy = new FaultProxy(anvil.Endpoint);
        if (oneByOne) proxy.On("eth_getBlockReceipts", Fault.Error(-32601, "Method not found"));
        using var client = Connect(proxy.Endpoint);
        await anvil.CallAsync("anvil_setCode", Emitter, LogEmitter.Code);
        await MineAsync(anvil, 1, legacy: false);
        await MineAsync(anvil, 2, legacy: false);
        var headers = await client.GetSealedHeadersAsync(1, 2, Stop);
        SealedHeader[] blocks = [.. headers.OfType<SealedHeader>()];
        Assert.Equal(2, blocks.Length);
        Assert.Equal([1, 2], (await client.GetProvenLogsAsync(blocks, Stop)).Select(logs => logs?.Count));

        await anvil.CallAsync("anvil_reorg", 1, Array.Empty<object>());
        var after = await client.GetProvenLogsAsync(blocks, Stop);
        Assert.Equal(1, after[0]?.Count);
        Assert.Null(after[1]);
        Assert.Null((await client.GetSealedHeadersAsync(2, 3, Stop))[1]);
    }

    [Fact]
    public async Task Replies_ThatLie_AreRefused()
    {
        using var anvil = await AnvilNode.StartAsync();
        using var proxy = new FaultProxy(anvil.Endpoint);
        using var client = Connect(proxy.Endpoint);
        await anvil.CallAsync("anvil_setCode", Emitter, LogEmitter.Code);
        await MineAsync(anvil, 3, legacy: false);
        var headers = await client.GetSealedHeadersAsync(1, 1, Stop);
        SealedHeader[] blocks = [.. headers.OfType<SealedHeader>()];
        foreach (var fault in new[] { Fault.LastMissing, Fault.Doubled, Fault.Reversed, Fault.Empty })
        {
            proxy.On("eth_getBlockReceipts", fault);
            Assert.Equal(ChainErrorKind.BadReply, (await Assert.ThrowsAsync<ChainException>(() => client.GetProvenLogsAsync(blocks, Stop))).Kind);
        }

        proxy.On("eth_getBlockByNumber", Fault.With("receiptsRoot", ReceiptsTrie.Empty.ToString()));
        Assert.Contains("does not give that hash", (await Assert.ThrowsAsync<ChainException>(() => client.GetSealedHeadersAsync(1, 1, Stop))).Message);
        proxy.On("eth_getBlockByNumber", Fault.Change(result =>
        {
            if (result is not null) result["transactions"] = new System.Text.Json.Nodes.JsonArray();
            return result;
        }));
        var bare = await client.GetSealedHeadersAsync(1, 1, Stop);
        Assert.Contains("without transactions", (await Assert.ThrowsAsync<ChainException>(() => client.GetProvenLogsAsync([.. bare.OfType<SealedHeader>()], Stop))).Message);
    }

    private static IBlockReader Connect(Uri endpoint) => Assert.IsAssignableFrom<IBlockReader>(new BuiltinProvider(TimeProvider.System).Connect(endpoint, TimeSpan.FromSeconds(30)));

    /// <summary>One block with so many transactions, the i-th of which emits i % 4 logs, and at least one.</summary>
    private static async Task MineAsync(AnvilNode anvil, int transactions, bool legacy)
    {
        await anvil.CallAsync("evm_setAutomine", false);
        for (var i = 0; i < transactions; i++)
        {
            var logs = Math.Max(1, i % 4);
            var call = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["from"] = Sender, ["to"] = Emitter, ["gas"] = LogEmitter.Gas(logs, 64), ["data"] = LogEmitter.Call(logs, Topics, 64),
            };
            // Written out: what anvil suggests changes a moment after a block, and of two fees in one account's row it drops what comes after.
            if (legacy) call["gasPrice"] = Fee;
            else (call["maxFeePerGas"], call["maxPriorityFeePerGas"]) = (Fee, Fee);
            await anvil.CallAsync("eth_sendTransaction", call);
        }

        await anvil.CallAsync("evm_mine");
    }

    /// <summary>Holds the proven logs of the blocks from 1 on against what anvil gives by filter.</summary>
    private static async Task CheckAsync(AnvilNode anvil, IBlockReader client, ulong last, IReadOnlyList<int> sizes)
    {
        // Anvil's first block has fields of forks that it does not have yet, with none in between.
        var headers = await client.GetSealedHeadersAsync(1, last + 1, Stop);
        Assert.Null(headers[^1]);
        SealedHeader[] blocks = [.. headers.OfType<SealedHeader>()];
        Assert.Equal(sizes, blocks.Select(block => block.Transactions.Count));
        var all = await client.GetProvenLogsAsync(blocks, Stop);
        for (var i = 0; i < blocks.Length; i++)
        {
            Assert.Equal(blocks[i].Header, await client.GetBlockAsync(BlockRef.At((ulong)i + 1), Stop));
            var proven = Assert.IsAssignableFrom<IReadOnlyList<LogEntry>>(all[i]);
            var single = await client.GetProvenLogsAsync([blocks[i]], Stop);
            Assert.Equal(Print(proven), Print(single[0] ?? []));
            Assert.Equal(Print(proven), await FilteredAsync(anvil, (ulong)i + 1));
            Assert.True(LogsBloom.Of([.. proven]).AsSpan().SequenceEqual(blocks[i].Bloom.Span));
        }
    }

    private static async Task<IEnumerable<string>> FilteredAsync(AnvilNode anvil, ulong block)
    {
        var at = $"0x{block.ToString("x", CultureInfo.InvariantCulture)}";
        var logs = await anvil.CallAsync("eth_getLogs", new { fromBlock = at, toBlock = at });
        return logs.EnumerateArray().Select(log => string.Join(' ',
            Text(log, "blockHash"), Text(log, "transactionHash"), Text(log, "logIndex"), Text(log, "address"),
            string.Join(',', log.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString())), Text(log, "data")));
    }

    private static string? Text(JsonElement log, string field) => log.GetProperty(field).GetString();

    private static IEnumerable<string> Print(IReadOnlyList<LogEntry> logs) => logs.Select(log => string.Join(' ',
        log.BlockHash, log.TransactionHash, $"0x{log.LogIndex.ToString("x", CultureInfo.InvariantCulture)}", log.Address, string.Join(',', log.Topics), Hex.Encode(log.Data.Span)));
}
