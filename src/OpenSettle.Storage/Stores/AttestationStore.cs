using System.Data.Common;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Storage.Stores;

/// <summary>An attestation as its logs have it.</summary>
/// <param name="Time">Of its block.</param>
/// <param name="RevokedAt">When it was revoked; zero: never.</param>
public sealed record AttestationRow(
    Hash32 Uid, LogPosition At, ulong Time, StatementKind Kind, Hash32 Schema, Address Attester, Address Recipient, ulong RevokedAt = 0);

/// <summary>What an attestation says: not in any log, and proven by its uid.</summary>
/// <param name="Model">The model that it is about; null where it names none.</param>
public sealed record AttestationContent(Hash32 Uid, ModelId? Model, Hash32 RefUid, ulong Time, ulong Expires, ReadOnlyMemory<byte> Data);

/// <summary>An attestation that the chain does not have.</summary>
/// <param name="RevokedAt">When its attester took it back, on chain; zero: never, as far as was asked.</param>
public sealed record OffchainRow(Hash32 Uid, ModelId Model, Address Attester, ulong Time, ReadOnlyMemory<byte> File, ulong RevokedAt = 0);

/// <summary>Attestations by the resolver's schemas, and what they say.</summary>
public sealed class AttestationStore(BooksSession session)
{
    /// <summary>EAS gives a uid once. Nothing here decides money, so that one which comes again is passed over.</summary>
    public void Add(AttestationRow row) => session.Execute(
        """
        INSERT INTO attestations (uid, block, log_index, timestamp, kind, schema, attester, recipient) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (uid) DO NOTHING
        """,
        row.Uid, row.At.Block, (long)row.At.LogIndex, row.Time, row.Kind, row.Schema, row.Attester, row.Recipient);

    public void Revoke(Hash32 uid, ulong block, ulong time) => session.Execute(
        "UPDATE attestations SET revoked_block = ?2, revoked_time = ?3 WHERE uid = ?1 AND revoked_block IS NULL", uid, block, time);

    /// <summary>A model's record of an epoch stands on EAS by itself.</summary>
    public void AddRecord(ulong epoch, ModelId model, Hash32 uid, ulong block) => session.Execute(
        "INSERT INTO attested_records (epoch, model, uid, block) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (epoch, model) DO NOTHING", epoch, model, uid, block);

    /// <summary>The attestations of a model's records, by epoch.</summary>
    public IReadOnlyDictionary<ulong, Hash32> Records(ModelId model, ulong before) => session
        .Query("SELECT epoch, uid FROM attested_records WHERE model = ?1 AND block < ?2", row => (row.Number(0), row.Word(1)), model, before)
        .ToDictionary(pair => pair.Item1, pair => pair.Item2);

    /// <summary>Attestations about models whose content was not read yet, oldest first.</summary>
    /// <param name="after">Only those after this place in the chain.</param>
    public IReadOnlyList<AttestationRow> Unread(int most, LogPosition? after = null) => session.Query(
        $"""
        SELECT {Columns} FROM attestations a WHERE (block, log_index) > (?2, ?3) AND kind <> 5
        AND NOT EXISTS (SELECT 1 FROM attestation_contents c WHERE c.uid = a.uid) ORDER BY block, log_index LIMIT ?1
        """,
        row => ReadRow(row, null), most, after?.Block ?? 0, after is { } place ? (long)place.LogIndex : -1L);

    /// <summary>How many there are, and how many of those about models were not read yet.</summary>
    public (long All, long Unread) Count() => session.Single(
        "SELECT (SELECT count(*) FROM attestations), (SELECT count(*) FROM attestations a WHERE kind <> 5 AND NOT EXISTS (SELECT 1 FROM attestation_contents c WHERE c.uid = a.uid))",
        row => (row.GetInt64(0), row.GetInt64(1)));

    public bool AddContent(AttestationContent content) => session.Execute(
        "INSERT INTO attestation_contents (uid, model, ref_uid, time, expires, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (uid) DO NOTHING",
        content.Uid, content.Model is { } model ? model : null, content.RefUid, content.Time, content.Expires, content.Data) > 0;

    /// <summary>Those about a model of earlier blocks than one, in chain order, as they stand at its start.</summary>
    public IReadOnlyList<(AttestationRow Row, AttestationContent Content)> Of(ModelId model, ulong before) => session.Query(
        $"""
        SELECT {Columns}, c.ref_uid, c.time, c.expires, c.data FROM attestation_contents c JOIN attestations a ON a.uid = c.uid
        WHERE c.model = ?1 AND a.block < ?2 ORDER BY a.block, a.log_index
        """,
        row => (ReadRow(row, before), new AttestationContent(row.Word(0), model, row.Word(10), row.Number(11), row.Number(12), row.Bytes(13))),
        model, before);

