using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>
/// A chain in memory, with the contracts' behaviour as far as the node meets it. Blocks come when a test mines them;
/// everything that an endpoint can do wrong is a property here.
/// </summary>
internal sealed class FakeChain : IChainClient, IChainQuorum, IStateQuorum
{
    public const ulong BlockTime = 12;
    public const ulong FirstTime = 1_700_000_000;

    private readonly List<Block> _blocks = [];
    private readonly Dictionary<Hash32, RawTransaction> _pool = [];
    private int _fork;
    private int _acts;

    public FakeChain() => _blocks.Add(new Block(new BlockHeader(0, Keccak256.HashText("genesis"), default, FirstTime, 7), [], new ContractState(), new Dictionary<Hash32, TransactionReceipt>(), []));

    public string Endpoint => "fake";

    /// <summary>Blocks on top that make one final.</summary>
    public ulong FinalLag { get; set; }

    /// <summary>The head that the endpoint admits to; null: the real one.</summary>
    public ulong? ShownHead { get; set; }

    public UInt256 BaseFee { get; set; } = 7;

    public UInt256 Tip { get; set; } = 1;

    /// <summary>Whether transactions of the pool are mined.</summary>
    public bool TakesFromPool { get; set; } = true;

    /// <summary>The least tip that is mined: full blocks.</summary>
    public UInt256 LeastTip { get; set; }

    public bool SenderHasMoney { get; set; } = true;

    /// <summary>What the chain's rollup takes for a transaction's data; null: it is none.</summary>
    public UInt256? DataFee { get; set; }

    /// <summary>Whether a transaction is taken with a friendly answer, and forgotten.</summary>
    public Func<RawTransaction, bool> Swallows { get; set; } = _ => false;

    /// <summary>Whether enough endpoints say anything of nonces and of what is absent.</summary>
    public bool QuorumAnswers { get; set; } = true;

    /// <summary>Transactions that revert when they are mined, though their estimate went well.</summary>
    public Func<RawTransaction, bool> RevertsWhenMined { get; set; } = _ => false;

    /// <summary>Accounts without code; all others have some.</summary>
    public HashSet<Address> People { get; } = [];

    /// <summary>What becomes of the logs on their way out.</summary>
    public Func<LogEntry, LogEntry> OnLog { get; set; } = log => log;

    /// <summary>What becomes of the headers on their way out.</summary>
    public Func<BlockHeader, BlockHeader?> OnHeader { get; set; } = header => header;

    /// <summary>What becomes of nonces on their way out; a quorum's are as they are.</summary>
    public Func<ulong, ulong> OnNonce { get; set; } = nonce => nonce;

    public Func<TransactionReceipt, TransactionReceipt?> OnReceipt { get; set; } = receipt => receipt;

    /// <summary>Called with each request's method, before and after its effect; what it throws, the caller gets.</summary>
    public Action<string, bool> OnCall { get; set; } = (_, _) => { };

    /// <summary>Native coin of accounts; all others have more than enough.</summary>
    public Dictionary<Address, UInt256> Coin { get; } = [];

    public ulong Head => (ulong)_blocks.Count - 1;

    public BlockHeader HeadBlock => _blocks[^1].Header;

    public ContractState State => _blocks[^1].After;

    public IReadOnlyCollection<RawTransaction> Pool => _pool.Values;

    /// <summary>Every broadcast, in order, also of the same bytes.</summary>
    public List<byte[]> Broadcasts { get; } = [];

    /// <summary>All mined transactions of accounts with keys, in chain order.</summary>
    public IEnumerable<(RawTransaction Transaction, TransactionReceipt Receipt)> Mined =>
        _blocks.SelectMany(block => block.Transactions.Select(transaction => (transaction, block.Receipts[transaction.Hash])));

    public Hash32 HashOf(ulong number) => _blocks[(int)number].Header.Hash;

