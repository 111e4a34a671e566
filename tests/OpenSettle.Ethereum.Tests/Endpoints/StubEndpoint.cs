using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Endpoints;

/// <summary>An endpoint of a chain of empty blocks with one transaction in it. What it says wrong is a property here.</summary>
internal sealed class StubEndpoint(string name) : IBlockReader
{
    private readonly Lock _lock = new();
    private readonly List<string> _calls = [];

    public static Hash32 Transaction { get; } = Keccak256.HashText("transaction");

    public static Address Account { get; } = Address.Parse("0x00000000000000000000000000000000000000aa");

    public const ulong MinedAt = 50;

    public string Endpoint => name;

    public ulong Head { get; set; } = 100;

    public ulong Final { get; set; } = 90;

    public ulong ChainId { get; set; } = 31337;

    public ulong Nonce { get; set; } = 7;

    public static CallRequest Call { get; } = new(null, Account, new byte[] { 1 }, UInt256.Zero);

    /// <summary>Of every call.</summary>
    public ReadOnlyMemory<byte> Answer { get; set; } = new byte[] { 7 };

    public UInt256 Balance { get; set; } = 7;

    /// <summary>What becomes of headers on their way out.</summary>
    public Func<BlockHeader, BlockHeader?> OnHeader { get; set; } = header => header;

    /// <summary>What becomes of the receipt on its way out.</summary>
    public Func<TransactionReceipt, TransactionReceipt?> OnReceipt { get; set; } = receipt => receipt;

    /// <summary>Before each call: what it throws, the caller gets; what it waits for, the caller waits for.</summary>
    public Func<string, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_lock) return [.. _calls];
        }
    }

    public bool IsDisposed { get; private set; }

    public static BlockHeader Header(ulong number) => new(number, Keccak256.HashText($"block {number}"), Keccak256.HashText($"block {number - 1}"), 1_700_000_000 + number, 7);

    public static TransactionReceipt Receipt() => new(
        Transaction, MinedAt, Header(MinedAt).Hash, true, 21_000, 9, null,
        [new LogEntry(Account, [Keccak256.HashText("topic")], new byte[] { 1, 2 }, MinedAt, Header(MinedAt).Hash, Transaction, 0)]);

    public ChainException Failure(ChainErrorKind kind, TimeSpan? retryAfter = null) => new(kind, name, "stub", kind.ToString()) { RetryAfter = retryAfter };

    /// <summary>Every call fails so.</summary>
    public void Fail(ChainErrorKind kind, TimeSpan? retryAfter = null) => Before = (_, _) => Task.FromException(Failure(kind, retryAfter));

    /// <summary>No call is ever answered.</summary>
    public void Hang() => Before = static (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);

    public void Heal() => Before = (_, _) => Task.CompletedTask;

    public void Dispose() => IsDisposed = true;

    public Task<ulong> GetChainIdAsync(CancellationToken cancellation) => AnswerAsync("eth_chainId", () => ChainId, cancellation);

    public Task<BlockHeader?> GetBlockAsync(BlockRef block, CancellationToken cancellation) => AnswerAsync(
        "eth_getBlockByNumber",
        () => Number(block) is var number && number <= Head ? OnHeader(Header(number)) : null,
        cancellation);

    public Task<IReadOnlyList<BlockHeader?>> GetBlocksAsync(ulong first, ulong last, CancellationToken cancellation) => AnswerAsync<IReadOnlyList<BlockHeader?>>(
        "eth_getBlockByNumber",
        () => [.. Enumerable.Range((int)first, (int)(last - first) + 1).Select(number => (ulong)number <= Head ? OnHeader(Header((ulong)number)) : null)],
        cancellation);

    public Task<IReadOnlyList<LogEntry>> GetLogsAsync(LogFilter filter, CancellationToken cancellation) => AnswerAsync<IReadOnlyList<LogEntry>>("eth_getLogs", () => [], cancellation);

    public Task<TransactionReceipt?> GetReceiptAsync(Hash32 transaction, CancellationToken cancellation) => AnswerAsync(
        "eth_getTransactionReceipt", () => transaction == Transaction && Head >= MinedAt ? OnReceipt(Receipt()) : null, cancellation);

    public Task<ReadOnlyMemory<byte>> CallAsync(CallRequest call, BlockRef block, CancellationToken cancellation) => AnswerAsync("eth_call", () => Answer, cancellation);

    public Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancellation) => AnswerAsync("eth_estimateGas", () => 21_000UL, cancellation);

    public Task<UInt256> GetPriorityFeeAsync(CancellationToken cancellation) => AnswerAsync<UInt256>("eth_maxPriorityFeePerGas", () => 1, cancellation);

    public Task<ulong> GetNonceAsync(Address account, BlockRef block, CancellationToken cancellation) => AnswerAsync(
        "eth_getTransactionCount", () => Number(block) <= Head ? Nonce : throw Failure(ChainErrorKind.UnknownBlock), cancellation);

    public Task<UInt256> GetBalanceAsync(Address account, BlockRef block, CancellationToken cancellation) => AnswerAsync<UInt256>("eth_getBalance", () => Balance, cancellation);

    public Task<ReadOnlyMemory<byte>> GetCodeAsync(Address account, BlockRef block, CancellationToken cancellation) => AnswerAsync("eth_getCode", () => ReadOnlyMemory<byte>.Empty, cancellation);

    public Task<Hash32> SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellation) => AnswerAsync("eth_sendRawTransaction", () => Keccak256.Hash(raw.Span), cancellation);

    public Task<IReadOnlyList<SealedHeader?>> GetSealedHeadersAsync(ulong first, ulong last, CancellationToken cancellation) =>
        AnswerAsync<IReadOnlyList<SealedHeader?>>("eth_getBlockByNumber", () => [], cancellation);

    public Task<IReadOnlyList<IReadOnlyList<LogEntry>?>> GetProvenLogsAsync(IReadOnlyList<SealedHeader> blocks, CancellationToken cancellation) =>
        AnswerAsync<IReadOnlyList<IReadOnlyList<LogEntry>?>>("eth_getBlockReceipts", () => [], cancellation);

    private ulong Number(BlockRef block) => block.Tag switch { null => block.Number, "finalized" => Final, _ => Head };

    private async Task<T> AnswerAsync<T>(string method, Func<T> answer, CancellationToken cancellation)
    {
        lock (_lock) _calls.Add(method);
        await Before(method, cancellation);
        return answer();
    }
}

