using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node;

/// <summary>Bundles on disk, each under the hash of its bytes.</summary>
public sealed class BundleFolder
{
    private readonly string _folder;

    public BundleFolder(NodeOptionsPaths paths)
    {
        _folder = paths.Bundles;
        Directory.CreateDirectory(_folder);
    }

    /// <summary>Writes a bundle so that it is whole and on disk, or not there, whenever the process ends. Returns its hash.</summary>
    public Hash32 Write(Bundle bundle)
    {
        var temporary = Path.Combine(_folder, $"epoch-{bundle.Number}.partial");
        try
        {
            Hash32 hash;
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                hash = BundleWriter.Write(bundle, file);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, PathOf(hash), overwrite: true);
            return hash;
        }
        catch (IOException e)
        {
            throw new StorageException(StorageErrorKind.Full, $"{temporary}: the bundle cannot be written: {e.Message} Make room; nothing that was acknowledged is lost.", e);
        }
    }

    /// <summary>Reads a bundle and checks that its bytes have that hash.</summary>
    public Bundle Read(Hash32 hash)
    {
        var path = PathOf(hash);
        if (!File.Exists(path))
            throw new SettlementHaltedException($"The bundle {path} is missing. Bring it back from a mirror or a backup; any copy of that name will do.");
        try
        {
            using var file = File.OpenRead(path);
            var (bundle, actual) = BundleReader.Read(file);
            if (actual != hash) throw new SettlementHaltedException($"The bundle {path} was changed: its hash is {actual}. Bring it back from a mirror or a backup.");
            return bundle;
        }
        catch (BundleFormatException e)
        {
            throw new SettlementHaltedException($"The bundle {path} was changed: {e.Message} Bring it back from a mirror or a backup.", e);
        }
    }

    /// <summary>The file of a bundle, whether it is there or not.</summary>
    public string PathOf(Hash32 hash) => Path.Combine(_folder, $"{hash}.bundle");
}

/// <summary>Where things lie in the data folder.</summary>
public sealed record NodeOptionsPaths(string Database, string Bundles)
{
    public static NodeOptionsPaths In(string dataDir) => new(Path.Combine(dataDir, "books.sqlite"), Path.Combine(dataDir, "bundles"));
}
