using System.Collections.Concurrent;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>
/// What decides money, asked of all endpoints: it holds where as many as the quorum say the same. An endpoint that contradicts
/// them about what it calls final itself is named and set aside; where no quorum agrees, nothing is decided.
/// </summary>
/// <param name="endpoints">They may be used by other clients at the same time.</param>
/// <param name="pool">Answers where one is enough.</param>
public sealed class ChainQuorum(EndpointSet endpoints, EndpointPool pool) : IChainQuorum, IStateQuorum
{
    private const string BlockMethod = "eth_getBlockByNumber";
    private const string ReceiptMethod = "eth_getTransactionReceipt";
    private const string NonceMethod = "eth_getTransactionCount";
    private const string CallMethod = "eth_call";
    private const string BalanceMethod = "eth_getBalance";

    /// <summary>Once enough have answered, the others have this long: they may contradict, but one that hangs holds nobody up.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly int _quorum = endpoints.Options.Quorum;
    private readonly ConcurrentDictionary<Endpoint, ulong> _finalOf = [];
    private ulong _final;

    /// <summary>Whether one endpoint's word is enough: there is nothing to compare then.</summary>
    private bool IsOneEnough => _quorum == 1;

    public async Task<BlockHeader> GetFinalBlockAsync(CancellationToken cancellation)
    {
        pool.ProbeHeads();
        if (IsOneEnough) return Final(await FinalOfOneAsync(cancellation)) ?? throw NoFinal(0);
        var poll = EndpointPoll<ulong?>.Start(endpoints, endpoints.Ready(), FinalNumberOfAsync, cancellation, isRead: true);
        await GatherAsync(poll, cancellation);
        if (poll.Answers.Count(answer => answer.Value is not null) < _quorum && !poll.IsComplete) await poll.AllAsync();
        cancellation.ThrowIfCancellationRequested();
        var tips = new Dictionary<Endpoint, ulong>();
        foreach (var (endpoint, final) in poll.Answers)
        {
            if (final is { } tip) tips[endpoint] = _finalOf[endpoint] = tip;
        }

        if (poll.Answers.Count < _quorum) throw poll.Failure(BlockMethod, _quorum);
        if (tips.Count < _quorum) throw NoFinal(tips.Count);

        // The highest that a quorum calls final. Who is further has it too.
        var number = tips.Values.OrderDescending().ElementAt(_quorum - 1);
        var asked = tips.Where(tip => tip.Value >= number).Select(tip => tip.Key).ToArray();
        var tally = await TallyAsync(
            BlockMethod, asked, (client, token) => client.GetBlockAsync(BlockRef.At(number), token), EqualityComparer<BlockHeader>.Default, cancellation);
        var block = tally.Agreed ?? throw Undecided(BlockMethod, $"block {number}", tally, Told);
        SetAside(tally, number, other => $"has {Told(other)} as final block {number}, and at least {_quorum} others have {Told(block)}");
        return Final(block) ?? block;
    }

    public async Task<BlockHeader?> GetAgreedBlockAsync(ulong number, CancellationToken cancellation)
    {
        if (IsOneEnough) return await pool.GetBlockAsync(BlockRef.At(number), cancellation);
        var tally = await TallyAsync(
            BlockMethod, endpoints.Ready(), (client, token) => client.GetBlockAsync(BlockRef.At(number), token), EqualityComparer<BlockHeader>.Default, cancellation);
        // Above the final block, endpoints may follow different branches for a while.
        if (number > KnownFinal) return tally.Agreed;
        if (tally.Agreed is { } block) SetAside(tally, number, other => $"has {Told(other)} as final block {number}, and at least {_quorum} others have {Told(block)}");
        else if (tally.Contradicts) throw Undecided(BlockMethod, $"block {number}", tally, Told);
        return tally.Agreed;
    }

    public async Task<TransactionReceipt?> GetAgreedReceiptAsync(Hash32 transaction, CancellationToken cancellation)
    {
        if (IsOneEnough) return await pool.GetReceiptAsync(transaction, cancellation);
        var tally = await TallyAsync(
            ReceiptMethod, endpoints.Ready(), (client, token) => client.GetReceiptAsync(transaction, token), ReceiptContent.Comparer, cancellation);
        if (tally.Agreed is { } receipt)
        {
            // Of one block there is one receipt, and of a final height one block; a receipt in another block of a height that is not final may be a reorganisation's.
            foreach (var (endpoint, other) in tally.Others)
            {
                if (other.BlockHash != receipt.BlockHash && !(receipt.BlockNumber <= KnownFinal && CallsFinal(endpoint, other.BlockNumber))) continue;
                endpoints.Observer?.Disagreed();
                endpoints.SetAside(endpoint, $"has {ReceiptContent.Told(other)} for {transaction}, and at least {_quorum} others have {ReceiptContent.Told(receipt)}");
            }

            return receipt;
        }

        var contents = tally.Given.Select(given => given.Value).Distinct(ReceiptContent.Comparer).ToArray();
        if (contents.DistinctBy(content => content.BlockHash).Count() < contents.Length || contents.Count(content => content.BlockNumber <= KnownFinal) > 1)
            throw Undecided(ReceiptMethod, transaction.ToString(), tally, ReceiptContent.Told);
        return null;
    }

