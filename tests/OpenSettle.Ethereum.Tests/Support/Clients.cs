using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Nethereum;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>
/// Every client that this build and this machine have: the suites run over all of them. The built-in one is there once with each
/// curve library: "builtin" has the best, "builtin-portable" BouncyCastle where that is another.
/// </summary>
internal static class Clients
{
    public static TheoryData<string> Names => [.. All(TimeProvider.System).Select(client => client.Name)];

    public static IReadOnlyList<(string Name, IChainProvider Provider)> All(TimeProvider time) =>
    [
        .. ChainProviders.All(time).Select(provider => (provider.Name, provider)),
        .. Curves.Best is NativeCurve ? [("builtin-portable", new BuiltinProvider(time, Curves.Portable))] : Array.Empty<(string, IChainProvider)>(),
    ];

    public static IChainProvider Named(string name, TimeProvider time) => All(time).Single(client => client.Name == name).Provider;
}
