using System.Runtime.CompilerServices;
using OpenSettle.Node.Configuration;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Doctor;

/// <summary>The data folder can be written to, has room, and was not left in the middle of a restore.</summary>
internal sealed class FolderCheck : ICheck
{
    private const long LittleRoom = 2L << 30;
    private const long NoRoom = 256L << 20;

    public string Name => "folder";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        var folder = patient.Data.Folder;
        var (dataDir, remedy) = (Settings.DataDir.Key, $"Set {Settings.DataDir.Key} to a folder that this user may write to.");
        var nearest = NearestOf(folder);
        if (File.Exists(nearest) && !Directory.Exists(nearest))
        {
            yield return Finding.Fault(Name, $"{dataDir}: {nearest} is a file, not a folder.", remedy);
            yield break;
        }

        if (!FolderAccess.CanWrite(nearest))
        {
            yield return Finding.Fault(Name, $"{dataDir}: {nearest} cannot be written to.", remedy);
            yield break;
        }

        if (DataLook.IsHalfRestored(patient.Data)) yield return Finding.Fault(Name, $"{folder}: a restore was broken off here.", "Run 'opensettle db restore' with the same folder again: it goes on where it was.");
        var free = new DriveInfo(nearest).AvailableFreeSpace;
        if (free < LittleRoom) yield return RoomOf(nearest, free);
        else yield return Finding.Ok(Name, nearest == folder ? $"{folder}, {free >> 30} GiB free" : $"{folder} is made at the first start, {free >> 30} GiB free");
    }

    /// <summary>A disk with little room.</summary>
    internal Finding RoomOf(string folder, long free) => free < NoRoom
        ? Finding.Fault(Name, $"{folder}: {free >> 20} MiB are free, and a full disk stops settlement.", "Make room, or set dataDir to a larger disk.")
        : Finding.Warning(Name, $"{folder}: {free >> 20} MiB are free.", "Make room, or set usageKeepDays and usageArchive so that older usage goes elsewhere.");

    /// <summary>The folder, or what there is of the way to it.</summary>
    private static string NearestOf(string folder)
    {
        var at = folder;
        while (!Path.Exists(at) && Path.GetDirectoryName(at) is { Length: > 0 } parent) at = parent;
        return at;
    }
}
