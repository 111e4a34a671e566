using System.Data.Common;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>What an attestor said of a candidate: its signature, or why it does not sign.</summary>
/// <param name="Digest">The candidate: what its attestors sign.</param>
/// <param name="Why">Why it refuses; null: it signed.</param>
/// <param name="Signature">Its signature of the candidate, or of its refusal.</param>
/// <param name="At">When it came, by this node's clock.</param>
public sealed record AttestorWord(Hash32 Digest, Address Attestor, string? Why, ReadOnlyMemory<byte> Signature, DateTimeOffset At);

/// <summary>What attestors said of candidates. Each word is signed, so that a word can be shown, and shown to be theirs, later.</summary>
public sealed class CandidateStore(BooksSession session)
{
    internal const string Step =
        """
        -- What attestors said of candidates; digest: what they sign. why: null where they signed. Times in milliseconds since 1970 by this node's clock.
        CREATE TABLE attestor_words (
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            attestor BLOB NOT NULL CHECK (length(attestor) = 20),
            why TEXT,
            signature BLOB NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (digest, attestor)
        ) WITHOUT ROWID;
        """;

    /// <summary>Keeps a word. A later one takes its place, but nobody takes a signature back.</summary>
    /// <returns>Whether it says anything new.</returns>
    public bool Say(AttestorWord word) => session.Execute(
        """
        INSERT INTO attestor_words (digest, attestor, why, signature, time) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (digest, attestor) DO UPDATE SET why = ?3, signature = ?4, time = ?5
            WHERE attestor_words.why IS NOT NULL AND (CAST(?3 AS TEXT) IS NULL OR attestor_words.why <> ?3)
        """,
        word.Digest, word.Attestor, word.Why, word.Signature, word.At.ToUnixTimeMilliseconds()) > 0;

    /// <summary>All words on a candidate, by attestor.</summary>
    public IReadOnlyList<AttestorWord> Of(Hash32 digest) => session.Query(
        "SELECT digest, attestor, why, signature, time FROM attestor_words WHERE digest = ?1 ORDER BY attestor", Read, digest);

    private static AttestorWord Read(DbDataReader row) => new(
        row.Word(0), row.Account(1), row.IsDBNull(2) ? null : row.GetString(2), row.Bytes(3), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)));
}
