using OpenSettle.Storage.Usage;

namespace OpenSettle.Storage.Stores;

/// <summary>Up to where streams are taken: kept in the commit of what was taken, so that what is delivered again changes nothing.</summary>
internal static class StreamMarks
{
    public static StreamMark? Find(BooksSession session, string stream) => session.Single(
        "SELECT identity, next FROM usage_streams WHERE stream = ?1", row => new StreamMark(stream, row.GetString(0), row.GetInt64(1)), stream);

    /// <summary>Whether that much of the stream, or more, was taken before.</summary>
    public static bool IsTaken(BooksSession session, StreamMark mark) => Find(session, mark.Stream) is { } known && known.Identity == mark.Identity && known.Next >= mark.Next;

    public static void Set(BooksSession session, StreamMark mark) => session.Execute(
        "INSERT INTO usage_streams (stream, identity, next) VALUES (?1, ?2, ?3) ON CONFLICT (stream) DO UPDATE SET identity = excluded.identity, next = excluded.next",
        mark.Stream, mark.Identity, mark.Next);
}
