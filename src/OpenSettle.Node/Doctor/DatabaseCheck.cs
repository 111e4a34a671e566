using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Doctor;

/// <summary>The database, or its two files: whole, of this deployment, of a version that this program knows, and of this chain.</summary>
internal sealed class DatabaseCheck : ICheck
{
    /// <summary>Larger files take long to be read whole: 'opensettle db check' does it.</summary>
    private const long MostRead = 256L << 20;

    /// <summary>The newest one may be closed and not built, and the one before it proposed and not active.</summary>
    internal const int Epochs = 4;

    private const string OtherFolder = "Set dataDir to this deployment's folder, or deployment to the right file.";

    public string Name => "database";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (patient.Options.Cluster.IsShared)
        {
            await foreach (var finding in SharedAsync(patient, cancellation)) yield return finding;
            yield break;
        }

        var paths = patient.Data;
        if (!File.Exists(paths.Books) && !File.Exists(paths.Usage))
        {
            yield return Finding.Ok(Name, "there is none yet: the first start makes it");
            yield break;
        }

        var (status, unreadable) = Read(paths);
        if (status is null)
        {
            patient.HasBadBooks = true;
            yield return Finding.FaultOf(Name, unreadable ?? "it cannot be read.", "Restore a backup (opensettle db restore), or write the books anew (opensettle rebuild).");
            yield break;
        }

        var faults = FilesOf(status).SelectMany(file => FaultsOf(patient, file.Database, file.Deployment)).ToList();
        foreach (var fault in faults) yield return fault;
        if (faults.Count > 0)
        {
            patient.HasBadBooks = true;
            yield break;
        }

        foreach (var (database, _) in FilesOf(status).Where(file => file.Database.Version < file.Database.Newest))
            yield return Finding.Ok(Name, $"{database.File} is brought from version {database.Version} to {database.Newest} at the next start");
        if (status.Books is not { } books || books.Database.Version < books.Database.Newest) yield break;

        var look = patient.Books = DataLook.Books(paths, session => new BooksLook(session.Chain.Cursor(), session.Epochs.List(Epochs)));
        // Looked at again: a node that runs took events and closed an epoch between the two looks.
        if (CutProblem(look, status.Usage) is not null && CutProblem(look, DataStatus.Read(paths).Usage) is { } cut) yield return Finding.Fault(Name, cut, "Restore usage.sqlite from a backup that is as new as the books; or put the books aside, and 'opensettle rebuild' makes both anew.");
        if (await ForkAsync(patient, look, cancellation) is { } fork) yield return fork;
        else yield return Finding.Ok(Name, $"books up to block {look.Cursor?.Block.ToString() ?? "none"}, {books.Epochs ?? 0} epochs, {status.Usage?.Position ?? 0} usage events{(DataLook.IsInUse(paths) ? "; a process works on them" : string.Empty)}");
    }

    /// <summary>One that several nodes share. It is left as it is: a node makes its tables.</summary>
    private async IAsyncEnumerable<Finding> SharedAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var look = await SharedLook.AtAsync(patient.Options, cancellation);
        if (look.Problem is { } problem)
        {
            patient.HasBadBooks = true;
            yield return Finding.FaultOf(Name, problem, "Set database to a PostgreSQL that this node reaches.");
            yield break;
        }

        if (look.Books is not { } books)
        {
            yield return Finding.Ok(Name, look.Told);
            yield break;
        }

        patient.Books = books;
        if (await ForkAsync(patient, books, cancellation) is { } fork) yield return fork;
        else yield return Finding.Ok(Name, look.Told);
    }

    private static (DataStatus? Status, string? Problem) Read(DataPaths paths)
    {
        try
        {
            return (DataStatus.Read(paths), null);
        }
        catch (StorageException e)
        {
            return (null, e.Message);
        }
    }

    private static IEnumerable<(DatabaseStatus Database, string? Deployment)> FilesOf(DataStatus status)
    {
        if (status.Books is { } books) yield return (books.Database, books.Deployment);
        if (status.Usage is { } usage) yield return (usage.Database, usage.Deployment);
    }

    private IEnumerable<Finding> FaultsOf(Patient patient, DatabaseStatus file, string? deployment)
    {
        if (deployment is not null && deployment != DataLook.NameOf(patient.Options.Deployment.Watched.Id))
            yield return Finding.Fault(Name, $"{file.File} holds the data of another deployment ({deployment}).", OtherFolder);
        else if (file.Version > file.Newest)
            yield return Finding.Fault(Name, $"{file.File} has tables of version {file.Version}, and this program knows {file.Newest}.", "Run the newer program that wrote it.");
        else if (file.Bytes <= MostRead && DamageOf(file.File) is { } damage)
            yield return Finding.Fault(Name, $"{file.File} is damaged: {damage.TrimEnd('.')}.", "Restore a backup (opensettle db restore), or put it aside and write the books anew (opensettle rebuild).");
    }

    private static string? DamageOf(string file)
    {
        try
        {
            return DataLook.DamageOf(file);
        }
        catch (StorageException e)
        {
            return e.InnerException?.Message ?? e.Message;
        }
    }

    /// <summary>The usage has to reach as far as the epochs that took it.</summary>
    private static string? CutProblem(BooksLook books, UsageStatus? usage) =>
        books.Epochs is [{ UsagePosition: > 0 } latest, ..] && (usage?.Position ?? 0) < latest.UsagePosition
            ? $"usage.sqlite ends with event {usage?.Position ?? 0}, and epoch {latest.Number} took events up to {latest.UsagePosition}."
            : null;

    /// <summary>Final blocks do not change: where the books have another one, one of the two is of another chain.</summary>
    private async Task<Finding?> ForkAsync(Patient patient, BooksLook books, CancellationToken cancellation)
    {
        if (books.Cursor is not { } cursor || patient.Right is not [var endpoint, ..]) return null;
        const string Remedy = "Find out whether the chain was begun anew, rpc names another fork, or finality is too low. For a local chain that was begun anew: set dataDir to an empty folder.";
        if (await endpoint.Client.GetBlockAsync(BlockRef.At(cursor.Block), cancellation) is { } block)
        {
            return block.Hash == cursor.Hash ? null : Finding.Fault(Name, $"block {cursor.Block} is {cursor.Hash} in the books, and {block.Hash} at {endpoint.Name}.", Remedy);
        }

        // Asked anew: a node that runs goes on while this looks, and an endpoint may be a few blocks behind another.
        var head = await endpoint.Client.GetBlockAsync(BlockRef.Latest, cancellation);
        return head is not null && head.Number + new EndpointOptions().MostBehind < cursor.Block
            ? Finding.Fault(Name, $"the books are at block {cursor.Block}, and {endpoint.Name} is at {head.Number}.", Remedy)
            : null;
    }
}
