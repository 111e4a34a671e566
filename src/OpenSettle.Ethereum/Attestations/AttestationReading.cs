using OpenSettle.Ethereum.Contracts;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>An attestation that a log of EAS told of, with the content that an endpoint gives for it.</summary>
public static class AttestationReading
{
    /// <summary>
    /// What the chain has. Whether the endpoint says the truth of the content follows from the log's uid; where it does not, it says something
    /// else than the chain, and another endpoint has to be asked.
    /// </summary>
    /// <param name="log">The log that told of it.</param>
    /// <param name="content">What <see cref="Eas.GetAttestation"/> answered for the log's uid.</param>
    /// <param name="ours">The resolver's schemas.</param>
    /// <param name="at">The log's place.</param>
    /// <param name="time">Time of the log's block.</param>
    /// <returns>The entry, not revoked yet; or what the content contradicts. Both are null where the schema is another resolver's.</returns>
    public static (AttestationEntry? Entry, string? Problem) Read(Eas.Attested log, EasAttestation content, SchemaSet ours, LogPosition at, ulong time)
    {
        if (ours.KindOf(log.Schema) is not { } kind) return (null, null);
        if (Contradiction(log.Uid, log.Schema, log.Attester, log.Recipient, time, content) is { } problem) return (null, $"attestation {log.Uid}: {problem}");
        return (
            new AttestationEntry(
                log.Uid, log.Schema, kind, log.Attester, log.Recipient, content.RefUid, content.Time, content.ExpirationTime, 0, OnChain: true, at,
                StatementCodec.Decode(kind, content.Data.Span)),
            null);
    }

    /// <summary>In what an endpoint says something else of an attestation than its log, in words; null where it says the truth.</summary>
    public static string? Contradiction(Hash32 uid, Hash32 schema, Address attester, Address recipient, ulong time, EasAttestation content)
    {
        if (content.Uid != uid) return content.Uid.IsZero ? "the endpoint does not have it" : $"the endpoint gives {content.Uid} for it";
        if (content.Schema != schema || content.Attester != attester || content.Recipient != recipient)
            return "the endpoint's schema, attester or recipient is not that of the log";
        if (content.Time != time) return $"the endpoint has it made at {content.Time}, and the block of its log is of {time}";
        return AttestationUid.Proves(content) ? null : "what the endpoint says of it does not have that uid";
    }
}