    /// <summary>A block with these events, one transaction each, and then what the pool has.</summary>
    public void Mine(params Action<BlockWriter>[] acts)
    {
        var number = Head + 1;
        var timestamp = _blocks[^1].Header.Timestamp + BlockTime + NextTime;
        NextTime = 0;
        var state = _blocks[^1].After.Copy();
        var writer = new BlockWriter(state, number, timestamp, n => n < number ? HashOf(n) : null);
        foreach (var act in acts)
        {
            writer.Transaction = Keccak256.HashText($"act {_acts++}");
            act(writer);
        }

        var mined = new List<(RawTransaction Transaction, bool Succeeded, int From, int To)>();
        if (TakesFromPool)
        {
            foreach (var transaction in _pool.Values.OrderBy(item => item.From).ThenBy(item => item.Nonce).ToArray())
            {
                if (transaction.Nonce < state.Nonces.GetValueOrDefault(transaction.From)) _pool.Remove(transaction.Hash);
                if (transaction.Nonce != state.Nonces.GetValueOrDefault(transaction.From) || transaction.MaxFee < BaseFee || transaction.TipAt(BaseFee) < LeastTip) continue;
                _pool.Remove(transaction.Hash);
                var from = writer.Count;
                var succeeded = Run(transaction, writer);
                writer.UseNonce(transaction.From);
                mined.Add((transaction, succeeded, from, writer.Count));
            }
        }

        var hash = Keccak256.HashText($"{number} {_blocks[^1].Header.Hash} {_fork} {writer.Count} {string.Join(' ', mined.Select(item => item.Transaction.Hash))}");
        var logs = writer.Logs(hash);
        var receipts = mined.ToDictionary(item => item.Transaction.Hash, item => new TransactionReceipt(
            item.Transaction.Hash, number, hash, item.Succeeded, item.Transaction.Data.Length == 0 ? 21_000UL : 50_000UL, BaseFee + item.Transaction.TipAt(BaseFee), null,
            [.. logs.Skip(item.From).Take(item.To - item.From)]) { DataFee = DataFee ?? UInt256.Zero });
        _blocks.Add(new Block(new BlockHeader(number, hash, _blocks[^1].Header.Hash, timestamp, BaseFee), logs, state, receipts, [.. mined.Select(item => item.Transaction)]));
    }

    public void MineEmpty(int count)
    {
        for (var i = 0; i < count; i++) Mine();
    }

    /// <summary>Takes the newest blocks back; new ones will have other hashes. Their transactions return to the pool.</summary>
    public void Reorganise(int depth)
    {
        var dropped = _blocks[^depth..];
        _blocks.RemoveRange(_blocks.Count - depth, depth);
        _fork++;
        foreach (var transaction in dropped.SelectMany(block => block.Transactions)) _pool[transaction.Hash] = transaction;
    }

    public void DropPool() => _pool.Clear();

    /// <summary>Somebody else's transaction with that nonce takes the place of ours.</summary>
    public void DropFromPool(ulong nonce)
    {
        foreach (var transaction in _pool.Values.Where(item => item.Nonce == nonce).ToArray()) _pool.Remove(transaction.Hash);
    }

    public void Dispose()
    {
    }

    public Task<ulong> GetChainIdAsync(CancellationToken cancellation) => Answer("eth_chainId", () => World.ChainId);

    public Task<BlockHeader?> GetBlockAsync(BlockRef block, CancellationToken cancellation) =>
        Answer("eth_getBlockByNumber", () => Find(block) is { } found ? OnHeader(found.Header) : null);

    public Task<IReadOnlyList<BlockHeader?>> GetBlocksAsync(ulong first, ulong last, CancellationToken cancellation) =>
        Answer<IReadOnlyList<BlockHeader?>>("eth_getBlockByNumber (batch)", () =>
        {
            var headers = new List<BlockHeader?>();
            for (var number = first; number <= last; number++) headers.Add(number <= VisibleHead ? OnHeader(_blocks[(int)number].Header) : null);
            return headers;
        });

    public Task<IReadOnlyList<LogEntry>> GetLogsAsync(LogFilter filter, CancellationToken cancellation) =>
        Answer<IReadOnlyList<LogEntry>>("eth_getLogs", () =>
        [
            .. _blocks.Where(block => block.Header.Number >= filter.FirstBlock && block.Header.Number <= Math.Min(filter.LastBlock, VisibleHead))
                .SelectMany(block => block.Logs)
                .Where(log => filter.Addresses.Count == 0 || filter.Addresses.Contains(log.Address))
                .Where(log => filter.Topics.Index().All(topic =>
                    topic.Item.Count == 0 || (topic.Index < log.Topics.Count && topic.Item.Contains(log.Topics[topic.Index]))))
                .Select(OnLog),
        ]);

    public Task<TransactionReceipt?> GetReceiptAsync(Hash32 transaction, CancellationToken cancellation) =>
        Answer("eth_getTransactionReceipt", () => Receipt(transaction));

    public Task<ReadOnlyMemory<byte>> CallAsync(CallRequest call, BlockRef block, CancellationToken cancellation) =>
        Answer("eth_call", () => call.To == World.DataFees && DataFee is { } fee
            ? (ReadOnlyMemory<byte>)new AbiWriter().UInt(fee).ToArray()
            : Simulate(call) is { } simulated
            ? simulated
            : call.To == World.Eas && Find(block) is { } at
            ? AnswerEas(call, at.After)
            : Find(block) is { } found && Vault.Answer(call, found.After) is { } answer
            ? answer
            : throw new InvalidOperationException("The pipeline makes no other call."));

