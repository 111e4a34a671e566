using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// What the vault says of epochs and pushes, within the unit of work that posts it. An epoch's entries are posted with its
/// activation, from its bundle: so the ledger follows from the chain and the bundles alone, and a veto leaves nothing in it.
/// </summary>
/// <param name="adoption">Says which epochs these books take in though they did not build them; null: none.</param>
internal sealed class EpochPostings(BooksSession session, EpochReplays replays, IEpochAdoption? adoption)
{
    public void Take(ChainFact fact)
    {
        switch (fact)
        {
            case EpochWasProposed proposed:
                TakeProposal(proposed);
                break;
            case EpochWasVetoed vetoed:
                var wasForeign = session.Epochs.Get(vetoed.Epoch) is { State: EpochState.Foreign };
                session.Epochs.SetVetoed(vetoed.Epoch, vetoed.Attempt, vetoed.Time);
                // Nothing of this node's was vetoed: the number is open again.
                if (wasForeign) session.Epochs.Reopen(vetoed.Epoch, vetoed.Attempt);
                break;
            case EpochWasActivated activated:
                RequireOurs(activated);
                Activate(activated.Epoch);
                session.Epochs.SetActivated(activated.Epoch, activated.At.Block, activated.Time);
                break;
            case EpochWasAttested attested:
                session.Epochs.SetState(attested.Epoch, EpochState.Attested);
                FinishPushes(attested.Epoch);
                break;
            case PushMade pushed:
                TakePush(pushed);
                break;
            case PushWasTaken taken:
                var entry = session.Pushes.Find(taken.Epoch, taken.Index) ?? throw UnknownEntry(taken.Epoch, taken.Index);
                session.Pushes.SetState(taken.Epoch, taken.Index, PushState.Taken);
                PayOut(entry, $"push taken {taken.At}", taken.Amount);
                FinishPushes(taken.Epoch);
                break;
            case RecipientWasSet set:
                session.Epochs.SetRecipient(set.Account, set.At, set.Recipient);
                break;
            case RootWasRevoked revoked:
                session.Epochs.Revoke(revoked.Key, revoked.Epoch);
                break;
            case VaultWasPaused paused:
                VaultPause.Begin(session, paused.Time, paused.Until);
                break;
            case VaultWasUnpaused unpaused:
                VaultPause.End(session, unpaused.Time);
                break;
            default:
                throw new InvalidOperationException($"The fact {fact.GetType().Name} has no place in the books.");
        }
    }

    /// <summary>
    /// A proposal that these books did not make is false, or of a node that has other books. Nothing is done while its window runs: a veto
    /// opens its number again, and only if it becomes active is there nothing that these books can go on with.
    /// </summary>
    private void TakeProposal(EpochWasProposed proposed)
    {
        var proposal = proposed.Proposal;
        var known = session.Epochs.Get(proposal.Epoch);
        if (adoption is not null && known is null or { State: EpochState.Vetoed })
        {
            if (known is not null) session.Epochs.Reopen(known.Number, known.Attempt);
            session.Epochs.Add(EpochOf(proposal, adoption.FirstBlock));
        }
        else if (!IsOurs(known, proposal))
        {
            session.Epochs.Displace(EpochOf(proposal, 0) with { ReadyAt = proposed.ReadyAt }, proposal.Encode());
            return;
        }

        // As the vault has it: it has to be given back whole when it is activated.
        session.Epochs.SetProposed(proposal.Epoch, proposed.ReadyAt, proposal.Encode());
    }

    /// <summary>Whether the vault was given what these books signed, under whichever set of attestors.</summary>
    private bool IsOurs(SettledEpoch? known, Proposal proposal) => known is { State: EpochState.Signed or EpochState.Proposed or EpochState.Built }
        && Proposal.Decode(session.Epochs.Proposal(known.Number).Span).ContentHash() == proposal.ContentHash();

    /// <summary>What the proposal does not say its bundle does, once it is active.</summary>
    private SettledEpoch EpochOf(Proposal proposal, ulong firstBlock) => new(
        proposal.Epoch, proposal.Attempt, EpochState.Signed, session.Epochs.Get(proposal.Epoch - 1) is { } before ? before.LastBlock + 1 : firstBlock, proposal.LastBlock, proposal.LastBlockHash, 0,
        proposal.PreviousRoot, proposal.Root, proposal.BundleHash, proposal.BundleUri, 0, 0, 0, PushRoot: proposal.PushRoot, RecordRoot: proposal.RecordRoot);

