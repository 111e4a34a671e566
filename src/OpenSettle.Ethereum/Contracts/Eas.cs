using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>
/// The Ethereum Attestation Service, as far as it is used. Everything but the calls by delegation, and what names the version, is the same
/// in every version that a chain has; <see cref="EasLegacy"/> has those calls of the first one.
/// </summary>
public static class Eas
{
    internal const string ItemType = "(address,uint64,bool,bytes32,bytes,uint256)";
    internal const string SignatureType = "(uint8,bytes32,bytes32)";
    internal const string RevocationType = "(bytes32,uint256)";

    internal static readonly AbiFunction AttestFunction = new($"attest((bytes32,{ItemType}))");
    internal static readonly AbiFunction MultiAttestFunction = new($"multiAttest((bytes32,{ItemType}[])[])");
    internal static readonly AbiFunction AttestByDelegationFunction = new($"attestByDelegation((bytes32,{ItemType},{SignatureType},address,uint64))");
    internal static readonly AbiFunction MultiAttestByDelegationFunction = new($"multiAttestByDelegation((bytes32,{ItemType}[],{SignatureType}[],address,uint64)[])");
    internal static readonly AbiFunction RevokeFunction = new($"revoke((bytes32,{RevocationType}))");
    internal static readonly AbiFunction MultiRevokeFunction = new($"multiRevoke((bytes32,{RevocationType}[])[])");
    internal static readonly AbiFunction RevokeByDelegationFunction = new($"revokeByDelegation((bytes32,{RevocationType},{SignatureType},address,uint64))");
    internal static readonly AbiFunction RevokeOffchainFunction = new("revokeOffchain(bytes32)");
    internal static readonly AbiFunction GetAttestationFunction =
        new("getAttestation(bytes32)", "(bytes32,bytes32,uint64,uint64,uint64,bytes32,address,address,bool,bytes)");

    internal static readonly AbiFunction GetNonceFunction = new("getNonce(address)", "uint256");
    internal static readonly AbiFunction GetAttestTypeHashFunction = new("getAttestTypeHash()", "bytes32");
    internal static readonly AbiFunction GetDomainSeparatorFunction = new("getDomainSeparator()", "bytes32");
    internal static readonly AbiFunction GetRevokeOffchainFunction = new("getRevokeOffchain(address,bytes32)", "uint64");

    // The schema is a topic, and the uid before it is not.
    internal static readonly AbiEvent AttestedEvent = new("Attested(address,address,bytes32,bytes32)", indexed: 3);
    internal static readonly AbiEvent RevokedEvent = new("Revoked(address,address,bytes32,bytes32)", indexed: 3);
    internal static readonly AbiEvent RevokedOffchainEvent = new("RevokedOffchain(address,bytes32,uint64)", indexed: 3);

    private static readonly EventTable Events = new EventTable()
        .Add(AttestedEvent, static (indexed, plain) => new Attested(indexed.Account(), indexed.Account(), plain.Word(), indexed.Word()))
        .Add(RevokedEvent, static (indexed, plain) => new Revoked(indexed.Account(), indexed.Account(), plain.Word(), indexed.Word()))
        .Add(RevokedOffchainEvent, static (indexed, _) => new RevokedOffchain(indexed.Account(), indexed.Word(), indexed.UInt64()));

    public static Hash32 AttestedTopic => AttestedEvent.Topic;

    public static Hash32 RevokedTopic => RevokedEvent.Topic;

    public static Hash32 RevokedOffchainTopic => RevokedOffchainEvent.Topic;

    public sealed record AttestCall(Hash32 Schema, EasItem Item) : ContractCall(
        AttestFunction, new AbiWriter().DynamicTuple(tuple => tuple.Word(Schema).DynamicTuple(data => EasEncoding.Write(data, Item))));

    public sealed record MultiAttestCall(IReadOnlyList<EasGroup> Groups) : ContractCall(MultiAttestFunction, new AbiWriter().Array(Groups, EasEncoding.Write));

    /// <summary>Attests in the name of whoever signed for it.</summary>
    public sealed record AttestByDelegationCall(Hash32 Schema, EasItem Item, RecoverableSignature Signed, Address Attester, ulong Deadline)
        : ContractCall(AttestByDelegationFunction, EasEncoding.Delegated(Schema, Item, Signed, Attester, Deadline));

    public sealed record MultiAttestByDelegationCall(IReadOnlyList<EasDelegatedGroup> Groups) : ContractCall(
        MultiAttestByDelegationFunction, new AbiWriter().Array(Groups, static (writer, group) => EasEncoding.Write(writer, group, withDeadline: true)));

