using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// Asks for the proven logs of a range's blocks ahead of whoever takes them in order: several requests are in flight, each
/// for a few blocks. Which blocks are asked for is decided by what is wanted then; when more is wanted,
/// <see cref="LookAgain"/> asks for those that were passed over.
/// </summary>
internal sealed class ProofQueue(IBlockReader reader, SealedHeader[] headers, WatchSet wanted, CancellationToken cancellation)
{
    // A block of a busy chain is one request; blocks with a few transactions each go together. Nodes and readers both take
    // longer for a large batch than for its blocks one by one.
    private const int BlocksAtOnce = 50;
    private const int ReceiptsAtOnce = 100;
    private const ulong GasAtOnce = 1_000_000;

    private readonly Place?[] _places = new Place?[headers.Length];
    private readonly List<Part> _open = [];
    private int _passed;

    /// <summary>Requests that may not be over.</summary>
    public IEnumerable<Task> Flying => _open.Select(part => part.Logs);

    /// <summary>The logs of the next block in order; none where its bloom says that none is wanted.</summary>
    public async ValueTask<IReadOnlyList<LogEntry>> TakeAsync(int block)
    {
        // What was taken is let go, so that only a few parts are held at once.
        if (_open.Count > 0) _open.RemoveAll(part => part.Last < block);
        while (_open.Count < InOrder.AtOnce && _passed < headers.Length) Ask(Candidates());
        if (_places[block] is not { } place) return [];
        _places[block] = null;
        return (await place.Part.Logs)[place.At]
            ?? throw RangeHeaders.WithoutReceipts(reader.Endpoint, headers[block].Header);
    }

    /// <summary>More is wanted from this block on: those that were passed over are looked at again.</summary>
    public void LookAgain(int first)
    {
        var missed = new List<int>();
        for (var block = first; block < _passed; block++)
        {
            if (_places[block] is not null || !wanted.MayHold(headers[block].Bloom.Span)) continue;
            missed.Add(block);
            if (missed.Count < BlocksAtOnce) continue;
            Ask(missed);
            missed = [];
        }

        Ask(missed);
    }

    private List<int> Candidates()
    {
        var blocks = new List<int>();
        var (receipts, gas) = (0, 0UL);
        for (; _passed < headers.Length && blocks.Count < BlocksAtOnce && receipts < ReceiptsAtOnce && gas < GasAtOnce; _passed++)
        {
            if (!wanted.MayHold(headers[_passed].Bloom.Span)) continue;
            blocks.Add(_passed);
            receipts += headers[_passed].Transactions.Count;
            // Capped, so that the sum stays a number.
            gas += Math.Min(headers[_passed].GasUsed, GasAtOnce);
        }

        return blocks;
    }

    private void Ask(List<int> blocks)
    {
        if (blocks.Count == 0) return;
        var part = new Part(reader.GetProvenLogsAsync([.. blocks.Select(block => headers[block])], cancellation), blocks[^1]);
        _open.Add(part);
        for (var i = 0; i < blocks.Count; i++) _places[blocks[i]] = new Place(part, i);
    }

    private sealed record Part(Task<IReadOnlyList<IReadOnlyList<LogEntry>?>> Logs, int Last);

    private sealed record Place(Part Part, int At);
}
