using System.Runtime.CompilerServices;
using OpenSettle.Node.Mirrors;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Doctor;

/// <summary>Each mirror can be asked, and has the last bundle.</summary>
internal sealed class MirrorsCheck : ICheck
{
    public string Name => "mirrors";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var places = patient.Options.BundleMirrors;
        if (places.Count == 0) yield return Finding.Ok(Name, "none is set: bundles are in the data folder and in backups alone");
        // One that nobody has answers too: it is not there.
        var newest = BundlesCheck.Newest(patient) is [var last, ..] ? last.Hash : Hash32.Zero;
        foreach (var place in places)
        {
            var mirror = MirrorSet.Open(place, patient.Time);
            try
            {
                yield return await LookAsync(mirror, newest, cancellation);
            }
            finally
            {
                (mirror as IDisposable)?.Dispose();
            }
        }
    }

    private async Task<Finding> LookAsync(IBundleMirror mirror, Hash32 newest, CancellationToken cancellation)
    {
        try
        {
            var length = await mirror.LengthAsync(newest, cancellation);
            return length is not null || newest.IsZero
                ? Finding.Ok(Name, $"{mirror.Name} {(newest.IsZero ? "can be asked" : "has the last bundle")}")
                : Finding.Warning(Name, $"{mirror.Name} does not have the last bundle.", "Run the node: it copies what is missing. Where it does run, look at its alerts: opensettle status.");
        }
        catch (MirrorException e)
        {
            return Finding.Warning(Name, $"{mirror.Name}: {e.Message.TrimEnd('.')}.", "Bring the mirror back, or take it out of bundleMirrors.");
        }
    }
}
