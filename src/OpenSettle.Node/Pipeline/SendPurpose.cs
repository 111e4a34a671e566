using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Pipeline;

/// <summary>What the purposes of transactions say.</summary>
internal static class SendPurpose
{
    public static bool IsProposal(string purpose) => purpose.StartsWith("propose ", StringComparison.Ordinal);

    /// <summary>Whether it only uses up a nonce that nothing else has.</summary>
    public static bool IsFiller(string purpose) => purpose.StartsWith("fill ", StringComparison.Ordinal);

    /// <summary>Whether final blocks show its effect already. Only then is an intent given up.</summary>
    public static bool IsObsolete(BooksSession session, string purpose)
    {
        if (IsProposal(purpose)) return session.Epochs.Latest() is not { State: EpochState.Built };
        if (purpose.StartsWith("activate ", StringComparison.Ordinal)) return session.Epochs.Latest()?.State is EpochState.Active or EpochState.Attested;
        return purpose.StartsWith("attest ", StringComparison.Ordinal)
            && !session.Epochs.ToAttest().Any(epoch => purpose == $"attest epoch {epoch.Number}");
    }
}