    /// <summary>Takes an attestation back. Only its attester may.</summary>
    public sealed record RevokeCall(Hash32 Schema, Hash32 Uid) : ContractCall(RevokeFunction, new AbiWriter().Word(Schema).Word(Uid).UInt(UInt256.Zero));

    public sealed record MultiRevokeCall(IReadOnlyList<EasRevocations> Groups) : ContractCall(MultiRevokeFunction, new AbiWriter().Array(Groups, EasEncoding.Write));

    public sealed record RevokeByDelegationCall(Hash32 Schema, Hash32 Uid, RecoverableSignature Signed, Address Revoker, ulong Deadline)
        : ContractCall(RevokeByDelegationFunction, EasEncoding.DelegatedRevocation(Schema, Uid, Signed, Revoker, Deadline));

    /// <summary>Takes back what the sender attested off chain. Anyone may say so of any uid; only its attester's word counts.</summary>
    public sealed record RevokeOffchainCall(Hash32 Uid) : ContractCall(RevokeOffchainFunction, new AbiWriter().Word(Uid));

    /// <summary>The attestation, or all zero.</summary>
    public sealed record GetAttestation(Hash32 Uid) : ContractView<EasAttestation>(GetAttestationFunction, new AbiWriter().Word(Uid), EasAttestation.Read);

    /// <summary>The number that the account's next delegated request is signed with.</summary>
    public sealed record GetNonce(Address Account) : ContractView<UInt256>(GetNonceFunction, new AbiWriter().Account(Account), Answers.UInt);

    /// <summary>Hash of the type of delegated requests, which differs from version to version.</summary>
    public sealed record GetAttestTypeHash() : ContractView<Hash32>(GetAttestTypeHashFunction, Answers.Word);

    public sealed record GetDomainSeparator() : ContractView<Hash32>(GetDomainSeparatorFunction, Answers.Word);

    /// <summary>When the account took this uid back off chain; zero: never.</summary>
    public sealed record GetRevokeOffchain(Address Revoker, Hash32 Uid)
        : ContractView<ulong>(GetRevokeOffchainFunction, new AbiWriter().Account(Revoker).Word(Uid), Answers.UInt64);

    /// <summary>The event that a log of the service tells of, or null where it is none of these.</summary>
    public static ContractEvent? Decode(LogEntry log) => Events.Decode(log);

    public sealed record Attested(Address Recipient, Address Attester, Hash32 Uid, Hash32 Schema) : ContractEvent;

    public sealed record Revoked(Address Recipient, Address Attester, Hash32 Uid, Hash32 Schema) : ContractEvent;

    public sealed record RevokedOffchain(Address Revoker, Hash32 Uid, ulong Timestamp) : ContractEvent;
}

/// <summary>The calls by delegation as EAS's first version has them, which Ethereum, Arbitrum and Sepolia still run: without a deadline.</summary>
public static class EasLegacy
{
    internal static readonly AbiFunction AttestByDelegationFunction = new($"attestByDelegation((bytes32,{Eas.ItemType},{Eas.SignatureType},address))");
    internal static readonly AbiFunction MultiAttestByDelegationFunction = new($"multiAttestByDelegation((bytes32,{Eas.ItemType}[],{Eas.SignatureType}[],address)[])");
    internal static readonly AbiFunction RevokeByDelegationFunction = new($"revokeByDelegation((bytes32,{Eas.RevocationType},{Eas.SignatureType},address))");

    public sealed record AttestByDelegationCall(Hash32 Schema, EasItem Item, RecoverableSignature Signed, Address Attester)
        : ContractCall(AttestByDelegationFunction, EasEncoding.Delegated(Schema, Item, Signed, Attester, null));

    /// <summary>The groups' deadlines are not sent.</summary>
    public sealed record MultiAttestByDelegationCall(IReadOnlyList<EasDelegatedGroup> Groups) : ContractCall(
        MultiAttestByDelegationFunction, new AbiWriter().Array(Groups, static (writer, group) => EasEncoding.Write(writer, group, withDeadline: false)));

    public sealed record RevokeByDelegationCall(Hash32 Schema, Hash32 Uid, RecoverableSignature Signed, Address Revoker)
        : ContractCall(RevokeByDelegationFunction, EasEncoding.DelegatedRevocation(Schema, Uid, Signed, Revoker, null));
}
