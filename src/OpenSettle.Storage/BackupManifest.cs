using System.Text.Json;
using OpenSettle.Epochs;

namespace OpenSettle.Storage;

/// <summary>A file of a backup.</summary>
/// <param name="Path">Below the backup's folder, with slashes.</param>
/// <param name="Sha256">Of its bytes, in hexadecimal digits.</param>
public sealed record BackupFile(string Path, long Bytes, string Sha256);

/// <summary>What a backup holds: the last file that is written of it.</summary>
/// <param name="Created">In milliseconds since 1970.</param>
/// <param name="Deployment">Whose books they are.</param>
/// <param name="BooksBlock">The last block in the books; 0 before the first.</param>
/// <param name="UsagePosition">The last position of the usage journal.</param>
/// <param name="UsageChain">The hash over all rows up to there.</param>
public sealed record BackupManifest(
    int Format, long Created, string Deployment, int BooksVersion, int UsageVersion, ulong BooksBlock, long UsagePosition, string UsageChain, IReadOnlyList<BackupFile> Files)
{
    public const string Name = "manifest.json";

    internal const int ThisFormat = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    public DeploymentId DeploymentId => Stores.DeploymentText.Parse(Deployment) ?? throw new StorageException(StorageErrorKind.Inconsistent, $"The backup's {Name} names no deployment.");

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads the manifest of a backup.</summary>
    internal static BackupManifest Read(string folder)
    {
        var file = Path.Combine(folder, Name);
        try
        {
            var manifest = JsonSerializer.Deserialize<BackupManifest>(File.ReadAllBytes(file), Json) ?? throw new JsonException("It is empty.");
            if (manifest.Format != ThisFormat) throw new StorageException(StorageErrorKind.TooNew, $"{file} has form {manifest.Format}, and this program knows {ThisFormat}. Restore with the program that wrote it.");
            if (manifest.Files.FirstOrDefault(entry => !IsBelow(entry.Path)) is { } outside) throw new JsonException($"'{outside.Path}' is no file of a backup.");
            return manifest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(StorageErrorKind.CannotOpen, $"{folder}: there is no backup to read: {e.Message} Name a folder that 'opensettle db backup' wrote.", e);
        }
        catch (JsonException e)
        {
            throw new StorageException(StorageErrorKind.Inconsistent, $"{file} was changed: {e.Message} Take another backup.", e);
        }
    }

    /// <summary>Whether a path stays below the backup's folder.</summary>
    private static bool IsBelow(string path) =>
        path is DataPaths.BooksName or DataPaths.UsageName
        || (path.Split('/') is [DataPaths.BundlesName or DataPaths.ArchiveName, { Length: > 0 } name] && name is not ("." or "..") && !name.Contains('\\', StringComparison.Ordinal));
}
