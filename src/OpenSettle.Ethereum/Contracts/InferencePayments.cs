using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>The rail: pays for a model, with a reference to the use.</summary>
public static class InferencePayments
{
    internal static readonly AbiFunction PayFunction = new("pay(bytes32,address,uint256,bytes32)");
    internal static readonly AbiEvent PaidEvent = new("Paid(bytes32,address,address,uint256,bytes32)", indexed: 3);

    /// <summary>With the zero address as token, the amount has to be sent along as the transaction's value.</summary>
    public sealed record PayCall(Hash32 ModelId, Address Token, UInt256 Amount, Hash32 UsageRef)
        : ContractCall(PayFunction, new AbiWriter().Word(ModelId).Account(Token).UInt(Amount).Word(UsageRef));

    /// <summary>The event that a log of the rail tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log)
    {
        if (log.EventTopic() != PaidEvent.Topic) return null;
        var indexed = log.Indexed(PaidEvent);
        var plain = log.Plain();
        return new Paid(indexed.Word(), indexed.Account(), indexed.Account(), plain.UInt(), plain.Word());
    }

    /// <param name="ModelId">The model that was paid for.</param>
    /// <param name="Payer">Who paid.</param>
    /// <param name="Token">The zero address: native coin.</param>
    /// <param name="Amount">What arrived in the vault, measured.</param>
    /// <param name="UsageRef">The payer's reference to what was used.</param>
    public sealed record Paid(Hash32 ModelId, Address Payer, Address Token, UInt256 Amount, Hash32 UsageRef) : ContractEvent;
}
