using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>
/// Several endpoints as one client. Reads go to the best one and on to the next; broadcasts go to all; a nonce is the highest
/// that any names. What decides money is asked of a <see cref="ChainQuorum"/>.
/// </summary>
public class EndpointPool(EndpointSet endpoints) : IChainClient
{
    /// <summary>An endpoint that was not asked for so long is asked for its head beside a read of somebody else's.</summary>
    private static readonly TimeSpan ProbeAfter = TimeSpan.FromSeconds(15);

    /// <summary>Of several refusals of a broadcast the one to go by: the nearest to the front. What says most about the chain comes first.</summary>
    private static readonly ChainErrorKind[] MostTelling =
    [
        ChainErrorKind.NonceTooLow, ChainErrorKind.ReplacementUnderpriced, ChainErrorKind.Underpriced, ChainErrorKind.InsufficientFunds, ChainErrorKind.FeeAboveCap,
        ChainErrorKind.GasLimit, ChainErrorKind.NonceTooHigh, ChainErrorKind.PoolFull, ChainErrorKind.Reverted, ChainErrorKind.Unknown, ChainErrorKind.MethodMissing, ChainErrorKind.Forbidden,
    ];

    private readonly EndpointReads _reads = new(endpoints);
    private readonly Lock _lock = new();
    private readonly Dictionary<Endpoint, DateTimeOffset> _probed = [];

    /// <summary>All of them, without credentials.</summary>
    public string Endpoint => Endpoints.Names();

    public EndpointSet Endpoints => endpoints;

    public Task<ulong> GetChainIdAsync(CancellationToken cancellation) =>
        ReadAsync("eth_chainId", static (client, token) => client.GetChainIdAsync(token), cancellation);

    public Task<BlockHeader?> GetBlockAsync(BlockRef block, CancellationToken cancellation)
    {
        if (block == BlockRef.Latest) ProbeHeads();
        return ReadAsync("eth_getBlockByNumber", (client, token) => client.GetBlockAsync(block, token), cancellation, isWhole: block.Tag is null ? static header => header is not null : null);
    }

    public Task<IReadOnlyList<BlockHeader?>> GetBlocksAsync(ulong first, ulong last, CancellationToken cancellation) =>
        ReadAsync("eth_getBlockByNumber", (client, token) => client.GetBlocksAsync(first, last, token), cancellation, isLarge: true, static blocks => !blocks.Contains(null));

    public Task<IReadOnlyList<LogEntry>> GetLogsAsync(LogFilter filter, CancellationToken cancellation) =>
        ReadAsync("eth_getLogs", (client, token) => client.GetLogsAsync(filter, token), cancellation, isLarge: true);

    public Task<TransactionReceipt?> GetReceiptAsync(Hash32 transaction, CancellationToken cancellation) =>
        ReadAsync("eth_getTransactionReceipt", (client, token) => client.GetReceiptAsync(transaction, token), cancellation);

    public Task<ReadOnlyMemory<byte>> CallAsync(CallRequest call, BlockRef block, CancellationToken cancellation) =>
        ReadAsync("eth_call", (client, token) => client.CallAsync(call, block, token), cancellation);

