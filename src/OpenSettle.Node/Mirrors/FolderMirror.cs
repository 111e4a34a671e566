using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Mirrors;

/// <summary>A folder, of another disk or of the network.</summary>
internal sealed class FolderMirror(string folder) : IBundleMirror
{
    private const int Piece = 1 << 17;

    private readonly string _folder = Path.GetFullPath(folder);

    public string Name => _folder;

    public Task<long?> LengthAsync(Hash32 hash, CancellationToken cancellation) => GuardAsync(() =>
    {
        var file = new FileInfo(PathOf(hash));
        return Task.FromResult(file.Exists ? (long?)file.Length : null);
    });

    public Task PutAsync(Hash32 hash, string file, CancellationToken cancellation) => GuardAsync(async () =>
    {
        var temporary = $"{PathOf(hash)}.partial";
        await using (var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, Piece, useAsync: true))
        await using (var to = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, Piece, useAsync: true))
        {
            await from.CopyToAsync(to, Piece, cancellation);
            to.Flush(flushToDisk: true);
        }

        // Read back: a copy that nobody can use is none.
        if (!BundleFolder.HasHash(temporary, hash, cancellation))
        {
            File.Delete(temporary);
            throw new MirrorException($"what was written of {hash} reads otherwise");
        }

        File.Move(temporary, PathOf(hash), overwrite: true);
        FolderFlush.Flush(_folder);
        return true;
    });

    public Task<bool> FetchAsync(Hash32 hash, Stream to, CancellationToken cancellation) => GuardAsync(async () =>
    {
        if (!File.Exists(PathOf(hash))) return false;
        await using var from = new FileStream(PathOf(hash), FileMode.Open, FileAccess.Read, FileShare.Read, Piece, useAsync: true);
        await from.CopyToAsync(to, Piece, cancellation);
        return true;
    });

    private string PathOf(Hash32 hash) => Path.Combine(_folder, $"{hash}.bundle.gz");

    private async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            // Not made here: where a disk is not mounted, the copies would fill another one.
            return Directory.Exists(_folder) ? await work() : throw new MirrorException("the folder is not there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MirrorException(e.Message, e);
        }
    }
}
