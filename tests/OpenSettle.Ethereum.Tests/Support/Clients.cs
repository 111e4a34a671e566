using OpenSettle.Ethereum.Nethereum;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>Every client that this build and this machine have: the suites run over all of them.</summary>
internal static class Clients
{
    public static TheoryData<string> Names => [.. All(TimeProvider.System).Select(client => client.Name)];

    public static IReadOnlyList<(string Name, IChainProvider Provider)> All(TimeProvider time) =>
        [.. ChainProviders.All(time).Select(provider => (provider.Name, provider))];

    public static IChainProvider Named(string name, TimeProvider time) => All(time).Single(client => client.Name == name).Provider;
}
