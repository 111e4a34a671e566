using OpenSettle.Ethereum.Nethereum;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Node.Configuration;

/// <summary>Turns the setting <c>client</c> into clients.</summary>
public static class Providers
{
    /// <summary>
    /// Blocks and logs are read by the built-in client, whichever settles: Nethereum's way takes many times as long, and
    /// forgives replies that must not be forgiven.
    /// </summary>
    public static IChainClient ConnectReader(NodeOptions options, TimeProvider time) =>
        ChainProviders.Named("builtin", time).Connect(options.Rpc[0], options.RpcTimeout);

    public static IChainProvider Choose(string client, TimeProvider time) => ChainProviders.Find(client, time) ?? throw new SettingsException(
        [$"client: this build has no '{client}' client, only {string.Join(", ", ChainProviders.All(time).Select(provider => provider.Name))}. Build with -p:WithNethereum=true, or set client to one of these."]);
}
