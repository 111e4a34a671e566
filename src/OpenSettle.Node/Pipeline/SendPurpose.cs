using System.Globalization;
using OpenSettle.Node.Relay;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>What the purposes of transactions say. One purpose is one intent; what is tried again is a new one of the same name and a number.</summary>
internal static class SendPurpose
{
    private const string Again = " again ";

    /// <summary>What reverts so often reverts for a reason that waiting does not cure.</summary>
    private const int MostTries = 3;

    public static string Propose(SettledEpoch epoch) => Text($"propose epoch {epoch.Number}.{epoch.Attempt}");

    public static string Activate(SettledEpoch epoch) => Text($"activate epoch {epoch.Number}.{epoch.Attempt}");

    public static string Attest(ulong epoch) => Text($"attest epoch {epoch}");

    public static string Veto(ulong epoch, uint attempt) => Text($"veto epoch {epoch}.{attempt}");

    public static string Push(ulong epoch, ulong first, ulong count) => Text($"push epoch {epoch} entries {first}+{count}");

    /// <summary>The first word of a purpose: propose, activate, attest, push, sweep, relay, veto, fill.</summary>
    public static string KindOf(string purpose) => purpose.Split(' ', 2)[0];

    public static string Relay(long batch) => Text($"relay claims {batch}");

    public static bool IsRelay(string purpose) => purpose.StartsWith("relay ", StringComparison.Ordinal);

    public static bool IsPush(string purpose) => purpose.StartsWith("push ", StringComparison.Ordinal);

    /// <summary>Whether it only uses up a nonce that nothing else has.</summary>
    public static bool IsFiller(string purpose) => purpose.StartsWith("fill ", StringComparison.Ordinal);

    /// <summary>The newest try of a purpose, null before the first, and the name of the next one.</summary>
    public static (OutboxRecord? Known, string Next) Newest(BooksSession session, string purpose)
    {
        OutboxRecord? known = null;
        for (var number = 1;; number++)
        {
            var name = number == 1 ? purpose : Text($"{purpose}{Again}{number}");
            if (session.Outbox.Find(name) is not { } found) return (known, name);
            known = found;
        }
    }

    /// <summary>Whether that would be one try too many.</summary>
    public static bool IsTriedOut(string next)
    {
        var at = next.LastIndexOf(Again, StringComparison.Ordinal);
        return at >= 0 && int.Parse(next.AsSpan(at + Again.Length), NumberStyles.None, CultureInfo.InvariantCulture) > MostTries;
    }

    /// <exception cref="SettlementHaltedException">It was tried often enough.</exception>
    public static void RequireTries(OutboxRecord reverted, string next)
    {
        if (IsTriedOut(next))
            throw new SettlementHaltedException($"The transaction to {reverted.Purpose} ({reverted.Hash}) reverted, as {MostTries - 1} before it, and nobody else did it. Look at it before starting again.");
    }

    /// <summary>Whether final blocks show its effect already, or that it can have none. Only then is an intent given up.</summary>
    public static bool IsObsolete(BooksSession session, string purpose)
    {
        var at = purpose.IndexOf(Again, StringComparison.Ordinal);
        var name = at < 0 ? purpose : purpose[..at];
        // A newer try stands for it.
        if (Newest(session, name).Known is { } newest && newest.Purpose != purpose) return true;
        if (name.StartsWith("propose ", StringComparison.Ordinal)) return session.Epochs.Latest() is not { State: EpochState.Signed } signed || Propose(signed) != name;
        if (name.StartsWith("activate ", StringComparison.Ordinal)) return session.Epochs.Latest() is not { State: EpochState.Proposed } proposed || Activate(proposed) != name;
        if (name.StartsWith("attest ", StringComparison.Ordinal)) return !session.Epochs.ToAttest().Any(epoch => name == Attest(epoch.Number));
        if (name.StartsWith("veto ", StringComparison.Ordinal)) return !IsVetoOpen(session, name);
        if (IsRelay(name)) return !IsRelayOpen(session, name);
        return IsPush(name) && !IsPushOpen(session, name);
    }

    /// <summary>Whether a push has one of these entries in it.</summary>
    public static bool Covers(string purpose, ulong epoch, ulong first, ulong count)
    {
        var (ofEpoch, from, many) = EntriesOf(purpose);
        return ofEpoch == epoch && from < first + count && first < from + many;
    }

    /// <summary>Whether final blocks leave something to do for any of its claims.</summary>
    private static bool IsRelayOpen(BooksSession session, string name)
    {
        var end = session.Chain.Cursor()?.Timestamp ?? 0;
        var number = long.Parse(name.AsSpan(name.LastIndexOf(' ') + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        return session.Relay.InBatch(number).Any(claim => claim.Deadline >= end && !RelayStep.IsPaid(session, claim));
    }

    /// <summary>The proposal need not be final: its window runs all the same.</summary>
    private static bool IsVetoOpen(BooksSession session, string name)
    {
        var words = name[(name.LastIndexOf(' ') + 1)..].Split('.');
        var (epoch, attempt) = (ulong.Parse(words[0], NumberStyles.None, CultureInfo.InvariantCulture), int.Parse(words[1], NumberStyles.None, CultureInfo.InvariantCulture));
        return (session.Epochs.LatestActive()?.Number ?? 0) < epoch && session.Epochs.Vetoed(epoch).Count <= attempt;
    }

    private static bool IsPushOpen(BooksSession session, string name)
    {
        var (epoch, first, count) = EntriesOf(name);
        return session.Pushes.Range(epoch, first, count).Any(row => row.State == PushState.Open);
    }

    private static (ulong Epoch, ulong First, ulong Count) EntriesOf(string purpose)
    {
        var words = purpose.Split(' ', '+');
        ulong Number(int word) => ulong.Parse(words[word], NumberStyles.None, CultureInfo.InvariantCulture);
        return (Number(2), Number(4), Number(5));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
