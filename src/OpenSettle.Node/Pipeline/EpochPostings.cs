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
                session.Epochs.SetVetoed(vetoed.Epoch, vetoed.Attempt, vetoed.Time);
                break;
            case EpochWasActivated activated:
                RequireOurs(activated.Epoch, activated.Root);
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

    private void TakeProposal(EpochWasProposed proposed)
    {
        var proposal = proposed.Proposal;
        if (adoption is not null && session.Epochs.Get(proposal.Epoch)?.State is null or EpochState.Vetoed) Adopt(proposal, adoption.FirstBlock);
        RequireOurs(proposal.Epoch, proposal.Root, proposal.BundleHash, proposal.Attempt);
        // Of one bundle there is one record root.
        if (session.Epochs.Get(proposal.Epoch) is { } ours && ours.RecordRoot != proposal.RecordRoot)
        {
            throw new SettlementHaltedException(
                $"The vault has epoch {proposal.Epoch} with record root {proposal.RecordRoot}; these books have {ours.RecordRoot}, and the same bundle. "
                + "Settlement stops: attestors signed a proposal that is not what its bundle says. Nobody should settle on: opensettle verify tells more.");
        }

        // As the vault has it: it has to be given back whole when it is activated.
        session.Epochs.SetProposed(proposal.Epoch, proposed.ReadyAt, proposal.Encode());
    }

    /// <summary>What the proposal does not say its bundle does, once it is active.</summary>
    private void Adopt(Proposal proposal, ulong firstBlock)
    {
        var before = session.Epochs.Get(proposal.Epoch - 1);
        if (session.Epochs.Get(proposal.Epoch) is { } vetoed) session.Epochs.Reopen(vetoed.Number, vetoed.Attempt);
        session.Epochs.Add(new SettledEpoch(
            proposal.Epoch, proposal.Attempt, EpochState.Signed, before is null ? firstBlock : before.LastBlock + 1, proposal.LastBlock, proposal.LastBlockHash, 0, proposal.PreviousRoot,
            proposal.Root, proposal.BundleHash, proposal.BundleUri, 0, 0, 0, PushRoot: proposal.PushRoot, RecordRoot: proposal.RecordRoot));
    }

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

    /// <summary>An epoch on chain that these books did not build means that somebody else settles, or that the books are not whole.</summary>
    private void RequireOurs(ulong number, Hash32 root, Hash32? bundle = null, uint? attempt = null)
    {
        var ours = session.Epochs.Get(number);
        if (ours is not null && ours.Root == root && (bundle ?? ours.BundleHash) == ours.BundleHash && (attempt ?? ours.Attempt) == ours.Attempt) return;
        throw new SettlementHaltedException(
            $"The vault has epoch {number} with {Named(root, bundle)}; these books have {(ours is null ? "no such epoch" : Named(ours.Root, bundle is null ? null : ours.BundleHash))}. "
            + "Settlement stops: another node settles for this vault, or dataDir is not the one that proposed it. Books that were lost are rebuilt from the chain: opensettle rebuild.");
    }

    private static StorageException UnknownEntry(ulong epoch, ulong index) =>
        new(StorageErrorKind.Inconsistent, $"The vault pushed entry {index} of epoch {epoch}, and the books have no such entry.");

    private static string Named(Hash32 root, Hash32? bundle) => bundle is null ? $"root {root}" : $"root {root} and bundle {bundle}";
}
