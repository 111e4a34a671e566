using OpenSettle.Ethereum.Nethereum;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Node.Configuration;

/// <summary>Turns the setting <c>client</c> into a client.</summary>
public static class Providers
{
    public static IChainProvider Choose(string client, TimeProvider time) => ChainProviders.Find(client, time) ?? throw new SettingsException(
        [$"client: this build has no '{client}' client, only {string.Join(", ", ChainProviders.All(time).Select(provider => provider.Name))}. Build with -p:WithNethereum=true, or set client to one of these."]);
}
