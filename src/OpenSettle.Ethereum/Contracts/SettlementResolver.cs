using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>Attests activated epochs.</summary>
public static class SettlementResolver
{
    internal static readonly AbiFunction AttestEpochFunction = new("attestEpoch((uint64,uint64,bytes32,bytes32,bytes32))");
    internal static readonly AbiFunction AttestationOfFunction = new("attestationOf(uint64)");
    internal static readonly AbiFunction EpochSchemaFunction = new("epochSchema()");
    internal static readonly AbiEvent EpochAttestedEvent = new("EpochAttested(uint64,bytes32)");

    public static Hash32 EpochAttestedTopic => EpochAttestedEvent.Topic;

    /// <summary>Attests an activated epoch. The record has to be the one whose hash the vault keeps.</summary>
    public static ReadOnlyMemory<byte> AttestEpochCall(EpochRecord record)
    {
        var arguments = new AbiWriter();
        record.Write(arguments);
        return AttestEpochFunction.Call(arguments);
    }

    /// <summary>The epoch's attestation, or zero.</summary>
    public static ViewCall<Hash32> AttestationOf(ulong epoch) => AttestationOfFunction.View(new AbiWriter().UInt(epoch, 64), Answers.Word);

    public static ViewCall<Hash32> EpochSchema() => EpochSchemaFunction.View(Answers.Word);

    /// <summary>The event that a log of the resolver tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log)
    {
        if (log.EventTopic() != EpochAttestedEvent.Topic) return null;
        var indexed = log.Indexed(2);
        return new EpochAttested(indexed.UInt64(), indexed.Word());
    }

    public sealed record EpochAttested(ulong Epoch, Hash32 Uid) : ContractEvent;
}
