using System.Security.Cryptography;

namespace OpenSettle.Storage;

/// <summary>Copies of files that are on disk when they are told of, and what they hold.</summary>
internal static class FileCopy
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Copies a file, and tells what it holds. The copy is on disk, its name not yet.</summary>
    public static (long Bytes, string Sha256) Copy(string source, string target)
    {
        using var from = Open(source);
        using var to = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        var sums = Read(from, part => to.Write(part));
        to.Flush(flushToDisk: true);
        return sums;
    }

    /// <summary>The length and the SHA-256 of a file.</summary>
    public static (long Bytes, string Sha256) Sum(string path)
    {
        using var from = Open(path);
        return Read(from, static _ => { });
    }

    /// <summary>Brings to the disk what another library wrote.</summary>
    public static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Writes a small file so that it is whole under its name, or not there.</summary>
    public static void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        var partial = path + ".partial";
        using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) FolderFlush.Flush(folder);
    }

    private delegate void Take(ReadOnlySpan<byte> part);

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferBytes, FileOptions.SequentialScan);

    private static (long Bytes, string Sha256) Read(FileStream from, Take take)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferBytes];
        long bytes = 0;
        int read;
        while ((read = from.Read(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            take(buffer.AsSpan(0, read));
            bytes += read;
        }

        return (bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
