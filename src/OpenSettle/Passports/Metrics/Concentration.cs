using System.Numerics;
using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>Herfindahl's index, the sum of squared shares, and what it is worth in buyers of equal size: exact, rounded once.</summary>
internal static class Concentration
{
    /// <summary>Null where nobody paid anything.</summary>
    public static (string Index, string Effective)? Of(IEnumerable<UInt256> amounts)
    {
        // Amounts of the vault have 128 bits, so squares have 256; their sum may have more.
        var (sum, squares, over) = (UInt256.Zero, UInt256.Zero, BigInteger.Zero);
        foreach (var amount in amounts)
        {
            sum += amount;
            var square = amount * amount;
            if (UInt256.MaxValue - squares < square)
            {
                over += FigureText.Big(squares);
                squares = UInt256.Zero;
            }

            squares += square;
        }

        if (sum.IsZero) return null;
        var whole = BigInteger.Pow(FigureText.Big(sum), 2);
        var part = over + FigureText.Big(squares);
        return (FigureText.BigRatio(part, whole), FigureText.BigRatio(whole, part));
    }
}
