using System.Globalization;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage.Sqlite;

/// <summary>A file of older events, as the usage file knows it.</summary>
/// <param name="ChainBefore">The seal's hash before its first event; zero for the first archive.</param>
/// <param name="Chain">The seal's hash after its last event.</param>
public sealed record UsageArchive(long First, long Last, string Name, long Bytes, Hash32 Sha256, Hash32 ChainBefore, Hash32 Chain)
{
    internal static string NameOf(long first, long last) => FormattableString.Invariant($"usage-{first:D12}-{last:D12}.archive");

    /// <summary>The positions that a file's name tells; null where it is not the name of an archive.</summary>
    internal static UsageArchiveName? TryParseName(string name) =>
        name.Split('-', '.') is ["usage", var first, var last, "archive"]
        && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from) && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
        && name == NameOf(from, to)
            ? new UsageArchiveName(name, from, to)
            : null;

    /// <summary>All of them, oldest first. They stand one after another from position 1.</summary>
    internal static IReadOnlyList<UsageArchive> List(BooksSession session) => !Exists(session) ? [] : session.Query(
        "SELECT first_position, last_position, name, bytes, sha256, chain_before, chain FROM usage_archives ORDER BY first_position",
        row => new UsageArchive(row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetInt64(3), row.Word(4), row.Word(5), row.Word(6)));

    internal void Add(BooksSession session) => session.Execute(
        "INSERT INTO usage_archives (first_position, last_position, name, bytes, sha256, chain_before, chain) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        First, Last, Name, Bytes, Sha256, ChainBefore, Chain);

    private static bool Exists(BooksSession session) => session.Single("SELECT count(*) FROM sqlite_master WHERE name = 'usage_archives'", row => row.GetInt64(0)) > 0;
}

/// <summary>Older events, in their files.</summary>
public sealed class UsageArchives
{
    private readonly string _usageFile;
    private readonly string _folder;

    public UsageArchives(string usageFile, string folder) => (_usageFile, _folder) = (usageFile, folder);

    public IReadOnlyList<UsageArchive> List()
    {
        using var reader = SqliteFile.Connect(_usageFile, Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly);
        return UsageArchive.List(SqliteEngine.Session(reader));
    }

    /// <summary>An event that went into an archive; null where none has it. The newest are asked first.</summary>
    public JournalBytes? Find(Hash32 identity)
    {
        foreach (var archive in List().Reverse())
        {
            using var reader = Open(archive);
            if (reader.Find(identity) is { } row) return row;
        }

        return null;
    }

    /// <summary>Archived events from one position to another, in order.</summary>
    public IEnumerable<JournalBytes> Rows(long first, long last) => Rows(List(), first, last);

    internal IEnumerable<JournalBytes> Rows(IEnumerable<UsageArchive> archives, long first, long last)
    {
        foreach (var archive in archives.Where(archive => archive.Last >= first && archive.First <= last))
        {
            using var reader = Open(archive);
            foreach (var row in reader.Rows(first, last)) yield return row;
        }
    }

    internal ArchiveReader Open(UsageArchive archive) => ArchiveReader.Open(Path.Combine(_folder, archive.Name), archive);
}
