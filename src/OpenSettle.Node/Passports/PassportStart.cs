using OpenSettle.Ethereum.Watch;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Passports;

/// <summary>
/// Brings books of before there were passports to what they would have now: from their payments, and from the logs of the contracts, which
/// the journal keeps. What EAS says is in no journal that was written without it: the status says from which block on it is known, and a
/// rebuild reads the rest.
/// </summary>
internal static class PassportStart
{
    private const int LogsAtOnce = 20_000;

    /// <summary>Before anything is posted.</summary>
    /// <param name="tell">Told what takes time.</param>
    public static async Task RunAsync(IBooks books, WatchedDeployment deployment, Action<string> tell, CancellationToken cancellation) => await books.WriteAsync(
        session =>
        {
            if (PassportFill.IsDue(session))
            {
                tell("what passports need is gathered from the books, once");
                session.Settled.Fill(tell);
                Replay(session, deployment);
                PassportFill.SetDone(session);
            }

            PassportFill.Watch(session, deployment.Eas.IsZero ? null : deployment.Eas);
        },
        cancellation);

    /// <summary>The facts of the contracts' logs that were passed over when they were posted.</summary>
    private static void Replay(BooksSession session, WatchedDeployment deployment)
    {
        if (session.Chain.Cursor() is not { } cursor) return;
        var reader = new FactReader(deployment, new RegistryBook(), []);
        Address[] contracts = [deployment.Id.Registry, deployment.Id.Vault, deployment.Resolver];
        for (var first = deployment.FirstBlock; first <= cursor.Block;)
        {
            var last = Math.Min(cursor.Block, session.Journal.BlockOfLog(first, LogsAtOnce) ?? cursor.Block);
            var logs = session.Journal.Logs(first, last, contracts);
            foreach (var fact in reader.Read(logs.Select(log => BooksJournal.ToEntry(log, Hash32.Zero)), block => TimeOf(session, block))) Take(session, fact);
            first = last + 1;
        }
    }

    private static void Take(BooksSession session, ChainFact fact)
    {
        switch (fact)
        {
            case NoticeWasGiven given:
                session.Notices.Add(given.Notice);
                break;
            case EvaluatorWasSet set:
                session.Notices.SetEvaluator(set.Account, set.At, set.Registered, set.Uri);
                break;
            case RecordWasAttested attested:
                session.Attestations.AddRecord(attested.Epoch, attested.Model, attested.Uid, attested.At.Block);
                break;
            case EpochWasActivated activated:
                session.Epochs.SetActivated(activated.Epoch, activated.At.Block, activated.Time);
                break;
            default:
                // It was posted when it came.
                break;
        }
    }

    private static ulong TimeOf(BooksSession session, ulong block) => session.Journal.Block(block)?.Timestamp
        ?? throw new StorageException(StorageErrorKind.Inconsistent, $"The journal has logs of block {block}, and not the block.");
}
