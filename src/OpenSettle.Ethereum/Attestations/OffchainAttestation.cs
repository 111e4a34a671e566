using System.Buffers.Binary;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>Where an off-chain attestation counts: its signature is of one chain, and of one deployed EAS.</summary>
/// <param name="Version">The version that EAS's domain has there, as text. Any is taken: EAS's own tools do, too.</param>
public sealed record OffchainDomain(string Version, ulong ChainId, Address Service);

/// <summary>What an off-chain attestation of EAS's version 2 says.</summary>
/// <param name="Salt">Tells apart attestations that are equal otherwise.</param>
public sealed record OffchainMessage(
    Hash32 Schema, Address Recipient, ulong Time, ulong ExpirationTime, bool Revocable, Hash32 RefUid, ReadOnlyMemory<byte> Data, Hash32 Salt);

/// <summary>An attestation that is in a file and on no chain, as its attester signed it.</summary>
public sealed record OffchainAttestation(OffchainDomain Domain, OffchainMessage Message, Hash32 Uid, RecoverableSignature Signature, Address Signer)
{
    /// <summary>The one version that is written and taken. Those before it have no salt, and the first not even a version.</summary>
    public const ushort Version = 2;

    private static readonly TypedStruct[] Types =
    [
        new("Attest",
        [
            new("version", "uint16"), new("schema", "bytes32"), new("recipient", "address"), new("time", "uint64"), new("expirationTime", "uint64"), new("revocable", "bool"),
            new("refUID", "bytes32"), new("data", "bytes"), new("salt", "bytes32"),
        ]),
    ];

    /// <summary>The type that is signed.</summary>
    public static TypedStruct Type => Types[0];

    public static TypedData TypedData(OffchainDomain domain, OffchainMessage message) => new(
        new TypedDataDomain("EAS Attestation", domain.Version, domain.ChainId, domain.Service),
        Types,
        new TypedValue.Struct(
            (ulong)Version, message.Schema, message.Recipient, message.Time, message.ExpirationTime, message.Revocable, message.RefUid, new TypedValue.Bytes(message.Data), message.Salt));

    public static async ValueTask<OffchainAttestation> SignAsync(ISigner signer, OffchainDomain domain, OffchainMessage message, CancellationToken cancellation) => new(
        domain, message, UidOf(message), await signer.SignTypedDataAsync(TypedData(domain, message), cancellation).ConfigureAwait(false), signer.Address);

    /// <summary>
    /// keccak256(packed(version, schema, recipient, zero address, time, expirationTime, revocable, refUID, data, salt, uint32 0)), where the
    /// schema goes in as its text of 66 characters. Who signed is not in it.
    /// </summary>
    public static Hash32 UidOf(OffchainMessage message)
    {
        var packed = new List<byte>(256 + message.Data.Length);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt16BigEndian(number, Version);
        packed.AddRange(number[..sizeof(ushort)]);
        packed.AddRange(System.Text.Encoding.ASCII.GetBytes(message.Schema.ToString()));
        packed.AddRange(message.Recipient.ToArray());
        packed.AddRange(Address.Zero.ToArray());
        BinaryPrimitives.WriteUInt64BigEndian(number, message.Time);
        packed.AddRange(number);
        BinaryPrimitives.WriteUInt64BigEndian(number, message.ExpirationTime);
        packed.AddRange(number);
        packed.Add(message.Revocable ? (byte)1 : (byte)0);
        packed.AddRange(message.RefUid.ToArray());
        packed.AddRange(message.Data.Span);
        packed.AddRange(message.Salt.ToArray());
        packed.AddRange(new byte[sizeof(uint)]);
        return Keccak256.Hash(packed.ToArray());
    }
}
