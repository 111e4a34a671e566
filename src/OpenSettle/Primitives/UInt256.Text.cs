using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace OpenSettle.Primitives;

public readonly partial struct UInt256
{
    /// <summary>Digits of the longest decimal form.</summary>
    public const int MaxDigits = 78;

    // The most digits that a limb always holds.
    private const int ChunkDigits = 19;

    // It has its highest bit set, so that it is a divisor as it is.
    private const ulong TenTo19 = 10_000_000_000_000_000_000;
    private const ulong ReciprocalOfTenTo19 = 0xD83C_94FB_6D2A_C34A;

    private const ulong EightZeros = 0x3030_3030_3030_3030;

    private static ReadOnlySpan<uint> PowersOfTen => [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

    /// <summary>Reads a plain decimal integer: digits only, no sign, no separators.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out UInt256 value)
    {
        value = Zero;
        Span<byte> digits = stackalloc byte[MaxDigits];
        return Ascii.FromUtf16(text, digits, out var count) == OperationStatus.Done && TryParseDigits(digits[..count], out value);
    }

    /// <inheritdoc cref="TryParse"/>
    public static UInt256 Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var value) ? value : throw new FormatException($"'{text}' is not a decimal integer of at most 256 bits.");

    /// <summary>Reads the one form that <see cref="TryFormatUtf8"/> writes: digits only, and no zero before another digit.</summary>
    public static bool TryParseUtf8(ReadOnlySpan<byte> text, out UInt256 value)
    {
        value = Zero;
        return text.Length is > 0 and <= MaxDigits && (text[0] != '0' || text.Length == 1) && TryParseDigits(text, out value);
    }

    /// <summary>Writes the decimal form in ASCII; false where the destination is too short.</summary>
    public bool TryFormatUtf8(Span<byte> destination, out int written)
    {
        return FitsUInt64
            ? _l0.TryFormat(destination, out written, provider: CultureInfo.InvariantCulture)
            : TryFormatLong(destination, out written);
    }

    /// <summary>The decimal form.</summary>
    public override string ToString()
    {
        if (FitsUInt64) return _l0.ToString(CultureInfo.InvariantCulture);
        Span<byte> digits = stackalloc byte[MaxDigits];
        TryFormatLong(digits, out var written);
        return Encoding.ASCII.GetString(digits[..written]);
    }

    /// <summary>Apart from the short form, which is the common one and needs no room on the stack.</summary>
    private bool TryFormatLong(Span<byte> destination, out int written)
    {
        Span<ulong> chunks = stackalloc ulong[4];
        var count = 0;
        var head = this;
        while (!head.FitsUInt64) head = DivideByLimb(head, TenTo19, ReciprocalOfTenTo19, ref chunks[count++]);
        if (!head._l0.TryFormat(destination, out written, provider: CultureInfo.InvariantCulture)
            || destination.Length < written + count * ChunkDigits)
        {
            written = 0;
            return false;
        }

        for (count--; count >= 0; count--)
        {
            WriteChunk(chunks[count], destination.Slice(written, ChunkDigits));
            written += ChunkDigits;
        }

        return true;
    }

    private static bool TryParseDigits(ReadOnlySpan<byte> digits, out UInt256 value)
    {
        value = Zero;
        if (digits.IsEmpty) return false;
        if (digits.Length <= ChunkDigits)
        {
            var right = TryReadChunk(digits, out var small);
            value = right ? small : Zero;
            return right;
        }

        // The first chunk has what the others, which are full, leave over.
        var at = (digits.Length - 1) % ChunkDigits + 1;
        if (!TryReadChunk(digits[..at], out var head)) return false;
        UInt256 sum = head;
        for (; at < digits.Length; at += ChunkDigits)
        {
            if (!TryReadChunk(digits.Slice(at, ChunkDigits), out var chunk) || !TryShiftIn(sum, chunk, out sum)) return false;
        }

        value = sum;
        return true;
    }

    /// <summary>Reads 1 to 19 digits.</summary>
    private static bool TryReadChunk(ReadOnlySpan<byte> digits, out ulong value)
    {
        if (digits.Length < 8) return TryReadEight(Pad(digits), out value);
        if (!TryReadEight(BinaryPrimitives.ReadUInt64LittleEndian(digits), out value)) return false;
        if (digits.Length >= 16)
        {
            if (!TryReadEight(BinaryPrimitives.ReadUInt64LittleEndian(digits[8..]), out var next)) return false;
            value = value * 100_000_000 + next;
        }

        var left = digits.Length % 8;
        if (left == 0) return true;
        // The last eight, less those that were read already.
        var read = LowBytes(8 - left);
        var last = BinaryPrimitives.ReadUInt64LittleEndian(digits[^8..]);
        last = (last & ~read) | (EightZeros & read);
        if (!TryReadEight(last, out var end)) return false;
        value = value * PowersOfTen[left] + end;
        return true;
    }

    /// <summary>Eight digits at once: neighbours are joined to pairs, those to fours, those to the whole.</summary>
    private static bool TryReadEight(ulong text, out ulong value)
    {
        unchecked
        {
            // A digit is 0x30 to 0x39: its high half is 3, also after 6 is added.
            const ulong HighHalves = 0xF0F0_F0F0_F0F0_F0F0;
            var right = ((text & HighHalves) | (((text + 0x0606_0606_0606_0606) & HighHalves) >> 4)) == 0x3333_3333_3333_3333;
            text -= EightZeros;
            text = text * 10 + (text >> 8);
            const ulong EveryOther = 0x0000_00FF_0000_00FF;
            const ulong Evens = 100 + (1_000_000UL << 32);
            const ulong Odds = 1 + (10_000UL << 32);
            value = ((text & EveryOther) * Evens + ((text >> 16) & EveryOther) * Odds) >> 32;
            return right;
        }
    }

    /// <summary>1 to 7 digits, with zeros before them to make eight.</summary>
    private static ulong Pad(ReadOnlySpan<byte> digits)
    {
        var missing = 8 - digits.Length;
        var shift = missing * 8;
        var zeros = EightZeros & LowBytes(missing);
        if (digits.Length >= 4)
        {
            ulong first = BinaryPrimitives.ReadUInt32LittleEndian(digits);
            ulong last = BinaryPrimitives.ReadUInt32LittleEndian(digits[^4..]);
            return zeros | (first << shift) | (last << 32);
        }

        var middle = digits.Length / 2;
        return zeros | ((ulong)digits[0] << shift) | ((ulong)digits[middle] << (shift + middle * 8)) | ((ulong)digits[^1] << 56);
    }

    private static ulong LowBytes(int count) => (1UL << (count * 8)) - 1;

    /// <summary>value × 10^19 + chunk; false where that exceeds 256 bits.</summary>
    private static bool TryShiftIn(UInt256 value, ulong chunk, out UInt256 result)
    {
        var carry = MultiplyAdd(value._l0, TenTo19, chunk, 0, out var r0);
        if (value.FitsUInt64)
        {
            result = new UInt256(r0, carry, 0, 0);
            return true;
        }

        carry = MultiplyAdd(value._l1, TenTo19, carry, 0, out var r1);
        carry = MultiplyAdd(value._l2, TenTo19, carry, 0, out var r2);
        carry = MultiplyAdd(value._l3, TenTo19, carry, 0, out var r3);
        result = new UInt256(r0, r1, r2, r3);
        return carry == 0;
    }

    /// <summary>Writes all 19 digits.</summary>
    private static void WriteChunk(ulong chunk, Span<byte> destination)
    {
        var (high, low) = Math.DivRem(chunk, 10_000_000_000_000_000);
        var (hundreds, rest) = Math.DivRem((uint)high, 100);
        destination[0] = (byte)('0' + hundreds);
        destination[1] = (byte)('0' + rest / 10);
        destination[2] = (byte)('0' + rest % 10);
        var (first, second) = Math.DivRem(low, 100_000_000);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[3..], EightDigits(first));
        BinaryPrimitives.WriteUInt64LittleEndian(destination[11..], EightDigits(second));
    }

    /// <summary>The reverse of reading eight: the whole is cut to fours, those to pairs, those to digits, side by side.</summary>
    private static ulong EightDigits(ulong value)
    {
        unchecked
        {
            // 10486 / 2^20 is 1/100 for what is below 10,000, and 103 / 2^10 is 1/10 for what is below 100.
            var high = value / 10_000;
            var fours = high | ((value - high * 10_000) << 32);
            var hundreds = ((fours * 10_486) >> 20) & 0x0000_007F_0000_007F;
            var pairs = hundreds | ((fours - hundreds * 100) << 16);
            var tens = ((pairs * 103) >> 10) & 0x000F_000F_000F_000F;
            return EightZeros | tens | ((pairs - tens * 10) << 8);
        }
    }
}
