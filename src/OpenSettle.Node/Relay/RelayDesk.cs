using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Relay;

/// <summary>A signed claim as it is handed in. The proof is ours to find.</summary>
internal sealed record RelayRequest(Address Account, Address Token, UInt256 Cumulative, Address To, ulong Deadline, ReadOnlyMemory<byte> Signature);

/// <summary>
/// Takes signed claims, or says why not. What costs nothing is looked at first, then what one read shows, then what a simulation
/// does. One after the other: each sees what the one before took of the budget.
/// </summary>
internal sealed class RelayDesk(NodeOptions options, IChainClient client, IChainProvider provider, RelayTrial trial, IBooks books, NodeState state, TimeProvider time) : IDisposable
{
    /// <summary>Of block time: a transaction has to be mined before the deadline, also when the next blocks are full.</summary>
    private static readonly TimeSpan LeastLeft = TimeSpan.FromMinutes(15);

    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>What a signature has to have left when it is handed in.</summary>
    public ulong LeastSecondsLeft => (ulong)(LeastLeft + options.Relay.BatchAfter).TotalSeconds;

    public void Dispose() => _gate.Dispose();

    /// <returns>The claim as it was taken, now or before, or why it is not.</returns>
    public async Task<(RelayClaim? Taken, RelayDecline? Declined)> TakeAsync(RelayRequest request, CancellationToken cancellation)
    {
        if (!options.Relay.IsOn) return (null, new RelayDecline(RelayCode.Off, "This node relays no claims. Send it yourself, or ask another node."));
        var (signed, wrong) = Find(request);
        if (signed is null) return (null, wrong);
        await _gate.WaitAsync(cancellation);
        try
        {
            return await TakeAsync(request, signed, cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<(RelayClaim? Taken, RelayDecline? Declined)> TakeAsync(RelayRequest request, SignedClaim signed, CancellationToken cancellation)
    {
        var id = options.Deployment.Watched.Id;
        var (_, nonce) = await client.AskAsync(id.Vault, new RoyaltySplit.RecipientOf(request.Account), BlockRef.Latest, cancellation);
        var digest = ClaimTypedData.Of(id.ChainId, id.Vault, new ClaimOrder(request.Account, request.Token, request.To, request.Cumulative, nonce, request.Deadline)).Digest();
        // Once more what is taken already: the same answer.
        if (books.Read(session => session.Relay.Find(digest)) is { State: not RelayState.Declined } known) return (known, null);

        var price = await RelayPrice.AskAsync(client, options.Relay, cancellation);
        if (await DeclineAsync(request, digest, nonce, price, cancellation) is { } early) return (null, early);
        if ((await trial.PaidAsync([signed], cancellation))[0] is not { IsZero: false } amount) return (null, await trial.ReasonAsync(signed, cancellation));
        var gas = await trial.GasAsync(signed, cancellation);
        // From here on the claim is good, and only not ours to pay for.
        if (Worth(request.Token, amount, gas, price) is { } late) return (null, late with { Instead = signed.Call });
        var claim = new RelayClaim(digest, time.GetUtcNow(), request.Account, request.Token, request.To, request.Cumulative, request.Deadline, request.Signature, signed.Request.Proof, gas);
        await books.WriteAsync(session => session.Relay.Add(claim), cancellation);
        return (claim, null);
    }

    /// <summary>The claim with its proof, out of the active tree; or what is wrong with it.</summary>
    private (SignedClaim? Signed, RelayDecline? Declined) Find(RelayRequest request)
    {
        if (request.To.IsZero || request.To == options.Deployment.Watched.Id.Vault) return (null, new RelayDecline(RelayCode.WouldRevert, "The money cannot go to the zero address or to the vault. Sign another recipient."));
        if (state.Active?.Tree is not { } tree || tree.IndexOf(request.Account, request.Token) is not (>= 0 and var index))
            return (null, new RelayDecline(RelayCode.NothingToClaim, "No active epoch has anything of this token for the account. GET /api/v1/accounts/{account} shows what is pending."));
        var due = tree.Leaves[index].Amount;
        if (due != request.Cumulative) return (null, new RelayDecline(RelayCode.RootChanged, $"The active root says {due} for the account, and {request.Cumulative} was signed. Sign {due}."));
        var claim = new ClaimRequest(request.Account, request.Token, due, [.. tree.Proof(index)]);
        return (new SignedClaim(claim, request.To, request.Deadline, request.Signature), null);
    }

    private async Task<RelayDecline?> DeclineAsync(RelayRequest request, Hash32 digest, UInt256 nonce, RelayPrice price, CancellationToken cancellation)
    {
        if (request.Deadline < price.Time + LeastSecondsLeft)
            return new RelayDecline(RelayCode.Expired, $"The deadline is {request.Deadline}, and the newest block's time is {price.Time}: a claim that is relayed has to be good for {LeastSecondsLeft} seconds more. Sign a later deadline.");
        if (RecoveredFrom(digest, request.Signature.Span) != request.Account && (await client.GetCodeAsync(request.Account, BlockRef.Latest, cancellation)).IsEmpty)
            return new RelayDecline(RelayCode.BadSignature, $"The account did not sign this: account, token, to, cumulative, nonce {nonce} and deadline, for this chain and vault.");
        // It is the account's own from here on: nobody else can use up its turn, or learn when that was.
        var last = books.Read(session => session.Relay.Last(request.Account, request.Token));
        if (last + options.Relay.PerAccount is { } next && next > time.GetUtcNow())
            return new RelayDecline(RelayCode.TooOften, $"This node takes one claim of an account and token in {(long)options.Relay.PerAccount.TotalHours} hours, and took one. Ask again later, or send it yourself.", next - time.GetUtcNow());
        if (state.Halted is not null || state.IsStopping) return new RelayDecline(RelayCode.Paused, "This node sends nothing at the moment. Ask again later, or another node.", TimeSpan.FromMinutes(10));
        return price.Cap is null ? new RelayDecline(RelayCode.Paused, $"One gas costs {price.Each} wei, more than this node pays for others. Ask again when it is cheaper.", TimeSpan.FromMinutes(10)) : null;
    }

    private RelayDecline? Worth(Address token, UInt256 amount, ulong gas, RelayPrice price)
    {
        var cost = gas * price.Each;
        if (options.TokenPrices.TryValue(token, amount, out var value) && cost > UInt256.MulDivFloor(value, options.Relay.MaxCostPercent, 100))
            return new RelayDecline(RelayCode.TooSmall, $"Its gas costs {cost} wei, more than {options.Relay.MaxCostPercent} % of what it brings ({value} wei). Let it add up, or send it yourself.");
        var (left, queued) = books.Read(session => (RelayBudget.Left(session, options.Relay, time.GetUtcNow()), session.Relay.QueuedGas().Gas));
        var need = RelayPrice.WithMargin(queued + gas + trial.Spare, price.Cap ?? price.Each);
        return need <= left ? null : new RelayDecline(RelayCode.Budget, $"What this node pays for others in 24 hours is spent: {left} wei are left, and this may take {need}. Ask again later, or send it yourself.", TimeSpan.FromHours(1));
    }

    private Address? RecoveredFrom(Hash32 digest, ReadOnlySpan<byte> signature)
    {
        const int Size = 65;
        if (signature.Length != Size || signature[^1] is not (27 or 28)) return null;
        return provider.Recover(digest, new RecoverableSignature(Hash32.FromBytes(signature[..32]), Hash32.FromBytes(signature[32..64]), signature[^1]));
    }
}
