using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>Attests activated epochs, and says who may attest what.</summary>
public static partial class SettlementResolver
{
    internal static readonly AbiFunction AttestEpochFunction = new("attestEpoch((uint64,uint64,bytes32,bytes32,bytes32))");
    internal static readonly AbiFunction SetEvaluatorFunction = new("setEvaluator(bool,string)");
    internal static readonly AbiFunction AttestationOfFunction = new("attestationOf(uint64)", "bytes32");
    internal static readonly AbiFunction RecordOfFunction = new("recordOf(uint64,bytes32)", "bytes32");
    internal static readonly AbiFunction LatestFunction = new("latest(bytes32,uint8,address)", "bytes32");
    internal static readonly AbiFunction IsEvaluatorFunction = new("isEvaluator(address)", "bool");
    internal static readonly AbiFunction SchemaOfFunction = new("schemaOf(uint8)", "bytes32");
    internal static readonly AbiFunction EpochSchemaFunction = new("epochSchema()", "bytes32");
    internal static readonly AbiFunction ServiceFunction = new("eas()", "address");
    internal static readonly AbiEvent EpochAttestedEvent = new("EpochAttested(uint64,bytes32)", indexed: 2);
    internal static readonly AbiEvent RecordAttestedEvent = new("RecordAttested(uint64,bytes32,bytes32)", indexed: 3);
    internal static readonly AbiEvent EvaluatorSetEvent = new("EvaluatorSet(address,bool,string)", indexed: 1);
    internal static readonly AbiEvent LatestSetEvent = new("LatestSet(bytes32,uint8,address,bytes32)", indexed: 3);

    private static readonly EventTable Events = new EventTable()
        .Add(EpochAttestedEvent, static (indexed, _) => new EpochAttested(indexed.UInt64(), indexed.Word()))
        .Add(RecordAttestedEvent, static (indexed, _) => new RecordAttested(indexed.UInt64(), indexed.Word(), indexed.Word()))
        .Add(EvaluatorSetEvent, static (indexed, plain) => new EvaluatorSet(indexed.Account(), plain.Bool(), plain.Text()))
        .Add(LatestSetEvent, static (indexed, plain) => new LatestSet(indexed.Word(), (StatementKind)indexed.UInt8(), indexed.Account(), plain.Word()));

    /// <summary>Attests an activated epoch. The record has to be the one whose hash the vault keeps.</summary>
    public sealed record AttestEpochCall(EpochRecord Record) : ContractCall(AttestEpochFunction, Record.Write(new AbiWriter()));

    /// <summary>Calls the sender an evaluator, or no longer.</summary>
    /// <param name="Uri">Who it is.</param>
    public sealed record SetEvaluatorCall(bool Registered, string Uri) : ContractCall(SetEvaluatorFunction, new AbiWriter().Bool(Registered).Text(Uri));

    /// <summary>The epoch's attestation, or zero.</summary>
    public sealed record AttestationOf(ulong Epoch) : ContractView<Hash32>(AttestationOfFunction, new AbiWriter().UInt(Epoch, 64), Answers.Word);

    /// <summary>The attestation of a model's record of an epoch, or zero.</summary>
    public sealed record RecordOf(ulong Epoch, Hash32 ModelId) : ContractView<Hash32>(RecordOfFunction, new AbiWriter().UInt(Epoch, 64).Word(ModelId), Answers.Word);

    /// <summary>The attester's latest attestation about the model that it did not revoke, or zero. Whether it has expired is not asked.</summary>
    public sealed record Latest(Hash32 ModelId, StatementKind Kind, Address Attester)
        : ContractView<Hash32>(LatestFunction, new AbiWriter().Word(ModelId).UInt((ulong)Kind, 8).Account(Attester), Answers.Word);

    public sealed record IsEvaluator(Address Account) : ContractView<bool>(IsEvaluatorFunction, new AbiWriter().Account(Account), Answers.Bool);

    /// <summary>The schema's uid on EAS.</summary>
    public sealed record SchemaOf(StatementKind Kind) : ContractView<Hash32>(SchemaOfFunction, new AbiWriter().UInt((ulong)Kind, 8), Answers.Word);

    public sealed record EpochSchema() : ContractView<Hash32>(EpochSchemaFunction, Answers.Word);

    /// <summary>Where EAS is.</summary>
    public sealed record Service() : ContractView<Address>(ServiceFunction, Answers.Account);

    /// <summary>The event that a log of the resolver tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log) => Events.Decode(log);

    public sealed record EpochAttested(ulong Epoch, Hash32 Uid) : ContractEvent;

    public sealed record RecordAttested(ulong Epoch, Hash32 ModelId, Hash32 Uid) : ContractEvent;

    /// <summary>An account calls itself an evaluator, or no longer does.</summary>
    public sealed record EvaluatorSet(Address Evaluator, bool Registered, string Uri) : ContractEvent;

    /// <summary>The attester's latest attestation about the model is another one; zero: it revoked all of them.</summary>
    public sealed record LatestSet(Hash32 ModelId, StatementKind Kind, Address Attester, Hash32 Uid) : ContractEvent;
}
