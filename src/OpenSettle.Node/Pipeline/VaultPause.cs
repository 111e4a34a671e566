using System.Buffers.Binary;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>The guardian's pause in the books. While it lasts, the clock of an open window stands still.</summary>
internal static class VaultPause
{
    private const string Key = "vault paused until";

    /// <summary>Block time in seconds until which the vault takes no proposal and activates none; zero where it was never paused.</summary>
    public static ulong Until(BooksSession session) => session.Meta.Get(Key) is { } bytes ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;

    public static void Begin(BooksSession session, ulong time, ulong until)
    {
        if (Open(session, time) is { } epoch) session.Epochs.SetReadyAt(epoch.Number, epoch.ReadyAt + until - time);
        Set(session, until);
    }

    /// <summary>What is left of the pause comes off the window again.</summary>
    public static void End(BooksSession session, ulong time)
    {
        var until = Until(session);
        if (Open(session, time) is { } epoch && until > time) session.Epochs.SetReadyAt(epoch.Number, epoch.ReadyAt - (until - time));
        Set(session, time);
    }

    private static SettledEpoch? Open(BooksSession session, ulong time) =>
        session.Epochs.Latest() is { State: EpochState.Proposed or EpochState.Foreign } epoch && epoch.ReadyAt > time ? epoch : null;

    private static void Set(BooksSession session, ulong until)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, until);
        session.Meta.Set(Key, bytes);
    }
}
