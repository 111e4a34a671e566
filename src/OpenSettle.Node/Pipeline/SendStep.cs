using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// Sends what is planned: nonce and signed bytes are in the books before the first broadcast, and from then on only the
/// same bytes are sent, so that a crash anywhere in between cannot send anything twice.
/// </summary>
public sealed class SendStep(NodeOptions options, IChainClient client, ISigner signer, SqliteBooks books, NodeState state, ILogger<SendStep> log)
{
    private readonly ulong _chainId = options.Deployment.Watched.Id.ChainId;

    // Bytes are sent again at every look while they are not mined; that is told once.
    private readonly HashSet<long> _told = [];

    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (var item in books.Read(session => session.Outbox.Open()))
        {
            var current = item;
            if (current.State == OutboxState.Planned)
            {
                if (await SignAsync(current, cancellation) is not { } signed) continue;
                current = signed;
            }

            await FollowAsync(current, cancellation);
        }
    }

    /// <summary>Fixes nonce and fee, signs, and stores the bytes. Null while the transaction has to wait.</summary>
    private async Task<OutboxRecord?> SignAsync(OutboxRecord item, CancellationToken cancellation)
    {
        var head = await client.GetBlockAsync(BlockRef.Latest, cancellation);
        if (head is null) return null;
        var tip = await client.GetPriorityFeeAsync(cancellation);
        if (head.BaseFee + tip > options.MaxFeePerGas)
        {
            Wait(item, $"one gas costs {head.BaseFee + tip} wei, more than maxFeeGwei allows");
            return null;
        }

        ulong gas;
        try
        {
            gas = await client.EstimateGasAsync(new CallRequest(signer.Address, item.To, item.Data, UInt256.Zero), cancellation);
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.Reverted)
        {
            await AfterRefusalAsync(item, ContractErrors.Describe(e.RevertData), cancellation);
            return null;
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.InsufficientFunds)
        {
            Wait(item, $"{signer.Address.ToChecksumString()} cannot pay for the gas: send it native coin");
            return null;
        }

        var onChain = await client.GetNonceAsync(signer.Address, BlockRef.Latest, cancellation);
        var nonce = Math.Max(onChain, books.Read(session => session.Outbox.NextNonce()) ?? 0);
        // Twice the base fee outlasts six full blocks in a row; a quarter more gas covers what changes until it is mined.
        var fee = head.BaseFee + head.BaseFee + tip;
        var signed = await signer.SignTransactionAsync(
            new TransactionRequest(
                _chainId, nonce, tip, fee < options.MaxFeePerGas ? fee : options.MaxFeePerGas, gas + gas / 4, item.To, UInt256.Zero, item.Data),
            cancellation);
        await books.WriteAsync(session => session.Outbox.SetSigned(item.Id, nonce, signed.Raw, signed.Hash), cancellation);
        state.ClearWaiting(item.Purpose);
        return item with { State = OutboxState.Signed, Nonce = nonce, Raw = signed.Raw, Hash = signed.Hash };
    }

    /// <summary>Sends the stored bytes again while they are not mined, and settles the matter once their block is final.</summary>
    private async Task FollowAsync(OutboxRecord item, CancellationToken cancellation)
    {
        var receipt = await client.GetReceiptAsync(item.Hash, cancellation);
        if (receipt is null)
        {
            await BroadcastAsync(item, cancellation);
            return;
        }

        // The books' cursor is final. A receipt counts once its block is part of that chain.
        var cursor = books.Read(session => session.Chain.Cursor());
        if (cursor is null || receipt.BlockNumber > cursor.Block) return;
        var block = await client.GetBlockAsync(BlockRef.At(receipt.BlockNumber), cancellation);
        if (block is null || block.Hash != receipt.BlockHash) return;
        await books.WriteAsync(
            session => session.Outbox.SetFinal(item.Id, receipt.Succeeded, receipt.GasUsed, receipt.EffectiveGasPrice), cancellation);
        state.ClearWaiting(item.Purpose);
        if (receipt.Succeeded)
        {
            log.TransactionFinal(item.Purpose, item.Hash, receipt.BlockNumber, receipt.GasUsed);
            return;
        }

        log.TransactionReverted(item.Purpose, item.Hash, receipt.BlockNumber);
        // Anybody may copy a proposal out of the pool and bring it first: what counts is that the vault has it.
        if (item.Purpose.StartsWith("propose ", StringComparison.Ordinal) && !books.Read(session => Obsolete(session, item)))
            throw new SettlementHaltedException($"The transaction to {item.Purpose} ({item.Hash}) reverted in block {receipt.BlockNumber}. Look at it before starting again.");
    }

    private async Task BroadcastAsync(OutboxRecord item, CancellationToken cancellation)
    {
        try
        {
            await client.SendRawAsync(item.Raw, cancellation);
            state.ClearWaiting(item.Purpose);
            if (_told.Add(item.Id)) log.TransactionSent(item.Purpose, item.Hash);
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.NonceTooLow)
        {
            // Either it was mined between the two questions, or another program uses this key.
            if (await client.GetReceiptAsync(item.Hash, cancellation) is not null) return;
            throw new SettlementHaltedException(
                $"Nonce {item.Nonce} of {signer.Address.ToChecksumString()} was used by another transaction than {item.Hash} ({item.Purpose}). "
                + "Give this node a key of its own before starting again.", e);
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.InsufficientFunds or ChainErrorKind.Underpriced)
        {
            Wait(item, e.Message);
        }
    }

    /// <summary>A planned transaction would revert: it waits, unless the chain already shows what it was for.</summary>
    private async Task AfterRefusalAsync(OutboxRecord item, string why, CancellationToken cancellation)
    {
        if (books.Read(session => Obsolete(session, item)))
        {
            await books.WriteAsync(session => session.Outbox.DropPlanned(item.Id), cancellation);
            state.ClearWaiting(item.Purpose);
            return;
        }

        Wait(item, why);
    }

    private static bool Obsolete(BooksSession session, OutboxRecord item)
    {
        var latest = session.Epochs.Latest();
        if (item.Purpose.StartsWith("propose ", StringComparison.Ordinal)) return latest is not { State: EpochState.Built };
        if (item.Purpose.StartsWith("activate ", StringComparison.Ordinal)) return latest?.State is EpochState.Active or EpochState.Attested;
        return item.Purpose.StartsWith("attest ", StringComparison.Ordinal)
            && !session.Epochs.ToAttest().Any(epoch => item.Purpose == $"attest epoch {epoch.Number}");
    }

    private void Wait(OutboxRecord item, string why)
    {
        if (state.SetWaiting(item.Purpose, why)) log.TransactionWaits(item.Purpose, why);
    }
}