    /// <summary>The last content that came in, and the last file: what a passport is made of has changed where they have.</summary>
    public (long Contents, long Files) Newest() => session.Single(
        "SELECT coalesce((SELECT max(seq) FROM attestation_contents), 0), coalesce((SELECT max(seq) FROM offchain_attestations), 0)", row => (row.GetInt64(0), row.GetInt64(1)));

    /// <summary>Models about which something came in after these, and up to those.</summary>
    public IReadOnlyList<ModelId> Models((long Contents, long Files) after, (long Contents, long Files) upTo) => session.Query(
        """
        SELECT DISTINCT model FROM attestation_contents WHERE seq > ?1 AND seq <= ?2 AND model IS NOT NULL
        UNION SELECT DISTINCT model FROM offchain_attestations WHERE seq > ?3 AND seq <= ?4
        """,
        row => row.Model(0), after.Contents, upTo.Contents, after.Files, upTo.Files);

    /// <summary>Models whose attestations were revoked in these blocks.</summary>
    public IReadOnlyList<ModelId> Revoked(ulong first, ulong before) => session.Query(
        "SELECT DISTINCT c.model FROM attestations a JOIN attestation_contents c ON c.uid = a.uid WHERE a.revoked_block >= ?1 AND a.revoked_block < ?2 AND c.model IS NOT NULL",
        row => row.Model(0), first, before);

    /// <summary>Whether it is new.</summary>
    public bool AddOffchain(OffchainRow row) => session.Execute(
        "INSERT INTO offchain_attestations (uid, model, attester, time, file) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (uid, attester) DO NOTHING",
        row.Uid, row.Model, row.Attester, row.Time, row.File) > 0;

    /// <summary>How many files there are about a model, and of them by an attester, and by its owner.</summary>
    public (long Of, long By, long ByOwner) CountOffchain(ModelId model, Address attester, Address owner) => session.Single(
        "SELECT count(*), coalesce(sum(CASE WHEN attester = ?2 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN attester = ?3 THEN 1 ELSE 0 END), 0) FROM offchain_attestations WHERE model = ?1",
        row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), model, attester, owner);

    public bool HasOffchain(Hash32 uid, Address attester) => session.Single(
        "SELECT EXISTS (SELECT 1 FROM offchain_attestations WHERE uid = ?1 AND attester = ?2)", row => row.Flag(0), uid, attester);

    /// <summary>Those about a model, by time.</summary>
    public IReadOnlyList<OffchainRow> OffchainOf(ModelId model) => session.Query(
        "SELECT uid, attester, time, file, revoked FROM offchain_attestations WHERE model = ?1 ORDER BY time, uid, attester",
        row => new OffchainRow(row.Word(0), model, row.Account(1), row.Number(2), row.Bytes(3), row.Number(4)), model);

    /// <summary>Those that were not taken back, after a place in the order in which they came.</summary>
    public IReadOnlyList<(long Seq, Hash32 Uid, Address Attester)> OffchainStanding(long after, int most) => session.Query(
        "SELECT seq, uid, attester FROM offchain_attestations WHERE seq > ?1 AND revoked = 0 ORDER BY seq LIMIT ?2", row => (row.GetInt64(0), row.Word(1), row.Account(2)), after, most);

    public void RevokeOffchain(Hash32 uid, Address attester, ulong time) => session.Execute(
        "UPDATE offchain_attestations SET revoked = ?3 WHERE uid = ?1 AND attester = ?2 AND revoked = 0", uid, attester, time);

    private const string Columns = "a.uid, a.block, a.log_index, a.timestamp, a.kind, a.schema, a.attester, a.recipient, a.revoked_block, a.revoked_time";

    private static AttestationRow ReadRow(DbDataReader row, ulong? before)
    {
        var revoked = !row.IsDBNull(8) && (before is null || row.Number(8) < before) ? row.Number(9) : 0;
        return new AttestationRow(
            row.Word(0), new LogPosition(row.Number(1), checked((uint)row.GetInt64(2))), row.Number(3), (StatementKind)row.GetInt32(4), row.Word(5), row.Account(6), row.Account(7), revoked);
    }
}
