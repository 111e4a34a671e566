using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OpenSettle.Storage.Stores;

/// <summary>
/// One hash over all that the books say of the chain and of settlement: books of the same blocks have the same one, whoever wrote them
/// and however often they were written. What is a node's own is not in it: its transactions, its copy of the chain's logs, where it cut
/// its usage journal.
/// </summary>
public static class BooksDigest
{
    // Each with the order that makes rows of equal books equal.
    private static readonly (string Name, string Query)[] Parts =
    [
        ("cursor", "SELECT block, hash, timestamp FROM chain_cursor"),
        ("tokens", "SELECT * FROM listed_tokens ORDER BY token"),
        ("registry", "SELECT * FROM registry_facts ORDER BY block, log_index"),
        ("payments", "SELECT block, log_index, timestamp, tx, model, token, amount, payer, usage_ref, route, settled, settled_block, epoch FROM payments ORDER BY block, log_index"),
        ("entries", "SELECT seq, cause, token, from_kind, from_id, to_kind, to_id, amount FROM ledger_entries ORDER BY seq"),
        ("accounts", "SELECT * FROM ledger_accounts ORDER BY kind, id, token"),
        ("totals", "SELECT * FROM ledger_totals ORDER BY token, kind"),
        (
            "epochs",
            """
            SELECT number, attempt, state, first_block, last_block, last_hash, previous_root, root, push_root, record_root, bundle_hash, bundle_uri,
                CASE WHEN posted <> 0 THEN payments END, CASE WHEN posted <> 0 THEN usage_events END, ready_at, proposal
            FROM epochs WHERE state NOT IN (1, 6, 7) ORDER BY number
            """),
        ("attempts", "SELECT * FROM epoch_attempts ORDER BY number, attempt"),
        ("pushes", "SELECT * FROM push_entries ORDER BY epoch, entry"),
        ("records", "SELECT * FROM model_records ORDER BY model, epoch"),
        ("recipients", "SELECT * FROM recipients ORDER BY account, block, log_index"),
        ("revoked", "SELECT * FROM revoked_roots ORDER BY key"),
        ("revenue", "SELECT * FROM revenue ORDER BY model, day, payer, token"),
        ("settled", "SELECT * FROM settled_revenue ORDER BY model, epoch"),
        ("activations", "SELECT number, activated_block, activated_time FROM epochs WHERE activated_block > 0 ORDER BY number"),
        ("notices", "SELECT * FROM notices ORDER BY block, log_index"),
        ("evaluators", "SELECT * FROM evaluators ORDER BY account, block, log_index"),
        ("attestations", "SELECT * FROM attestations ORDER BY uid"),
        ("attested records", "SELECT * FROM attested_records ORDER BY epoch, model"),
    ];

    /// <summary>The hash of each part, and of all of them.</summary>
    public static (string All, IReadOnlyList<(string Part, long Rows, string Hash)> Parts) Of(IBooks books) => books.Read(Of);

    internal static (string All, IReadOnlyList<(string Part, long Rows, string Hash)> Parts) Of(BooksSession session)
    {
        var parts = Parts.Select(part => (part.Name, Sum: Sum(session, part.Query))).Select(part => (part.Name, part.Sum.Rows, part.Sum.Hash)).ToList();
        var all = SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', parts.Select(part => $"{part.Name} {part.Hash}"))));
        return (Convert.ToHexStringLower(all), parts);
    }

    private static (long Rows, string Hash) Sum(BooksSession session, string query)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long rows = 0;
        var line = new StringBuilder();
        session.Each(query, row =>
        {
            rows++;
            line.Clear();
            for (var i = 0; i < row.FieldCount; i++)
            {
                // Lengths stand before texts and bytes, so that no two rows read alike.
                var value = row.GetValue(i);
                _ = value switch
                {
                    DBNull => line.Append("- "),
                    byte[] bytes => line.Append(CultureInfo.InvariantCulture, $"{bytes.Length}x{Convert.ToHexStringLower(bytes)} "),
                    string text => line.Append(CultureInfo.InvariantCulture, $"{text.Length}t{text} "),
                    _ => line.Append(CultureInfo.InvariantCulture, $"{value} "),
                };
            }

            hash.AppendData(Encoding.UTF8.GetBytes(line.Append('\n').ToString()));
        });
        return (rows, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
