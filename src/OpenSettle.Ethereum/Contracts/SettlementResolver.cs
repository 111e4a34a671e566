using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>Attests activated epochs.</summary>
public static class SettlementResolver
{
    internal static readonly AbiFunction AttestEpochFunction = new("attestEpoch((uint64,uint64,bytes32,bytes32,bytes32))");
    internal static readonly AbiFunction AttestationOfFunction = new("attestationOf(uint64)", "bytes32");
    internal static readonly AbiFunction EpochSchemaFunction = new("epochSchema()", "bytes32");
    internal static readonly AbiEvent EpochAttestedEvent = new("EpochAttested(uint64,bytes32)", indexed: 2);

    /// <summary>Attests an activated epoch. The record has to be the one whose hash the vault keeps.</summary>
    public sealed record AttestEpochCall(EpochRecord Record) : ContractCall(AttestEpochFunction, Record.Write(new AbiWriter()));

    /// <summary>The epoch's attestation, or zero.</summary>
    public sealed record AttestationOf(ulong Epoch) : ContractView<Hash32>(AttestationOfFunction, new AbiWriter().UInt(Epoch, 64), Answers.Word);

    public sealed record EpochSchema() : ContractView<Hash32>(EpochSchemaFunction, Answers.Word);

    /// <summary>The event that a log of the resolver tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log)
    {
        if (log.EventTopic() != EpochAttestedEvent.Topic) return null;
        var indexed = log.Indexed(EpochAttestedEvent);
        return new EpochAttested(indexed.UInt64(), indexed.Word());
    }

    public sealed record EpochAttested(ulong Epoch, Hash32 Uid) : ContractEvent;
}
