using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>
/// Which part of what was paid came back to those who paid it: κ = Σ over clusters min(paid, returned) / Σ paid. A lower bound: what comes
/// back by ways that nobody read is not in it.
/// </summary>
internal static class WashShare
{
    public static (UInt256 Washed, UInt256 Paid) Of(ReadOnlySpan<UInt256> paid, ReadOnlySpan<UInt256> returned)
    {
        if (paid.Length != returned.Length) throw new ArgumentException($"{paid.Length} clusters paid, {returned.Length} got something back.", nameof(returned));
        var (washed, all) = (UInt256.Zero, UInt256.Zero);
        for (var i = 0; i < paid.Length; i++)
        {
            washed += paid[i] < returned[i] ? paid[i] : returned[i];
            all += paid[i];
        }

        return (washed, all);
    }
}
