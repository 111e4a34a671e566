using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Pipeline;

/// <summary>The chain, or the signer, is not there or not the one that the settings name. The message names setting and remedy.</summary>
public sealed class StartRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Before anything is written: is this the chain, are these the contracts, do the keys fit?</summary>
public sealed class StartCheck(NodeOptions options, IChainClient client, Attestors attestors)
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        var id = options.Deployment.Watched.Id;
        try
        {
            var chainId = await client.GetChainIdAsync(cancellation);
            if (chainId != id.ChainId)
                throw new StartRefusedException($"rpc: {client.Endpoint} is chain {chainId}, and the deployment file is for chain {id.ChainId}. Set rpc or deployment to the right one.");

            foreach (var (name, address) in new[] { ("registry", id.Registry), ("rail", id.Rail), ("vault", id.Vault), ("resolver", options.Deployment.Watched.Resolver) })
            {
                if ((await client.GetCodeAsync(address, BlockRef.Latest, cancellation)).IsEmpty)
                    throw new StartRefusedException($"deployment: there is no contract at {address}, the {name}. Deploy first, or set deployment to the file of this chain.");
            }

            await RequirePeersAsync(id.Vault, id.Registry, id.Rail, cancellation);
            await RequireQuorumAsync(id.Vault, cancellation);
        }
        catch (ChainException e)
        {
            throw new StartRefusedException($"rpc: {e.Message.TrimEnd('.')}. Check that the endpoint runs and that rpc names it.", e);
        }
    }

    private async Task RequirePeersAsync(Address vault, Address registry, Address rail, CancellationToken cancellation)
    {
        var itsRegistry = await client.AskAsync(vault, new RoyaltySplit.Registry(), BlockRef.Latest, cancellation);
        var itsRail = await client.AskAsync(vault, new RoyaltySplit.Rail(), BlockRef.Latest, cancellation);
        if (itsRegistry != registry || itsRail != rail)
            throw new StartRefusedException($"deployment: the vault {vault} belongs to registry {itsRegistry} and rail {itsRail}, not to those of the file.");
    }

    private async Task RequireQuorumAsync(Address vault, CancellationToken cancellation)
    {
        var threshold = await client.AskAsync(vault, new RoyaltySplit.Threshold(), BlockRef.Latest, cancellation);
        var ours = attestors.Signers.DistinctBy(signer => signer.Address).ToList();
        if (ours.Count != attestors.Signers.Count) throw new StartRefusedException("attestorKeys: the same key stands there twice.");
        foreach (var signer in ours)
        {
            if (!await client.AskAsync(vault, new RoyaltySplit.IsAttestor(signer.Address), BlockRef.Latest, cancellation))
                throw new StartRefusedException($"attestorKeys: {signer.Address.ToChecksumString()} is not an attestor of this vault. Take its key out.");
        }

        if (ours.Count < threshold)
            throw new StartRefusedException($"attestorKeys: the vault wants {threshold} signatures, and {ours.Count} keys are given.");
    }
}
