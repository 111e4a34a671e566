using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>
/// An endpoint, a quorum and a source of ranges over a <see cref="FakeChain"/>. The endpoint and the source err as often as they
/// are told to, in every way that a watcher has to find out by itself; the quorum may not know, and never lies.
/// </summary>
internal sealed class FakeEndpoint(FakeChain chain, Random random) : IChainClient, IChainQuorum, IRangeSource
{
    /// <summary>In how many of a hundred answers there is trouble.</summary>
    public int Trouble { get; set; }

    public ulong MostBlocks { get; set; } = ulong.MaxValue;

    /// <summary>The range that the source answers with instead of a right one.</summary>
    public Func<BlockRange, BlockRange>? Spoil { get; set; }

    /// <summary>What the endpoint takes for the chain; the quorum knows better.</summary>
    public IReadOnlyList<FakeBlock>? View { get; set; }

    /// <summary>What the quorum has.</summary>
    public IReadOnlyList<FakeBlock>? Agreed { get; set; }

    public ulong? FinalNumber { get; set; }

    /// <summary>Runs before each answer.</summary>
    public Action<string> Asked { get; set; } = static _ => { };

    public List<(ulong First, ulong Last)> Ranges { get; } = [];

    public int HeaderReads { get; private set; }

    public string Endpoint => "http://fake";

    private IReadOnlyList<FakeBlock> Truth => Agreed ?? chain.Canonical;

    public Task<BlockHeader?> GetBlockAsync(BlockRef block, CancellationToken cancellation)
    {
        Ask("block");
        var view = Look();
        if (Errs()) return Task.FromResult<BlockHeader?>(null);
        return Task.FromResult(block.Tag is not null ? view[^1].Header : At(view, block.Number)?.Header);
    }

    public Task<IReadOnlyList<BlockHeader?>> GetBlocksAsync(ulong first, ulong last, CancellationToken cancellation)
    {
        Ask("blocks");
        HeaderReads++;
        var view = Look();
        var headers = new List<BlockHeader?>();
        for (var number = first; number <= last; number++) headers.Add(At(view, number)?.Header);
        if (Errs()) headers[random.Next(headers.Count)] = null;
        if (Errs()) headers.RemoveAt(headers.Count - 1);
        return Task.FromResult<IReadOnlyList<BlockHeader?>>(headers);
    }

    public Task<BlockRange> ReadAsync(ulong first, ulong last, WatchSet wanted, CancellationToken cancellation)
    {
        Ask("range");
        Ranges.Add((first, last));
        if (last - first + 1 > MostBlocks) throw new ChainException(ChainErrorKind.RangeTooLarge, Endpoint, "eth_getLogs", "block range too large");
        var view = Look();
        var blocks = new List<FakeBlock>();
        for (var number = first; number <= last; number++) blocks.Add(At(view, number) ?? throw Bad($"block {number} is not there"));
        // As a real source does: all that the range teaches is looked for in all of it, before the lesson too.
        foreach (var log in blocks.SelectMany(block => block.Logs)) wanted.Learn(in log);
        var range = new BlockRange([.. blocks.Select(block => block.Header)], [.. blocks.SelectMany(block => block.Logs).Where(log => wanted.Wants(in log))]);
        if (Errs()) range = Damage.Any(range, wanted, chain, random);
        return Task.FromResult(Spoil?.Invoke(range) ?? range);
    }

    public Task<BlockHeader> GetFinalBlockAsync(CancellationToken cancellation)
    {
        Ask("final");
        var final = Math.Min(FinalNumber ?? chain.Final, (ulong)Truth.Count - 1);
        if (Errs()) final -= Math.Min(final, (ulong)random.Next(8));
        return Task.FromResult(Truth[(int)final].Header);
    }

    public Task<BlockHeader?> GetAgreedBlockAsync(ulong number, CancellationToken cancellation)
    {
        Ask("agreed");
        return Task.FromResult(Errs() ? null : At(Truth, number)?.Header);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    public Task<TransactionReceipt?> GetAgreedReceiptAsync(Hash32 transaction, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ulong?> GetAgreedNonceAsync(Address account, ulong block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> IsAgreedAbsentAsync(Hash32 transaction, ulong block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ulong> GetChainIdAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<LogEntry>> GetLogsAsync(LogFilter filter, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<TransactionReceipt?> GetReceiptAsync(Hash32 transaction, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReadOnlyMemory<byte>> CallAsync(CallRequest call, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ulong> EstimateGasAsync(CallRequest call, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<UInt256> GetPriorityFeeAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ulong> GetNonceAsync(Address account, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<UInt256> GetBalanceAsync(Address account, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReadOnlyMemory<byte>> GetCodeAsync(Address account, BlockRef block, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<Hash32> SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellation) => throw new NotSupportedException();

    private static FakeBlock? At(IReadOnlyList<FakeBlock> view, ulong number) => number < (ulong)view.Count ? view[(int)number] : null;

    private void Ask(string what)
    {
        Asked(what);
        if (Errs()) throw new ChainException(ChainErrorKind.Unreachable, Endpoint, what, "the connection was reset");
    }

    private bool Errs() => Trouble > 0 && random.Next(100) < Trouble;

    /// <summary>The chain as the node that answers has it: it may lag, or be on a branch that the others left.</summary>
    private IReadOnlyList<FakeBlock> Look()
    {
        var view = View ?? chain.Canonical;
        if (Errs() && chain.Left.Count > 0) view = chain.Left[random.Next(chain.Left.Count)];
        if (Errs()) view = [.. view.Take(Math.Max(1, view.Count - random.Next(1, 20)))];
        return view;
    }

    private ChainException Bad(string what) => new(ChainErrorKind.BadReply, Endpoint, "eth_getBlockByNumber", what);

    /// <summary>Ranges that a source should never give, and that must not get into a journal.</summary>
    private static class Damage
    {
        public static BlockRange Any(BlockRange range, WatchSet wanted, FakeChain chain, Random random)
        {
            var (headers, logs) = (range.Headers.ToList(), range.Logs.ToList());
            switch (random.Next(6))
            {
                case 0:
                    headers.RemoveAt(random.Next(headers.Count));
                    break;
                case 1 when logs.Count > 0:
                    logs.Add(logs[random.Next(logs.Count)]);
                    break;
                case 2 when logs.Count > 1:
                    logs.Reverse();
                    break;
                case 3 when logs.Count > 0:
                    var at = random.Next(logs.Count);
                    logs[at] = logs[at] with { BlockHash = chain.Canonical[0].Header.Hash };
                    break;
                case 4 when headers.Count > 1:
                    headers.Reverse();
                    break;
                case 5 when chain.Left.Count > 0:
                    // The range's second half is of another branch.
                    var other = chain.Left[^1];
                    for (var i = headers.Count / 2; i < headers.Count; i++)
                    {
                        if (headers[i].Number < (ulong)other.Count) headers[i] = other[(int)headers[i].Number].Header;
                    }

                    logs = [.. headers.SelectMany(header => chain[header.Hash].Logs).Where(log => wanted.Wants(in log))];
                    break;
                default:
                    throw new ChainException(ChainErrorKind.BadReply, "http://fake", "eth_getLogs", "the reply ends in the middle");
            }

            return new BlockRange(headers, logs);
        }
    }
}
