using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Endpoints;

/// <summary>Whether an endpoint is of the deployment's chain, and has this project's contracts at its addresses.</summary>
public static class DeploymentInspection
{
    public static EndpointInspection Of(WatchedDeployment deployment) => (client, cancellation) => InspectAsync(deployment, client, cancellation);

    /// <returns>Null, or what is wrong and what can be done about it.</returns>
    public static async Task<string?> InspectAsync(WatchedDeployment deployment, IChainClient client, CancellationToken cancellation)
    {
        var id = deployment.Id;
        var chainId = await client.GetChainIdAsync(cancellation);
        if (chainId != id.ChainId)
            return $"rpc: {client.Endpoint} is chain {chainId}, and the deployment file is for chain {id.ChainId}. Set rpc or deployment to the right one.";

        (string Role, string Contract, Address Address)[] contracts =
        [
            ("registry", "ModelRegistry", id.Registry), ("rail", "InferencePayments", id.Rail), ("vault", "RoyaltySplit", id.Vault), ("resolver", "SettlementResolver", deployment.Resolver),
            .. deployment.ClaimRelay.IsZero ? [] : new[] { ("relay of claims", "ClaimRelay", deployment.ClaimRelay) },
        ];
        foreach (var (role, contract, address) in contracts)
        {
            var code = await client.GetCodeAsync(address, BlockRef.Latest, cancellation);
            if (code.IsEmpty)
                return $"deployment: {client.Endpoint} has no contract at {address}, the {role}. Deploy first, or set deployment to the file of this chain.";
            if (!ContractCode.Matches(contract, code.Span))
            {
                return $"deployment: what {client.Endpoint} has at {address}, the {role}, is not this version's {contract} ({code.Length} bytes of other code). "
                    + "Set deployment to the file of a deployment that this version made, or run the version that made it.";
            }
        }

        return null;
    }
}
