using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using OpenSettle.Epochs;

namespace OpenSettle.Storage.Sqlite;

/// <summary>What a restore did.</summary>
/// <param name="Aside">Where the data that was there before is now; null where there was none.</param>
public sealed record RestoreResult(BackupManifest Manifest, string? Aside);

/// <summary>
/// Puts a backup in the place of a data folder's files. They are copied into the data folder, under another name, and held against the
/// manifest; then a plan is written, and only then are files renamed. Killed before the plan is there, nothing has changed; after
/// it, no node starts here, and the next restore carries the plan out: each rename is done once, and what is done shows in which
/// names there are.
/// </summary>
public sealed class Restore(DataPaths paths, TimeProvider time, Action<string> tell)
{
    /// <summary>What is in place is exchanged by whole names, archives file by file: they never change and may lie elsewhere.</summary>
    private static readonly string[] Replaced =
    [
        .. new[] { DataPaths.BooksName, DataPaths.UsageName }.SelectMany(name => DataPaths.Companions.Select(companion => name + companion).Append(name)), DataPaths.BundlesName,
    ];

    /// <summary>For tests: called between any two steps that change something.</summary>
    internal Action<string> OnPoint { get; init; } = static _ => { };

    /// <param name="backup">The backup's folder.</param>
    /// <param name="replace">Whether data that is there goes aside; without it, it is in the way.</param>
    /// <param name="deployment">Whose books they have to be; null: whoever's they are.</param>
    public RestoreResult Run(string backup, bool replace, DeploymentId? deployment)
    {
        var source = Path.GetFullPath(backup);
        var manifest = BackupManifest.Read(source);
        Require(manifest, deployment);
        using var alone = DataLock.ForReplacing(paths);
        try
        {
            if (ReadPlan() is { } begun)
            {
                tell($"a restore of {begun.Source} was broken off: it goes on");
                CarryOut(begun);
                if (begun.Source == source && begun.Created == manifest.Created) return new RestoreResult(manifest, begun.Aside);
            }

            var old = Replaced.Where(name => Path.Exists(Path.Combine(paths.Folder, name))).ToList();
            if (old.Count > 0 && !replace)
                throw new StorageException(StorageErrorKind.InUse, $"{paths.Folder} has data already ({string.Join(", ", old)}). Give --replace to put it aside, or set dataDir to another folder.");
            CopyIn(source, manifest);
            var plan = new Plan(source, manifest.Created, old.Count == 0 ? null : Path.Combine(paths.Folder, AsideName()), old);
            FileCopy.WriteWhole(paths.RestorePlan, JsonSerializer.SerializeToUtf8Bytes(plan));
            OnPoint("plan written");
            CarryOut(plan);
            return new RestoreResult(manifest, plan.Aside);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw SqliteFile.Translate(paths.Folder, e);
        }
    }

    private static void Require(BackupManifest manifest, DeploymentId? deployment)
    {
        if (manifest.BooksVersion > Schema.Steps.Count || manifest.UsageVersion > UsageSchema.Steps.Count)
            throw new StorageException(StorageErrorKind.TooNew, $"The backup has tables of versions {manifest.BooksVersion} and {manifest.UsageVersion}, and this program knows {Schema.Steps.Count} and {UsageSchema.Steps.Count}. Restore with the newer program that wrote it.");
        if (deployment is not null && manifest.DeploymentId != deployment)
            throw new StorageException(StorageErrorKind.OtherDeployment, $"The backup holds the books of another deployment ({manifest.Deployment}). Set deployment to the right file, or name another backup.");
        if (manifest.Files.Count(file => file.Path is DataPaths.BooksName or DataPaths.UsageName) != 2)
            throw new StorageException(StorageErrorKind.Inconsistent, $"The backup's {BackupManifest.Name} does not name books and usage. Take another backup.");
    }

