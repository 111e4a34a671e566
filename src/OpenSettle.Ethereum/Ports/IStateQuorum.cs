using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Ports;

/// <summary>
/// What contracts and accounts held after a final block, as enough endpoints say. Many keep no state that old: then there is
/// no answer, which is not an error.
/// </summary>
public interface IStateQuorum
{
    /// <summary>What a call returned after that block, or null where too few can say.</summary>
    Task<ReadOnlyMemory<byte>?> CallAgreedAsync(CallRequest call, ulong block, CancellationToken cancellation);

    /// <summary>The account's coin after that block, or null where too few can say.</summary>
    Task<UInt256?> GetAgreedBalanceAsync(Address account, ulong block, CancellationToken cancellation);

    /// <summary>What a contract's view answered after that block, or null where too few can say.</summary>
    async Task<T?> AskAgreedAsync<T>(Address contract, ContractView<T> view, ulong block, CancellationToken cancellation)
        where T : struct
    {
        if (await CallAgreedAsync(new CallRequest(null, contract, view.Data, UInt256.Zero), block, cancellation) is not { } answer) return null;
        try
        {
            return view.Read(answer.Span);
        }
        catch (AbiException wrong)
        {
            throw new ChainException(ChainErrorKind.BadReply, "the endpoints", "eth_call", $"{view.Signature} of {contract}: {wrong.Message}", wrong);
        }
    }
}
