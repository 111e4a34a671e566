using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Tests.Support;

/// <summary>Claims that their accounts signed, and the contract that brings many of them.</summary>
internal sealed partial class BlockWriter
{
    /// <summary>An account whose code takes these bytes for a signature.</summary>
    public void Deploy(Address wallet, byte[] word) => state.Wallets[wallet] = word;

    public void MakeCostly(Address wallet) => state.Costly.Add(wallet);

    /// <summary>As the vault has it: signature, leaf, money, in this order.</summary>
    public UInt256 ClaimSigned(SignedClaim claim)
    {
        var request = claim.Request;
        if (claim.To.IsZero || claim.To == World.Vault) throw Revert("BadRecipient(address)", writer => writer.Account(claim.To));
        if (timestamp > claim.Deadline) throw Revert("SignatureExpired(uint256)", writer => writer.UInt(claim.Deadline));
        var order = new ClaimOrder(request.Account, request.Token, claim.To, request.Cumulative, state.ClaimNonces.GetValueOrDefault(request.Account), claim.Deadline);
        var isSigned = Recover(ClaimTypedData.Of(World.ChainId, World.Vault, order).Digest(), claim.Signature.Span) == request.Account
            || (state.Wallets.TryGetValue(request.Account, out var word) && claim.Signature.Span.SequenceEqual(word));
        if (!isSigned) throw Revert("BadSignature(address)", writer => writer.Account(request.Account));
        var before = state.Claimed.GetValueOrDefault((request.Account, request.Token));
        if (request.Cumulative <= before) throw Revert("NothingToClaim(address,address)", writer => writer.Account(request.Account).Account(request.Token));
        if (!CumulativeTree.Verify(new CumulativeLeaf(request.Account, request.Token, request.Cumulative), request.Proof, state.Root))
            throw Revert("BadProof(address,address)", writer => writer.Account(request.Account).Account(request.Token));
        if (state.Refusing.Contains(claim.To)) throw Revert("TransferFailed(address,address)", writer => writer.Account(request.Token).Account(claim.To));
        Claim(new CumulativeLeaf(request.Account, request.Token, request.Cumulative));
        return request.Cumulative - before;
    }

    /// <summary>Each is tried; one that is refused is passed over.</summary>
    public IReadOnlyList<UInt256> Relay(IReadOnlyList<SignedClaim> claims)
    {
        var amounts = new List<UInt256>();
        foreach (var claim in claims)
        {
            var (account, token) = (claim.Request.Account, claim.Request.Token);
            try
            {
                if (state.Costly.Contains(account)) throw new RevertException([]);
                amounts.Add(ClaimSigned(claim));
                Log(World.ClaimRelay, new AbiWriter().UInt(amounts[^1]), ClaimRelay.RelayedEvent.Topic, Word(account), Word(token), Word(claim.To));
            }
            catch (RevertException refused)
            {
                amounts.Add(UInt256.Zero);
                Log(World.ClaimRelay, new AbiWriter().Bytes(refused.RevertData), ClaimRelay.NotRelayedEvent.Topic, Word(account), Word(token));
            }
        }

        return amounts;
    }
}
