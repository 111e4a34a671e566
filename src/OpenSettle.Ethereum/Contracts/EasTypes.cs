using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>What is to be attested under a schema. No money goes with it: the resolver takes none.</summary>
/// <param name="Recipient">Whom it is about; zero: nobody.</param>
/// <param name="ExpirationTime">In seconds; zero: never.</param>
/// <param name="Revocable">What the schema says, too.</param>
/// <param name="RefUid">The attestation that it refers to; zero: none.</param>
public sealed record EasItem(Address Recipient, ulong ExpirationTime, bool Revocable, Hash32 RefUid, ReadOnlyMemory<byte> Data);

/// <summary>Several attestations under one schema.</summary>
public sealed record EasGroup(Hash32 Schema, IReadOnlyList<EasItem> Items);

/// <summary>Several attestations under one schema, each with its attester's signature.</summary>
/// <param name="Deadline">In seconds; zero: none. The first version of EAS knows none.</param>
public sealed record EasDelegatedGroup(Hash32 Schema, IReadOnlyList<EasItem> Items, IReadOnlyList<RecoverableSignature> Signatures, Address Attester, ulong Deadline);

/// <summary>Attestations to be revoked, of one schema.</summary>
public sealed record EasRevocations(Hash32 Schema, IReadOnlyList<Hash32> Uids);

/// <summary>An attestation as the service keeps it; all zero where it has none of that uid.</summary>
public sealed record EasAttestation(
    Hash32 Uid,
    Hash32 Schema,
    ulong Time,
    ulong ExpirationTime,
    ulong RevocationTime,
    Hash32 RefUid,
    Address Recipient,
    Address Attester,
    bool Revocable,
    ReadOnlyMemory<byte> Data)
{
    internal static EasAttestation Read(ref AbiReader answer)
    {
        var tuple = answer.Tuple();
        return new EasAttestation(
            tuple.Word(), tuple.Word(), tuple.UInt64(), tuple.UInt64(), tuple.UInt64(), tuple.Word(), tuple.Account(), tuple.Account(), tuple.Bool(), tuple.Bytes());
    }
}

/// <summary>How the service's structs are encoded.</summary>
internal static class EasEncoding
{
    public static void Write(AbiWriter writer, EasItem item) => writer
        .Account(item.Recipient).UInt(item.ExpirationTime, 64).Bool(item.Revocable).Word(item.RefUid).Bytes(item.Data.Span).UInt(UInt256.Zero);

    public static void Write(AbiWriter writer, EasGroup group) => writer.DynamicTuple(tuple => tuple.Word(group.Schema).Array(group.Items, WriteItem));

    /// <param name="withDeadline">Not to the first version of EAS.</param>
    public static void Write(AbiWriter writer, EasDelegatedGroup group, bool withDeadline) => writer.DynamicTuple(tuple =>
    {
        tuple.Word(group.Schema).Array(group.Items, WriteItem).Array(group.Signatures, Write).Account(group.Attester);
        if (withDeadline) tuple.UInt(group.Deadline, 64);
    });

    public static void Write(AbiWriter writer, EasRevocations group) => writer.DynamicTuple(
        tuple => tuple.Word(group.Schema).Array(group.Uids, static (item, uid) => item.Word(uid).UInt(UInt256.Zero)));

    public static void Write(AbiWriter writer, RecoverableSignature signature) => writer.UInt(signature.V, 8).Word(signature.R).Word(signature.S);

    public static AbiWriter Delegated(Hash32 schema, EasItem item, RecoverableSignature signature, Address attester, ulong? deadline) => new AbiWriter().DynamicTuple(tuple =>
    {
        tuple.Word(schema).DynamicTuple(data => Write(data, item));
        Write(tuple, signature);
        tuple.Account(attester);
        if (deadline is { } end) tuple.UInt(end, 64);
    });

    public static AbiWriter DelegatedRevocation(Hash32 schema, Hash32 uid, RecoverableSignature signature, Address revoker, ulong? deadline)
    {
        var writer = new AbiWriter().Word(schema).Word(uid).UInt(UInt256.Zero);
        Write(writer, signature);
        writer.Account(revoker);
        return deadline is { } end ? writer.UInt(end, 64) : writer;
    }

    private static void WriteItem(AbiWriter writer, EasItem item) => writer.DynamicTuple(tuple => Write(tuple, item));
}
