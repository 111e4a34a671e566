using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>An account that is a contract: it takes coin, and what its owner's key signed, it has signed (ERC-1271).</summary>
internal static class OwnedWallet
{
    public static async Task<Address> DeployAsync(LocalChain chain, Person deployer, Address owner, ulong chainId, CancellationToken cancellation)
    {
        byte[] runtime =
        [
            0x36, 0x15, 0x60, Stop, 0x57,                                                       // no calldata: stop
            0x60, 0x04, 0x35, 0x60, 0x00, 0x52,                                                 // the digest
            0x60, 0xa4, 0x35, 0x60, 0xf8, 0x1c, 0x60, 0x20, 0x52,                               // v
            0x60, 0x64, 0x35, 0x60, 0x40, 0x52,                                                 // r
            0x60, 0x84, 0x35, 0x60, 0x60, 0x52,                                                 // s
            0x60, 0x20, 0x60, 0x00, 0x60, 0x80, 0x60, 0x00, 0x60, 0x01, 0x5a, 0xfa, 0x50,       // ecrecover
            0x60, 0x00, 0x51, 0x73, .. owner.ToArray(), 0x14,                                   // is it the owner?
            0x63, 0x16, 0x26, 0xba, 0x7e, 0x60, 0xe0, 0x1b, 0x02,                               // then isValidSignature's own selector, else zero
            0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3,
            0x5b, 0x00,
        ];
        Assert.Equal(0x5b, runtime[Stop]);
        byte[] creation = [0x60, (byte)runtime.Length, 0x80, 0x60, 0x0b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, .. runtime];
        var nonce = await chain.Client.GetNonceAsync(deployer.Address, BlockRef.Latest, cancellation);
        var signed = await deployer.Signer.SignTransactionAsync(new TransactionRequest(chainId, nonce, 1_000_000_000, 100_000_000_000, 300_000, null, UInt256.Zero, creation), cancellation);
        await chain.Client.SendRawAsync(signed.Raw, cancellation);
        while (true)
        {
            if (await chain.Client.GetReceiptAsync(signed.Hash, cancellation) is { } receipt) return receipt.ContractAddress ?? throw new InvalidOperationException("The wallet has no address.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    private const byte Stop = 87;
}
