using Microsoft.Data.Sqlite;
using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Node;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.EndToEnd.Tests.Crash;

/// <summary>A transaction that the node stored: everything that it ever signed.</summary>
internal sealed record StoredVersion(string Purpose, ulong Nonce, Hash32 Hash, bool Fills, ulong? GasUsed, UInt256 GasPrice)
{
    public UInt256 Cost => (GasUsed ?? 0) * GasPrice;
}

/// <summary>Books that are held against the chain, with what lies beside them.</summary>
internal interface IAuditedBooks : IDisposable
{
    /// <summary>What a check of the database by itself says.</summary>
    IReadOnlyList<CheckResult> Checks { get; }

    IBooks Books { get; }

    Bundle Bundle(Hash32 hash);

    /// <summary>Every transaction that was ever signed.</summary>
    IReadOnlyList<StoredVersion> Versions();
}

/// <summary>
/// The files that a killed node left, copied: what is looked at is what the next start will find, and looking changes nothing of it.
/// </summary>
internal sealed class DataCopy : IAuditedBooks
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opensettle-copy-");
    private readonly BundleFolder _bundles;

    private DataCopy(string dataDir, DeploymentId deployment)
    {
        // The log after the file that it goes on from; what maps it is made anew.
        foreach (var name in Directory.EnumerateFiles(dataDir).Select(Path.GetFileName).OfType<string>().Where(IsData).Order(StringComparer.Ordinal))
            File.Copy(Path.Combine(dataDir, name), Path.Combine(_folder.FullName, name));
        _bundles = new BundleFolder(NodeOptionsPaths.In(dataDir));
        Checks = new DataCheck(DataPaths.In(_folder.FullName), _bundles.Read, _ => { }, _ => { }).Run();
        Books = SqliteBooks.Open(NodeOptionsPaths.In(_folder.FullName).Database, deployment);
    }

    /// <summary>What `opensettle db check` says.</summary>
    public IReadOnlyList<CheckResult> Checks { get; }

    public SqliteBooks Books { get; }

    IBooks IAuditedBooks.Books => Books;

    public static DataCopy Of(Workspace workspace, DeploymentId deployment) => new(workspace.PathOf("data"), deployment);

    public Bundle Bundle(Hash32 hash) => _bundles.Read(hash);

    public IReadOnlyList<StoredVersion> Versions()
    {
        using var connection = new SqliteConnection($"Data Source={NodeOptionsPaths.In(_folder.FullName).Database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT o.purpose, v.nonce, v.hash, v.fills, v.gas_used, v.gas_price FROM outbox_versions v JOIN outbox o ON o.id = v.outbox ORDER BY v.nonce, v.version";
        using var row = command.ExecuteReader();
        var versions = new List<StoredVersion>();
        while (row.Read())
        {
            versions.Add(new StoredVersion(
                row.GetString(0), (ulong)row.GetInt64(1), Hash32.FromBytes((byte[])row.GetValue(2)), row.GetInt64(3) != 0,
                row.IsDBNull(4) ? null : (ulong)row.GetInt64(4), row.IsDBNull(5) ? UInt256.Zero : UInt256.FromBigEndian((byte[])row.GetValue(5))));
        }

        return versions;
    }

    public void Dispose()
    {
        Books.Dispose();
        _folder.Delete(recursive: true);
    }

    private static bool IsData(string name) => name.Contains(".sqlite", StringComparison.Ordinal) && !name.EndsWith("-shm", StringComparison.Ordinal);
}
