using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>Anvil with contracts in the places of a deployment's that log whatever they are told.</summary>
internal sealed class AnvilChain : IDisposable
{
    private const string Gas = "0x7a120";

    private readonly Random _random;
    private readonly string _sender;

    private AnvilChain(AnvilNode node, Random random, string sender) => (Node, _random, _sender) = (node, random, sender);

    public AnvilNode Node { get; }

    /// <param name="random">What is logged comes from it.</param>
    /// <param name="slots">Blocks in an epoch: the last final block is two of them behind the head.</param>
    public static async Task<AnvilChain> StartAsync(Random random, int slots)
    {
        var node = await AnvilNode.StartAsync("--no-mining", "--slots-in-an-epoch", slots.ToString(System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            var accounts = await node.CallAsync("eth_accounts");
            var chain = new AnvilChain(node, random, accounts[0].GetString() ?? throw new InvalidOperationException("anvil has no account."));
            await chain.PlaceAsync(FakeLogs.ModelRegistered(0));
            await chain.PlaceAsync(FakeLogs.TokenListed(0));
            await chain.PlaceAsync(FakeLogs.Rail(0));
            await chain.PlaceAsync(FakeLogs.Stranger);
            for (var model = 0; model < FakeLogs.Models; model++) await chain.PlaceAsync(FakeLogs.NativeReceived(model, 1));
            for (var token = 0; token < FakeLogs.Tokens; token++) await chain.PlaceAsync(FakeLogs.Transfer(token, 0, 1));
            return chain;
        }
        catch
        {
            node.Dispose();
            throw;
        }
    }

    /// <summary>Mines blocks, with a few logs in most of them.</summary>
    public async Task MineAsync(int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            for (var logs = _random.Next(4); logs > 0; logs--) await Node.CallAsync("eth_sendTransaction", Transaction(FakeLogs.Random(_random)));
            await Node.CallAsync("evm_mine");
        }
    }

    /// <summary>As many other blocks, with other logs, take the place of the last ones.</summary>
    public Task ReorganiseAsync(int depth)
    {
        var pairs = new List<object[]>();
        // One in the first of them at least: empty blocks of the same second would be the same blocks.
        for (var block = 0; block < depth; block++)
        {
            for (var logs = _random.Next(block == 0 ? 1 : 0, 3); logs > 0; logs--) pairs.Add([Transaction(FakeLogs.Random(_random)), block]);
        }

        return Node.CallAsync("anvil_reorg", depth, pairs);
    }

    /// <summary>The last blocks go, and nothing comes instead.</summary>
    public Task RollBackAsync(int depth) => Node.CallAsync("anvil_rollback", depth);

    /// <summary>All logs that are wanted of the whole chain, as the node has it now; and the hash of its head.</summary>
    public static async Task<(IReadOnlyList<LogEntry> Logs, BlockHeader Head)> ReadAsync(IChainClient client, WatchedDeployment deployment)
    {
        var head = await client.GetBlockAsync(BlockRef.Latest, CancellationToken.None) ?? throw new InvalidOperationException("The node has no block.");
        var all = await client.GetLogsAsync(new LogFilter(deployment.FirstBlock, head.Number, [], []), CancellationToken.None);
        var wanted = new WatchSet(deployment);
        var logs = new List<LogEntry>();
        foreach (var log in all)
        {
            if (!wanted.Wants(in log)) continue;
            wanted.Learn(in log);
            logs.Add(log);
        }

        return (logs, head);
    }

    public void Dispose() => Node.Dispose();

    private Dictionary<string, string> Transaction((Address Address, LogTopics Topics, byte[] Data) log)
    {
        byte[] data = [.. log.Topics.SelectMany(topic => topic.ToArray()), .. log.Data];
        return new(StringComparer.Ordinal) { ["from"] = _sender, ["to"] = log.Address.ToString(), ["gas"] = Gas, ["data"] = Hex.Encode(data) };
    }

    /// <summary>Code that logs what it is called with: first the topics, then the data.</summary>
    private async Task PlaceAsync((Address Address, LogTopics Topics, byte[] Data) log)
    {
        var topics = (byte)log.Topics.Count;
        var code = new List<byte> { 0x36, 0x5f, 0x5f, 0x37 }; // CALLDATACOPY(0, 0, CALLDATASIZE)
        for (var i = topics - 1; i >= 0; i--) code.AddRange([0x60, (byte)(32 * i), 0x35]); // CALLDATALOAD(32 i)
        code.AddRange([0x60, (byte)(32 * topics), 0x36, 0x03]); // CALLDATASIZE - 32 topics
        code.AddRange([0x60, (byte)(32 * topics), (byte)(0xa0 + topics), 0x00]); // LOGn(32 topics, that, topics), STOP
        await Node.CallAsync("anvil_setCode", log.Address.ToString(), Hex.Encode(code.ToArray()));
    }
}

/// <summary>One endpoint that is believed.</summary>
internal sealed class OneIsEnough(IChainClient client) : IChainQuorum
{
    public async Task<BlockHeader> GetFinalBlockAsync(CancellationToken cancellation) =>
        await client.GetBlockAsync(BlockRef.Finalized, cancellation) ?? throw new ChainException(ChainErrorKind.BadReply, client.Endpoint, "eth_getBlockByNumber", "there is no 'finalized' block");

    public Task<BlockHeader?> GetAgreedBlockAsync(ulong number, CancellationToken cancellation) => client.GetBlockAsync(BlockRef.At(number), cancellation);

    public Task<TransactionReceipt?> GetAgreedReceiptAsync(Hash32 transaction, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ulong?> GetAgreedNonceAsync(Address account, ulong block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> IsAgreedAbsentAsync(Hash32 transaction, ulong block, CancellationToken cancellation) => throw new NotSupportedException();
}
