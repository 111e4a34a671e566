namespace OpenSettle.Primitives;

/// <summary>
/// amount × weight ÷ whole, rounded down, for many weights: what costs is done once, by the constructor. As
/// <see cref="UInt256.MulDivFloor"/> it is exact, and throws only where a quotient exceeds 256 bits or the whole is zero.
/// </summary>
/// <remarks>
/// The constructor takes m = ⌊amount × 2^k / whole⌋ + 1, and a part is ⌊weight × m / 2^k⌋. That is exact where
/// weight × whole is below 2^k: m is too large by one at most, so weight × m / 2^k is too large by less than 1 / whole,
/// and a fraction with that denominator cannot be lifted over the next integer.
/// A whole below 2^128 and k = 256 allow every weight below 2^128; of that m a shorter one for k = 192 is the higher part.
/// </remarks>
public readonly struct Proportion
{
    private readonly UInt256 _amount;
    private readonly UInt256 _whole;

    // False where m does not fit below: the default value, too, so that it divides by zero.
    private readonly bool _short;

    // m without the one: two limbs before the point, four behind it.
    private readonly ulong _m5;
    private readonly ulong _m4;
    private readonly ulong _m3;
    private readonly ulong _m2;
    private readonly ulong _m1;
    private readonly ulong _m0;

    public Proportion(UInt256 amount, UInt256 whole)
    {
        if (whole.IsZero) throw new DivideByZeroException();
        (_amount, _whole) = (amount, whole);
        _short = whole.FitsUInt128 && amount.High < whole.Low;
        if (!_short) return;
        // Both are shifted until the divisor is normalised; the first rest is what stands above the six limbs.
        var shift = (int)UInt128.LeadingZeroCount(whole.Low);
        var divisor = whole.Low << shift;
        var low = amount.Low;
        var rest = shift == 0 ? amount.High : (amount.High << shift) | (low >> (128 - shift));
        low <<= shift;
        unchecked
        {
            var (d1, d0) = ((ulong)(divisor >> 64), (ulong)divisor);
            var (r1, r0) = ((ulong)(rest >> 64), (ulong)rest);
            var reciprocal = UInt256.Reciprocal(d1, d0);
            _m5 = UInt256.DivideStep(ref r1, ref r0, (ulong)(low >> 64), d1, d0, reciprocal);
            _m4 = UInt256.DivideStep(ref r1, ref r0, (ulong)low, d1, d0, reciprocal);
            _m3 = UInt256.DivideStep(ref r1, ref r0, 0, d1, d0, reciprocal);
            _m2 = UInt256.DivideStep(ref r1, ref r0, 0, d1, d0, reciprocal);
            _m1 = UInt256.DivideStep(ref r1, ref r0, 0, d1, d0, reciprocal);
            _m0 = UInt256.DivideStep(ref r1, ref r0, 0, d1, d0, reciprocal);
        }
    }

    public UInt256 Of(UInt256 weight) =>
        weight.FitsUInt128 ? Of(weight.Low) : UInt256.MulDivFloor(_amount, weight, _whole);

    public UInt256 Of(UInt128 weight)
    {
        if (!_short) return UInt256.MulDivFloor(_amount, weight, _whole);
        var (high, low) = ((ulong)(weight >> 64), unchecked((ulong)weight));
        return high == 0 ? OfOneLimb(low) : OfTwoLimbs(low, high);
    }

    /// <summary>
    /// A part for each weight, and their sum. The whole is at least the sum of the weights, so that no part and no sum is
    /// more than the amount.
    /// </summary>
    internal UInt256 Of(ReadOnlySpan<ulong> weights, Span<UInt256> parts)
    {
        parts = parts[..weights.Length];
        // With k = 128, for which the whole has to have 64 bits, and a quotient below 2^64, three limbs of m are enough.
        if (_short && _m5 == 0 && _whole.FitsUInt64) return OfThreeLimbs(weights, parts);
        var sum = UInt256.Zero;
        for (var i = 0; i < weights.Length; i++)
        {
            var part = Of((UInt128)weights[i]);
            parts[i] = part;
            sum += part;
        }

        return sum;
    }

    // The carries are random bits: written so that they are added, and no branch is to be guessed.
    private UInt256 OfThreeLimbs(ReadOnlySpan<ulong> weights, Span<UInt256> parts)
    {
        var (m4, m3, m2) = (_m4, _m3, _m2);
        var (s0, s1) = (0UL, 0UL);
        unchecked
        {
            for (var i = 0; i < weights.Length; i++)
            {
                var weight = weights[i];
                var carry = Math.BigMul(m2, weight, out var low);
                carry += low + weight < weight ? 1UL : 0UL;
                var high = Math.BigMul(m3, weight, out low);
                carry = high + (low + carry < carry ? 1UL : 0UL);
                high = Math.BigMul(m4, weight, out low);
                low += carry;
                high += low < carry ? 1UL : 0UL;
                parts[i] = new UInt256(low, high, 0, 0);
                s0 += low;
                s1 += high + (s0 < low ? 1UL : 0UL);
            }
        }

        return new UInt256(s0, s1, 0, 0);
    }

    // k = 192: the whole has 128 bits at most, the weight 64.
    private UInt256 OfOneLimb(ulong weight)
    {
        var carry = UInt256.MultiplyAdd(_m1, weight, weight, 0, out _);
        carry = UInt256.MultiplyAdd(_m2, weight, carry, 0, out _);
        carry = UInt256.MultiplyAdd(_m3, weight, carry, 0, out _);
        carry = UInt256.MultiplyAdd(_m4, weight, carry, 0, out var l0);
        carry = UInt256.MultiplyAdd(_m5, weight, carry, 0, out var l1);
        return new UInt256(l0, l1, carry, 0);
    }

    // k = 256. The amount is below 2^128 × whole, so that the part is below 2^128 × weight: it fits.
    private UInt256 OfTwoLimbs(ulong low, ulong high)
    {
        var carry = UInt256.MultiplyAdd(_m0, low, low, 0, out _);
        carry = UInt256.MultiplyAdd(_m1, low, high, carry, out var p1);
        carry = UInt256.MultiplyAdd(_m2, low, carry, 0, out var p2);
        carry = UInt256.MultiplyAdd(_m3, low, carry, 0, out var p3);
        carry = UInt256.MultiplyAdd(_m4, low, carry, 0, out var p4);
        var p6 = UInt256.MultiplyAdd(_m5, low, carry, 0, out var p5);

        carry = UInt256.MultiplyAdd(_m0, high, p1, 0, out _);
        carry = UInt256.MultiplyAdd(_m1, high, p2, carry, out _);
        carry = UInt256.MultiplyAdd(_m2, high, p3, carry, out _);
        carry = UInt256.MultiplyAdd(_m3, high, p4, carry, out var l0);
        carry = UInt256.MultiplyAdd(_m4, high, p5, carry, out var l1);
        carry = UInt256.MultiplyAdd(_m5, high, p6, carry, out var l2);
        return new UInt256(l0, l1, l2, carry);
    }
}
