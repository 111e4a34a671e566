using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Watch;

/// <summary>Tells an endpoint that is on another branch from a chain whose final blocks changed.</summary>
internal sealed class FinalGuard(string endpoint, IChainQuorum quorum)
{
    /// <summary>The block as enough endpoints have it; that too few have one below the final one is trouble that passes.</summary>
    public async Task<BlockHeader> AgreedAsync(ulong number, BlockHeader final, CancellationToken cancellation)
    {
        if (number == final.Number) return final;
        return await quorum.GetAgreedBlockAsync(number, cancellation)
            ?? throw Bad($"too few endpoints have block {number}, though block {final.Number} is final");
    }

    /// <summary>Enough endpoints say which block is final: where the journal is further, or as far, it still has to be theirs.</summary>
    /// <param name="last">The journal's last final block.</param>
    /// <param name="tip">The number of the journal's last block.</param>
    /// <param name="final">The newest block that is called final, not above the journal's.</param>
    public async Task RequireSameAsync(JournalBlock last, ulong tip, BlockHeader final, CancellationToken cancellation)
    {
        if (final.Number == last.Number) RequireSame(last, tip, final.Hash);
        else await RequireSameAsync(last, tip, cancellation);
    }

    /// <summary>An endpoint has another block in the place of the journal's last final one: halts where enough endpoints say so too.</summary>
    /// <exception cref="FinalBlockChangedException">They do. Nothing was changed.</exception>
    public async Task RequireSameAsync(JournalBlock last, ulong tip, CancellationToken cancellation)
    {
        if (await quorum.GetAgreedBlockAsync(last.Number, cancellation) is { } agreed) RequireSame(last, tip, agreed.Hash);
    }

    public ChainException Bad(string what) => new(ChainErrorKind.BadReply, endpoint, "eth_getBlockByNumber", what);

    private static void RequireSame(JournalBlock last, ulong tip, Hash32 agreed)
    {
        if (agreed == last.Hash) return;
        throw new FinalBlockChangedException(
            $"Block {last.Number} was final as {last.Hash}, and enough endpoints now have {agreed} in its place: "
            + $"{tip - last.Number + 1} blocks or more were reorganised, final ones among them.");
    }
}
