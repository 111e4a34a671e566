using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Nethereum;

/// <summary>
/// The ways of talking to chains that this build has: the one place that knows whether Nethereum is among them. Programs
/// and tests ask here, and need no condition of their own.
/// </summary>
public static class ChainProviders
{
    /// <summary>Each of them, the default first.</summary>
    public static IReadOnlyList<IChainProvider> All(TimeProvider time) =>
    [
#if WITH_NETHEREUM
        new NethereumProvider(time),
#endif
        new BuiltinProvider(time),
    ];

    /// <summary>The one that the setting <c>client</c> names, <c>auto</c> being the default; null where this build does not have it.</summary>
    public static IChainProvider? Find(string name, TimeProvider time) =>
        All(time).FirstOrDefault(provider => name is "auto" || string.Equals(provider.Name, name, StringComparison.Ordinal));

    /// <summary>As <see cref="Find"/>; an unknown name is refused with those that there are.</summary>
    public static IChainProvider Named(string name, TimeProvider time) => Find(name, time) ?? throw new ArgumentException(
        $"There is no client '{name}' in this build. It has: {string.Join(", ", All(time).Select(provider => provider.Name))}.", nameof(name));
}
