using System.Numerics;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using static OpenSettle.Ethereum.Nethereum.Words;
using EasMessages = OpenSettle.Ethereum.Nethereum.Messages.EASMessages;
using LegacyMessages = OpenSettle.Ethereum.Nethereum.Messages.EASLegacyMessages;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>The attestation service's structs. Those of its first version are classes of their own, equal but for the deadline.</summary>
internal static partial class Structs
{
    public static EasMessages.AttestationRequestData Message(EasItem item) => new(
        recipient: Text(item.Recipient), expirationTime: item.ExpirationTime, revocable: item.Revocable, refUID: Bytes(item.RefUid), data: item.Data.ToArray(), @value: BigInteger.Zero);

    public static List<EasMessages.MultiAttestationRequest> Message(IEnumerable<EasGroup> groups) =>
        [.. groups.Select(group => new EasMessages.MultiAttestationRequest(schema: Bytes(group.Schema), data: [.. group.Items.Select(Message)]))];

    public static List<EasMessages.MultiDelegatedAttestationRequest> Message(IEnumerable<EasDelegatedGroup> groups) =>
    [
        .. groups.Select(group => new EasMessages.MultiDelegatedAttestationRequest(
            schema: Bytes(group.Schema), data: [.. group.Items.Select(Message)], signatures: [.. group.Signatures.Select(Message)], attester: Text(group.Attester), deadline: group.Deadline)),
    ];

    public static List<EasMessages.MultiRevocationRequest> Message(IEnumerable<EasRevocations> groups) =>
        [.. groups.Select(group => new EasMessages.MultiRevocationRequest(schema: Bytes(group.Schema), data: [.. group.Uids.Select(Message)]))];

    public static EasMessages.RevocationRequestData Message(Hash32 uid) => new(uid: Bytes(uid), @value: BigInteger.Zero);

    public static EasMessages.Signature Message(RecoverableSignature signature) => new(v: signature.V, r: Bytes(signature.R), s: Bytes(signature.S));

    public static LegacyMessages.AttestationRequestData LegacyMessage(EasItem item) => new(
        recipient: Text(item.Recipient), expirationTime: item.ExpirationTime, revocable: item.Revocable, refUID: Bytes(item.RefUid), data: item.Data.ToArray(), @value: BigInteger.Zero);

    public static List<LegacyMessages.MultiDelegatedAttestationRequest> LegacyMessage(IEnumerable<EasDelegatedGroup> groups) =>
    [
        .. groups.Select(group => new LegacyMessages.MultiDelegatedAttestationRequest(
            schema: Bytes(group.Schema), data: [.. group.Items.Select(LegacyMessage)], signatures: [.. group.Signatures.Select(LegacyMessage)], attester: Text(group.Attester))),
    ];

    public static LegacyMessages.RevocationRequestData LegacyMessage(Hash32 uid) => new(uid: Bytes(uid), @value: BigInteger.Zero);

    public static LegacyMessages.EIP712Signature LegacyMessage(RecoverableSignature signature) => new(v: signature.V, r: Bytes(signature.R), s: Bytes(signature.S));

    public static EasAttestation Read(EasMessages.Attestation attestation) => new(
        Hash(attestation.Uid),
        Hash(attestation.Schema),
        attestation.Time,
        attestation.ExpirationTime,
        attestation.RevocationTime,
        Hash(attestation.RefUID),
        Account(attestation.Recipient),
        Account(attestation.Attester),
        attestation.Revocable,
        attestation.Data);
}
