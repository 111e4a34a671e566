using System.Runtime.CompilerServices;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Doctor;

/// <summary>The bundles that the next epoch is divided from are there, to the last byte.</summary>
internal sealed class BundlesCheck : ICheck
{
    private const int Needed = 2;

    public string Name => "bundles";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        if (patient.HasBadBooks)
        {
            yield return Finding.Skipped(Name, "the books cannot be read (see database)");
            yield break;
        }

        var whole = 0;
        foreach (var epoch in Newest(patient))
        {
            var path = BundleFolder.PathIn(patient.Data.Bundles, epoch.Hash);
            const string Remedy = "Bring it back from a mirror or a backup: any copy of that name will do. With bundleMirrors set, the next start does it.";
            if (!File.Exists(path)) yield return Finding.Fault(Name, $"the bundle of epoch {epoch.Number} is missing: {path}.", Remedy);
            else if (!BundleFolder.HasHash(path, epoch.Hash, cancellation)) yield return Finding.Fault(Name, $"the bundle of epoch {epoch.Number} was changed, or is cut short: {path}.", Remedy);
            else whole++;
        }

        if (whole == Newest(patient).Count) yield return Finding.Ok(Name, whole == 0 ? "there is none yet" : $"the last {whole} are whole");
    }

    /// <summary>The newest epochs that have a bundle, the newest first.</summary>
    internal static IReadOnlyList<(ulong Number, Hash32 Hash)> Newest(Patient patient) =>
        [.. (patient.Books?.Epochs ?? []).Where(epoch => !epoch.BundleHash.IsZero).Take(Needed).Select(epoch => (epoch.Number, epoch.BundleHash))];
}
