using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Send;

/// <summary>
/// Decides what is done next with an intent. No I/O, no clock, no state: the same intent seen the same way is decided the
/// same way, also after a crash. What it holds:
/// an intent has its effect at most once, because all its versions share one nonce, and it gets another nonce only when final
/// blocks have spent the first one otherwise;
/// only stored bytes are sent, because what is signed is stored before it is looked at again;
/// nothing is offered above the cap of a gas, or above what is left of its epoch's budget.
/// </summary>
public static class SendDecision
{
    public static SendAction Decide(SendItem item, SendView view, SendPolicy policy) =>
        item is { Nonce: { } nonce, Versions.Count: > 0 } ? Follow(item, nonce, view, policy) : Begin(item, view, policy);

    /// <summary>Nothing is signed, so nothing can be mined: it may still be given up.</summary>
    private static SendAction Begin(SendItem item, SendView view, SendPolicy policy)
    {
        // A nonce without versions is one to be filled. If the chain went past it, there is nothing to fill.
        if (item.Obsolete || item.Nonce < view.NextNonce) return new SendAction.GiveUp();
        if ((item.Nonce ?? view.FreeNonce) is not { } nonce) return new SendAction.Wait(SendWait.TooManyOpen);
        return GasOffer.First(view.BaseFee, view.Tip, policy.MaxFeePerGas) is { } fee
            ? Offer(nonce, fee, fills: false, leastGas: 0, view)
            : new SendAction.Wait(SendWait.FeeAboveCap);
    }

    /// <summary>Something is signed: from now on any of its versions may be mined.</summary>
    private static SendAction Follow(SendItem item, ulong nonce, SendView view, SendPolicy policy)
    {
        var newest = item.Versions[^1];
        if (view.Mined is { } mined)
            return mined.Final ? new SendAction.Settle(item.Versions.First(version => version.Number == mined.Number)) : new SendAction.Wait(SendWait.Mined);

        // Only now: while the nonce can still be used, or a block that used it can still go, two nonces could both be mined.
        if (view.SpentByAnother) return new SendAction.Release();
        // Not ours as far as it is seen, and not final: sending more cannot help, and another nonce would be too early.
        if (view.NextNonce > nonce) return new SendAction.Wait(SendWait.NonceUsed);

        var again = HasPassed(newest.LastSent, policy.ResendAfter, view.Now) && HasPassed(view.Refusal?.At, policy.ResendAfter, view.Now);
        // Stored, and the process ended before it was sent; or never taken by an endpoint.
        if (newest.LastSent is null && again && !WantsOtherBytes(view.Refusal)) return new SendAction.Send(newest);
        var better = IsBetterOfferDue(newest, nonce, view, policy) ? Better(item, newest, nonce, view, policy) : null;
        if (better is SendAction.Sign or SendAction.Estimate) return better;
        if (again) return new SendAction.Send(newest);
        if (view.Refusal is not null) return new SendAction.Wait(SendWait.Refused);
        return better ?? new SendAction.Wait(nonce > view.NextNonce ? SendWait.Behind : SendWait.Sent);
    }

    /// <summary>Only what is next is worth more money: what is behind waits for its nonce, not for its fee.</summary>
    private static bool IsBetterOfferDue(SignedVersion newest, ulong nonce, SendView view, SendPolicy policy)
    {
        if (nonce != view.NextNonce) return false;
        // Not at once, or a single endpoint could drive the offer up to the cap within seconds.
        if (WantsOtherBytes(view.Refusal)) return HasPassed(view.Refusal?.At, policy.ResendAfter, view.Now);
        if (newest.FirstSent is not { } first || !HasPassed(first, policy.BumpAfter, view.Now)) return false;
        // What could be mined gets its time once it is next; what costs more than it offers gets none.
        return newest.Fee.Cap < GasOffer.Price(view.BaseFee, view.Tip) || HasPassed(view.NextSince, policy.BumpAfter, view.Now);
    }

    /// <summary>The same for more money, or, where nobody needs it and others wait, its nonce for nothing.</summary>
    private static SendAction Better(SendItem item, SignedVersion newest, ulong nonce, SendView view, SendPolicy policy)
    {
        var reverts = view.Call is { Refusal: ChainErrorKind.Reverted };
        // What others wait for and may not offer enough gives its nonce up, at a price that is theirs.
        var yields = view.HoldsUp && policy.YieldFeePerGas is not null && GasOffer.Better(newest.Fee, view.BaseFee, view.Tip, policy) is null;
        var fills = newest.Fills || yields || (view.HoldsUp && (item.Obsolete || reverts));
        if (fills && policy.YieldFeePerGas is { } most) policy = policy with { MaxFeePerGas = most };
        // More money for what does nothing is wasted. What was sent stays where it is.
        if (!fills && (item.Obsolete || reverts)) return new SendAction.Wait(SendWait.Reverts);
        if (GasOffer.Better(newest.Fee, view.BaseFee, view.Tip, policy) is { } fee)
            return Offer(nonce, fee, fills, leastGas: fills || view.Refusal is { Kind: ChainErrorKind.GasLimit } ? 0 : newest.GasLimit, view);
        return new SendAction.Wait(GasOffer.Price(view.BaseFee, view.Tip) > policy.MaxFeePerGas ? SendWait.FeeAboveCap : SendWait.StuckAtCap);
    }

    private static SendAction Offer(ulong nonce, GasFee fee, bool fills, ulong leastGas, SendView view)
    {
        if ((fills ? view.Filler : view.Call) is not { } estimate) return new SendAction.Estimate(fills);
        if (estimate.Refusal is { } refusal) return new SendAction.Wait(refusal is ChainErrorKind.InsufficientFunds ? SendWait.NoFunds : SendWait.Reverts);
        var gas = Math.Max(leastGas, WithMargin(estimate.Gas));
        var budget = fills ? view.FillBudget ?? view.Budget : view.Budget;
        if (estimate.DataFee > budget || gas * fee.Cap > budget - estimate.DataFee) return new SendAction.Wait(SendWait.CostAboveCap);
        return new SendAction.Sign(nonce, fee, gas, estimate.DataFee, fills);
    }

    /// <summary>A quarter more covers what changes until it is mined.</summary>
    private static ulong WithMargin(ulong gas) => gas <= ulong.MaxValue / 2 ? gas + gas / 4 : gas;

    /// <summary>The same bytes would be refused again.</summary>
    private static bool WantsOtherBytes(SendRefusal? refusal) =>
        refusal is { Kind: ChainErrorKind.Underpriced or ChainErrorKind.ReplacementUnderpriced or ChainErrorKind.GasLimit };

    /// <summary>What never was has passed long ago; and so has what is later than now: a clock that was set back must hold nothing up.</summary>
    private static bool HasPassed(DateTimeOffset? since, TimeSpan time, DateTimeOffset now) => since is not { } start || start > now || now - start >= time;
}
