using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Node.Tests.Support;

/// <summary>The sender over anvil, which mines when it is told to; between them stands a proxy. What decides money is asked of anvil itself.</summary>
internal sealed class AnvilSender : IDisposable
{
    public const ulong Gwei = 1_000_000_000;
    public const ulong MostPerGas = 20 * Gwei;
    private const ulong FinalLag = 2;

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-send-").FullName;
    private readonly NodeOptions _options;
    private readonly IChainClient _client;
    private readonly IChainClient _direct;
    private readonly NodeMetrics _metrics = NodeMetrics.Alone(World.ChainId);
    private readonly ISigner _signer = World.Provider.SignerFromPrivateKey(World.OperatorKey);
    private SendStep _step;

    private AnvilSender(AnvilNode anvil)
    {
        Anvil = anvil;
        Proxy = new FaultProxy(anvil.Endpoint);
        var provider = new BuiltinProvider(TimeProvider.System);
        _client = provider.Connect(Proxy.Endpoint, TimeSpan.FromSeconds(20));
        _direct = provider.Connect(anvil.Endpoint, TimeSpan.FromSeconds(20));
        _options = TestNode.MakeOptions(_folder, maxFeePerGas: MostPerGas);
        Books = SqliteBooks.Open(NodeOptionsPaths.In(_folder).Database, World.Deployment);
        _step = NewStep();
    }

    public AnvilNode Anvil { get; }

    public FaultProxy Proxy { get; }

    public SqliteBooks Books { get; private set; }

    public ManualTime Time { get; } = new();

    public static async Task<AnvilSender> StartAsync()
    {
        var rig = new AnvilSender(await AnvilNode.StartAsync("--no-mining", "--order", "fees"));
        await rig.MineAsync(1 + FinalLag);
        return rig;
    }

    /// <summary>The process ends, and another one begins with the same books.</summary>
    public void Restart()
    {
        Books.Dispose();
        Books = SqliteBooks.Open(NodeOptionsPaths.In(_folder).Database, World.Deployment);
        _step = NewStep();
    }

    public Task PlanAsync(int intents) => Books.WriteAsync(
        session =>
        {
            for (var i = 0; i < intents; i++) session.Outbox.Plan($"count {i}", World.Counter, Keccak256.HashText($"intent {i}").ToArray(), 1);
        },
        CancellationToken.None);

    /// <summary>One look of the sender, some seconds after the one before. Endpoints that fail are tried again by the next.</summary>
    public async Task LookAsync(CancellationToken cancellation = default)
    {
        Time.Advance(TimeSpan.FromSeconds(20));
        var head = await _direct.GetBlockAsync(BlockRef.Latest, CancellationToken.None) ?? throw new InvalidOperationException("anvil has no block.");
        var final = await _direct.GetBlockAsync(BlockRef.At(head.Number - FinalLag), CancellationToken.None) ?? throw new InvalidOperationException("anvil has no final block.");
        await Books.WriteAsync(session => session.Chain.MoveCursor(new ChainCursor(final.Number, final.Hash, final.Timestamp)), CancellationToken.None);
        try
        {
            await _step.RunAsync(cancellation);
        }
        catch (ChainException)
        {
            // As the worker does: told, and tried again.
        }
    }

    public async Task MineAsync(ulong blocks, ulong? baseFee = null)
    {
        for (var i = 0UL; i < blocks; i++)
        {
            if (baseFee is { } fee) await Anvil.CallAsync("anvil_setNextBlockBaseFeePerGas", $"0x{fee:x}");
            await Anvil.CallAsync("evm_mine");
        }
    }

    /// <summary>Another program sends with the same key, and is mined before ours.</summary>
    public async Task UseNonceElsewhereAsync()
    {
        var nonce = await _direct.GetNonceAsync(_signer.Address, BlockRef.Latest, CancellationToken.None);
        foreach (var pending in await PoolAsync())
        {
            if (pending.Nonce == nonce) await Anvil.CallAsync("anvil_dropTransaction", pending.Hash);
        }

        var signed = await _signer.SignTransactionAsync(
            new TransactionRequest(World.ChainId, nonce, 100 * Gwei, 200 * Gwei, 21_000, World.Alice, 1, ReadOnlyMemory<byte>.Empty), CancellationToken.None);
        await _direct.SendRawAsync(signed.Raw, CancellationToken.None);
    }

    /// <summary>Our transactions in anvil's pool.</summary>
    public async Task<IReadOnlyList<(ulong Nonce, string Hash)>> PoolAsync()
    {
        var pool = await Anvil.CallAsync("txpool_content");
        return
        [
            .. new[] { "pending", "queued" }.SelectMany(part => pool.GetProperty(part).EnumerateObject())
                .Where(account => Address.Parse(account.Name) == _signer.Address)
                .SelectMany(account => account.Value.EnumerateObject())
                .Select(item => (ulong.Parse(item.Name, CultureInfo.InvariantCulture), item.Value.GetProperty("hash").GetString() ?? string.Empty)),
        ];
    }

    /// <summary>The account in a field of a transaction.</summary>
    public static Address Party(JsonElement transaction, string field) => Address.Parse(transaction.GetProperty(field).GetString() ?? string.Empty);

    /// <summary>All mined transactions of the account, in order.</summary>
    public async Task<IReadOnlyList<JsonElement>> MinedAsync()
    {
        var head = await _direct.GetBlockAsync(BlockRef.Latest, CancellationToken.None) ?? throw new InvalidOperationException("anvil has no block.");
        var mined = new List<JsonElement>();
        for (var number = 0UL; number <= head.Number; number++)
        {
            var block = await Anvil.CallAsync("eth_getBlockByNumber", $"0x{number:x}", true);
            mined.AddRange(block.GetProperty("transactions").EnumerateArray().Where(item => Party(item, "from") == _signer.Address));
        }

        return mined;
    }

    public void Dispose()
    {
        Books.Dispose();
        _client.Dispose();
        _direct.Dispose();
        _metrics.Dispose();
        Proxy.Dispose();
        Anvil.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private SendStep NewStep() =>
        new(_options, _client, new LoneQuorum(_direct, FinalLag), _signer, Books, new NodeState(), _metrics, Time, NullLogger<SendStep>.Instance);

    /// <summary>One honest endpoint as a quorum.</summary>
    private sealed class LoneQuorum(IChainClient client, ulong lag) : IChainQuorum
    {
        public async Task<BlockHeader> GetFinalBlockAsync(CancellationToken cancellation)
        {
            var head = await client.GetBlockAsync(BlockRef.Latest, cancellation);
            return await client.GetBlockAsync(BlockRef.At((head?.Number ?? 0) - lag), cancellation) ?? throw new InvalidOperationException("There is no final block.");
        }

        public Task<BlockHeader?> GetAgreedBlockAsync(ulong number, CancellationToken cancellation) => client.GetBlockAsync(BlockRef.At(number), cancellation);

        public Task<TransactionReceipt?> GetAgreedReceiptAsync(Hash32 transaction, CancellationToken cancellation) => client.GetReceiptAsync(transaction, cancellation);

        public async Task<ulong?> GetAgreedNonceAsync(Address account, ulong block, CancellationToken cancellation) => await client.GetNonceAsync(account, BlockRef.At(block), cancellation);

        public async Task<bool> IsAgreedAbsentAsync(Hash32 transaction, ulong block, CancellationToken cancellation) => await client.GetReceiptAsync(transaction, cancellation) is null;
    }
}
