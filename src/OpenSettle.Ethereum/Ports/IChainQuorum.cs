using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Ports;

/// <summary>
/// What decides money: it holds where enough endpoints say the same of it. Endpoints that contradict those are named and
/// set aside; where too few agree, a <see cref="ChainException"/> says who says what, and nothing is decided.
/// </summary>
public interface IChainQuorum
{
    /// <summary>The newest block that enough endpoints call final, as they have it.</summary>
    Task<BlockHeader> GetFinalBlockAsync(CancellationToken cancellation);

    /// <summary>The block of that number as enough endpoints have it, or null where too few have it yet.</summary>
    Task<BlockHeader?> GetAgreedBlockAsync(ulong number, CancellationToken cancellation);

    /// <summary>The receipt as enough endpoints have it, or null where too few have it yet.</summary>
    Task<TransactionReceipt?> GetAgreedReceiptAsync(Hash32 transaction, CancellationToken cancellation);

    /// <summary>The account's next nonce after that block, as enough endpoints have it, or null where too few can say.</summary>
    Task<ulong?> GetAgreedNonceAsync(Address account, ulong block, CancellationToken cancellation);

    /// <summary>
    /// Whether enough endpoints that have the block say that no block has the transaction, and no endpoint has it in one.
    /// An endpoint that is behind, or does not answer, says nothing: money is sent again only where the answer is yes.
    /// </summary>
    Task<bool> IsAgreedAbsentAsync(Hash32 transaction, ulong block, CancellationToken cancellation);
}
