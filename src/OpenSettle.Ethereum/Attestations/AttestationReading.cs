using OpenSettle.Ethereum.Contracts;
using OpenSettle.Passports;
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
        if (Contradiction(log, content, time) is { } problem) return (null, $"attestation {log.Uid}: {problem}");
        return (
            new AttestationEntry(
                log.Uid, log.Schema, kind, log.Attester, log.Recipient, content.RefUid, content.Time, content.ExpirationTime, 0, OnChain: true, at,
                StatementCodec.Decode(kind, content.Data.Span)),
            null);
    }

    private static string? Contradiction(Eas.Attested log, EasAttestation content, ulong time)
    {
        if (content.Uid != log.Uid) return content.Uid.IsZero ? "the endpoint does not have it" : $"the endpoint gives {content.Uid} for it";
        if (content.Schema != log.Schema || content.Attester != log.Attester || content.Recipient != log.Recipient)
            return "the endpoint's schema, attester or recipient is not that of the log";
        if (content.Time != time) return $"the endpoint has it made at {content.Time}, and the block of its log is of {time}";
        return AttestationUid.Proves(content) ? null : "what the endpoint says of it does not have that uid";
    }
}
