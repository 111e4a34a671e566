using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Mirrors;

/// <summary>
/// Keeps one mirror whole: brings every bundle there, the newest first and one at a time, sees that it is there, and looks
/// again now and then. While anything is missing an alert says so.
/// </summary>
internal sealed class MirrorKeeper(IBundleMirror mirror, string alert, MirrorSet mirrors, IBooks books, BundleFolder bundles, NodeState state, TimeProvider time, ILogger log)
{
    /// <summary>Between two looks for new epochs.</summary>
    internal static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    /// <summary>The newest are looked at every hour, the others once a day: after years there are tens of thousands.</summary>
    private const int Newest = 32;

    private static readonly TimeSpan LookAgain = TimeSpan.FromHours(1);
    private static readonly TimeSpan LookAgainAtOld = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(10);

    private readonly Dictionary<Hash32, DateTimeOffset> _seen = [];
    private readonly HashSet<Hash32> _lost = [];
    private List<SettledEpoch> _epochs = [];
    private SettledEpoch? _latest;
    private int _failures;

    /// <summary>Everything that is due. How long to wait before the next turn.</summary>
    public async Task<TimeSpan> TurnAsync(CancellationToken cancellation)
    {
        try
        {
            var latest = books.Read(session => session.Epochs.Latest());
            if (latest != _latest) _epochs = books.Read(session => session.Epochs.List(int.MaxValue).Where(epoch => !epoch.BundleHash.IsZero).ToList());
            _latest = latest;
            for (var i = 0; i < _epochs.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (IsDue(_epochs[i].BundleHash, i)) await KeepAsync(_epochs[i], cancellation);
            }

            _failures = 0;
            if (_lost.Count == 0) state.ClearAlert(alert);
            else state.SetAlert(alert, Missing("they are not whole here either"));
            return Idle;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // No money depends on a mirror, and none may wait for one.
            state.SetAlert(alert, Missing(e.Message));
            var wait = Idle * Math.Pow(2, Math.Min(_failures++, 10));
            return wait < LongestBackOff ? wait : LongestBackOff;
        }
        finally
        {
            state.SetMirrorMissing(alert[(alert.IndexOf(' ', StringComparison.Ordinal) + 1)..], MissingEpochs().Count);
        }
    }

    private bool IsDue(Hash32 hash, int place) =>
        !_seen.TryGetValue(hash, out var seen) || time.GetUtcNow() - seen >= (place < Newest ? LookAgain : LookAgainAtOld);

    private async Task KeepAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        var hash = epoch.BundleHash;
        var there = await mirror.LengthAsync(hash, cancellation);
        var file = new FileInfo(bundles.PathOf(hash));
        if (there is null || !file.Exists || there != file.Length)
        {
            // What is not whole here is no copy for others; a mirror may be the one that has it.
            if (!bundles.IsWhole(hash, cancellation) && !await mirrors.TryRestoreAsync(hash, cancellation))
            {
                _lost.Add(hash);
                _seen[hash] = time.GetUtcNow();
                return;
            }

            if (!await IsThereAsync(hash, there, cancellation)) await PutAsync(epoch, cancellation);
        }

        if (_lost.Remove(hash)) state.ClearAlert(MirrorSet.AlertOf(hash));
        _seen[hash] = time.GetUtcNow();
    }

    /// <summary>Of another length it may be the same bundle, compressed by another program.</summary>
    private async Task<bool> IsThereAsync(Hash32 hash, long? length, CancellationToken cancellation)
    {
        if (length is null) return false;
        if (length == new FileInfo(bundles.PathOf(hash)).Length) return true;
        var temporary = $"{bundles.TemporaryOf(hash)}.look";
        try
        {
            await using (var to = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                if (!await mirror.FetchAsync(hash, to, cancellation)) return false;
            }

            return BundleFolder.HasHash(temporary, hash, cancellation);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async Task PutAsync(SettledEpoch epoch, CancellationToken cancellation)
    {
        var file = bundles.PathOf(epoch.BundleHash);
        await mirror.PutAsync(epoch.BundleHash, file, cancellation);
        var (there, wanted) = (await mirror.LengthAsync(epoch.BundleHash, cancellation), new FileInfo(file).Length);
        if (there != wanted) throw new MirrorException($"it took the bundle of epoch {epoch.Number} with {wanted} bytes, and has {(there is { } length ? $"{length}" : "nothing")}");
        log.BundleMirrored(epoch.Number, mirror.Name);
    }

    private List<SettledEpoch> MissingEpochs() => [.. _epochs.Where(epoch => _lost.Contains(epoch.BundleHash) || !_seen.ContainsKey(epoch.BundleHash))];

    private string Missing(string why)
    {
        var missing = MissingEpochs();
        return missing.Count == 0
            ? $"It cannot be looked at: {why}"
            : $"{missing.Count} bundles are not there or were not seen, of epochs {missing[^1].Number} to {missing[0].Number}: {why}";
    }
}
