using OpenSettle.Ethereum.Keys;

namespace OpenSettle.Ethereum.Tests.Keys;

/// <summary>The curve libraries that this machine has, by name.</summary>
internal static class EachCurve
{
    public static TheoryData<string> Names => [.. All.Keys];

    public static IReadOnlyDictionary<string, ICurve> All { get; } =
        new[] { Curves.Best, Curves.Portable }.GroupBy(curve => curve is NativeCurve ? "native" : "portable").ToDictionary(same => same.Key, same => same.First());
}
