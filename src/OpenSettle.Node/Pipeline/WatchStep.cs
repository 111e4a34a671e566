using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Reads the next range of final blocks into the books. The cursor, the facts and the postings commit together, so that
/// a range is in the books whole or not at all.
/// </summary>
public sealed class WatchStep(NodeOptions options, IChainClient client, SqliteBooks books, NodeState state, ILogger<WatchStep> log)
{
    private readonly WatchedDeployment _deployment = options.Deployment.Watched;
    private readonly ChainReader _reader = new(client, options.Deployment.Watched);

    // Shrinks where the endpoint serves less at once, and stays so until the next start.
    private ulong _blocksAtOnce = options.BlocksAtOnce;

    /// <summary>Whether the books now end with the newest final block.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        var head = await client.GetBlockAsync(BlockRef.Latest, cancellation) ?? throw NoAnswer("latest");
        var final = await FinalBlockAsync(head.Number, cancellation);
        state.SetChain(head.Number, final);

        var (cursor, tokens) = books.Read(session => (session.Chain.Cursor(), session.Chain.ListedTokens()));
        var first = cursor is null ? _deployment.FirstBlock : cursor.Block + 1;
        if (cursor is not null && final < cursor.Block) return true;
        if (final < first) return true;
        var last = Math.Min(final, first + _blocksAtOnce - 1);
        ChainBatch batch;
        try
        {
            batch = await _reader.ReadAsync(first, last, cursor?.Hash, state.Registry, [.. tokens.Select(token => token.Token)], cancellation);
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.RangeTooLarge && last > first)
        {
            _blocksAtOnce = (last - first + 1) / 2;
            log.RangeShrunk(_blocksAtOnce, e.Message);
            return false;
        }
        catch (FinalBlockChangedException e)
        {
            throw new SettlementHaltedException($"{e.Message} Nothing was changed. Check the endpoint, and finality, before starting again.", e);
        }

        var reached = new ChainCursor(batch.Last.Number, batch.Last.Hash, batch.Last.Timestamp);
        var registryGrew = await books.WriteAsync(session => Write(session, batch, reached), cancellation);
        if (registryGrew) state.Registry = books.Read(session => session.Chain.LoadRegistry());
        if (batch.Facts.Count > 0) log.RangeRead(batch.First.Number, batch.Last.Number, batch.Facts.Count);
        return batch.Last.Number == final;
    }

    private async Task<ulong> FinalBlockAsync(ulong head, CancellationToken cancellation)
    {
        if (options.Confirmations is { } confirmations) return head >= confirmations ? head - confirmations : 0;
        var final = await client.GetBlockAsync(BlockRef.Finalized, cancellation) ?? throw NoAnswer("finalized");
        return Math.Min(final.Number, head);
    }

    private static bool Write(BooksSession session, ChainBatch batch, ChainCursor reached)
    {
        var registryGrew = false;
        foreach (var fact in batch.Facts)
        {
            switch (fact)
            {
                case RegistrySaid said:
                    session.Chain.AddRegistryFact(said.Fact);
                    registryGrew = true;
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
                case EpochWasProposed proposed:
                    TakeProposal(session, proposed);
                    break;
                case EpochWasVetoed vetoed:
                    session.Epochs.SetState(vetoed.Epoch, EpochState.Vetoed);
                    break;
                case EpochWasActivated activated:
                    RequireOurs(session, activated.Epoch, activated.Root);
                    session.Epochs.SetState(activated.Epoch, EpochState.Active);
                    break;
                case EpochWasAttested attested:
                    session.Epochs.SetState(attested.Epoch, EpochState.Attested);
                    break;
                default:
                    throw new InvalidOperationException($"The fact {fact.GetType().Name} has no place in the books.");
            }
        }

        session.Chain.MoveCursor(reached);
        return registryGrew;
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

    private static void TakeProposal(BooksSession session, EpochWasProposed proposed)
    {
        var proposal = proposed.Proposal;
        RequireOurs(session, proposal.Epoch, proposal.Root, proposal.BundleHash);
        // As the vault has it: it has to be given back whole when it is activated.
        session.Epochs.SetProposed(proposal.Epoch, proposed.ReadyAt, proposal.Encode());
    }

    /// <summary>An epoch on chain that these books did not build means that somebody else settles, or that the books are not whole.</summary>
    private static void RequireOurs(BooksSession session, ulong number, Hash32 root, Hash32? bundle = null)
    {
        var ours = session.Epochs.Get(number);
        if (ours is not null && ours.Root == root && (bundle ?? ours.BundleHash) == ours.BundleHash) return;
        throw new SettlementHaltedException(
            $"The vault has epoch {number} with {Named(root, bundle)}; these books have {(ours is null ? "no such epoch" : Named(ours.Root, bundle is null ? null : ours.BundleHash))}. "
            + "Settlement stops: another node settles for this vault, or dataDir is not the one that proposed it.");
    }

    private static string Named(Hash32 root, Hash32? bundle) => bundle is null ? $"root {root}" : $"root {root} and bundle {bundle}";

    private ChainException NoAnswer(string tag) =>
        new(ChainErrorKind.BadReply, client.Endpoint, "eth_getBlockByNumber", $"there is no '{tag}' block");
}
