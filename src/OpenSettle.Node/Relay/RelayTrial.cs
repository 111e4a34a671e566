using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Relay;

/// <summary>Asks the chain what would become of signed claims, before anything is spent on them.</summary>
/// <param name="options">The contracts.</param>
/// <param name="client">The chain.</param>
/// <param name="sender">Who would send them.</param>
public sealed class RelayTrial(NodeOptions options, IChainClient client, Address sender)
{
    private readonly Address _vault = options.Deployment.Watched.Id.Vault;
    private readonly Address _relay = options.Deployment.Watched.ClaimRelay;

    /// <summary>Whether several go in one transaction; else each has one of its own.</summary>
    public bool TakesMany => !_relay.IsZero;

    /// <summary>Gas that has to be left over in a transaction of them: the relay tries none without the most that one may use.</summary>
    public ulong Spare => TakesMany ? 560_000UL : 0UL;

    public static SignedClaim Signed(RelayClaim claim) => new(new ClaimRequest(claim.Account, claim.Token, claim.Cumulative, claim.Proof), claim.To, claim.Deadline, claim.Signature);

    /// <summary>The transaction that brings them.</summary>
    public (Address To, ReadOnlyMemory<byte> Data) CallOf(IReadOnlyList<SignedClaim> claims) => TakesMany
        ? (_relay, client.Encode(new ClaimRelay.ClaimSignedManyCall(claims)))
        : (_vault, client.Encode(claims.Single().Call));

    /// <summary>What each would be paid now; zero where it would be refused. Within the gas that a relayed claim may use.</summary>
    public async Task<IReadOnlyList<UInt256>> PaidAsync(IReadOnlyList<SignedClaim> claims, CancellationToken cancellation)
    {
        var (to, data) = CallOf(claims);
        try
        {
            var answer = await client.CallAsync(new CallRequest(sender, to, data, UInt256.Zero), BlockRef.Latest, cancellation);
            return TakesMany ? ClaimRelay.ClaimSignedManyCall.ReadAmounts(answer.Span) : [SignedClaim.ReadPaid(answer.Span)];
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted && !TakesMany)
        {
            return [UInt256.Zero];
        }
        catch (AbiException wrong)
        {
            throw new ChainException(ChainErrorKind.BadReply, client.Endpoint, "eth_call", $"{to}: {wrong.Message}", wrong);
        }
    }

    /// <summary>Why the vault refuses one, by itself.</summary>
    public async Task<RelayDecline> ReasonAsync(SignedClaim claim, CancellationToken cancellation)
    {
        try
        {
            await client.CallAsync(new CallRequest(sender, _vault, client.Encode(claim.Call), UInt256.Zero), BlockRef.Latest, cancellation);
            return new RelayDecline(RelayCode.WouldRevert, "It takes more gas than a relayed claim may use: the account's contract, or the recipient, is too costly. Send it yourself.");
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted)
        {
            return Explain(e.RevertData);
        }
    }

    /// <summary>What the vault answered, in our words.</summary>
    public static RelayDecline Explain(ReadOnlyMemory<byte> revert) => ContractErrors.NameOf(revert) switch
    {
        "BadSignature" => new(RelayCode.BadSignature, "The account did not sign this. Sign it anew, with the nonce that the vault's recipientOf tells: each change of the account's recipient voids what it signed before."),
        "SignatureExpired" => new(RelayCode.Expired, "The signature's deadline has passed. Sign it anew, with a later one."),
        "NothingToClaim" => new(RelayCode.NothingToClaim, "The vault has paid all of this to the account before."),
        "BadProof" or "RootRevoked" => new(RelayCode.RootChanged, "The vault's root has changed. Ask for the account's proof again, and sign what it says."),
        _ => new(RelayCode.WouldRevert, $"The vault refuses it: {ContractErrors.Describe(revert)}."),
    };

    /// <summary>What one takes by itself.</summary>
    public Task<ulong> GasAsync(SignedClaim claim, CancellationToken cancellation) =>
        client.EstimateGasAsync(new CallRequest(sender, _vault, client.Encode(claim.Call), UInt256.Zero), cancellation);

    /// <summary>The gas that a transaction of them has to have.</summary>
    public Task<ulong> GasOfAllAsync(IReadOnlyList<SignedClaim> claims, CancellationToken cancellation)
    {
        var (to, data) = CallOf(claims);
        return client.EstimateGasAsync(new CallRequest(sender, to, data, UInt256.Zero), cancellation);
    }
}
