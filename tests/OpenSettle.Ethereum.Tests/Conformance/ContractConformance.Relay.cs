using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

public sealed partial class ContractConformance
{
    private const ulong FarOff = 1UL << 40;

    /// <summary>What two accounts signed, brought by others: by the relay, which is told what it brought before, and to the vault itself.</summary>
    /// <param name="run">The contracts.</param>
    /// <param name="leaves">Two coins of the owner, and one of the buyer.</param>
    /// <param name="beside">The node beside that of the two leaves.</param>
    private static async Task RelayAsync(ContractRun run, Hash32[] leaves, Hash32 beside)
    {
        var vault = run.Contracts.Vault;
        Assert.Equal(vault, await run.AskAsync(run.Relay, new ClaimRelay.Vault()));
        var to = Address.FromBytes(Keccak256.Hash(vault.ToArray()).ToArray().AsSpan(12));
        var owners = await SignAsync(run, run.OwnerKey, new ClaimRequest(run.Owner.Address, Address.Zero, 2, [leaves[1], beside]), to);
        var told = await run.CallAsync(run.Buyer, run.Relay, new ClaimRelay.ClaimSignedManyCall([owners, owners]));
        Assert.Contains(new ClaimRelay.Relayed(run.Owner.Address, Address.Zero, to, 2), told);
        var refused = Assert.Single(told.OfType<ClaimRelay.NotRelayed>());
        Assert.Equal("RoyaltySplit.NothingToClaim", ContractErrors.Describe(refused.Reason).Split('(')[0]);

        var buyers = await SignAsync(run, run.BuyerKey, new ClaimRequest(run.Buyer.Address, Address.Zero, 1, [leaves[0], beside]), to);
        told = await run.CallAsync(run.Owner, vault, new RoyaltySplit.ClaimSignedCall(buyers));
        Assert.Contains(new RoyaltySplit.ClaimRedirected(run.Buyer.Address, Address.Zero, to, 1), told);
        Assert.Equal((UInt256)3UL, await run.Driver.GetBalanceAsync(to, BlockRef.Latest, CancellationToken.None));
    }

    private static async Task<SignedClaim> SignAsync(ContractRun run, ISigner key, ClaimRequest request, Address to)
    {
        var data = ClaimTypedData.Of(await run.Driver.GetChainIdAsync(CancellationToken.None), run.Contracts.Vault, request.Account, request.Token, to, request.Cumulative, nonce: 0, FarOff);
        return new SignedClaim(request, to, FarOff, (await key.SignTypedDataAsync(data, CancellationToken.None)).ToArray());
    }
}
