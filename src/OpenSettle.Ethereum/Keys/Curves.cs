namespace OpenSettle.Ethereum.Keys;

/// <summary>The curve libraries. Which is used is settled once in a process, the first time that one is asked for.</summary>
internal static class Curves
{
    // Newest first; the major number has changed with every second release, what is used here has not.
    private static readonly string[] Names =
    [
        "libsecp256k1.so.6", "libsecp256k1.so.5", "libsecp256k1.so.4", "libsecp256k1.so.3", "libsecp256k1.so.2", "libsecp256k1.so.1",
        "libsecp256k1.so.0", "libsecp256k1.so",
        "libsecp256k1.6.dylib", "libsecp256k1.5.dylib", "libsecp256k1.4.dylib", "libsecp256k1.3.dylib", "libsecp256k1.2.dylib",
        "libsecp256k1.1.dylib", "libsecp256k1.0.dylib", "libsecp256k1.dylib",
        "libsecp256k1-6.dll", "libsecp256k1-5.dll", "libsecp256k1-4.dll", "libsecp256k1-3.dll", "libsecp256k1-2.dll", "libsecp256k1-1.dll",
        "libsecp256k1-0.dll", "libsecp256k1.dll", "secp256k1.dll",
    ];

    private static readonly Lazy<ICurve> Chosen = new(() => Choose(Names));

    /// <summary>libsecp256k1 where it loads, and BouncyCastle elsewhere.</summary>
    public static ICurve Best => Chosen.Value;

    /// <summary>BouncyCastle, whatever else there is.</summary>
    public static ICurve Portable { get; } = new PortableCurve();

    /// <summary>The first of these libraries that loads and works; else BouncyCastle, whose name then says why.</summary>
    public static ICurve Choose(IEnumerable<string> names)
    {
        var reason = "libsecp256k1 was not found";
        foreach (var name in names)
        {
            if (NativeCurve.Load(name, out var problem) is { } curve) return curve;
            if (problem is not null) reason = problem;
        }

        return new PortableCurve(reason);
    }
}
