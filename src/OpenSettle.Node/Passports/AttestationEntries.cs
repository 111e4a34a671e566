using OpenSettle.Ethereum.Attestations;
using OpenSettle.Passports;
using OpenSettle.Registry;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Passports;

/// <summary>Attestations about a model, as a passport takes them.</summary>
internal static class AttestationEntries
{
    /// <summary>Those of before a block, in chain order, and those off chain after them.</summary>
    public static List<AttestationEntry> Of(BooksSession session, SchemaSet schemas, ModelId model, BlockPoint asOf)
    {
        var entries = new List<AttestationEntry>();
        foreach (var (row, content) in session.Attestations.Of(model, asOf.Number))
        {
            entries.Add(new AttestationEntry(
                row.Uid, row.Schema, row.Kind, row.Attester, row.Recipient, content.RefUid, content.Time, content.Expires, row.RevokedAt, OnChain: true, row.At,
                StatementCodec.Decode(row.Kind, content.Data.Span)));
        }

        foreach (var row in session.Attestations.OffchainOf(model))
        {
            if (row.Time > asOf.Timestamp || OffchainFile.Parse(row.File).Attestation is not { Message: { } message } file || schemas.KindOf(message.Schema) is not { } kind) continue;
            // They were judged when they came in: what was signed, and by whom, is as it was.
            entries.Add(new AttestationEntry(
                row.Uid, message.Schema, kind, file.Signer, message.Recipient, message.RefUid, message.Time, message.ExpirationTime, row.RevokedAt <= asOf.Timestamp ? row.RevokedAt : 0,
                OnChain: false, At: null, StatementCodec.Decode(kind, message.Data.Span)));
        }

        return entries;
    }
}
