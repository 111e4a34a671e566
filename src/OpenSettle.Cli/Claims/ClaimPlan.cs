using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Claims;

/// <summary>Money that a transaction pays, or would.</summary>
/// <param name="Entry">Of a push: its epoch and its number; null for a claim.</param>
internal sealed record PlannedPayment(Address Account, TokenInfo Token, UInt256 Amount, UInt256? Cumulative, Address To, (ulong Epoch, ulong Index)? Entry = null);

/// <summary>One transaction, and what it pays.</summary>
internal sealed record PlannedCall(ContractCall Call, IReadOnlyList<PlannedPayment> Payments);

/// <summary>Puts claims together: as few transactions as can be, each tried before it is planned.</summary>
internal sealed class ClaimPlan(ClaimSession session)
{
    /// <summary>In one transaction: the vault wants gas for a slow token before each.</summary>
    public const int MostTogether = 50;

    /// <summary>What was refused, in words, with the claim that it is of. Others go on.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>Claims of any accounts, each to its account or the recipient that this set.</summary>
    public async Task<IReadOnlyList<PlannedCall>> ForAsync(IReadOnlyList<Address> accounts, Address? only, CancellationToken cancellation)
    {
        var good = new List<(CheckedClaim Claim, Address To)>();
        foreach (var account in accounts)
        {
            var claims = await session.Search.FindAsync(account, only, cancellation);
            if (claims.Count == 0) continue;
            var (to, _) = await session.Search.RecipientAsync(account, cancellation);
            foreach (var claim in claims)
            {
                if (await IsGoodAsync(null, new RoyaltySplit.ClaimCall(claim.Request), claim, cancellation)) good.Add((claim, to));
            }
        }

        return [.. good.Chunk(MostTogether).Select(chunk => new PlannedCall(
            new RoyaltySplit.ClaimManyCall([.. chunk.Select(one => one.Claim.Request)]), [.. chunk.Select(one => PaymentOf(one.Claim, one.To))]))];
    }

    /// <summary>The account's own claims to another address: one transaction for each token.</summary>
    public async Task<IReadOnlyList<PlannedCall>> ToAsync(Address account, Address to, Address? only, CancellationToken cancellation)
    {
        var calls = new List<PlannedCall>();
        foreach (var claim in await session.Search.FindAsync(account, only, cancellation))
        {
            var call = new RoyaltySplit.ClaimToCall(claim.Request, to);
            if (await IsGoodAsync(account, call, claim, cancellation)) calls.Add(new PlannedCall(call, [PaymentOf(claim, to)]));
        }

        return calls;
    }

    /// <summary>The account's own pushes that were refused, each taken by itself.</summary>
    public async Task<IReadOnlyList<PlannedCall>> TakesAsync(Address account, Address to, Address? only, CancellationToken cancellation)
    {
        var calls = new List<PlannedCall>();
        foreach (var push in await session.Search.RefusedPushesAsync(account, cancellation))
        {
            if (only is { } wanted && wanted != push.Token.Token) continue;
            var call = new RoyaltySplit.TakePushCall(push.Epoch, push.Item, push.Proof, to);
            // The vault checks the proof: nothing that it takes here is anybody's word.
            if (await session.Search.RefusalAsync(account, call, cancellation) is { } why) LeftOut.Add($"entry {push.Item.Index} of epoch {push.Epoch} is left out: {why}");
            else calls.Add(new PlannedCall(call, [new PlannedPayment(account, push.Token, push.Item.Amount, null, to, (push.Epoch, push.Item.Index))]));
        }

        return calls;
    }

    private async Task<bool> IsGoodAsync(Address? from, ContractCall call, CheckedClaim claim, CancellationToken cancellation)
    {
        if (await session.Search.RefusalAsync(from, call, cancellation) is not { } why) return true;
        LeftOut.Add($"token {Screen.Inert.Of(claim.Token.Symbol, 20)} of {claim.Account.ToChecksumString()} is left out, the contract refuses: {why}");
        return false;
    }

    private static PlannedPayment PaymentOf(CheckedClaim claim, Address to) => new(claim.Account, claim.Token, claim.Amount, claim.Request.Cumulative, to);
}
