using System.IO.Compression;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Verification;

/// <summary>What became of fetching a file.</summary>
/// <param name="From">The place that gave it; null where none did.</param>
/// <param name="Refused">The places that were asked before, each with what was wrong there.</param>
public sealed record Fetched(string? From, IReadOnlyList<string> Refused)
{
    public bool Found => From is not null;

    /// <summary>Why it could not be had, for people.</summary>
    public string Why => Refused.Count > 0 ? string.Join("; ", Refused) : "there was no place to ask";
}

/// <summary>
/// Brings bundles into a folder by their hash. It asks one place after another, the address on chain last; as the hash decides, any place
/// will do, and a place that gives something else is passed over.
/// </summary>
public sealed class BundleSource(IReadOnlyList<Place> places, HttpClient http, TimeProvider time)
{
    /// <summary>Most bytes of a bundle: some fifty million payments.</summary>
    public const long MostBytes = 16L * 1024 * 1024 * 1024;

    private const string AtHand = "at hand";

    /// <summary>Brings a bundle into the folder, where it is not there whole already.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="addressOnChain">Where the proposal says that it is; null: nobody says.</param>
    /// <param name="into">Takes it.</param>
    /// <exception cref="StorageException">The folder's disk does not take it.</exception>
    public async Task<Fetched> FetchAsync(Hash32 hash, string? addressOnChain, BundleFolder into, CancellationToken cancellation)
    {
        var refused = new List<string>();
        if (File.Exists(into.PathOf(hash)))
        {
            using var there = new SourceStream(File.OpenRead(into.PathOf(hash)), null, time);
            if (await ProblemAsync(there, hash, null, cancellation) is not { } changed) return new Fetched(AtHand, refused);
            refused.Add($"{AtHand}: {changed}");
        }

        var addresses = addressOnChain is null ? [] : AddressOnChain(addressOnChain, refused);
        foreach (var (place, names) in places.Select(place => (place, new[] { $"{hash}.bundle.gz", hash.ToString() })).Concat(addresses))
        {
            if (await AskAsync(place, names, hash, into, cancellation) is not { } reason) return new Fetched(place.Name, refused);
            refused.Add($"{place.Name}: {reason}");
        }

        return new Fetched(null, refused);
    }

    /// <summary>Whoever proposed chose the address on chain: it may name a web server, and nothing of this machine.</summary>
    private (Place Place, string[] Names)[] AddressOnChain(string text, List<string> refused)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") return [(new WebPlace(address, http, time), [string.Empty])];
        refused.Add("the address on chain is not one of http or https");
        return [];
    }

    /// <summary>Null where the place gave the bundle, and it is in the folder now; else why not.</summary>
    private static async Task<string?> AskAsync(Place place, IReadOnlyList<string> names, Hash32 hash, BundleFolder into, CancellationToken cancellation)
    {
        var reason = "it does not have it";
        foreach (var name in names)
        {
            try
            {
                using var source = await place.OpenAsync(name, cancellation);
                if (source is null) continue;
                if (await ProblemAsync(source, hash, into, cancellation) is not { } problem) return null;
                reason = problem;
            }
            catch (PlaceException e)
            {
                return e.Message;
            }
        }

        return reason;
    }

    /// <summary>Takes what a place gives, where it is the bundle; else says what is wrong with it.</summary>
    private static async Task<string?> ProblemAsync(SourceStream source, Hash32 hash, BundleFolder? into, CancellationToken cancellation)
    {
        try
        {
            using var bytes = await UnpackedStream.OpenAsync(source, MostBytes, cancellation);
            var actual = into is null ? await CopyAsync(bytes, null, cancellation) : await StoreAsync(bytes, hash, into, cancellation);
            return actual == hash ? null : $"what it gives has the hash {actual}";
        }
        catch (PlaceException e)
        {
            return e.Message;
        }
    }

    private static async Task<Hash32> StoreAsync(UnpackedStream bytes, Hash32 hash, BundleFolder into, CancellationToken cancellation)
    {
        var path = into.PathOf(hash);
        var partial = $"{path}.partial";
        // Its hash is known once all of it is there: what fills a disk must not be somebody else's choice.
        var room = new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace / 10 * 9;
        try
        {
            Hash32 actual;
            await using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true))
            {
                await using (var compressed = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true)) actual = await CopyAsync(bytes, compressed, cancellation, () => file.Length > room);
                file.Flush(flushToDisk: true);
            }

            if (actual == hash) File.Move(partial, path, overwrite: true);
            return actual;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(StorageErrorKind.Full, $"{partial}: the bundle cannot be written: {e.Message} Make room.", e);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<Hash32> CopyAsync(UnpackedStream bytes, Stream? to, CancellationToken cancellation, Func<bool>? isFull = null)
    {
        var hasher = new Keccak256Hasher();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await bytes.ReadAsync(buffer, cancellation)) > 0)
        {
            hasher.Append(buffer.AsSpan(0, read));
            if (to is not null) await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
            if (isFull?.Invoke() == true) throw new PlaceException("what it gives takes nine tenths of the room that is left on the disk; if it is the bundle, make room");
        }

        return hasher.Finish();
    }
}
