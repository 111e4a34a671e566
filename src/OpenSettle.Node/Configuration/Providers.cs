using OpenSettle.Ethereum.Endpoints;
using OpenSettle.Ethereum.Nethereum;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Node.Configuration;

/// <summary>Turns the settings <c>client</c> and <c>rpc</c> into clients.</summary>
public static class Providers
{
    private const string Reading = "builtin";

    /// <summary>
    /// Blocks and logs are read by the built-in client, whichever settles: Nethereum's way takes many times as long, and
    /// forgives replies that must not be forgiven.
    /// </summary>
    /// <param name="settling">The client that settles.</param>
    public static ChainEndpoints Connect(NodeOptions options, IChainProvider settling, TimeProvider time)
    {
        var readers = Connect(options, ChainProviders.Named(Reading, time));
        var settlers = settling.Name is Reading ? null : Connect(options, settling);
        var use = new EndpointOptions
        {
            Quorum = options.RpcQuorum,
            Confirmations = options.Confirmations,
            HedgeAfter = options.HedgeAfter,
            Inspect = DeploymentInspection.Of(options.Deployment.Watched),
        };
        return new ChainEndpoints(readers, settlers, use, time);
    }

    public static IChainProvider Choose(string client, TimeProvider time) => ChainProviders.Find(client, time) ?? throw new SettingsException(
        [$"client: this build has no '{client}' client, only {string.Join(", ", ChainProviders.All(time).Select(provider => provider.Name))}. Build with -p:WithNethereum=true, or set client to one of these."]);

    // One of several is not asked again by itself: the next one is.
    private static IChainClient[] Connect(NodeOptions options, IChainProvider provider) =>
        [.. options.Rpc.Select(endpoint => provider.Connect(endpoint, options.RpcTimeout, retries: options.Rpc.Count == 1))];
}
