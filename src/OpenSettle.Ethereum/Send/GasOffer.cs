using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Send;

/// <summary>What is offered for one gas. Numbers of an endpoint may be anything: they are compared before they are added.</summary>
public static class GasOffer
{
    private const uint Whole = 1000;

    /// <summary>What one gas costs now; <see cref="UInt256.MaxAmount"/> where that is beyond all reason.</summary>
    public static UInt256 Price(UInt256 baseFee, UInt256 tip) =>
        baseFee >= UInt256.MaxAmount || tip >= UInt256.MaxAmount ? UInt256.MaxAmount : baseFee + tip;

    /// <summary>A first offer: twice the base fee outlasts six full blocks in a row. Null while one gas costs more than it may.</summary>
    public static GasFee? First(UInt256 baseFee, UInt256 tip, UInt256 most)
    {
        var price = Price(baseFee, tip);
        if (price > most) return null;
        var ample = price + baseFee;
        return new GasFee(tip, ample < most ? ample : most);
    }

    /// <summary>
    /// A better offer than that: tip and cap both higher by so much, and no less than a first offer would be now. Null where
    /// that is more than may be offered.
    /// </summary>
    public static GasFee? Better(GasFee old, UInt256 baseFee, UInt256 tip, SendPolicy policy)
    {
        if (First(baseFee, tip, policy.MaxFeePerGas) is not { } now) return null;
        var least = new GasFee(Raise(old.Tip, policy.BumpPermille), Raise(old.Cap, policy.BumpPermille));
        if (least.Cap > policy.MaxFeePerGas) return null;
        var better = new GasFee(Larger(least.Tip, now.Tip), Larger(least.Cap, now.Cap));
        // A tip is never above its cap, so raising both alike keeps room for the least one.
        return better.Tip <= better.Cap ? better : better with { Tip = better.Cap };
    }

    private static UInt256 Raise(UInt256 value, uint permille) =>
        // Rounded up, and by one where it is that small: pools compare exactly.
        value + Larger(UInt256.One, (value * permille + (Whole - 1)) / Whole);

    private static UInt256 Larger(UInt256 left, UInt256 right) => left > right ? left : right;
}