/// <summary>Writes down what an observer is told.</summary>
internal sealed class Observed : Ethereum.Endpoints.IEndpointObserver
{
    private int _disagreements;

    public System.Collections.Concurrent.ConcurrentQueue<(string Endpoint, ChainErrorKind? Failure)> Asks { get; } = [];

    public int Disagreements => _disagreements;

    public void Asked(string endpoint, ChainErrorKind? failure, TimeSpan took) => Asks.Enqueue((endpoint, failure));

    public void Disagreed() => Interlocked.Increment(ref _disagreements);
}

/// <summary>Stub endpoints as one.</summary>
internal sealed class StubPool : IDisposable
{
    public StubPool(int count, EndpointPoolSettings settings = default)
    {
        Stubs = [.. Enumerable.Range(0, count).Select(i => new StubEndpoint($"http://{(char)('a' + i)}"))];
        Set = new Ethereum.Endpoints.EndpointSet(
            Stubs,
            new Ethereum.Endpoints.EndpointOptions
            {
                Quorum = Math.Max(1, settings.Quorum), Confirmations = settings.Confirmations, HedgeAfter = settings.HedgeAfter, Inspect = settings.Inspect,
            },
            Time);
        Set.OnSetAside = state => Warnings.Add($"{state.Name}: {state.Why}");
        Set.Observer = Seen;
        Pool = new Ethereum.Endpoints.BlockReaderPool(Set);
        Quorum = new Ethereum.Endpoints.ChainQuorum(Set, Pool);
    }

    public Support.SteppedTime Time { get; } = new();

    public IReadOnlyList<StubEndpoint> Stubs { get; }

    public StubEndpoint A => Stubs[0];

    public StubEndpoint B => Stubs[1];

    public StubEndpoint C => Stubs[2];

    public Ethereum.Endpoints.EndpointSet Set { get; }

    public Ethereum.Endpoints.BlockReaderPool Pool { get; }

    public Ethereum.Endpoints.ChainQuorum Quorum { get; }

    /// <summary>Who was set aside, and why.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>What an observer is told.</summary>
    public Observed Seen { get; } = new();

    public void Dispose() => Pool.Dispose();
}

/// <summary>What a test wants of its pool.</summary>
internal readonly record struct EndpointPoolSettings(
    int Quorum, ulong? Confirmations = null, TimeSpan? HedgeAfter = null, Ethereum.Endpoints.EndpointInspection? Inspect = null);
