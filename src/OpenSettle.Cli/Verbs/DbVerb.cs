using System.CommandLine;
using System.Globalization;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Storage;
using OpenSettle.Storage.Postgres;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle db: what can be done with a node's files.</summary>
internal static class DbVerb
{
    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };
    private static readonly Option<bool> Replace = new("--replace") { Description = "put the data that is there aside" };
    private static readonly Option<bool> Rebuild = new("--rebuild-rollups") { Description = "write the sums over usage and payments anew first, while no node runs" };
    private static readonly Argument<string> Folder = new("folder") { Description = "the backup's folder" };

    private static readonly Option<string> From = new("--from") { Description = "what is copied: sqlite, the files in dataDir, or sqlite:FOLDER" };
    private static readonly Option<string> To = new("--to") { Description = "where to: postgres, the database of the setting, or postgresql://HOST/DATABASE" };

    private static readonly SettingDefinition[] Where = [Settings.DataDir, Settings.UsageArchive];

    /// <summary>Of what can be looked at in either engine.</summary>
    private static readonly SettingDefinition[] WhereEver = [.. Where, ClusterSettings.Database, Settings.Deployment];

    public static Command Create() => new("db", "Looks after a node's files: backup, restore, check")
    {
        VerbRunner.Create("status", "Shows what the files hold; a node may run", WhereEver, StatusAsync, Json)
            .Printing<DataStatus>()
            .WithExamples("opensettle db status --data-dir data"),
        VerbRunner.Create("check", "Recomputes what the files say of one another; a node may run", WhereEver, CheckAsync, Rebuild, Json)
            .Printing<CheckJson>()
            .WithExamples("opensettle db check --data-dir data"),
        VerbRunner.Create("digest", "One hash over all that the books say of chain and settlement; a node may run", WhereEver, DigestAsync, Json)
            .Printing<DigestJson>()
            .WithExamples("opensettle db digest --data-dir data --json"),
        VerbRunner.Create("backup", "Copies the data into a new folder; a node may run", WhereEver, BackupAsync, Folder, Json)
            .Printing<BackupManifest>()
            .WithExamples("opensettle db backup /mnt/backup/2026-11-22 --data-dir data"),
        VerbRunner.Create("restore", "Puts a backup in the place of the data, while no node runs", WhereEver, RestoreAsync, Folder, Replace, Json)
            .Printing<RestoreJson>()
            .WithExamples("opensettle db restore /mnt/backup/2026-11-22 --data-dir data --deployment deployment.json --replace"),
        VerbRunner.Create("copy", "Takes a node's files to PostgreSQL, while no node runs; all is checked before and after", WhereEver, CopyAsync, From, To, Json)
            .Printing<CopyReport>()
            .WithExamples("opensettle db copy --from sqlite:data --to postgres"),
        VerbRunner.Create("migrate", "Brings the files to this program's tables, while no node runs; a node does it as it starts", WhereEver, MigrateAsync, Json)
            .Printing<IReadOnlyList<MigratedFile>>()
            .WithExamples("opensettle db migrate --data-dir data"),
    };

    private static Task StatusAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var server = ServerOf(settings);
        var status = server?.Status() ?? DataStatus.Read(PathsOf(settings));
        if (parsed.GetValue(Json)) JsonOutput.Print(status);
        else DbText.Print(status);
        return Task.CompletedTask;
    }

    private static Task CheckAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var paths = PathsOf(settings);
        var json = parsed.GetValue(Json);
        using var server = ServerOf(settings);
        if (parsed.GetValue(Rebuild))
        {
            if (server is not null) throw new VerbException(ExitCode.Usage, "--rebuild-rollups: it is for files. In PostgreSQL the sums follow the journal by themselves; leave it out, and what is wrong is told.");
            var (rollups, revenue) = DataCheck.Rebuild(paths, Tell);
            if (!json) Console.WriteLine($"written anew: {rollups} sums over usage, {revenue} over payments");
        }

        var bundles = new BundleFolder(NodeOptionsPaths.In(paths.Folder));
        var results = server is null ? new DataCheck(paths, bundles.Read, Result, Part).Run() : server.Check(bundles.Read, Result, Part);
        if (json) JsonOutput.Print(new CheckJson(results.All(result => result.Problem is null), results));
        if (results.FirstOrDefault(result => result.Problem is not null) is { } wrong)
            throw new VerbException(ExitCode.Storage, $"{wrong.Name}: {wrong.Problem}. {server?.Name ?? paths.Folder} does not hold together: keep it, and restore a backup beside it or ask for help.");
        return Task.CompletedTask;

        void Result(CheckResult result)
        {
            if (!json) Console.WriteLine($"{(result.Problem is null ? "ok   " : "WRONG")} {result.Name}: {result.Seen}{(result.Problem is null ? string.Empty : $": {result.Problem}")}");
            cancellation.ThrowIfCancellationRequested();
        }

        void Part(string part)
        {
            Tell(part);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static Task DigestAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var server = ServerOf(settings);
        var (block, all, parts) = server?.Digest() ?? DataDigest.Of(PathsOf(settings));
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
        SharedDatabase.Refuse(settings, "db backup", "Back it up with pg_dump, and keep a copy of bundleMirrors.");
        var target = FolderOf(parsed);
        var manifest = new Backup(PathsOf(settings), Clock.Real, Tell).Run(target, cancellation);
        if (parsed.GetValue(Json)) JsonOutput.Print(manifest);
        else Console.WriteLine($"backed up: {target}, {manifest.Files.Count} files, {Size(manifest.Files.Sum(file => file.Bytes))}; books up to block {manifest.BooksBlock}, usage up to {manifest.UsagePosition}");
        return Task.CompletedTask;
    }

    private static Task RestoreAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        SharedDatabase.Refuse(settings, "db restore", "Restore it with pg_restore, and then bring bundles back from bundleMirrors.");
        var deployment = settings.Find(Settings.Deployment) is { } file ? DeploymentFile.Read(file).Watched.Id : null;
        var paths = PathsOf(settings);
        var (manifest, aside) = new Restore(paths, Clock.Real, Tell).Run(FolderOf(parsed), parsed.GetValue(Replace), deployment);
        if (parsed.GetValue(Json)) JsonOutput.Print(new RestoreJson(paths.Folder, aside, manifest));
        else Console.WriteLine($"restored: {paths.Folder}, books up to block {manifest.BooksBlock}, usage up to {manifest.UsagePosition}{(aside is null ? string.Empty : $"; what was there before is in {aside}")}");
        return Task.CompletedTask;
    }

    private static async Task CopyAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var from = parsed.GetValue(From) switch
        {
            "sqlite" => PathsOf(settings),
            { } text when text.StartsWith("sqlite:", StringComparison.Ordinal) && text.Length > "sqlite:".Length => DataPaths.In(text["sqlite:".Length..], settings.Get(Settings.UsageArchive)),
            _ => throw new VerbException(ExitCode.Usage, "--from: say what is copied: sqlite, which is the files in dataDir, or sqlite:FOLDER."),
        };
        var to = parsed.GetValue(To) switch
        {
            "postgres" => settings.Find(ClusterSettings.Database) is { Length: > 0 } database
                ? database
                : throw new VerbException(ExitCode.Usage, "--to: postgres is the database of the setting, and that is empty. Set database (OPENSETTLE_DATABASE) to postgresql://USER:PASSWORD@HOST/DATABASE."),
            { } text when text.StartsWith("postgres", StringComparison.Ordinal) && text.Contains("://", StringComparison.Ordinal) => text,
            _ => throw new VerbException(ExitCode.Usage, "--to: say where to: postgres, which is the database of the setting, or postgresql://HOST/DATABASE."),
        };
        var bundles = new BundleFolder(NodeOptionsPaths.In(from.Folder));
        var report = await new PostgresCopy(from, to, Clock.Real, Tell).RunAsync(bundles.Read, cancellation);
        if (parsed.GetValue(Json)) JsonOutput.Print(report);
        else Console.WriteLine($"copied: {report.Tables.Sum(table => table.Rows)} rows to {report.To}; books up to block {report.Block?.ToString() ?? "none"}, usage up to {report.Position}, digest {report.Digest}. Set database, keep dataDir for its bundles, and start the node.");
    }

    private static async Task MigrateAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        SharedDatabase.Refuse(settings, "db migrate", "The first node of a new version that starts brings its tables up to date.");
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

    /// <summary>The schema of the deployment, where the setting database names a server; else null.</summary>
    private static SchemaLook? ServerOf(SettingsReader settings)
    {
        if (settings.Find(ClusterSettings.Database) is not { Length: > 0 } database) return null;
        var file = settings.Find(Settings.Deployment) ?? throw new VerbException(ExitCode.Usage, "deployment: with database set, say whose books are looked at: the path of the deployment's file.");
        return SchemaLook.Open(database, DeploymentFile.Read(file).Watched.Id);
    }

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