    /// <summary>What a signed claim, or the relay of some, would answer now; null: it is another call.</summary>
    private ReadOnlyMemory<byte>? Simulate(CallRequest call)
    {
        var trial = new BlockWriter(State.Copy(), Head + 1, HeadBlock.Timestamp, n => n <= Head ? HashOf(n) : null);
        try
        {
            if (call.To == World.Vault && Calldata.ReadSignedClaim(call.Data.Span) is { } claim) return new AbiWriter().UInt(trial.ClaimSigned(claim)).ToArray();
            if (call.To == World.ClaimRelay && Calldata.ReadRelay(call.Data.Span) is { } claims) return new AbiWriter().Array(trial.Relay(claims), static (writer, amount) => writer.UInt(amount)).ToArray();
            if (call.To != World.Vault || !call.Data.Span[..4].SequenceEqual(RoyaltySplit.RecipientOfFunction.Selector)) return null;
            return new AbiWriter().UInt(0).UInt(State.ClaimNonces.GetValueOrDefault(new AbiReader(call.Data.Span[4..]).Account())).ToArray();
        }
        catch (RevertException e)
        {
            throw new ChainException(ChainErrorKind.Reverted, Endpoint, "eth_call", "execution reverted") { RevertData = e.RevertData };
        }
    }