    public async Task<ulong?> GetAgreedNonceAsync(Address account, ulong block, CancellationToken cancellation)
    {
        Task<Said<ulong>?> AskAsync(IChainClient client, CancellationToken token) => SaidAsync(client.GetNonceAsync(account, BlockRef.At(block), token));
        if (IsOneEnough)
        {
            return await pool.GetNonceAsync(account, BlockRef.At(block), cancellation);
        }

        var tally = await TallyAsync(NonceMethod, endpoints.Ready(), AskAsync, EqualityComparer<Said<ulong>>.Default, cancellation);
        if (block > KnownFinal) return tally.Agreed?.Value;
        if (tally.Agreed is { } nonce) SetAside(tally, block, other => $"has nonce {other.Value} of {account} at final block {block}, and at least {_quorum} others have {nonce.Value}");
        else if (tally.Contradicts) throw Undecided(NonceMethod, $"{account} at block {block}", tally, static said => $"nonce {said.Value}");
        return tally.Agreed?.Value;
    }

    public async Task<bool> IsAgreedAbsentAsync(Hash32 transaction, ulong block, CancellationToken cancellation)
    {
        // Null: the endpoint is not as far as the block, and says nothing.
        async Task<bool?> AskAsync(IChainClient client, CancellationToken token) =>
            await client.GetReceiptAsync(transaction, token) is not null ? false
            : await client.GetBlockAsync(BlockRef.At(block), token) is null ? null
            // Asked again: the first answer may be older than the block.
            : await client.GetReceiptAsync(transaction, token) is null;

        var poll = EndpointPoll<bool?>.Start(endpoints, endpoints.Ready(), AskAsync, cancellation, isRead: true);
        // Money is sent again where this says yes: nobody is left out for being slow.
        await poll.AllAsync();
        cancellation.ThrowIfCancellationRequested();
        var answers = poll.Answers;
        return answers.All(answer => answer.Value is not false) && answers.Count(answer => answer.Value is true) >= _quorum;
    }

    public async Task<ReadOnlyMemory<byte>?> CallAgreedAsync(CallRequest call, ulong block, CancellationToken cancellation)
    {
        // As text, which compares by what it says.
        var answer = await AgreedStateAsync(
            CallMethod, $"a call of {call.To}", block, async (client, token) => Convert.ToHexStringLower((await client.CallAsync(call, BlockRef.At(block), token)).Span), cancellation);
        // Written out: an array that is null would become memory that is empty, which is an answer.
        return answer is null ? (ReadOnlyMemory<byte>?)null : Convert.FromHexString(answer.Value);
    }

    public async Task<UInt256?> GetAgreedBalanceAsync(Address account, ulong block, CancellationToken cancellation) =>
        (await AgreedStateAsync(BalanceMethod, $"the coin of {account}", block, (client, token) => client.GetBalanceAsync(account, BlockRef.At(block), token), cancellation))?.Value;

    private ulong KnownFinal => Interlocked.Read(ref _final);

    private BlockHeader? Final(BlockHeader? header)
    {
        if (header is null) return null;
        // Concurrent callers may come out of order.
        var known = KnownFinal;
        while (header.Number > known)
        {
            var before = Interlocked.CompareExchange(ref _final, header.Number, known);
            if (before == known) break;
            known = before;
        }

        return header;
    }

    /// <summary>Of the one endpoint whose word is enough.</summary>
    private async Task<BlockHeader?> FinalOfOneAsync(CancellationToken cancellation)
    {
        if (endpoints.Options.Confirmations is null) return await pool.GetBlockAsync(BlockRef.Finalized, cancellation);
        return await FinalNumberOfAsync(pool, cancellation) is { } number ? await pool.GetBlockAsync(BlockRef.At(number), cancellation) : null;
    }

    private async Task<ulong?> FinalNumberOfAsync(IChainClient client, CancellationToken cancellation)
    {
        var known = await client.GetBlockAsync(endpoints.Options.Confirmations is null ? BlockRef.Finalized : BlockRef.Latest, cancellation);
        var above = endpoints.Options.Confirmations ?? 0;
        return known is null || known.Number < above ? null : known.Number - above;
    }

