using System.Buffers.Binary;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>
/// The uid of an attestation on chain: a hash of all that it says, and of who says it when. So what an endpoint gives as the content of an
/// attestation is proven by the uid in its log. When it was revoked is not in the uid: a log says that.
/// </summary>
public static class AttestationUid
{
    /// <summary>
    /// How many equal attestations of one block are told apart. EAS counts them from 0 and tries every number before, so that more do not
    /// fit into a block.
    /// </summary>
    public const uint MostBumps = 4096;

    // A large attestation has no thousand twins in its block either, and hashing it so often would take long.
    private const int MostHashed = 16 * 1024 * 1024;

    private const int HeadSize = Hash32.Size + 2 * Address.Size + 2 * sizeof(ulong) + 1 + Hash32.Size;

    /// <summary>keccak256(packed(schema, recipient, attester, time, expirationTime, revocable, refUID, data, bump)).</summary>
    public static Hash32 Of(EasAttestation attestation, uint bump = 0)
    {
        var packed = Packed(attestation);
        BinaryPrimitives.WriteUInt32BigEndian(packed.AsSpan(packed.Length - sizeof(uint)), bump);
        return Keccak256.Hash(packed);
    }

    /// <summary>Whether its uid is the uid of what it says.</summary>
    public static bool Proves(EasAttestation attestation)
    {
        var packed = Packed(attestation);
        var tries = Math.Clamp(MostHashed / packed.Length, 1, (int)MostBumps);
        for (var bump = 0U; bump < tries; bump++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(packed.AsSpan(packed.Length - sizeof(uint)), bump);
            if (Keccak256.Hash(packed) == attestation.Uid) return true;
        }

        return false;
    }

    private static byte[] Packed(EasAttestation attestation)
    {
        var packed = new byte[HeadSize + attestation.Data.Length + sizeof(uint)];
        var at = packed.AsSpan();
        attestation.Schema.WriteTo(at);
        attestation.Recipient.WriteTo(at = at[Hash32.Size..]);
        attestation.Attester.WriteTo(at = at[Address.Size..]);
        BinaryPrimitives.WriteUInt64BigEndian(at = at[Address.Size..], attestation.Time);
        BinaryPrimitives.WriteUInt64BigEndian(at = at[sizeof(ulong)..], attestation.ExpirationTime);
        (at = at[sizeof(ulong)..])[0] = attestation.Revocable ? (byte)1 : (byte)0;
        attestation.RefUid.WriteTo(at = at[1..]);
        attestation.Data.Span.CopyTo(at[Hash32.Size..]);
        return packed;
    }
}
