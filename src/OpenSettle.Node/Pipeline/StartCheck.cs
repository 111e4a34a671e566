using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Pipeline;

/// <summary>The chain, or the signer, is not there or not the one that the settings name. The message names setting and remedy.</summary>
public sealed class StartRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Before anything is written: is this the chain at each endpoint, are these the contracts, do the keys fit?</summary>
public sealed class StartCheck(NodeOptions options, IChainClient client, Attestors attestors)
{
    /// <returns>What is not as it should be, and does not keep the node from starting: an endpoint that does not answer, where enough others do; a key that is no attestor's.</returns>
    /// <exception cref="StartRefusedException">The node may not start.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellation)
    {
        var id = options.Deployment.Watched.Id;
        try
        {
            var warnings = client is EndpointPool pool ? await RequireEndpointsAsync(pool.Endpoints, cancellation) : await RequireOneAsync(cancellation);
            await RequirePeersAsync(id.Vault, id.Registry, id.Rail, cancellation);
            return options.Cluster.Has(NodeRoles.Settle) || options.Cluster.Has(NodeRoles.Attest) ? [.. warnings, .. await LookAtAttestorsAsync(id.Vault, cancellation)] : warnings;
        }
        catch (ChainException e)
        {
            throw new StartRefusedException($"rpc: {e.Message.TrimEnd('.')}. Check that the endpoint runs and that rpc names it.", e);
        }
    }

    private async Task<IReadOnlyList<string>> RequireOneAsync(CancellationToken cancellation) =>
        await DeploymentInspection.InspectAsync(options.Deployment.Watched, client, cancellation) is { } wrong ? throw new StartRefusedException(wrong) : [];

    /// <summary>One that is wrong keeps the node from starting, though the others might do: somebody mistook something, and should know.</summary>
    private async Task<IReadOnlyList<string>> RequireEndpointsAsync(EndpointSet endpoints, CancellationToken cancellation)
    {
        var seen = await endpoints.InspectAsync(cancellation);
        if (seen.Select(endpoint => endpoint.Wrong).FirstOrDefault(wrong => wrong is not null) is { } found) throw new StartRefusedException(found);
        var unseen = seen.Select(endpoint => endpoint.Unseen).OfType<ChainException>().ToArray();
        var answering = seen.Count - unseen.Length;
        if (answering >= options.RpcQuorum) return [.. unseen.Select(failure => $"rpc: {failure.Message.TrimEnd('.')}. The others are enough; it is looked at when it answers.")];
        if (seen.Count == 1) throw unseen[0];
        throw new StartRefusedException(
            $"rpc: {options.RpcQuorum} endpoints have to agree (rpcQuorum), and {answering} of {seen.Count} answer: "
            + $"{string.Join("; ", unseen.Select(failure => failure.Message.TrimEnd('.')))}. Check that they run and that rpc names them.", unseen[0]);
    }

    private async Task RequirePeersAsync(Address vault, Address registry, Address rail, CancellationToken cancellation)
    {
        var itsRegistry = await client.AskAsync(vault, new RoyaltySplit.Registry(), BlockRef.Latest, cancellation);
        var itsRail = await client.AskAsync(vault, new RoyaltySplit.Rail(), BlockRef.Latest, cancellation);
        if (itsRegistry != registry || itsRail != rail)
            throw new StartRefusedException($"deployment: the vault {vault} belongs to registry {itsRegistry} and rail {itsRail}, not to those of the file.");
    }

    /// <summary>
    /// Those whose keys are here; what is missing to the threshold comes from others. While attestors change, a node has the key of one
    /// that is none yet, or none any more: it is not asked to sign, and keeps nothing from going on.
    /// </summary>
    private async Task<IReadOnlyList<string>> LookAtAttestorsAsync(Address vault, CancellationToken cancellation)
    {
        var ours = attestors.Signers.DistinctBy(signer => signer.Address).ToList();
        if (ours.Count != attestors.Signers.Count) throw new StartRefusedException("attestorKeys: the same key stands there twice.");
        var warnings = new List<string>();
        foreach (var signer in ours)
        {
            if (!await client.AskAsync(vault, new RoyaltySplit.IsAttestor(signer.Address), BlockRef.Latest, cancellation))
                warnings.Add($"attestorKeys: {signer.Address.ToChecksumString()} is not an attestor of this vault, and signs nothing until the governor makes it one. Take its key out, where that is not on its way.");
        }

        var threshold = await client.AskAsync(vault, new RoyaltySplit.Threshold(), BlockRef.Latest, cancellation);
        var members = ours.Count - warnings.Count;
        if (options.Cluster.Has(NodeRoles.Settle) && members < threshold)
            warnings.Add($"attestorKeys: the vault wants {threshold} signatures, and {members} of the keys here are attestors. Epochs wait for attestors elsewhere, who name this node by leaders.");
        return warnings;
    }
}