    /// <summary>What was after a block. Who does not keep it says nothing; who contradicts the others of a final block is set aside.</summary>
    private async Task<Said<T>?> AgreedStateAsync<T>(
        string method, string what, ulong block, Func<IChainClient, CancellationToken, Task<T>> ask, CancellationToken cancellation)
        where T : notnull
    {
        async Task<Said<T>?> AskAsync(IChainClient client, CancellationToken token)
        {
            try
            {
                return new Said<T>(await ask(client, token));
            }
            catch (ChainException e) when (e.Kind is ChainErrorKind.UnknownBlock or ChainErrorKind.MethodMissing)
            {
                return null;
            }
        }

        if (IsOneEnough) return await AskAsync(pool, cancellation);
        var tally = await TallyAsync(method, endpoints.Ready(), AskAsync, EqualityComparer<Said<T>>.Default, cancellation);
        if (tally.Agreed is { } agreed && block <= KnownFinal) SetAside(tally, block, other => $"says {other.Value} of {what} at final block {block}, and at least {_quorum} others {agreed.Value}");
        else if (tally.Agreed is null && tally.Contradicts && block <= KnownFinal) throw Undecided(method, $"{what} at block {block}", tally, static said => $"{said.Value}");
        return tally.Agreed;
    }

    /// <summary>Asks, and counts who says the same.</summary>
    private async Task<Tally<T>> TallyAsync<T>(
        string method, IReadOnlyCollection<Endpoint> asked, Func<IChainClient, CancellationToken, Task<T?>> ask, IEqualityComparer<T> same, CancellationToken cancellation)
        where T : class
    {
        var poll = EndpointPoll<T?>.Start(endpoints, asked, ask, cancellation, isRead: true);
        await GatherAsync(poll, cancellation);
        var tally = Tally<T>.Of(poll.Answers, same, _quorum);
        if (tally.Agreed is null && !poll.IsComplete)
        {
            await poll.AllAsync();
            tally = Tally<T>.Of(poll.Answers, same, _quorum);
        }

        cancellation.ThrowIfCancellationRequested();
        return poll.Answers.Count >= _quorum ? tally : throw poll.Failure(method, _quorum);
    }

    private async Task GatherAsync<T>(EndpointPoll<T> poll, CancellationToken cancellation)
    {
        await poll.FirstAsync(_quorum);
        if (poll.IsComplete) return;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var grace = Task.Delay(Grace, endpoints.Time, over.Token);
        await Task.WhenAny(poll.AllAsync(), grace);
        await over.CancelAsync();
    }

    /// <summary>Those that contradict. One that does not call the block final itself may only hang on a branch that is gone.</summary>
    private void SetAside<T>(Tally<T> tally, ulong number, Func<T, string> why)
        where T : class
    {
        foreach (var (endpoint, other) in tally.Others)
        {
            if (!CallsFinal(endpoint, number)) continue;
            endpoints.Observer?.Disagreed();
            endpoints.SetAside(endpoint, why(other));
        }
    }

    private bool CallsFinal(Endpoint endpoint, ulong number) => _finalOf.TryGetValue(endpoint, out var final) && number <= final;

    private static string Told(BlockHeader header) => $"hash {header.Hash}, parent {header.ParentHash}, time {header.Timestamp}, base fee {header.BaseFee}";

    private ChainException NoFinal(int have) => new(
        ChainErrorKind.UnknownBlock, endpoints.Names(), BlockMethod,
        endpoints.Options.Confirmations is { } confirmations
            ? $"{have} of {_quorum} endpoints have a block with {confirmations} on top"
            : $"{have} of {_quorum} endpoints have a block that the chain calls final; where this chain has no such blocks, set finality to a number");

    private ChainException Undecided<T>(string method, string what, Tally<T> tally, Func<T, string> told)
        where T : class
    {
        if (tally.Contradicts) endpoints.Observer?.Disagreed();
        return tally.Contradicts
            ? new ChainException(
                ChainErrorKind.Disagreement, endpoints.Names(), method,
                $"{what}: {_quorum} have to agree, and they say: {string.Join("; ", tally.Given.Select(given => $"{given.Endpoint.Name}: {told(given.Value)}"))}. Nothing is decided.")
            : new ChainException(ChainErrorKind.UnknownBlock, endpoints.Names(), method, $"{what}: {_quorum} have to have it, and {tally.Given.Count} do.");
    }

    private static async Task<Said<ulong>?> SaidAsync(Task<ulong> nonce) => new(await nonce);

    /// <summary>A value that is no class, where null means "says nothing".</summary>
    private sealed record Said<T>(T Value);
}
