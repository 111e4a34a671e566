using System.CommandLine;
using System.Globalization;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle db: what can be done with a node's files.</summary>
internal static class DbVerb
{
    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };
    private static readonly Option<bool> Replace = new("--replace") { Description = "put the data that is there aside" };
    private static readonly Option<bool> Rebuild = new("--rebuild-rollups") { Description = "write the sums over usage and payments anew first, while no node runs" };
    private static readonly Argument<string> Folder = new("folder") { Description = "the backup's folder" };

    private static readonly SettingDefinition[] Where = [Settings.DataDir, Settings.UsageArchive];

    public static Command Create() => new("db", "Looks after a node's files: backup, restore, check")
    {
        VerbRunner.Create("status", "Shows what the files hold; a node may run", Where, StatusAsync, Json)
            .Printing<DataStatus>()
            .WithExamples("opensettle db status --data-dir data"),
        VerbRunner.Create("check", "Recomputes what the files say of one another; a node may run", Where, CheckAsync, Rebuild, Json)
            .Printing<CheckJson>()
            .WithExamples("opensettle db check --data-dir data"),
        VerbRunner.Create("digest", "One hash over all that the books say of chain and settlement; a node may run", Where, DigestAsync, Json)
            .Printing<DigestJson>()
            .WithExamples("opensettle db digest --data-dir data --json"),
        VerbRunner.Create("backup", "Copies the data into a new folder; a node may run", Where, BackupAsync, Folder, Json)
            .Printing<BackupManifest>()
            .WithExamples("opensettle db backup /mnt/backup/2026-11-22 --data-dir data"),
        VerbRunner.Create("restore", "Puts a backup in the place of the data, while no node runs", [.. Where, Settings.Deployment], RestoreAsync, Folder, Replace, Json)
            .Printing<RestoreJson>()
            .WithExamples("opensettle db restore /mnt/backup/2026-11-22 --data-dir data --deployment deployment.json --replace"),
        VerbRunner.Create("migrate", "Brings the files to this program's tables, while no node runs; a node does it as it starts", Where, MigrateAsync, Json)
            .Printing<IReadOnlyList<MigratedFile>>()
            .WithExamples("opensettle db migrate --data-dir data"),
    };

    private static Task StatusAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var status = DataStatus.Read(PathsOf(settings));
        if (parsed.GetValue(Json)) JsonOutput.Print(status);
        else DbText.Print(status);
        return Task.CompletedTask;
    }

    private static Task CheckAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var paths = PathsOf(settings);
        var json = parsed.GetValue(Json);
        if (parsed.GetValue(Rebuild))
        {
            var (rollups, revenue) = DataCheck.Rebuild(paths, Tell);
            if (!json) Console.WriteLine($"written anew: {rollups} sums over usage, {revenue} over payments");
        }

        var bundles = new BundleFolder(NodeOptionsPaths.In(paths.Folder));
        var check = new DataCheck(
            paths, bundles.Read,
            result =>
            {
                if (!json) Console.WriteLine($"{(result.Problem is null ? "ok   " : "WRONG")} {result.Name}: {result.Seen}{(result.Problem is null ? string.Empty : $": {result.Problem}")}");
                cancellation.ThrowIfCancellationRequested();
            },
            part =>
            {
                Tell(part);
                cancellation.ThrowIfCancellationRequested();
            });
        var results = check.Run();
        if (json) JsonOutput.Print(new CheckJson(results.All(result => result.Problem is null), results));
        if (results.FirstOrDefault(result => result.Problem is not null) is { } wrong)
            throw new VerbException(ExitCode.Storage, $"{wrong.Name}: {wrong.Problem}. {paths.Folder} does not hold together: keep it, and restore a backup beside it or ask for help.");
        return Task.CompletedTask;
    }

    private static Task DigestAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var (block, all, parts) = BooksDigest.Of(PathsOf(settings));
        if (parsed.GetValue(Json))
        {
            JsonOutput.Print(new DigestJson(block, all, [.. parts.Select(part => new PartJson(part.Part, part.Rows, part.Hash))]));
            return Task.CompletedTask;
        }

        Console.WriteLine($"block  {block}");
        Console.WriteLine($"digest {all}");
        foreach (var (part, rows, hash) in parts) Console.WriteLine($"  {part,-10} {rows,9} rows  {hash}");
        return Task.CompletedTask;
    }

    private static Task BackupAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var target = FolderOf(parsed);
        var manifest = new Backup(PathsOf(settings), Clock.Real, Tell).Run(target, cancellation);
        if (parsed.GetValue(Json)) JsonOutput.Print(manifest);
        else Console.WriteLine($"backed up: {target}, {manifest.Files.Count} files, {Size(manifest.Files.Sum(file => file.Bytes))}; books up to block {manifest.BooksBlock}, usage up to {manifest.UsagePosition}");
        return Task.CompletedTask;
    }

    private static Task RestoreAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var deployment = settings.Find(Settings.Deployment) is { } file ? DeploymentFile.Read(file).Watched.Id : null;
        var paths = PathsOf(settings);
        var (manifest, aside) = new Restore(paths, Clock.Real, Tell).Run(FolderOf(parsed), parsed.GetValue(Replace), deployment);
        if (parsed.GetValue(Json)) JsonOutput.Print(new RestoreJson(paths.Folder, aside, manifest));
        else Console.WriteLine($"restored: {paths.Folder}, books up to block {manifest.BooksBlock}, usage up to {manifest.UsagePosition}{(aside is null ? string.Empty : $"; what was there before is in {aside}")}");
        return Task.CompletedTask;
    }

    private static async Task MigrateAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var files = await Migration.RunAsync(PathsOf(settings), Clock.Real, cancellation);
        if (parsed.GetValue(Json))
        {
            JsonOutput.Print(files);
            return;
        }

        foreach (var file in files)
            Console.WriteLine(file.From == file.To ? $"{file.File}: version {file.To}, nothing to do" : $"{file.File}: version {file.From} is now {file.To}");
    }

    internal static string Size(long bytes) => bytes switch
    {
        < 10_000 => $"{bytes} bytes",
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000} MB"),
    };

    private static DataPaths PathsOf(SettingsReader settings) => DataPaths.In(settings.Get(Settings.DataDir), settings.Get(Settings.UsageArchive));

    private static string FolderOf(ParseResult parsed) =>
        parsed.GetValue(Folder) is { Length: > 0 } folder ? Path.GetFullPath(folder) : throw new VerbException(ExitCode.Usage, "folder: name the backup's folder.");

    /// <summary>Progress is for people who wait: results alone go to the output.</summary>
    private static void Tell(string line) => Console.Error.WriteLine(line);

    private sealed record CheckJson(bool Ok, IReadOnlyList<CheckResult> Checks);

    private sealed record DigestJson(ulong? Block, string Digest, IReadOnlyList<PartJson> Parts);

    private sealed record PartJson(string Part, long Rows, string Digest);

    /// <param name="Aside">Where what was there before is now.</param>
    private sealed record RestoreJson(string Folder, string? Aside, BackupManifest Manifest);
}
