using OpenSettle.Node.Configuration;
using OpenSettle.Node.Passports;
using OpenSettle.Node.Usage;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Leading;

/// <summary>What stands between a lease and the first step: the state is brought up to the books, and they are looked at as at a start.</summary>
internal sealed class LeaderStart(NodeOptions options, IBooks books, IUsageJournal usage, BooksFollower follower, NodeState state, ILogger<LeaderStart> log)
{
    private const string Key = "halted";
    private const string Alert = "halted before";

    public async Task RunAsync(CancellationToken cancellation)
    {
        await PassportStart.RunAsync(books, options.Deployment.Watched, log.PassportsFilled, cancellation);
        UsageCut.Require(books.Read(session => session.Epochs.Latest()), usage, books.Place);
        await follower.CatchUpAsync(cancellation);
        if (books.Read(session => session.Meta.GetText(Key)) is not { Length: > 0 } halted) return;
        // It may be this node's to settle now, and must not be so in silence.
        state.SetAlert(Alert, $"{halted} That node is gone, and this one settles. Find out what was wrong there; the alert goes with the next start of this node.");
        await books.WriteAsync(session => session.Meta.SetText(Key, string.Empty), cancellation);
    }

    /// <summary>Says to whoever leads next that this node stopped settling, and why.</summary>
    public static void Note(BooksSession session, string node, string why) => session.Meta.SetText(Key, $"Settlement stopped at {node}: {why}");
}
