using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Watch;

/// <summary>A block as the journal knows it.</summary>
public readonly record struct JournalBlock(ulong Number, Hash32 Hash, Hash32 ParentHash, ulong Timestamp)
{
    public static JournalBlock Of(BlockHeader header) => new(header.Number, header.Hash, header.ParentHash, header.Timestamp);
}

/// <summary>Where the journal stands.</summary>
/// <param name="Final">Its last final block; null before the first.</param>
/// <param name="Pending">The blocks after it, which may still go, oldest first.</param>
public sealed record JournalPosition(JournalBlock? Final, IReadOnlyList<JournalBlock> Pending)
{
    /// <summary>The journal's last block, final or not.</summary>
    public JournalBlock? Last => Pending.Count > 0 ? Pending[^1] : Final;

    /// <summary>The first block that is not final in the journal.</summary>
    /// <param name="first">The first that is looked at.</param>
    public ulong NextFinal(ulong first) => Final is { } final ? final.Number + 1 : first;

    /// <summary>The journal's block of that number, where it is the last final one or comes after it.</summary>
    public JournalBlock? At(ulong number)
    {
        if (Final is { } final && final.Number == number) return final;
        if (Pending.Count == 0 || number < Pending[0].Number || number > Pending[^1].Number) return null;
        return Pending[(int)(number - Pending[0].Number)];
    }
}

/// <summary>The logs that were read, on disk. Each method is one transaction: all of it is there afterwards, or none.</summary>
public interface IChainJournal
{
    JournalPosition Position();

    /// <summary>
    /// What is to be looked for from a block on: what the journal's logs of lower blocks taught, pending ones included. A branch
    /// that goes teaches nothing to the one that comes in its place.
    /// </summary>
    WatchSet Wanted(ulong first);

    /// <summary>Adds final blocks, which follow the last final one. No pending block is kept, nor its logs: these stand in their place.</summary>
    Task AppendFinalAsync(BlockRange range, CancellationToken cancellation);

    /// <summary>
    /// Takes the pending blocks above a number back, with their logs, and adds those that came instead of them; null: nothing did.
    /// Where nothing is final yet, the number may be the one before the first block that is looked at.
    /// </summary>
    Task ReplacePendingAsync(ulong keepUpTo, BlockRange? range, CancellationToken cancellation);

    /// <summary>Pending blocks up to that number are final from now on.</summary>
    Task FinalizeAsync(ulong number, CancellationToken cancellation);
}
