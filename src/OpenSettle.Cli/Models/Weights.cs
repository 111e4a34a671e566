using System.Security.Cryptography;
using System.Text;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Models;

/// <summary>
/// A model's identity: the SHA-256 of its weights. Of several files it is that of the lines that <c>sha256sum</c> writes of them, in order of name.
/// </summary>
internal static class Weights
{
    private const int PartSize = 1024 * 1024;

    public static async Task<Hash32> DigestAsync(IReadOnlyList<string> files, CancellationToken cancellation)
    {
        try
        {
            if (files.Count == 1) return Hash32.FromBytes(await HashAsync(files[0], cancellation));
            var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var file in files)
            {
                var name = Path.GetFileName(file);
                if (!lines.TryAdd(name, $"{Convert.ToHexStringLower(await HashAsync(file, cancellation))}  {name}\n")) throw new VerbException(ExitCode.Usage, $"--weights: two files are named {name}.");
            }

            return Hash32.FromBytes(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines.Values))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"--weights: {e.Message}", e);
        }
    }

    private static async Task<byte[]> HashAsync(string file, CancellationToken cancellation)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan | FileOptions.Asynchronous);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var progress = new Screen.HashProgress(Path.GetFileName(file), stream.Length, Clock.Real);
        var part = new byte[PartSize];
        int read;
        while ((read = await stream.ReadAsync(part, cancellation)) > 0)
        {
            hash.AppendData(part, 0, read);
            progress.Took(read);
        }

        return hash.GetHashAndReset();
    }
}
