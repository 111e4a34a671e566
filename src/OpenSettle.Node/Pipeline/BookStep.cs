using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Signals.Webhooks;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Posts what the journal's final logs mean. The cursor, the facts and the postings commit together, so that a block is in
/// the books whole or not at all.
/// </summary>
public sealed class BookStep(NodeOptions options, IBooks books, EpochReplays replays, NodeState state, ILogger<BookStep> log)
{
    /// <summary>Logs posted in one transaction: enough that its cost is shared, few enough to be read at once.</summary>
    private const int LogsAtOnce = 5_000;

    // Knows the pay addresses and tokens of all that was posted; null before the first range, and after one that failed.
    private FactReader? _reader;

    /// <summary>Books that are rebuilt take in epochs that they did not build.</summary>
    public IEpochAdoption? Adoption { get; init; }

    /// <summary>Writes what webhooks are to tell, in the same unit of work; null: nobody is told.</summary>
    internal WebhookFacts? Webhooks { get; init; }

    /// <summary>Whether the books now end where the journal does.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        if (books.Read(Next) is not { } range)
        {
            books.Read(Pending);
            return true;
        }

        var reader = _reader ?? books.Read(session => new FactReader(
            options.Deployment.Watched, state.Registry, session.Chain.ListedTokens().Select(token => token.Token)));
        // Until this range is on disk, the reader knows more than the books.
        _reader = null;
        var facts = Read(reader, range.Logs, number => range.Times[number], range.First, range.Reached.Block);
        await books.WriteAsync(session => Write(session, facts, range), cancellation);
        _reader = reader;
        FailPoint.At(FailPoint.Posted);
        var said = facts.OfType<RegistrySaid>().Select(fact => fact.Fact).ToList();
        if (said.Count > 0) state.Registry = state.Registry.With(said);
        // A payment or a payout changes little of a passport, and on a busy chain there is one in every block.
        state.SetPosted(range.Reached, facts.Any(static fact => fact is not (PaymentMade or PayAddressSwept or AccountPaid or PushMade or PushWasTaken or RecipientWasSet)));
        if (facts.Count > 0) log.RangeRead(range.First, range.Reached.Block, facts.Count);
        if (range.IsLast) books.Read(Pending);
        return range.IsLast;
    }

    private bool Pending(BooksSession session) => PendingBlocks.Show(session, options.Deployment.Watched, state);

    private UnpostedRange? Next(BooksSession session)
    {
        if (session.Journal.Final() is not { } final) return null;
        var first = session.Chain.Cursor() is { } cursor ? cursor.Block + 1 : options.Deployment.Watched.FirstBlock;
        if (final.Number < first) return null;
        // A block is never cut.
        var last = Math.Min(final.Number, session.Journal.BlockOfLog(first, LogsAtOnce) ?? final.Number);
        // Books that take in others' epochs stop after each proposal, so that it is judged by what the books say there.
        if (Adoption is not null && FirstProposal(session, first, last) is { } proposed) last = proposed;
        var logs = session.Journal.Logs(first, last);
        JournalHeader Header(ulong number) => session.Journal.Block(number)
            ?? throw new StorageException(StorageErrorKind.Inconsistent, $"The journal has logs of block {number}, and not the block.");
        var times = logs.Select(item => item.Block).Distinct().ToDictionary(number => number, number => Header(number).Timestamp);
        var end = Header(last);
        return new UnpostedRange(first, logs, times, new ChainCursor(end.Number, end.Hash, end.Timestamp), last == final.Number);
    }

    private ulong? FirstProposal(BooksSession session, ulong first, ulong last)
    {
        var vault = options.Deployment.Watched.Id.Vault;
        foreach (var said in session.Journal.Logs(first, last, [vault]))
        {
            if (RoyaltySplit.Decode(BooksJournal.ToEntry(said, Hash32.Zero)) is RoyaltySplit.EpochProposed) return said.Block;
        }

        return null;
    }

    /// <summary>What the logs of some blocks say.</summary>
    /// <param name="first">For who reads of a log that says nothing that is known.</param>
    /// <param name="last">The same.</param>
    internal static IReadOnlyList<ChainFact> Read(FactReader reader, IReadOnlyList<JournalLog> logs, Func<ulong, ulong> timeOf, ulong first, ulong last)
    {
        try
        {
            return reader.Read(logs.Select(item => BooksJournal.ToEntry(item, Hash32.Zero)), timeOf);
        }
        catch (AbiException wrong)
        {
            // The block's hash vouches for the log: it is this program that does not know what the contracts say.
            throw new SettlementHaltedException(
                $"A log of the contracts in blocks {first} to {last} cannot be read: {wrong.Message} The deployment is not of this program's version.", wrong);
        }
    }

    private void Write(BooksSession session, IReadOnlyList<ChainFact> facts, UnpostedRange range)
    {
        var epochs = new EpochPostings(session, replays, Adoption);
        foreach (var fact in facts)
        {
            switch (fact)
            {
                case RegistrySaid said:
                    session.Chain.AddRegistryFact(said.Fact);
                    break;
                case TokenWasListed listed:
                    session.Chain.AddListedToken(listed.Token, listed.At.Block);
                    break;
                case PaymentMade made:
                    session.Payments.Add(made.Payment);
                    session.Ledger.Post($"payment {made.At}", Postings.ForPayment(made.Payment));
                    break;
                case PayAddressSwept swept:
                    SettleBySweep(session, swept.Sweep);
                    break;
                case AccountPaid paid:
                    session.Ledger.Post($"payout {paid.At}", Postings.ForPayout(paid.Payout));
                    break;
                case NoticeWasGiven given:
                    session.Notices.Add(given.Notice);
                    break;
                case EvaluatorWasSet set:
                    session.Notices.SetEvaluator(set.Account, set.At, set.Registered, set.Uri);
                    break;
                case AttestationWasMade made:
                    session.Attestations.Add(new AttestationRow(made.Uid, made.At, made.Time, made.Kind, made.Schema, made.Attester, made.Recipient));
                    break;
                case AttestationWasRevoked revoked:
                    session.Attestations.Revoke(revoked.Uid, revoked.At.Block, revoked.Time);
                    break;
                case LatestWasSet:
                    // An attestation's content names its model, too.
                    break;
                case RecordWasAttested attested:
                    session.Attestations.AddRecord(attested.Epoch, attested.Model, attested.Uid, attested.At.Block);
                    break;
                default:
                    epochs.Take(fact);
                    break;
            }
        }

        Webhooks?.Write(session, facts, range.Times);
        session.Chain.MoveCursor(range.Reached);
    }

    private static void SettleBySweep(BooksSession session, Sweep sweep)
    {
        var settled = SweepRule.Settle(sweep, session.Payments.Waiting(sweep.Model, sweep.Token));
        foreach (var part in settled)
        {
            if (part.Payment.Route == PaymentRoute.Excess) session.Payments.Add(part.Payment);
            session.Payments.Settle(part, sweep.At.Block);
        }

        session.Ledger.Post($"sweep {sweep.At}", Postings.ForSweep(sweep, settled));
    }

    /// <summary>Blocks of the journal that the books do not have.</summary>
    private sealed record UnpostedRange(ulong First, IReadOnlyList<JournalLog> Logs, Dictionary<ulong, ulong> Times, ChainCursor Reached, bool IsLast);
}
