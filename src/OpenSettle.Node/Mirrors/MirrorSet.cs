using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Mirrors;

/// <summary>All mirrors: what is lost here is brought back from them.</summary>
public sealed class MirrorSet : IDisposable
{
    /// <summary>What the next epoch is divided from, and the one before it, which a vetoed one falls back to.</summary>
    private const int Needed = 2;

    // One copy is put together at a time, whoever asks for it.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly BundleFolder _bundles;
    private readonly NodeState _state;
    private readonly ILogger<MirrorSet> _log;

    // Where another node built it, it is nobody's loss that it is not here.
    private readonly bool _isShared;

    public MirrorSet(NodeOptions options, BundleFolder bundles, NodeState state, TimeProvider time, ILogger<MirrorSet> log)
        : this([.. options.BundleMirrors.Select(place => Open(place, time))], bundles, state, log) => _isShared = options.Cluster.IsShared;

    internal MirrorSet(IReadOnlyList<IBundleMirror> mirrors, BundleFolder bundles, NodeState state, ILogger<MirrorSet> log) =>
        (All, _bundles, _state, _log) = (mirrors, bundles, state, log);

    internal IReadOnlyList<IBundleMirror> All { get; }

    public bool HasAny => All.Count > 0;

    public void Dispose()
    {
        foreach (var mirror in All.OfType<IDisposable>()) mirror.Dispose();
        _turn.Dispose();
    }

    /// <summary>Brings the last epochs' bundles back where they are gone or damaged. Without mirrors there is nothing to look for.</summary>
    public async Task RestoreLastAsync(IBooks books, CancellationToken cancellation)
    {
        if (All.Count == 0) return;
        // The newest may be closed and not built: there is no bundle of it.
        foreach (var epoch in books.Read(session => session.Epochs.List(Needed + 1)).Where(epoch => !epoch.BundleHash.IsZero).Take(Needed))
        {
            if (!_bundles.IsWhole(epoch.BundleHash, cancellation)) await TryRestoreAsync(epoch.BundleHash, cancellation);
        }
    }

    /// <summary>Brings a bundle back from the first mirror that has it whole. Whether one had.</summary>
    public async Task<bool> TryRestoreAsync(Hash32 hash, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            // Another who waited for it may have brought it.
            return _bundles.IsWhole(hash, cancellation) || await RestoreAsync(hash, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Brings a bundle to one mirror at least, so that it outlives this machine. Without mirrors there is nowhere to bring it.</summary>
    /// <exception cref="MirrorException">None took it.</exception>
    public async Task ShareAsync(Hash32 hash, CancellationToken cancellation)
    {
        var (file, told) = (_bundles.PathOf(hash), new List<string>());
        foreach (var mirror in All)
        {
            try
            {
                if (await mirror.LengthAsync(hash, cancellation) != new FileInfo(file).Length) await mirror.PutAsync(hash, file, cancellation);
                return;
            }
            catch (MirrorException e)
            {
                told.Add($"{mirror.Name}: {e.Message}");
            }
        }

        if (told.Count > 0) throw new MirrorException($"bundleMirrors: no mirror takes the bundle {hash}, and without one no other node could go on with it: {string.Join("; ", told)}");
    }

    private async Task<bool> RestoreAsync(Hash32 hash, CancellationToken cancellation)
    {
        var told = new List<string>();
        var isNew = _isShared && !File.Exists(_bundles.PathOf(hash));
        foreach (var mirror in All)
        {
            if (await FetchAsync(mirror, hash, cancellation) is { } problem)
            {
                told.Add($"{mirror.Name}: {problem}");
                continue;
            }

            if (isNew) _log.BundleCame(hash, mirror.Name);
            else _log.BundleRestored(hash, mirror.Name);
            _state.ClearAlert(AlertOf(hash));
            return true;
        }

        _state.SetAlert(AlertOf(hash), $"It is not whole here, and no mirror gave it: {(told.Count > 0 ? string.Join("; ", told) : "there is none")}. Bring {_bundles.PathOf(hash)} back from a backup.");
        return false;
    }

    internal static string AlertOf(Hash32 hash) => $"bundle {hash}";

    /// <summary>Null where it is here now; else why not.</summary>
    private async Task<string?> FetchAsync(IBundleMirror mirror, Hash32 hash, CancellationToken cancellation)
    {
        var temporary = _bundles.TemporaryOf(hash);
        try
        {
            await using (var to = new MovingFile(temporary, _state))
            {
                if (!await mirror.FetchAsync(hash, to, cancellation)) return "it does not have it";
                to.Flush(flushToDisk: true);
            }

            // A mirror is trusted with nothing: its copy has the hash, or is none.
            return _bundles.Take(temporary, hash, cancellation) ? null : "what it has is something else";
        }
        catch (MirrorException e)
        {
            return e.Message;
        }
        catch (IOException e)
        {
            throw new StorageException(StorageErrorKind.Full, $"{temporary}: {e.Message} Make room; nothing that was acknowledged is lost.", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>While a copy comes in, however slowly, whoever waits for it does not hang.</summary>
    private sealed class MovingFile(string path, NodeState state) : FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 17, useAsync: true)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            state.Moved();
            return base.WriteAsync(buffer, cancellationToken);
        }
    }

    internal static IBundleMirror Open(string place, TimeProvider time) =>
        place.Contains("://", StringComparison.Ordinal) ? new HttpMirror(new Uri(place), time) : new FolderMirror(place);
}
