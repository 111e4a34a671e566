namespace OpenSettle.Storage;

/// <summary>Where things lie in a node's data folder.</summary>
/// <param name="Archive">Folder of older usage; it may lie elsewhere.</param>
public sealed record DataPaths(string Folder, string Archive)
{
    internal const string BooksName = "books.sqlite";
    internal const string UsageName = "usage.sqlite";
    internal const string BundlesName = "bundles";
    internal const string ArchiveName = "archive";

    /// <summary>What SQLite keeps beside a database.</summary>
    internal static readonly string[] Companions = ["-wal", "-shm", "-journal"];

    public string Books => Path.Combine(Folder, BooksName);

    public string Usage => Path.Combine(Folder, UsageName);

    public string Bundles => Path.Combine(Folder, BundlesName);

    /// <summary>While it is there, a restore was begun and not finished.</summary>
    internal string RestorePlan => Path.Combine(Folder, "restore.json");

    /// <summary>What a restore brings, before it is put in place.</summary>
    internal string RestoreFolder => Path.Combine(Folder, "restore.partial");

    /// <param name="folder">The data folder.</param>
    /// <param name="archive">Folder of older usage; empty: in the data folder.</param>
    public static DataPaths In(string folder, string archive = "") =>
        new(Path.GetFullPath(folder), archive.Length == 0 ? Path.Combine(Path.GetFullPath(folder), ArchiveName) : Path.GetFullPath(archive));

    internal static string BundleName(Primitives.Hash32 hash) => $"{hash}.bundle.gz";
}