    private void Activate(ulong number)
    {
        var epoch = session.Epochs.Get(number) ?? throw new StorageException(StorageErrorKind.Inconsistent, $"The books have no epoch {number}.");
        if (session.Epochs.IsPosted(number))
        {
            session.Epochs.SetState(number, EpochState.Active);
            return;
        }

        var before = session.Epochs.Get(number - 1);
        adoption?.Require(session, epoch, before);
        var replay = replays.Of(epoch, before);
        session.Settled.Take(number, epoch.LastBlock);
        if (session.Payments.MarkDivided(number, epoch.LastBlock) != replay.Payments)
            throw new StorageException(StorageErrorKind.Inconsistent, $"Epoch {number} divided {replay.Payments} payments, and the books have another number by block {epoch.LastBlock}.");
        session.Ledger.Post($"epoch {number}", [.. replay.Result.Entries]);
        session.Pushes.Add(number, replay.Result.Pushes);
        session.Records.Add(number, replay.Result.Records);
        replays.KeepBooks(session, replay);
        session.Epochs.SetActive(
            number, replay.Payments, checked((long)replay.Head.Usage.Counts.Aggregate(0UL, (sum, count) => sum + count.Events)), replay.Head.PushRoot,
            replay.Head.RecordRoot);
    }

    /// <summary>All entries from the first on are paid now, but those that were refused, and those that were paid before.</summary>
    private void TakePush(PushMade pushed)
    {
        var refused = pushed.Refused.ToHashSet();
        var rows = session.Pushes.Range(pushed.Epoch, pushed.First, pushed.Count);
        if ((ulong)rows.Count != pushed.Count) throw UnknownEntry(pushed.Epoch, pushed.First + (ulong)rows.Count);
        var sum = UInt256.Zero;
        foreach (var row in rows.Where(row => row.State is PushState.Open or PushState.Refused))
        {
            if (refused.Contains(row.Index))
            {
                session.Pushes.SetState(row.Epoch, row.Index, PushState.Refused);
                continue;
            }

            session.Pushes.SetState(row.Epoch, row.Index, PushState.Paid);
            PayOut(row, $"push {pushed.At}", row.Amount);
            sum += row.Amount;
        }

        if (sum != pushed.Amount)
            throw new StorageException(StorageErrorKind.Inconsistent, $"The push at {pushed.At} paid {pushed.Amount} by the vault's word, and {sum} by the books.");
        FinishPushes(pushed.Epoch);
    }

    private void PayOut(PushRow row, string cause, UInt256 amount)
    {
        if (amount != row.Amount) throw new StorageException(StorageErrorKind.Inconsistent, $"{cause} paid {amount}, and the entry is {row.Amount}.");
        session.Ledger.Post(cause, new LedgerEntry(row.Token, LedgerAccount.Settled(row.Account), LedgerAccount.Paid, amount));
    }

    private void FinishPushes(ulong number)
    {
        if (session.Epochs.Get(number) is { State: EpochState.Attested } && !session.Pushes.AnyOpen(number)) session.Epochs.SetState(number, EpochState.Pushed);
    }

    /// <summary>An active epoch that these books did not build means that attestors signed what differs, that somebody else settles, or that the books are not whole.</summary>
    private void RequireOurs(EpochWasActivated activated)
    {
        var known = session.Epochs.Get(activated.Epoch);
        if (known is not null && known.State != EpochState.Foreign && known.Root == activated.Root) return;
        throw new SettlementHaltedException(
            $"The vault activated epoch {activated.Epoch} with root {activated.Root}{(known is null ? string.Empty : $" and bundle {known.BundleHash}")}, which these books did not make. "
            + "Settlement stops: attestors signed another epoch than this node's and nobody vetoed it, another node settles for this vault, or dataDir is not the one that proposed it. "
            + "opensettle verify says whether the epoch is right; if it is, the books are rebuilt from the chain: opensettle rebuild.");
    }

    private static StorageException UnknownEntry(ulong epoch, ulong index) =>
        new(StorageErrorKind.Inconsistent, $"The vault pushed entry {index} of epoch {epoch}, and the books have no such entry.");
}
