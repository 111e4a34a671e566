using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Setup;

/// <summary>The endpoints of a new set-up, asked while a person is: which chain they are of, and whether the contracts are there.</summary>
/// <param name="HasFinalized">Whether the chain says what is final.</param>
internal sealed record SetupChain(ulong ChainId, ulong Head, bool HasFinalized)
{
    private static readonly ulong[] Local = [1337, 31337];

    /// <summary>A developer's chain, on which nothing is taken back and everybody knows the keys.</summary>
    public bool IsLocal => Local.Contains(ChainId);

    /// <exception cref="ChainException">One does not answer.</exception>
    /// <exception cref="VerbException">They are of several chains.</exception>
    public static async Task<SetupChain> AskAsync(string endpoints, IChainProvider provider, TimeSpan timeout, CancellationToken cancellation)
    {
        var seen = new List<(string Name, SetupChain Chain)>();
        foreach (var address in endpoints.Split(',', StringSplitOptions.TrimEntries).Select(text => new Uri(text)))
        {
            using var client = provider.Connect(address, timeout, retries: false);
            var chainId = await client.GetChainIdAsync(cancellation);
            var head = await client.GetBlockAsync(BlockRef.Latest, cancellation) ?? throw new ChainException(ChainErrorKind.BadReply, client.Endpoint, "eth_getBlockByNumber", "there is no 'latest' block");
            seen.Add((EndpointName.Of(address), new SetupChain(chainId, head.Number, await KnowsFinalAsync(client, cancellation))));
        }

        if (seen.Find(other => other.Chain.ChainId != seen[0].Chain.ChainId) is { Chain: { } second } odd)
            throw new VerbException(ExitCode.Chain, $"rpc: {seen[0].Name} is chain {seen[0].Chain.ChainId}, and {odd.Name} is chain {second.ChainId}. Name endpoints of one chain.");
        return seen[0].Chain with { HasFinalized = seen.All(endpoint => endpoint.Chain.HasFinalized) };
    }

    /// <summary>What is wrong with a deployment file here, or null; and how many signatures its vault wants.</summary>
    public static async Task<(string? Problem, uint Threshold)> LookAsync(DeploymentFile deployment, string endpoints, IChainProvider provider, TimeSpan timeout, CancellationToken cancellation)
    {
        using var client = provider.Connect(new Uri(endpoints.Split(',', StringSplitOptions.TrimEntries)[0]), timeout, retries: false);
        if (await DeploymentInspection.InspectAsync(deployment.Watched, client, cancellation) is { } wrong) return (wrong, 0);
        return (null, await client.AskAsync(deployment.Watched.Id.Vault, new RoyaltySplit.Threshold(), BlockRef.Latest, cancellation));
    }

    private static async Task<bool> KnowsFinalAsync(IChainClient client, CancellationToken cancellation)
    {
        try
        {
            return await client.GetBlockAsync(BlockRef.Finalized, cancellation) is not null;
        }
        catch (ChainException e) when (e.Kind != ChainErrorKind.Unreachable)
        {
            return false;
        }
    }
}