    public Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancellation) =>
        ReadAsync("eth_estimateGas", (client, token) => client.EstimateGasAsync(call, token), cancellation);

    public Task<UInt256> GetPriorityFeeAsync(CancellationToken cancellation) =>
        ReadAsync("eth_maxPriorityFeePerGas", static (client, token) => client.GetPriorityFeeAsync(token), cancellation);

    /// <summary>
    /// The highest that any endpoint names, where the newest state is meant: one that lags names a nonce that is used already,
    /// and a transaction with it would take the place of another. Too high a nonce, on the other hand, only waits.
    /// </summary>
    public async Task<ulong> GetNonceAsync(Address account, BlockRef block, CancellationToken cancellation)
    {
        const string Method = "eth_getTransactionCount";
        var ready = endpoints.Ready();
        if (block.Tag is null || ready.Count < 2) return await ReadAsync(Method, (client, token) => client.GetNonceAsync(account, block, token), cancellation);
        var poll = EndpointPoll<ulong>.Start(endpoints, ready, (client, token) => client.GetNonceAsync(account, block, token), cancellation);
        await poll.AllAsync();
        var answers = poll.Answers;
        return answers.Count > 0 ? answers.Max(answer => answer.Value) : throw poll.Failure(Method, 1);
    }

    public Task<UInt256> GetBalanceAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        ReadAsync("eth_getBalance", (client, token) => client.GetBalanceAsync(account, block, token), cancellation);

    public Task<ReadOnlyMemory<byte>> GetCodeAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        ReadAsync("eth_getCode", (client, token) => client.GetCodeAsync(account, block, token), cancellation);

    /// <summary>
    /// Sends the bytes to every endpoint that can be asked: what one drops, another has. That is safe because they are the same
    /// signed bytes, with one hash and one nonce: a chain takes them once. Succeeds as soon as any endpoint took them; the
    /// others get them all the same.
    /// </summary>
    public async Task<Hash32> SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellation)
    {
        const string Method = "eth_sendRawTransaction";
        var ready = endpoints.Ready();
        if (ready.Count == 0) throw endpoints.NobodyReady(Method);
        // The caller may go once one has taken them; the others go on with the pool.
        var poll = EndpointPoll<Hash32>.Start(endpoints, ready, (client, token) => client.SendRawAsync(raw, token), endpoints.Closing);
        await poll.FirstAsync(1).WaitAsync(cancellation);
        var answers = poll.Answers;
        if (answers.Count > 0) return answers[0].Value;
        var refusals = poll.Failures;
        throw MostTelling.Select(kind => refusals.FirstOrDefault(refusal => refusal.Kind == kind)).FirstOrDefault(refusal => refusal is not null) ?? poll.Failure(Method, 1);
    }

    // A client with an encoding of its own has the same one for each endpoint.
    public ReadOnlyMemory<byte> Encode(ContractCall call) => endpoints.All[0].Client.Encode(call);

    public ContractEvent? Decode(ContractKind contract, LogEntry log) => endpoints.All[0].Client.Decode(contract, log);

    public Task<T> AskAsync<T>(Address contract, ContractView<T> view, BlockRef block, CancellationToken cancellation) =>
        ReadAsync("eth_call", (client, token) => client.AskAsync(contract, view, block, token), cancellation);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) endpoints.Dispose();
    }

    private protected Task<T> ReadAsync<T>(
        string method, Func<IChainClient, CancellationToken, Task<T>> ask, CancellationToken cancellation, bool isLarge = false, Func<T, bool>? isWhole = null) =>
        _reads.ReadAsync(method, ask, cancellation, isLarge, isWhole);

    /// <summary>
    /// Where one endpoint answers all reads, nobody would see that it hangs at an old head: now and then all are asked for
    /// theirs, and nobody waits for that.
    /// </summary>
    internal void ProbeHeads()
    {
        if (endpoints.All.Count == 1) return;
        var now = endpoints.Time.GetUtcNow();
        foreach (var endpoint in endpoints.Ready())
        {
            lock (_lock)
            {
                if (_probed.TryGetValue(endpoint, out var last) && now - last < ProbeAfter) continue;
                _probed[endpoint] = now;
            }

            _ = EndpointPoll<bool>.Start(endpoints, [endpoint], (client, token) => SeeHeadAsync(endpoint, client, token), endpoints.Closing);
        }
    }

    private async Task<bool> SeeHeadAsync(Endpoint endpoint, IChainClient client, CancellationToken cancellation)
    {
        if (await client.GetBlockAsync(BlockRef.Latest, cancellation) is not { } head) return false;
        endpoint.Health.SawHead(endpoints.Time.GetUtcNow(), head.Number);
        return true;
    }
}
