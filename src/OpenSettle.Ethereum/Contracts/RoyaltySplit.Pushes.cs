using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

public static partial class RoyaltySplit
{
    internal static readonly AbiFunction PushFunction = new("push((uint64,address,uint256,bytes,(uint256,address)[],bytes32[],bytes))");
    internal static readonly AbiFunction TakePushFunction = new("takePush(uint64,(uint256,address,address,address,uint256),bytes32[],address)");
    internal static readonly AbiFunction SetRecipientFunction = new("setRecipient(address)");
    internal static readonly AbiFunction PauseFunction = new("pause(uint32)");
    internal static readonly AbiFunction UnpauseFunction = new("unpause()");

    /// <summary>Pays consecutive entries of an activated epoch's pushes. A recipient that refuses is passed over.</summary>
    public sealed record PushCall(PushBatch Batch) : ContractCall(PushFunction, new AbiWriter().DynamicTuple(writer => writer
        .UInt(Batch.Epoch, 64)
        .Account(Batch.Token)
        .UInt(Batch.First)
        .Bytes(Batch.Entries.Span)
        .Array(Batch.Redirections, static (item, redirection) => item.UInt(redirection.At).Account(redirection.Recipient))
        .Array(Batch.Proof, static (item, node) => item.Word(node))
        .Bytes(Batch.Runs.Span)));

    /// <summary>An account takes its own entry, to any address.</summary>
    public sealed record TakePushCall(ulong Epoch, PushItem Item, IReadOnlyList<Hash32> Proof, Address To) : ContractCall(TakePushFunction, new AbiWriter()
        .UInt(Epoch, 64)
        .UInt(Item.Index).Account(Item.Account).Account(Item.Recipient).Account(Item.Token).UInt(Item.Amount)
        .Array(Proof, static (item, node) => item.Word(node))
        .Account(To));

    /// <summary>Where the sender's later claims and pushes go; zero: to itself.</summary>
    public sealed record SetRecipientCall(Address Recipient) : ContractCall(SetRecipientFunction, new AbiWriter().Account(Recipient));

    /// <summary>The guardian holds proposals up, in seconds.</summary>
    public sealed record PauseCall(uint Duration) : ContractCall(PauseFunction, new AbiWriter().UInt(Duration, 32));

    public sealed record UnpauseCall() : ContractCall(UnpauseFunction, new AbiWriter());
}
