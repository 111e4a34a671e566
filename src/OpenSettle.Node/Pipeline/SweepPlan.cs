using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Pipeline;

/// <summary>A pay address that could be swept of a token.</summary>
/// <param name="Value">What the amount is worth in wei; null where nobody says.</param>
/// <param name="IsOverdue">Whether it has waited so long that it is swept whatever it costs.</param>
internal readonly record struct SweepCandidate(ModelId Model, UInt256 Amount, UInt256? Value, bool IsOverdue)
{
    /// <summary>Whether it is swept without looking at the cost.</summary>
    public bool IsCertain => IsOverdue || Value is null;
}

/// <summary>What a sweep costs, in wei.</summary>
/// <param name="Once">Of the transaction.</param>
/// <param name="Each">Of each pay address in it.</param>
internal readonly record struct SweepCost(UInt256 Once, UInt256 Each)
{
    /// <summary>Gas of a sweep without any address, and of each: above what the snapshot has of a plain token and of the coin, and a test holds it so.</summary>
    private const ulong GasOnce = 40_000;

    private const ulong GasEach = 14_000;

    /// <param name="price">Of one gas; at most 2^128.</param>
    public static SweepCost At(UInt256 price) => new(price * GasOnce, price * GasEach);

    /// <summary>The part of one of so many addresses, rounded up.</summary>
    public UInt256 Part(int addresses) => Each + (Once + (ulong)(addresses - 1)) / (ulong)addresses;
}

/// <summary>Which pay addresses of a token are swept together.</summary>
internal static class SweepPlan
{
    /// <summary>Those that are certain, and of the others as many as are worth their equal part of the sweep that they make together; those with the most first.</summary>
    /// <param name="candidates">Of one token, each with at least its smallest leaf.</param>
    /// <param name="cost">What sweeping takes.</param>
    /// <param name="percent">Most that it may take of what an address brings.</param>
    /// <param name="most">Addresses in one sweep.</param>
    public static IReadOnlyList<SweepCandidate> Choose(IReadOnlyList<SweepCandidate> candidates, SweepCost cost, uint percent, int most)
    {
        List<SweepCandidate> ordered = [.. candidates.OrderByDescending(candidate => candidate.Amount).ThenBy(candidate => candidate.Model)];
        var certain = ordered.Count(candidate => candidate.IsCertain);
        var others = ordered.Where(candidate => !candidate.IsCertain).Take(most).ToList();
        // With more of them the part of each is smaller, and so is what the last one brings: from the most downwards.
        var worth = others.Count;
        while (worth > 0 && !IsWorth(others[worth - 1].Value, cost.Part(Math.Min(certain + worth, most)), percent)) worth--;
        var left = worth;
        return [.. ordered.Where(candidate => candidate.IsCertain || left-- > 0).Take(most)];
    }

    private static bool IsWorth(UInt256? value, UInt256 cost, uint percent) =>
        // Either product fits: a price has at most 128 bits here, and a value at most 228.
        value is { } brings && cost * 100 <= brings * percent;
}
