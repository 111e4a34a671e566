using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Rpc;

/// <summary>What each client makes of right and wrong answers.</summary>
public sealed class ReplyTests
{
    private static readonly LogFilter Filter = new(0x10, 0x20, [Address.Parse(Replies.Contract)], [[Hash32.Parse(Replies.Topic)]]);
    private static readonly Hash32 Transaction = Hash32.Parse(Replies.TransactionHash);

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Block_Whole_IsRead(string name)
    {
        using var server = StubServer.WithResult(Replies.Block());
        using var client = Connect(name, server);
        var block = await client.GetBlockAsync(BlockRef.At(0x10), CancellationToken.None);
        Assert.NotNull(block);
        Assert.Equal(
            new BlockHeader(
                0x10, Hash32.Parse(Replies.BlockHash), Hash32.Parse("0x0000000000000000000000000000000000000000000000000000000000000001"), 0x654, 1_000_000_000),
            block);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Block_Null_IsNone(string name)
    {
        using var server = StubServer.WithResult("null");
        using var client = Connect(name, server);
        Assert.Null(await client.GetBlockAsync(BlockRef.Finalized, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Block_FinalizedOfAYoungChain_IsNone(string name)
    {
        using var server = StubServer.WithError("""{"code":-39001,"message":"finalized block not found"}""");
        using var client = Connect(name, server);
        Assert.Null(await client.GetBlockAsync(BlockRef.Finalized, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Block_OfAnotherNumber_IsBadReply(string name) =>
        await BadReplyAsync(name, Replies.Block("0x11"), client => client.GetBlockAsync(BlockRef.At(0x10), CancellationToken.None));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Logs_InOrder_AreRead(string name)
    {
        using var server = StubServer.WithResult($"[{Replies.Log()},{Replies.Log(index: "0x3")},{Replies.Log(block: "0x20")}]");
        using var client = Connect(name, server);
        var logs = await client.GetLogsAsync(Filter, CancellationToken.None);
        Assert.Equal([(0x10UL, 0U), (0x10UL, 3U), (0x20UL, 0U)], logs.Select(log => (log.BlockNumber, log.LogIndex)));
        Assert.Equal([1], logs[0].Data.ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Logs_Null_IsBadReplyNeverNoLogs(string name) => await BadLogsAsync(name, "null");

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Logs_Wrong_AreBadReply(string name)
    {
        string[] wrong =
        [
            "{}",
            "\"0x\"",
            "7",
            "true",
            "[null]",
            "[[]]",
            "[{}]",
            $"[{Replies.Log(block: "0xf")}]",
            $"[{Replies.Log(block: "0x21")}]",
            $"[{Replies.Log()},{Replies.Log()}]",
            $"[{Replies.Log(index: "0x2")},{Replies.Log(index: "0x1")}]",
            $"[{Replies.Log(block: "0x12")},{Replies.Log(block: "0x11")}]",
            $"[{Replies.Log()},{Replies.Log(index: "0x1", hash: Replies.TransactionHash)}]",
            $"[{Replies.Log(address: "0x5fbdb2315678afecb367f032d93f642f64180aa4")}]",
            $"[{Replies.Log(topic: Replies.BlockHash)}]",
            $"[{Replies.Log(address: "0x5fbdb2315678afecb367f032d93f642f64180a")}]",
            $"[{Replies.Log(index: "0x100000000")}]",
            $"[{Replies.Log(index: "0x")}]",
            $"[{Replies.Log(index: "zero")}]",
            $"[{Replies.Log().Replace("\"0x01\"", "\"0x0\"")}]",
            $"[{Replies.Log().Replace("\"0x01\"", "\"0xzz\"")}]",
            $"[{Replies.Log().Replace("\"0x01\"", "null")}]",
            $"[{Replies.Log().Replace("\"removed\":false", "\"removed\":true")}]",
            $"[{Replies.Log().Replace("\"removed\":false", "\"removed\":false,\"logIndex\":\"0x0\"")}]",
            $"[{Replies.Log().Replace($"\"{Replies.BlockHash}\"", "null")}]",
            $"[{Replies.Log().Replace($"\"{Replies.Topic}\"", "")}]",
            $"[{Replies.Log().Replace($"\"{Replies.Topic}\"", string.Join(',', Enumerable.Repeat($"\"{Replies.Topic}\"", 5)))}]",
        ];
        foreach (var result in wrong) await BadLogsAsync(name, result);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Receipt_Whole_IsRead(string name)
    {
        using var server = StubServer.WithResult(Replies.Receipt());
        using var client = Connect(name, server);
        var receipt = await client.GetReceiptAsync(Transaction, CancellationToken.None);
        Assert.NotNull(receipt);
        Assert.True(receipt.Succeeded);
        Assert.Null(receipt.ContractAddress);
        Assert.Equal(21_000UL, receipt.GasUsed);
        Assert.Equal((UInt256)1_000_000_001UL, receipt.EffectiveGasPrice);
        Assert.Single(receipt.Logs);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Receipt_NotMined_IsNone(string name)
    {
        using var server = StubServer.WithResult("null");
        using var client = Connect(name, server);
        Assert.Null(await client.GetReceiptAsync(Transaction, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Receipt_Wrong_IsBadReply(string name)
    {
        string[] wrong =
        [
            "[]",
            "7",
            Replies.Receipt().Replace("\"status\":\"0x1\"", "\"status\":\"0x2\""),
            Replies.Receipt().Replace("\"status\":\"0x1\",", ""),
            Replies.Receipt().Replace("\"gasUsed\":\"0x5208\"", "\"gasUsed\":\"0x1ffffffffffffffff\""),
            Replies.Receipt().Replace($"[{Replies.Log()}]", "null"),
            Replies.Receipt().Replace(Replies.TransactionHash, Replies.Topic),
            Replies.Receipt().Replace(Replies.Log(), Replies.Log(block: "0x11")),
            Replies.Receipt().Replace(Replies.Log(), $"{Replies.Log()},{Replies.Log()}"),
        ];
        foreach (var result in wrong) await BadReplyAsync(name, result, client => client.GetReceiptAsync(Transaction, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Quantities_Wrong_AreBadReply(string name)
    {
        foreach (var result in new[] { "null", "\"0x\"", "\"7\"", "7", "\"0xg\"", "\"\"", "{}", "[]", "true", $"\"0x{new string('f', 65)}\"", "\"0x-1\"", "\"0x 1\"" })
        {
            await BadReplyAsync(name, result, client => client.GetChainIdAsync(CancellationToken.None));
            await BadReplyAsync(name, result, client => client.GetBalanceAsync(Address.Zero, BlockRef.Latest, CancellationToken.None));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Quantities_Right_AreRead(string name)
    {
        foreach (var (result, expected) in new[] { ("\"0x0\"", UInt256.Zero), ("\"0x1f\"", (UInt256)31UL), ($"\"0x{new string('f', 64)}\"", UInt256.MaxValue) })
        {
            using var server = StubServer.WithResult(result);
            using var client = Connect(name, server);
            Assert.Equal(expected, await client.GetBalanceAsync(Address.Zero, BlockRef.Latest, CancellationToken.None));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Quantity_Beyond64Bits_IsBadReplyForANonce(string name) =>
        await BadReplyAsync(name, "\"0x10000000000000000\"", client => client.GetNonceAsync(Address.Zero, BlockRef.Latest, CancellationToken.None));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Data_OddOrStrange_IsBadReply(string name)
    {
        foreach (var result in new[] { "\"0x1\"", "\"01\"", "\"0xgg\"", "null", "5", "[]" })
            await BadReplyAsync(name, result, client => client.GetCodeAsync(Address.Zero, BlockRef.Latest, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Send_AnsweredWithAnotherHash_IsBadReplyAndNotRepeated(string name)
    {
        using var server = StubServer.WithResult($"\"{Replies.TransactionHash}\"");
        using var client = Connect(name, server);
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.SendRawAsync(new byte[] { 2, 0xc0 }, CancellationToken.None));
        Assert.Equal(ChainErrorKind.BadReply, failure.Kind);
        Assert.Equal(1, server.Requests);
    }

    private static IChainClient Connect(string name, StubServer server) =>
        Clients.Named(name, new ManualTime()).Connect(server.Endpoint, ManualTime.Deadline);

    private static Task BadLogsAsync(string name, string result) => BadReplyAsync(name, result, client => client.GetLogsAsync(Filter, CancellationToken.None));

    private static async Task BadReplyAsync(string name, string result, Func<IChainClient, Task> ask)
    {
        using var server = StubServer.WithResult(result);
        using var client = Connect(name, server);
        var failure = await Assert.ThrowsAsync<ChainException>(() => ask(client));
        Assert.True(failure.Kind == ChainErrorKind.BadReply, $"{result}: {failure}");
        Assert.StartsWith($"http://127.0.0.1:{server.Endpoint.Port}: eth_", failure.Message);
    }
}
