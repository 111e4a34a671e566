using System.Data.Common;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>What this node found when it recomputed a proposal, or a candidate that wants to become one.</summary>
/// <param name="Content">What was judged, whoever signs it: see Proposal.ContentHash.</param>
/// <param name="Difference">The first thing that differs, in words; null: all agrees.</param>
/// <param name="Time">The chain's time at which it was judged.</param>
public sealed record EpochVerdict(Hash32 Content, ulong Epoch, uint Attempt, Hash32 Root, Hash32 BundleHash, string? Difference, ulong Time)
{
    /// <summary>How a difference begins that is no more than that something did not come in time.</summary>
    public const string Late = "not all could be recomputed in time: ";

    public bool Agrees => Difference is null;

    /// <summary>It was reason enough for a veto. Where nobody vetoed, what came since shows whether there is another one.</summary>
    public bool IsLate => Difference?.StartsWith(Late, StringComparison.Ordinal) == true;
}

/// <summary>Verdicts, each final: what was judged is named by its content, and what it was held against are final blocks and signed batches.</summary>
public sealed class VerdictStore(BooksSession session)
{
    internal const string Step =
        """
        -- What this node found of proposals and candidates; content: what was judged. difference: null where all agrees. time: seconds of block time.
        CREATE TABLE verdicts (
            content BLOB PRIMARY KEY CHECK (length(content) = 32),
            epoch INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            root BLOB NOT NULL CHECK (length(root) = 32),
            bundle_hash BLOB NOT NULL CHECK (length(bundle_hash) = 32),
            difference TEXT,
            time INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX verdicts_epoch ON verdicts (epoch, attempt);

        -- The last batch of each gateway that a bundle counts.
        CREATE TABLE bundle_batches (
            bundle_hash BLOB NOT NULL CHECK (length(bundle_hash) = 32),
            gateway BLOB NOT NULL CHECK (length(gateway) = 20),
            last INTEGER NOT NULL,
            PRIMARY KEY (bundle_hash, gateway)
        ) WITHOUT ROWID;

        -- Signed batches of usage that this node pulled. seen: the chain's time then. body: as BatchFile has it, compressed.
        CREATE TABLE held_batches (
            gateway BLOB NOT NULL CHECK (length(gateway) = 20),
            number INTEGER NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            root BLOB NOT NULL CHECK (length(root) = 32),
            events INTEGER NOT NULL,
            seen INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (gateway, number)
        );
        """;

    private const string Columns = "content, epoch, attempt, root, bundle_hash, difference, time";

    /// <summary>Keeps a verdict, with the last batch of each gateway that the bundle counts. The first one stands, but for one that something was late.</summary>
    public void Add(EpochVerdict verdict, IEnumerable<(Address Gateway, ulong Last)> batches)
    {
        session.Execute(
            $"""
            INSERT INTO verdicts ({Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (content) DO UPDATE SET difference = ?6, time = ?7 WHERE verdicts.difference LIKE '{EpochVerdict.Late}%'
            """,
            verdict.Content, verdict.Epoch, verdict.Attempt, verdict.Root, verdict.BundleHash, verdict.Difference, verdict.Time);
        foreach (var (gateway, last) in batches)
            session.Execute("INSERT INTO bundle_batches (bundle_hash, gateway, last) VALUES (?1, ?2, ?3) ON CONFLICT (bundle_hash, gateway) DO NOTHING", verdict.BundleHash, gateway, last);
    }

    public EpochVerdict? Find(Hash32 content) => session.Single($"SELECT {Columns} FROM verdicts WHERE content = ?1", Read, content);

    /// <summary>Newest epochs first.</summary>
    public IReadOnlyList<EpochVerdict> List(int most, ulong before = long.MaxValue) =>
        session.Query($"SELECT {Columns} FROM verdicts WHERE epoch < ?2 ORDER BY epoch DESC, attempt DESC, time DESC, content LIMIT ?1", Read, most, before);

    /// <summary>How many there are that agree, and that differ.</summary>
    public (long Agree, long Differ) Count() => session.Single("SELECT count(*) - count(difference), count(difference) FROM verdicts", row => (row.GetInt64(0), row.GetInt64(1)));

    /// <summary>The last batch of each gateway that active epochs took.</summary>
    public IReadOnlyDictionary<Address, ulong> Settled() => session
        .Query("SELECT b.gateway, max(b.last) FROM bundle_batches b JOIN epochs e ON e.bundle_hash = b.bundle_hash WHERE e.state IN (3, 4, 8) GROUP BY b.gateway", row => (row.Account(0), row.Number(1)))
        .ToDictionary();

    private static EpochVerdict Read(DbDataReader row) => new(
        row.Word(0), row.Number(1), checked((uint)row.GetInt64(2)), row.Word(3), row.Word(4), row.IsDBNull(5) ? null : row.GetString(5), row.Number(6));
}
