using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// The books after the newest active epoch, in a small file beside its bundle: a bundle too, without payments, terms and usage. Its
/// hash is in the database since the epoch's activation. Where the file is missing or another, the bundle says the same, and is read
/// for as long as it has payments.
/// </summary>
internal sealed class NewestBooks(BundleFolder bundles)
{
    private const string Key = "newest books";

    private string File => Path.Combine(Path.GetDirectoryName(bundles.PathOf(Hash32.Zero)) ?? string.Empty, "newest.books");

    /// <summary>Within the unit of work that posts the activation.</summary>
    public void Keep(BooksSession session, EpochReplay epoch)
    {
        var books = epoch.Head with { Payments = [], Terms = [], Usage = EpochUsage.None, Push = [], After = epoch.Result.After };
        var temporary = $"{File}.partial";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                session.Meta.SetText(Key, $"{epoch.Hash} {BundleWriter.Write(books, file)}");
                file.Flush(flushToDisk: true);
            }

            System.IO.File.Move(temporary, File, overwrite: true);
        }
        catch (IOException e)
        {
            throw new StorageException(StorageErrorKind.Full, $"{temporary}: the books cannot be written: {e.Message} Make room; nothing that was acknowledged is lost.", e);
        }
    }

    /// <summary>The books after an epoch; null where they are not kept here.</summary>
    public SettlementState? Find(BooksSession session, SettledEpoch epoch)
    {
        if (session.Meta.GetText(Key)?.Split(' ') is not [var bundle, var hash] || bundle != epoch.BundleHash.ToString() || !System.IO.File.Exists(File)) return null;
        try
        {
            using var source = System.IO.File.OpenRead(File);
            var (books, actual) = BundleReader.Read(source);
            return actual.ToString() == hash ? books.After : null;
        }
        catch (Exception e) when (e is BundleFormatException or IOException or UnauthorizedAccessException)
        {
            // The bundle is what counts; it is read instead, and says so where it is wrong itself.
            return null;
        }
    }
}
