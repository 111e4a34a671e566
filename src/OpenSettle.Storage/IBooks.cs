using OpenSettle.Storage.Stores;

namespace OpenSettle.Storage;

/// <summary>
/// The books: one unit of work at a time writes them, and is on disk when the call returns; any number of readers, each on a snapshot.
/// One engine stands behind it for one node, another for several.
/// </summary>
public interface IBooks : IDisposable
{
    /// <summary>Where they are, for who reads of it: never with a password.</summary>
    string Place { get; }

    /// <summary>What they take on the disk: tables, indexes, and a file's log.</summary>
    long Bytes { get; }

    /// <summary>Runs one unit of work. All of it is on disk afterwards, or, after an exception, none.</summary>
    Task<T> WriteAsync<T>(Func<BooksSession, T> work, CancellationToken cancellation);

    /// <summary>Reads on a snapshot: a writer in between changes nothing of what is seen.</summary>
    T Read<T>(Func<BooksSession, T> work);

    /// <summary>
    /// Rows that are read one by one, on a snapshot that ends with them: however many there are, few are in memory. Gone through
    /// again, they are read again, on a newer snapshot.
    /// </summary>
    IEnumerable<T> Stream<T>(Func<BooksSession, IEnumerable<T>> rows);
}

/// <summary>Units of work that give nothing back.</summary>
public static class BooksWriting
{
    /// <inheritdoc cref="IBooks.WriteAsync{T}"/>
    public static Task WriteAsync(this IBooks books, Action<BooksSession> work, CancellationToken cancellation) => books.WriteAsync<object?>(
        session =>
        {
            work(session);
            return null;
        },
        cancellation);
}
