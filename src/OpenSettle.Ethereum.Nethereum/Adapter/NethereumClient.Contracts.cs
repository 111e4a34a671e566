using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>
/// Our contracts by Nethereum's typed messages. Whatever it encodes or reads is held against the built-in client: money
/// moves only where both say the same.
/// </summary>
internal sealed partial class NethereumClient
{
    public ReadOnlyMemory<byte> Encode(ContractCall call) => CallMessages.Encode(call);

    public ContractEvent? Decode(ContractKind contract, LogEntry log) => EventMessages.Decode(contract, log);

    public async Task<T> AskAsync<T>(Address contract, ContractView<T> view, BlockRef block, CancellationToken cancellation)
    {
        var query = ViewMessages.Of(view);
        if (!query.Data.AsSpan().SequenceEqual(view.Data.Span))
            throw new InvalidOperationException($"{view.Signature}: Nethereum encodes the call in another way than the built-in client.");
        var answer = await ReadAsync(
            "eth_call",
            async (client, reply) => NethereumReplies.Data(reply, await query.AskAsync(client, contract.ToString(), Parameter(block))),
            cancellation);
        try
        {
            // The built-in reading goes first: it bounds what the answer says, which Nethereum does not.
            var expected = view.Read(answer);
            var read = query.Read(answer);
            return Likeness.Equal(expected, read) ? read : throw new AbiException("Nethereum reads the answer in another way than the built-in client.");
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException)
        {
            // Nethereum has no type for what it cannot read.
            var reason = wrong is AbiException ? wrong.Message : "Nethereum cannot read the answer.";
            throw new ChainException(ChainErrorKind.BadReply, Endpoint, "eth_call", $"{view.Signature} of {contract}: {reason}", wrong);
        }
    }
}
