using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Relay;

/// <summary>
/// Plans the transactions that bring signed claims to the vault, and learns from final blocks what became of them. It comes after
/// everything that settles, and whatever is wrong with it stays here.
/// </summary>
public sealed class RelayStep(
    NodeOptions options, IChainClient client, IChainQuorum quorum, RelayTrial trial, IBooks books, NodeState state, TimeProvider time, ILogger<RelayStep> log)
{
    /// <summary>Claims in one transaction: some two million gas.</summary>
    internal const int MostClaims = 20;

    /// <summary>Transactions on their way at a time: settlement's own wait for no more of ours than that.</summary>
    private const int MostOpen = 2;

    /// <summary>What had no effect so often has a reason that waiting does not cure.</summary>
    private const int MostTries = 3;

    private const string TooLate = "It was not mined before the signature's deadline. Sign it anew.";

    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var number in books.Read(session => session.Relay.OpenBatches())) await SettleAsync(number, cancellation);
            state.RelayWaits = await PlanAsync(cancellation);
        }
        catch (ChainException e)
        {
            // The next turn asks again. Settlement does not wait for it.
            if (state.RelayWaits != e.Message) log.RelayWaits(e.Message);
            state.RelayWaits = e.Message;
        }
    }

    // What became of them

    /// <summary>Takes the outcome of a transaction's claims, once final blocks have it.</summary>
    private async Task SettleAsync(long number, CancellationToken cancellation)
    {
        var item = books.Read(session => session.Outbox.Find(SendPurpose.Relay(number)));
        if (item is { State: OutboxState.Planned or OutboxState.Signed }) return;
        TransactionReceipt? receipt = null;
        if (item is { State: OutboxState.Done } && (receipt = await quorum.GetAgreedReceiptAsync(item.Hash, cancellation)) is null) return;
        IReadOnlyList<ContractEvent> told = receipt is null ? [] : [.. receipt.Logs.Select(Read).OfType<ContractEvent>()];
        await books.WriteAsync(
            session =>
            {
                var end = session.Chain.Cursor()?.Timestamp ?? 0;
                foreach (var claim in session.Relay.InBatch(number)) Settle(session, claim, told, receipt, end);
            },
            cancellation);
        log.RelaySettled(number, item?.Hash ?? Hash32.Zero);
    }

    private static void Settle(BooksSession session, RelayClaim claim, IReadOnlyList<ContractEvent> told, TransactionReceipt? receipt, ulong end)
    {
        if (AmountOf(claim, told) is { } amount) session.Relay.SetPaid(claim.Id, amount, receipt?.BlockNumber, receipt?.TransactionHash);
        else if (IsPaid(session, claim)) session.Relay.SetPaid(claim.Id, null, null, null);
        else if (Refusal(claim, told) is { } refused) session.Relay.SetDeclined(claim.Id, refused.Code, refused.Words);
        else if (claim.Deadline < end) session.Relay.SetDeclined(claim.Id, RelayCode.Expired, TooLate);
        else if (claim.Tries >= MostTries) session.Relay.SetDeclined(claim.Id, RelayCode.WouldRevert, $"{claim.Tries} transactions with it had no effect. Send it yourself.");
        else session.Relay.Requeue(claim.Id);
    }

    private ContractEvent? Read(LogEntry entry)
    {
        var watched = options.Deployment.Watched;
        if (entry.Address == watched.ClaimRelay && !watched.ClaimRelay.IsZero) return client.Decode(ContractKind.Relay, entry);
        return entry.Address == watched.Id.Vault ? client.Decode(ContractKind.Vault, entry) : null;
    }

    /// <summary>What the vault says that it paid in this transaction.</summary>
    private static UInt256? AmountOf(RelayClaim claim, IReadOnlyList<ContractEvent> told) =>
        told.OfType<RoyaltySplit.Claimed>().FirstOrDefault(one => one.Account == claim.Account && one.Token == claim.Token)?.Amount;

    private static RelayDecline? Refusal(RelayClaim claim, IReadOnlyList<ContractEvent> told) =>
        told.OfType<ClaimRelay.NotRelayed>().FirstOrDefault(one => one.Account == claim.Account && one.Token == claim.Token) is { } refused ? RelayTrial.Explain(refused.Reason) : null;

    /// <summary>Final blocks show it paid, by whatever transaction.</summary>
    internal static bool IsPaid(BooksSession session, RelayClaim claim) => session.Claims.Sum(new Claimant(claim.Account, claim.Token)) >= claim.Cumulative;

    // What goes next

    /// <returns>Why claims wait, or null.</returns>
    private async Task<string?> PlanAsync(CancellationToken cancellation)
    {
        await EndLateAsync(cancellation);
        var (queued, open) = books.Read(session => (session.Relay.Queued(trial.TakesMany ? MostClaims : 1), session.Outbox.Open().Count(item => SendPurpose.IsRelay(item.Purpose))));
        if (queued.Count == 0) return null;
        if (!options.Relay.IsOn) return "relay is off";
        if (open >= MostOpen) return $"{open} transactions of claims are on their way";
        if (trial.TakesMany && queued.Count < MostClaims && time.GetUtcNow() - queued[0].Accepted < options.Relay.BatchAfter) return null;
        var price = await RelayPrice.AskAsync(client, options.Relay, cancellation);
        if (price.Cap is not { } cap) return $"one gas costs {price.Each} wei, more than relayMaxFeeGwei allows";
        queued = await WithoutBadAsync(OneOfEach(queued), cancellation);
        if (queued.Count == 0) return null;

        SignedClaim[] signed = [.. queued.Select(RelayTrial.Signed)];
        var reserve = RelayPrice.WithMargin(await trial.GasOfAllAsync(signed, cancellation), cap);
        var now = time.GetUtcNow();
        var left = books.Read(session => RelayBudget.Left(session, options.Relay, now));
        if (reserve > left) return $"it may cost {reserve} wei, and {left} are left of relayBudget";
        var (to, data) = trial.CallOf(signed);
        var number = 0L;
        await books.WriteAsync(
            session =>
            {
                number = session.Relay.Batch(queued.Select(claim => claim.Id), now, reserve).Number;
                session.Outbox.Plan(SendPurpose.Relay(number), to, data);
            },
            cancellation);
        log.RelayPlanned(number, queued.Count);
        return null;
    }

    /// <summary>Of one account and token one at a time: what the vault says that it paid is that one's, and none is sent for nothing.</summary>
    private IReadOnlyList<RelayClaim> OneOfEach(IReadOnlyList<RelayClaim> queued)
    {
        var under = books.Read(session => session.Relay.OpenBatches().SelectMany(session.Relay.InBatch).Select(claim => (claim.Account, claim.Token)).ToHashSet());
        return [.. queued.Where(claim => under.Add((claim.Account, claim.Token)))];
    }

    /// <summary>What final blocks went past is brought no more, whether the relay is on or not.</summary>
    private async Task EndLateAsync(CancellationToken cancellation)
    {
        var late = books.Read(session => session.Chain.Cursor() is { } end ? session.Relay.Late(end.Timestamp) : []);
        if (late.Count == 0) return;
        await books.WriteAsync(
            session =>
            {
                foreach (var claim in late)
                {
                    if (IsPaid(session, claim)) session.Relay.SetPaid(claim.Id, null, null, null);
                    else session.Relay.SetDeclined(claim.Id, RelayCode.Expired, TooLate);
                }
            },
            cancellation);
    }

    /// <summary>Declines what would be refused now, each for its reason: it was good when it was taken, and anything may have happened since.</summary>
    private async Task<IReadOnlyList<RelayClaim>> WithoutBadAsync(IReadOnlyList<RelayClaim> queued, CancellationToken cancellation)
    {
        if (queued.Count == 0) return queued;
        var amounts = await trial.PaidAsync([.. queued.Select(RelayTrial.Signed)], cancellation);
        var good = new List<RelayClaim>();
        foreach (var (claim, amount) in queued.Zip(amounts))
        {
            if (!amount.IsZero)
            {
                good.Add(claim);
                continue;
            }

            var wrong = await trial.ReasonAsync(RelayTrial.Signed(claim), cancellation);
            await books.WriteAsync(
                session =>
                {
                    // Somebody brought it: it is told as paid once that is final.
                    if (wrong.Code != RelayCode.NothingToClaim) session.Relay.SetDeclined(claim.Id, wrong.Code, wrong.Words);
                    else if (IsPaid(session, claim)) session.Relay.SetPaid(claim.Id, null, null, null);
                },
                cancellation);
        }

        return good;
    }
}
