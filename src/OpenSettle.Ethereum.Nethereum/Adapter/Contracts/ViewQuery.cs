using Nethereum.ABI.FunctionEncoding;
using Nethereum.ABI.FunctionEncoding.Attributes;
using Nethereum.Contracts.ContractHandlers;
using Nethereum.JsonRpc.Client;
using Nethereum.RPC.Eth.DTOs;
using FunctionMessage = Nethereum.Contracts.FunctionMessage;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>A read as Nethereum's typed messages: one that asks, and one that holds the answer.</summary>
/// <typeparam name="T">The answer in the words of the domain.</typeparam>
internal abstract class ViewQuery<T>
{
    /// <summary>The data that Nethereum gives the call.</summary>
    public abstract byte[] Data { get; }

    /// <summary>Asks by Nethereum's handler of queries, for the answer's plain text.</summary>
    public abstract Task<string> AskAsync(IClient client, string contract, BlockParameter block);

    /// <summary>Reads an answer. Nethereum forgives what is malformed: it has to be known to be well formed before.</summary>
    public abstract T Read(byte[] answer);
}

/// <inheritdoc cref="ViewQuery{T}"/>
internal sealed class ViewQuery<TMessage, TOutput, T>(TMessage message, Func<TOutput, T> map) : ViewQuery<T>
    where TMessage : FunctionMessage, new()
    where TOutput : IFunctionOutputDTO, new()
{
    public override byte[] Data => CallMessages.Data(message);

    public override Task<string> AskAsync(IClient client, string contract, BlockParameter block) =>
        new ContractQueryHandler<TMessage>(client).QueryRawAsync(contract, message, block);

    // Not by the handler's own decoding, which takes an answer that begins like Error(string) for a revert: a hash may.
    public override T Read(byte[] answer) => map((TOutput)new ParameterDecoder().DecodeAttributes(answer, typeof(TOutput)));
}
