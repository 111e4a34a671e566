using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

public sealed partial class ContractConformance
{
    /// <summary>What somebody without coin signed goes through the relay, twice: it is paid once, and the relay says why not again.</summary>
    private static async Task RelayAsync(ContractRun run, ClaimRequest request)
    {
        var vault = run.Contracts.Vault;
        Assert.Equal(vault, await run.AskAsync(run.Relay, new ClaimRelay.Vault()));
        var to = Address.FromBytes(Keccak256.Hash([.. vault.ToArray(), 0xc2]).ToArray().AsSpan(12));
        var deadline = (await run.LatestAsync()).Timestamp + 3_600;
        var order = new ClaimOrder(request.Account, request.Token, to, request.Cumulative, 0, deadline);
        var signature = await run.StrangerKey.SignTypedDataAsync(ClaimTypedData.Of(await run.Driver.GetChainIdAsync(CancellationToken.None), vault, order), CancellationToken.None);
        var claim = new SignedClaim(request, to, deadline, signature.ToArray());
        var told = await run.CallAsync(run.Buyer, run.Relay, new ClaimRelay.ClaimSignedManyCall([claim, claim]));
        Assert.Contains(new ClaimRelay.Relayed(request.Account, request.Token, to, request.Cumulative), told);
        var refused = Assert.Single(told.OfType<ClaimRelay.NotRelayed>());
        Assert.Equal("NothingToClaim", ContractErrors.NameOf(refused.Reason));
        Assert.Equal(request.Cumulative, await run.Driver.GetBalanceAsync(to, BlockRef.Latest, CancellationToken.None));
    }
}
