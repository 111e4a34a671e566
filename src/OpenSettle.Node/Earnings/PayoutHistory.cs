using OpenSettle.Storage;
using System.Globalization;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Earnings;

/// <summary>What was paid out to an account: the ledger says how much and in which log, and the log which transaction and to whom.</summary>
internal sealed class PayoutHistory(NodeOptions options, IBooks books, AccountEarnings earnings)
{
    /// <param name="before">Entries before that one; null: from the newest on.</param>
    public PayoutsAnswer Of(Address account, Address? token, long? before, int most) => books.Read(session =>
    {
        var paid = session.Earned.Paid(account, token, before ?? long.MaxValue, most + 1);
        return new PayoutsAnswer(
            account.ToChecksumString(), session.Chain.Cursor()?.Block, [.. paid.Take(most).Select(payout => Describe(session, account, payout))],
            paid.Count > most ? paid[most - 1].Entry.ToString(CultureInfo.InvariantCulture) : null);
    });

    private PayoutEntry Describe(BooksSession session, Address account, AccountPayout payout)
    {
        // Books that were rebuilt from bundles alone may not have the block's logs.
        var logs = session.Journal.Logs(payout.At.Block, payout.At.Block, [options.Deployment.Watched.Id.Vault]);
        LogEntry? At(uint index) => logs.Where(log => log.Index == index).Select(log => (LogEntry?)BooksJournal.ToEntry(log, default)).FirstOrDefault();
        ContractEvent? Said(LogEntry? log) => log is { } known ? RoyaltySplit.Decode(known) : null;
        var log = At(payout.At.LogIndex);
        var (how, to, epoch) = Said(log) switch
        {
            RoyaltySplit.Claimed => ("claim", Said(At(payout.At.LogIndex + 1)) is RoyaltySplit.ClaimRedirected redirected && redirected.Account == account ? redirected.To : account, (ulong?)null),
            RoyaltySplit.Pushed pushed => ("push", RecipientOf(session, pushed, account), pushed.Epoch),
            RoyaltySplit.PushTaken taken => ("take", taken.To, taken.Epoch),
            _ => (payout.Cause switch { "payout" => "claim", "push" => "push", _ => "take" }, (Address?)null, (ulong?)null),
        };
        var token = earnings.Describe(payout.Token);
        return new PayoutEntry(
            how, payout.At.Block, payout.At.LogIndex, session.Journal.Block(payout.At.Block)?.Timestamp, log?.TransactionHash.ToString(), token.Token, token.Symbol, token.Decimals, payout.Amount.ToString(),
            to?.ToChecksumString(), epoch);
    }

    /// <summary>An account has one entry of a token in an epoch.</summary>
    private static Address? RecipientOf(BooksSession session, RoyaltySplit.Pushed pushed, Address account)
    {
        foreach (var row in session.Pushes.Range(pushed.Epoch, (ulong)pushed.First, (ulong)pushed.Count))
        {
            if (row.Account == account) return row.Recipient;
        }

        return null;
    }
}
