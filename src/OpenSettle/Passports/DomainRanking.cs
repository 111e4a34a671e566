using OpenSettle.Registry;

namespace OpenSettle.Passports;

/// <summary>A model that has a standing in a domain.</summary>
public readonly record struct RankedModel(ModelId Model, ulong Number, DomainStanding Standing);

/// <summary>
/// The order in which a buyer sees models that claim a domain: by the lower end of the interval, so that ten lucky trials do not stand
/// before a thousand good ones; then by number, the older model first.
/// </summary>
public sealed class DomainRanking : IComparer<RankedModel>
{
    public static DomainRanking Order { get; } = new();

    /// <summary>Lower ends have six digits and no sign, so that their text is in their order.</summary>
    public static int Compare(string lowX, ulong numberX, string lowY, ulong numberY)
    {
        var byLow = string.CompareOrdinal(lowY, lowX);
        return byLow != 0 ? byLow : numberX.CompareTo(numberY);
    }

    public int Compare(RankedModel x, RankedModel y) => Compare(x.Standing.Low, x.Number, y.Standing.Low, y.Number);

    /// <summary>Whether a standing is good enough to be found.</summary>
    /// <param name="least">Of trials.</param>
    /// <param name="lowerBound">Six digits, as standings have it.</param>
    public static bool Meets(DomainStanding standing, ulong least, string lowerBound)
    {
        ArgumentNullException.ThrowIfNull(standing);
        return standing.Basis != DomainBasis.Unknown && standing.Trials >= least && string.CompareOrdinal(standing.Low, lowerBound) >= 0;
    }
}
