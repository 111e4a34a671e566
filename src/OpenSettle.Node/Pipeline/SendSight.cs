using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Primitives;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>What one look at the chain showed of the account.</summary>
/// <param name="Final">The books' last block.</param>
/// <param name="NextNonce">Of the endpoint that is furthest.</param>
internal sealed record ChainLook(DateTimeOffset Now, ulong Final, ulong NextNonce, DateTimeOffset NextSince, UInt256 BaseFee, UInt256 Tip);

/// <summary>Asks the chain all that the sender decides on. What decides money is asked of the quorum.</summary>
internal sealed class SendSight(IChainClient client, IChainQuorum quorum, Address account, TimeProvider time)
{
    private readonly DataFees _dataFees = new(client);
    private (ulong Nonce, DateTimeOffset Since)? _next;

    /// <summary>Null where the endpoint has no newest block.</summary>
    public async Task<ChainLook?> LookAsync(ulong final, CancellationToken cancellation)
    {
        if (await client.GetBlockAsync(BlockRef.Latest, cancellation) is not { } head) return null;
        var tip = await client.GetPriorityFeeAsync(cancellation);
        var nonce = await client.GetNonceAsync(account, BlockRef.Latest, cancellation);
        var now = time.GetUtcNow();
        if (_next is not { } known || known.Nonce != nonce) _next = known = (nonce, now);
        return new ChainLook(now, final, nonce, known.Since, head.BaseFee, tip);
    }

    /// <summary>Where one of the versions was mined, with its receipt where that is final.</summary>
    public async Task<(MinedVersion Where, TransactionReceipt? Final)?> FindMinedAsync(IReadOnlyList<OutboxVersion> versions, ulong final, CancellationToken cancellation)
    {
        MinedVersion? seen = null;
        foreach (var version in versions.Reverse())
        {
            if (await quorum.GetAgreedReceiptAsync(version.Hash, cancellation) is not { } receipt)
            {
                // Too few have it, or none has. One is enough to wait for.
                if (seen is null && await client.GetReceiptAsync(version.Hash, cancellation) is not null) seen = new MinedVersion(version.Number, Final: false);
                continue;
            }

            // The books' last block is final. A receipt counts once its block is part of that chain.
            if (receipt.BlockNumber <= final && (await quorum.GetAgreedBlockAsync(receipt.BlockNumber, cancellation))?.Hash == receipt.BlockHash)
            {
                RequirePlausible(version, receipt);
                return (new MinedVersion(version.Number, Final: true), receipt);
            }

            seen = new MinedVersion(version.Number, Final: false);
        }

        return seen is null ? null : (seen, null);
    }

    /// <summary>
    /// Whether the nonce is spent for good, and by none of the versions. A receipt that is missing proves nothing, for endpoints
    /// forget and lag; so enough of them have to agree on the nonce at a final block, and on having none of the versions
    /// though they have that block. A chain whose endpoints do not keep a final block's state never says so: then a person has to look.
    /// </summary>
    public async Task<bool> IsSpentByAnotherAsync(ulong nonce, IReadOnlyList<OutboxVersion> versions, ulong final, CancellationToken cancellation)
    {
        if (await AgreedNonceAsync(final, cancellation) is not { } next || next <= nonce) return false;
        foreach (var version in versions)
        {
            if (!await quorum.IsAgreedAbsentAsync(version.Hash, final, cancellation)) return false;
        }

        return true;
    }

    /// <summary>Whether the quorum bears out that the account has come that far, up to so many transactions that are not final.</summary>
    public async Task<bool> IsPlausibleAsync(ulong nextNonce, ulong final, ulong most, CancellationToken cancellation) =>
        await AgreedNonceAsync(final, cancellation) is not { } agreed || nextNonce <= agreed || nextNonce - agreed <= most;

    public async Task<GasEstimate> EstimateAsync(Address to, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        try
        {
            var gas = await client.EstimateGasAsync(new CallRequest(account, to, data, UInt256.Zero), cancellation);
            return new GasEstimate(gas, await _dataFees.EstimateAsync(data, cancellation));
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.Reverted)
        {
            return new GasEstimate(0, UInt256.Zero, e.Kind, ContractErrors.Describe(e.RevertData));
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.InsufficientFunds)
        {
            return new GasEstimate(0, UInt256.Zero, e.Kind, $"{account.ToChecksumString()} cannot pay for the gas: send it native coin");
        }
    }

    /// <summary>Null also where endpoints keep no state that old: on some chains the final block is thousands of blocks back.</summary>
    private async Task<ulong?> AgreedNonceAsync(ulong block, CancellationToken cancellation)
    {
        try
        {
            return await quorum.GetAgreedNonceAsync(account, block, cancellation);
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.UnknownBlock or ChainErrorKind.MethodMissing)
        {
            return null;
        }
    }

    /// <summary>A receipt that says more than the bytes allow is not theirs, however many endpoints have it.</summary>
    private void RequirePlausible(OutboxVersion version, TransactionReceipt receipt)
    {
        var (fee, gas) = SignedBytes.Offer(version.Raw);
        if (receipt.GasUsed > gas || receipt.EffectiveGasPrice > fee.Cap || receipt.DataFee > UInt256.MaxAmount)
            throw new ChainException(ChainErrorKind.BadReply, client.Endpoint, "eth_getTransactionReceipt", $"the receipt of {version.Hash} takes more than was signed");
    }
}