    /// <summary>Copies, and holds each copy against the manifest.</summary>
    private void CopyIn(string source, BackupManifest manifest)
    {
        if (Directory.Exists(paths.RestoreFolder)) Directory.Delete(paths.RestoreFolder, recursive: true);
        Directory.CreateDirectory(Path.Combine(paths.RestoreFolder, DataPaths.BundlesName));
        Directory.CreateDirectory(Path.Combine(paths.RestoreFolder, DataPaths.ArchiveName));
        long bytes = 0;
        var told = 0L;
        var all = Math.Max(1, manifest.Files.Sum(file => file.Bytes));
        foreach (var file in manifest.Files)
        {
            var copied = CopyOne(Path.Combine(source, file.Path), Path.Combine(paths.RestoreFolder, file.Path), file.Path);
            if (copied != (file.Bytes, file.Sha256))
                throw new StorageException(StorageErrorKind.Inconsistent, $"{Path.Combine(source, file.Path)} was changed: it has {copied.Bytes} bytes with SHA-256 {copied.Sha256}, and the manifest says {file.Bytes} and {file.Sha256}. Take another backup; nothing was replaced.");
            bytes += file.Bytes;
            if (bytes * 10 / all > told) tell($"copied and checked {bytes * 100 / all} %");
            told = bytes * 10 / all;
            OnPoint($"copied {file.Path}");
        }

        foreach (var folder in new[] { DataPaths.BundlesName, DataPaths.ArchiveName }) FolderFlush.Flush(Path.Combine(paths.RestoreFolder, folder));
        FolderFlush.Flush(paths.RestoreFolder);
    }

    private static (long Bytes, string Sha256) CopyOne(string from, string to, string name)
    {
        try
        {
            return FileCopy.Copy(from, to);
        }
        catch (FileNotFoundException e)
        {
            throw new StorageException(StorageErrorKind.Inconsistent, $"{from}: the backup lacks {name}, which its manifest names. Take another backup; nothing was replaced.", e);
        }
    }

    private Plan? ReadPlan()
    {
        if (!File.Exists(paths.RestorePlan)) return null;
        return JsonSerializer.Deserialize<Plan>(File.ReadAllBytes(paths.RestorePlan))
            ?? throw new StorageException(StorageErrorKind.Inconsistent, $"{paths.RestorePlan} was changed. Bring the files in {paths.RestoreFolder} into place by hand, and remove it.");
    }

    private void CarryOut(Plan plan)
    {
        if (plan.Aside is { } aside)
        {
            Directory.CreateDirectory(aside);
            foreach (var name in plan.Old)
            {
                // Once it is aside, what has its name is the new one.
                if (Path.Exists(Path.Combine(aside, name))) continue;
                Directory.Move(Path.Combine(paths.Folder, name), Path.Combine(aside, name));
                OnPoint($"aside {name}");
            }

            FolderFlush.Flush(aside);
        }

        foreach (var name in new[] { DataPaths.BundlesName, DataPaths.UsageName, DataPaths.BooksName })
        {
            var brought = Path.Combine(paths.RestoreFolder, name);
            if (!Path.Exists(brought)) continue;
            Directory.Move(brought, Path.Combine(paths.Folder, name));
            OnPoint($"in place {name}");
        }

        BringArchives();
        FolderFlush.Flush(paths.Folder);
        File.Delete(paths.RestorePlan);
        OnPoint("plan done");
        Directory.Delete(paths.RestoreFolder, recursive: true);
        FolderFlush.Flush(paths.Folder);
    }

    /// <summary>Archives may lie on another disk: each is whole under its name, or not there.</summary>
    private void BringArchives()
    {
        var from = Path.Combine(paths.RestoreFolder, DataPaths.ArchiveName);
        if (!Directory.Exists(from)) return;
        Directory.CreateDirectory(paths.Archive);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            var target = Path.Combine(paths.Archive, Path.GetFileName(file));
            File.Delete(target + ".partial");
            FileCopy.Copy(file, target + ".partial");
            File.Move(target + ".partial", target, overwrite: true);
            OnPoint($"archive {Path.GetFileName(file)}");
        }

        FolderFlush.Flush(paths.Archive);
    }

    private string AsideName()
    {
        var name = $"replaced-{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        var number = 1;
        var free = name;
        while (Path.Exists(Path.Combine(paths.Folder, free))) free = $"{name}-{++number}";
        return free;
    }

    /// <summary>What is to be renamed, written before anything is.</summary>
    /// <param name="Old">Names that were there.</param>
    private sealed record Plan(string Source, long Created, string? Aside, IReadOnlyList<string> Old);
}
