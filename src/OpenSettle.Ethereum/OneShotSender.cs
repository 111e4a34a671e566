using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum;

/// <summary>
/// Sends a single transaction and waits until it is mined: for a person at a terminal, who sees what happens. The node
/// itself sends through its outbox, which survives a crash.
/// </summary>
public sealed class OneShotSender(IChainClient client, ISigner signer, ulong chainId, UInt256 maxFeePerGas, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public Task<TransactionReceipt> SendAsync(Address to, ContractCall call, CancellationToken cancellation) =>
        SendAsync(to, client.Encode(call), UInt256.Zero, cancellation);

    /// <exception cref="ChainException">It would revert, reverted, or was not mined in time.</exception>
    public async Task<TransactionReceipt> SendAsync(Address to, ReadOnlyMemory<byte> data, UInt256 value, CancellationToken cancellation)
    {
        var call = new CallRequest(signer.Address, to, data, value);
        var gas = await client.EstimateGasAsync(call, cancellation);
        var head = await client.GetBlockAsync(BlockRef.Latest, cancellation)
            ?? throw new ChainException(ChainErrorKind.BadReply, client.Endpoint, "eth_getBlockByNumber", "there is no 'latest' block");
        var tip = await client.GetPriorityFeeAsync(cancellation);
        var fee = head.BaseFee + head.BaseFee + tip;
        if (head.BaseFee + tip > maxFeePerGas)
            throw new ChainException(ChainErrorKind.Underpriced, client.Endpoint, "eth_sendRawTransaction", $"one gas costs {head.BaseFee + tip} wei, more than maxFeeGwei allows");
        var nonce = await client.GetNonceAsync(signer.Address, BlockRef.Pending, cancellation);
        var signed = await signer.SignTransactionAsync(
            new TransactionRequest(chainId, nonce, tip, fee < maxFeePerGas ? fee : maxFeePerGas, gas + gas / 4, to, value, data), cancellation);
        await client.SendRawAsync(signed.Raw, cancellation);
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < Patience)
        {
            if (await client.GetReceiptAsync(signed.Hash, cancellation) is { } receipt)
            {
                return receipt.Succeeded
                    ? receipt
                    : throw new ChainException(ChainErrorKind.Reverted, client.Endpoint, "eth_getTransactionReceipt", $"{signed.Hash} reverted in block {receipt.BlockNumber}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellation);
        }

        throw new ChainException(
            ChainErrorKind.Unreachable, client.Endpoint, "eth_getTransactionReceipt", $"{signed.Hash} was sent and is not mined after {Patience.TotalMinutes} minutes. It may still be: look before sending again.");
    }
}
