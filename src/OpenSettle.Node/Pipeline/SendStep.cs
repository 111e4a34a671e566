using System.Runtime.ExceptionServices;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Relay;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Carries intents to their final receipts. <see cref="SendDecision"/> says what is next; this asks, signs, stores and sends.
/// Nonce and signed bytes are in the books before the first broadcast, and only bytes from the books are sent, so that a crash
/// anywhere in between cannot send anything twice.
/// </summary>
public sealed class SendStep(
    NodeOptions options, IChainClient client, IChainQuorum quorum, ISigner signer, IBooks books, NodeState state, NodeMetrics metrics, TimeProvider time, ILogger<SendStep> log)
{
    /// <summary>Nonces beyond the account's next one. Pools keep 16 of an account, and some no more.</summary>
    private const ulong MostOpen = 16;

    /// <summary>Transactions of the key, final blocks have not shown yet, that are believed on one endpoint's word.</summary>
    private const ulong MostUnseen = 64;

    /// <summary>Estimate, estimate of a filler, sign, send, wait; more in one run would be a loop.</summary>
    private const int MostActions = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly SendSight _sight = new(client, quorum, signer.Address, time);
    private readonly SendVoice _voice = new(options, signer.Address, state, log);

    // Lost without harm: then the same bytes are offered once more.
    private readonly Dictionary<Hash32, SendRefusal> _refusals = [];

    public async Task RunAsync(CancellationToken cancellation)
    {
        var (final, open, sender) = books.Read(session => (session.Chain.Cursor(), session.Outbox.Open(), session.Outbox.Sender()));
        if (final is null || open.Count == 0) return;
        if (sender != signer.Address)
        {
            // Nonces are an account's: those of the one before are not counted on.
            if (await books.WriteAsync(session => session.Outbox.SetSender(signer.Address), cancellation) is { } before) log.SenderChanged(before.ToChecksumString(), signer.Address.ToChecksumString());
            open = books.Read(session => session.Outbox.Open());
        }

        if (await _sight.LookAsync(final.Block, cancellation) is not { } look) return;
        if (await PlanFillersAsync(open, look, cancellation)) open = books.Read(session => session.Outbox.Open());

        // Lower nonces first, and what has none last, in order of planning: so nonces are given out and sent in their order.
        List<OutboxRecord> items = [.. open.OrderBy(item => item.Nonce ?? ulong.MaxValue).ThenBy(item => item.Id)];
        ExceptionDispatchInfo? trouble = null;
        for (var i = 0; i < items.Count; i++)
        {
            try
            {
                await FollowAsync(items, i, look, cancellation);
            }
            catch (ChainException e) when (e.Kind is not (ChainErrorKind.Unreachable or ChainErrorKind.RateLimited))
            {
                // About this one alone: the others go on, and then it is told.
                trouble ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        trouble?.Throw();
    }

    /// <summary>Asked anew each time: caps may change while the node runs.</summary>
    private SendPolicy PolicyOf(OutboxRecord item)
    {
        var isRelay = SendPurpose.IsRelay(item.Purpose);
        var own = isRelay ? options.Relay.MaxFee : SendPurpose.IsPush(item.Purpose) ? options.PushMaxFee : options.MaxFeePerGas;
        return new SendPolicy(own < options.MaxFeePerGas ? own : options.MaxFeePerGas, options.BumpAfter, options.BumpAfter / 4 < Patience ? options.BumpAfter / 4 : Patience)
        {
            // Nothing that settles waits behind what is paid for others.
            YieldFeePerGas = isRelay ? options.MaxFeePerGas : null,
        };
    }

    /// <summary>
    /// A nonce that the books do not know, below one that is open, would hold that one up for good: books that were restored,
    /// or another's transaction that a reorganisation took back, leave such gaps. Nothing of ours can be under it.
    /// </summary>
    private async Task<bool> PlanFillersAsync(IReadOnlyList<OutboxRecord> open, ChainLook look, CancellationToken cancellation)
    {
        if (open.Max(item => item.Nonce) is not { } highest) return false;
        var gaps = new List<ulong>();
        for (var nonce = look.NextNonce; nonce < highest && nonce - look.NextNonce < MostOpen; nonce++)
        {
            if (!books.Read(session => session.Outbox.Knows(nonce))) gaps.Add(nonce);
        }

        if (gaps.Count == 0) return false;
        await books.WriteAsync(
            session =>
            {
                foreach (var nonce in gaps) session.Outbox.PlanFiller(nonce, signer.Address);
            },
            cancellation);
        foreach (var nonce in gaps) log.GapFound(nonce, highest);
        return true;
    }

    private async Task FollowAsync(List<OutboxRecord> items, int index, ChainLook look, CancellationToken cancellation)
    {
        var (view, receipt) = await ViewAsync(items, index, look, cancellation);
        for (var actions = 0; actions < MostActions; actions++)
        {
            var item = items[index];
            switch (SendDecision.Decide(ItemOf(item), view, PolicyOf(item)))
            {
                case SendAction.Wait wait:
                    _voice.Waits(item, wait.Why, view);
                    return;
                case SendAction.Estimate { Fills: true }:
                    view = view with { Filler = await _sight.EstimateAsync(signer.Address, ReadOnlyMemory<byte>.Empty, cancellation) };
                    break;
                case SendAction.Estimate:
                    view = view with { Call = await _sight.EstimateAsync(item.To, item.Data, cancellation) };
                    break;
                case SendAction.Sign sign:
                    items[index] = await SignAsync(item, sign, look.Now, cancellation);
                    view = view with { Refusal = null };
                    break;
                case SendAction.Send send:
                    items[index] = await SendAsync(item, item.Versions.First(version => version.Number == send.Version.Number), look.Now, cancellation);
                    view = view with { Refusal = RefusalOf(items[index]) };
                    break;
                case SendAction.Settle settle when receipt is not null:
                    await SettleAsync(item, item.Versions.First(version => version.Number == settle.Version.Number), receipt, cancellation);
                    return;
                case SendAction.Release:
                    await ReleaseAsync(item, cancellation);
                    return;
                case SendAction.GiveUp:
                    await books.WriteAsync(session => session.Outbox.GiveUp(item.Id), cancellation);
                    state.ClearWaiting(item.Purpose);
                    return;
                default:
                    throw new InvalidOperationException($"What is next for {item.Purpose} was decided without what it takes.");
            }
        }
    }

    private async Task<(SendView View, TransactionReceipt? Final)> ViewAsync(List<OutboxRecord> items, int index, ChainLook look, CancellationToken cancellation)
    {
        var item = items[index];
        (MinedVersion Where, TransactionReceipt? Final)? mined = null;
        var spent = false;
        // While the nonce is not used, nothing of it is mined.
        if (item.Nonce is { } nonce && nonce < look.NextNonce && item.Versions.Count > 0)
        {
            mined = await _sight.FindMinedAsync(item.Versions, look.Final, cancellation);
            spent = mined is null && await _sight.IsSpentByAnotherAsync(nonce, item.Versions, look.Final, cancellation);
        }

        var view = new SendView
        {
            Now = look.Now,
            NextNonce = look.NextNonce,
            NextSince = look.NextSince,
            FreeNonce = item.Nonce is null ? await FreeNonceAsync(look, cancellation) : null,
            BaseFee = look.BaseFee,
            Tip = look.Tip,
            Budget = BudgetOf(item, items, look.Now),
            FillBudget = SendPurpose.IsRelay(item.Purpose) ? options.MaxEpochCost : null,
            HoldsUp = items.Any(other => other.Nonce > item.Nonce),
            Mined = mined?.Where,
            SpentByAnother = spent,
            Refusal = RefusalOf(item),
        };
        return (view, mined?.Final);
    }

    /// <summary>The books' next nonce or the chain's, whichever is higher: neither may be given out twice.</summary>
    private async Task<ulong?> FreeNonceAsync(ChainLook look, CancellationToken cancellation)
    {
        var known = books.Read(session => session.Outbox.NextNonce()) ?? 0;
        if (look.NextNonce <= known) return known - look.NextNonce < MostOpen ? known : null;
        // The key was used elsewhere, or the books are new. One endpoint's word is not enough to go far ahead: what is signed there would lie about for good.
        return look.NextNonce <= uint.MaxValue && await _sight.IsPlausibleAsync(look.NextNonce, look.Final, MostUnseen, cancellation) ? look.NextNonce : null;
    }

    /// <summary>What is left of its epoch's cap, after all that the others took and may still take.</summary>
    private UInt256 BudgetOf(OutboxRecord item, List<OutboxRecord> items, DateTimeOffset now)
    {
        if (SendPurpose.IsRelay(item.Purpose)) return books.Read(session => RelayBudget.Left(session, options.Relay, now, item.Purpose));
        if (item.Epoch is not { } epoch) return options.MaxEpochCost;
        var taken = books.Read(session => session.Outbox.CostOf(epoch));
        foreach (var other in items.Where(other => other.Epoch == epoch && other.Id != item.Id && other.Versions.Count > 0)) taken += other.Versions.Max(version => VersionOf(version).Cost);
        return taken < options.MaxEpochCost ? options.MaxEpochCost - taken : UInt256.Zero;
    }

    private async Task<OutboxRecord> SignAsync(OutboxRecord item, SendAction.Sign sign, DateTimeOffset now, CancellationToken cancellation)
    {
        var (to, data) = sign.Fills ? (signer.Address, ReadOnlyMemory<byte>.Empty) : (item.To, item.Data);
        var signed = await signer.SignTransactionAsync(
            new TransactionRequest(options.Deployment.Watched.Id.ChainId, sign.Nonce, sign.Fee.Tip, sign.Fee.Cap, sign.GasLimit, to, UInt256.Zero, data), cancellation);
        var number = item.Versions.Count == 0 ? 1 : item.Versions[^1].Number + 1;
        var version = new OutboxVersion(sign.Nonce, number, signed.Raw, signed.Hash, sign.Fills, sign.DataFee, now);
        FailPoint.At(FailPoint.SendSigned);
#if !CONTROL_STORE_AFTER_BROADCAST
        await books.WriteAsync(session => session.Outbox.AddVersion(item.Id, version), cancellation);
        FailPoint.At(FailPoint.SendStored);
#endif
        if (number > 1) log.TransactionReplaced(item.Purpose, signed.Hash, sign.Nonce, number, sign.Fee.Cap);
        return item with { State = OutboxState.Signed, Nonce = sign.Nonce, Versions = [.. item.Versions, version] };
    }

    private async Task<OutboxRecord> SendAsync(OutboxRecord item, OutboxVersion version, DateTimeOffset now, CancellationToken cancellation)
    {
        _refusals.Remove(version.Hash);
        try
        {
            await client.SendRawAsync(version.Raw, cancellation);
            FailPoint.At(FailPoint.SendBroadcast);
#if CONTROL_STORE_AFTER_BROADCAST
            // Too late: who is killed in between does not know what it sent.
            if (version.LastSent is null) await books.WriteAsync(session => session.Outbox.AddVersion(item.Id, version), cancellation);
#endif
            if (version.LastSent is null) log.TransactionSent(item.Purpose, version.Hash);
        }
        catch (ChainException e)
        {
            _refusals[version.Hash] = new SendRefusal(e.Kind, e.Message, now);
            // It may have been taken before the connection broke: then it counts as sent.
            if (e.Kind is not (ChainErrorKind.Unreachable or ChainErrorKind.BadReply)) return item;
        }

        await books.WriteAsync(session => session.Outbox.SetSent(version, now), cancellation);
        FailPoint.At(FailPoint.SendNoted);
        var sent = version with { FirstSent = version.FirstSent ?? now, LastSent = now };
        return item with { Versions = [.. item.Versions.Select(other => other.Number == sent.Number ? sent : other)] };
    }

    private async Task SettleAsync(OutboxRecord item, OutboxVersion version, TransactionReceipt receipt, CancellationToken cancellation)
    {
        var outcome = new OutboxOutcome(receipt.GasUsed, receipt.EffectiveGasPrice, receipt.DataFee);
        await books.WriteAsync(
            session =>
            {
                var obsolete = SendPurpose.IsObsolete(session, item.Purpose);
                if (!version.Fills) session.Outbox.SetMined(item.Id, version, outcome, receipt.Succeeded ? OutboxState.Done : OutboxState.Reverted);
                else session.Outbox.SetMined(item.Id, version, outcome, obsolete ? OutboxState.GivenUp : OutboxState.Signed);
                // Its nonce went to nothing, and it is wanted: it begins again.
                if (version.Fills && !obsolete) session.Outbox.Release(item.Id, version.Nonce);
            },
            cancellation);
        FailPoint.At(FailPoint.SendSettled);
        metrics.Mined(item.Purpose, version.Fills ? "filled" : receipt.Succeeded ? "done" : "reverted", outcome);
        Forget(item);
        if (receipt.Succeeded || version.Fills)
        {
            log.TransactionFinal(item.Purpose, version.Hash, receipt.BlockNumber, receipt.GasUsed);
            return;
        }

        // Whoever planned it decides whether it is tried again: somebody else may have done it first.
        log.TransactionReverted(item.Purpose, version.Hash, receipt.BlockNumber);
    }

    /// <summary>
    /// Another program has used the nonce with this key, for good: the intent has had no effect, and gets another nonce. It
    /// is not halted for that, because final blocks leave no doubt; but two programs with one key are told of every time.
    /// </summary>
    private async Task ReleaseAsync(OutboxRecord item, CancellationToken cancellation)
    {
        log.NonceLost(item.Purpose, item.Nonce ?? 0, signer.Address.ToChecksumString());
        await books.WriteAsync(
            session =>
            {
                session.Outbox.Release(item.Id, item.Nonce ?? 0);
                if (SendPurpose.IsFiller(item.Purpose)) session.Outbox.GiveUp(item.Id);
            },
            cancellation);
        Forget(item);
    }

    private void Forget(OutboxRecord item)
    {
        state.ClearWaiting(item.Purpose);
        foreach (var version in item.Versions) _refusals.Remove(version.Hash);
    }

    private SendRefusal? RefusalOf(OutboxRecord item) => item.Versions.Count > 0 ? _refusals.GetValueOrDefault(item.Versions[^1].Hash) : null;

    private SendItem ItemOf(OutboxRecord item) =>
        new(item.Nonce, [.. item.Versions.Select(VersionOf)], books.Read(session => SendPurpose.IsObsolete(session, item.Purpose)));

    private static SignedVersion VersionOf(OutboxVersion version)
    {
        var (fee, gas) = SignedBytes.Offer(version.Raw);
        return new SignedVersion(version.Number, version.Hash, fee, gas, version.DataFee, version.Fills, version.FirstSent, version.LastSent);
    }
}
