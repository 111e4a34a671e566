using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// The books after the newest active epoch, in a small file beside its bundle: a bundle too, without payments, terms, usage and records. Its
/// hash is in the database since the epoch's activation. Where it is missing or another, the bundle says the same, and takes as long
/// to read as it has payments. So too where the bundle's file no longer has the length that is in this one's name: somebody was there.
/// </summary>
internal sealed class NewestBooks(BundleFolder bundles)
{
    private const string Key = "newest books";

    private const string Prefix = "newest-";
    private const string Suffix = ".books";

    private readonly string _folder = Path.GetDirectoryName(bundles.PathOf(Hash32.Zero)) ?? string.Empty;

    /// <summary>Within the unit of work that posts the activation.</summary>
    public void Keep(BooksSession session, EpochReplay epoch)
    {
        if (FileOf(epoch.Hash) is not { } path) return;
        var books = epoch.Head with { Payments = [], Terms = [], Usage = EpochUsage.None, Push = [], Records = [], After = epoch.Result.After };
        var temporary = Path.Combine(_folder, $"{Prefix}{Suffix}.partial");
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                session.Meta.SetText(Key, $"{epoch.Hash} {BundleWriter.Write(books, file)}");
                file.Flush(flushToDisk: true);
            }

            foreach (var older in Directory.EnumerateFiles(_folder, $"{Prefix}*{Suffix}")) File.Delete(older);
            File.Move(temporary, path);
        }
        catch (IOException e)
        {
            throw new StorageException(StorageErrorKind.Full, $"{temporary}: the books cannot be written: {e.Message} Make room; nothing that was acknowledged is lost.", e);
        }
    }

    /// <summary>The books after an epoch; null where they are not kept here.</summary>
    public SettlementState? Find(BooksSession session, SettledEpoch epoch)
    {
        if (session.Meta.GetText(Key)?.Split(' ') is not [var bundle, var hash] || bundle != epoch.BundleHash.ToString()) return null;
        if (FileOf(epoch.BundleHash) is not { } path || !File.Exists(path)) return null;
        try
        {
            using var source = File.OpenRead(path);
            var (books, actual) = BundleReader.Read(source);
            return actual.ToString() == hash ? books.After : null;
        }
        catch (Exception e) when (e is BundleFormatException or IOException or UnauthorizedAccessException)
        {
            // The bundle is what counts; it is read instead, and says so where it is wrong itself.
            return null;
        }
    }

    /// <summary>Null where the bundle itself is not there.</summary>
    private string? FileOf(Hash32 bundle) => new FileInfo(bundles.PathOf(bundle)) is { Exists: true } file
        ? Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{file.Length}{Suffix}"))
        : null;
}
