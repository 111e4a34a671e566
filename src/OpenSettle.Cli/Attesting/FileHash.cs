using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Attesting;

/// <summary>keccak-256 of a file's bytes, however long it is: data sets do not fit into memory.</summary>
internal static class FileHash
{
    private const int PartSize = 1024 * 1024;

    /// <exception cref="DraftException">The file cannot be read.</exception>
    public static Hash32 Of(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            var hasher = new Keccak256Hasher();
            var part = new byte[PartSize];
            using var progress = new HashProgress(Path.GetFileName(path), file.Length, Clock.Real);
            int read;
            while ((read = file.Read(part)) > 0)
            {
                hasher.Append(part.AsSpan(0, read));
                progress.Took(read);
            }

            return hasher.Finish();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new DraftException($"cannot read {path}: {e.Message} Give a file (of a folder, an archive of it), or its hash: 0x and 64 hexadecimal digits");
        }
    }
}