    public Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancellation) => Answer("eth_estimateGas", () =>
    {
        if (!SenderHasMoney) throw new ChainException(ChainErrorKind.InsufficientFunds, Endpoint, "eth_estimateGas", "insufficient funds");
        var trial = new BlockWriter(State.Copy(), Head + 1, HeadBlock.Timestamp + BlockTime, n => n <= Head ? HashOf(n) : null);
        try
        {
            trial.Sender = call.From ?? Address.Zero;
            trial.Execute(call.To, call.Data.ToArray());
            return call.Data.IsEmpty ? 21_000UL : 40_000UL;
        }
        catch (RevertException e)
        {
            throw new ChainException(ChainErrorKind.Reverted, Endpoint, "eth_estimateGas", "execution reverted") { RevertData = e.RevertData };
        }
    });

    public Task<UInt256> GetPriorityFeeAsync(CancellationToken cancellation) => Answer("eth_maxPriorityFeePerGas", () => Tip);

    public Task<ulong> GetNonceAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        Answer("eth_getTransactionCount", () => OnNonce(Find(block)?.After.Nonces.GetValueOrDefault(account) ?? 0));

    public Task<UInt256> GetBalanceAsync(Address account, BlockRef block, CancellationToken cancellation) => Answer("eth_getBalance", () => Coin.GetValueOrDefault(account, UInt256.MaxAmount));

    public Task<ReadOnlyMemory<byte>> GetCodeAsync(Address account, BlockRef block, CancellationToken cancellation) =>
        Answer("eth_getCode", () => (account == World.DataFees && DataFee is null) || account == World.ScrollFees || People.Contains(account) ? ReadOnlyMemory<byte>.Empty : new byte[] { 1 });

    public Task<BlockHeader> GetFinalBlockAsync(CancellationToken cancellation) =>
        Answer("final block", () => Find(BlockRef.Finalized)?.Header ?? throw new InvalidOperationException("There is a genesis."));

    public Task<BlockHeader?> GetAgreedBlockAsync(ulong number, CancellationToken cancellation) => Answer("agreed block", () => Find(BlockRef.At(number))?.Header);

    public Task<TransactionReceipt?> GetAgreedReceiptAsync(Hash32 transaction, CancellationToken cancellation) => Answer("agreed receipt", () => Receipt(transaction));

    public Task<ulong?> GetAgreedNonceAsync(Address account, ulong block, CancellationToken cancellation) =>
        Answer("agreed nonce", () => QuorumAnswers ? Find(BlockRef.At(block))?.After.Nonces.GetValueOrDefault(account) : null);

    public Task<bool> IsAgreedAbsentAsync(Hash32 transaction, ulong block, CancellationToken cancellation) =>
        Answer("agreed absence", () => QuorumAnswers && block <= VisibleHead && Receipt(transaction) is null);

    /// <summary>What the vault says of itself, and what becomes of it on its way out.</summary>
    public VaultFigures Vault { get; } = new();

    public Task<ReadOnlyMemory<byte>?> CallAgreedAsync(CallRequest call, ulong block, CancellationToken cancellation) =>
        Answer("agreed call", () => QuorumAnswers && Find(BlockRef.At(block)) is { } found ? Vault.Answer(call, found.After) : null);

    public Task<UInt256?> GetAgreedBalanceAsync(Address account, ulong block, CancellationToken cancellation) =>
        Answer("agreed balance", () => QuorumAnswers && Find(BlockRef.At(block)) is { } found ? Vault.Balance(Address.Zero, found.After) : (UInt256?)null);

    public Task<Hash32> SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellation) => Answer("eth_sendRawTransaction", () =>
    {
        Broadcasts.Add(raw.ToArray());
        var transaction = RawTransaction.Decode(raw.Span, World.Provider);
        if (transaction.ChainId != World.ChainId) throw Refused(ChainErrorKind.Unknown, "wrong chain");
        if (_pool.ContainsKey(transaction.Hash)) return transaction.Hash;
        if (transaction.Nonce < State.Nonces.GetValueOrDefault(transaction.From)) throw Refused(ChainErrorKind.NonceTooLow, "nonce too low");
        if (!SenderHasMoney) throw Refused(ChainErrorKind.InsufficientFunds, "insufficient funds");
        if (Swallows(transaction)) return transaction.Hash;
        if (_pool.Values.FirstOrDefault(other => other.From == transaction.From && other.Nonce == transaction.Nonce) is { } other)
        {
            // As geth has it: a tenth more of both.
            if (transaction.Tip * 10 < other.Tip * 11 || transaction.MaxFee * 10 < other.MaxFee * 11)
                throw Refused(ChainErrorKind.ReplacementUnderpriced, "replacement transaction underpriced");
            _pool.Remove(other.Hash);
        }

        _pool.Add(transaction.Hash, transaction);
        return transaction.Hash;
    });

    /// <summary>The next block comes so many seconds later than others do.</summary>
    public ulong NextTime { get; set; }

    /// <summary>What becomes of attestations on their way out.</summary>
    public Func<EasAttestation, EasAttestation> OnAttestation { get; set; } = attestation => attestation;

    private ReadOnlyMemory<byte> AnswerEas(CallRequest call, ContractState state)
    {
        foreach (var (uid, known) in state.Attestations)
        {
            if (!new Eas.GetAttestation(uid).Data.Span.SequenceEqual(call.Data.Span)) continue;
            var said = OnAttestation(known);
            return new AbiWriter().DynamicTuple(tuple => tuple
                .Word(said.Uid).Word(said.Schema).UInt(said.Time, 64).UInt(said.ExpirationTime, 64).UInt(said.RevocationTime, 64).Word(said.RefUid)
                .Account(said.Recipient).Account(said.Attester).Bool(said.Revocable).Bytes(said.Data.Span)).ToArray();
        }

        // Taken back off chain: never.
        return new AbiWriter().UInt(0).ToArray();
    }

    private static ChainException Refused(ChainErrorKind kind, string message) => new(kind, "fake", "eth_sendRawTransaction", message);

    private ulong VisibleHead => Math.Min(ShownHead ?? Head, Head);

    private TransactionReceipt? Receipt(Hash32 transaction) =>
        _blocks.Where(block => block.Header.Number <= VisibleHead && block.Receipts.ContainsKey(transaction))
            .Select(block => OnReceipt(block.Receipts[transaction])).FirstOrDefault() ?? ReceiptOfAct(transaction);

    /// <summary>What was mined without a transaction that somebody signed has its logs alone.</summary>
    private TransactionReceipt? ReceiptOfAct(Hash32 transaction) =>
        _blocks.Where(block => block.Header.Number <= VisibleHead && block.Logs.Any(log => log.TransactionHash == transaction))
            .Select(block => new TransactionReceipt(
                transaction, block.Header.Number, block.Header.Hash, true, 21_000, BaseFee, null, [.. block.Logs.Where(log => log.TransactionHash == transaction)])).FirstOrDefault();

    private Block? Find(BlockRef block) => block.Tag switch
    {
        null => block.Number <= VisibleHead ? _blocks[(int)block.Number] : null,
        "finalized" => _blocks[(int)(VisibleHead > FinalLag ? VisibleHead - FinalLag : 0)],
        _ => _blocks[(int)VisibleHead],
    };

    private bool Run(RawTransaction transaction, BlockWriter writer)
    {
        writer.Transaction = transaction.Hash;
        var logs = writer.Count;
        try
        {
            // The contracts here check before they change anything, as the real ones undo what they changed.
            if (RevertsWhenMined(transaction)) throw new RevertException([]);
            writer.Sender = transaction.From;
            writer.Execute(transaction.To, transaction.Data);
            return true;
        }
        catch (RevertException)
        {
            writer.Forget(logs);
            return false;
        }
    }

    private Task<T> Answer<T>(string method, Func<T> answer)
    {
        try
        {
            OnCall(method, false);
            var result = answer();
            OnCall(method, true);
            return Task.FromResult(result);
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }

    private sealed record Block(
        BlockHeader Header, IReadOnlyList<LogEntry> Logs, ContractState After, Dictionary<Hash32, TransactionReceipt> Receipts, IReadOnlyList<RawTransaction> Transactions);
}
