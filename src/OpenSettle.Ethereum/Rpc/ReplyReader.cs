using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// Takes values out of a reply's text, in UTF-8 or as .NET's strings. What is not as the method promises is refused with
/// endpoint, method and field.
/// </summary>
internal readonly struct ReplyReader(string endpoint, string method)
{
    /// <summary>How a reply's own value is named in errors, beside its fields.</summary>
    public const string Result = "result";

    /// <summary>The longest text that is not data: a hash, or a quantity of 256 bits.</summary>
    public const int LongestValue = Hash32.TextSize;

    public string Method => method;

    [DoesNotReturn]
    public void Refuse(string what) => throw new ChainException(ChainErrorKind.BadReply, endpoint, method, what);

    /// <summary>A quantity: 0x and hexadecimal digits, any number that 256 bits hold.</summary>
    public UInt256 Quantity(ReadOnlySpan<byte> text, string name)
    {
        if (text.StartsWith("0x"u8) && text.Length is > 2 and <= LongestValue)
        {
            Span<byte> digits = stackalloc byte[UInt256.Size * 2];
            digits.Fill((byte)'0');
            text[2..].CopyTo(digits[(digits.Length - text.Length + 2)..]);
            Span<byte> word = stackalloc byte[UInt256.Size];
            if (Convert.FromHexString(digits, word, out _, out _) == OperationStatus.Done) return UInt256.FromBigEndian(word);
        }

        Refuse($"'{name}' is not a hexadecimal quantity.");
        return default;
    }

    /// <inheritdoc cref="Quantity(ReadOnlySpan{byte}, string)"/>
    public UInt256 Quantity(ReadOnlySpan<char> text, string name) => Quantity(Utf8(text, stackalloc byte[LongestValue]), name);

    public ulong UInt64(ReadOnlySpan<byte> text, string name)
    {
        var quantity = Quantity(text, name);
        if (!quantity.FitsUInt64) Refuse($"'{name}' does not fit into 64 bits.");
        return (ulong)quantity;
    }

    public ulong UInt64(ReadOnlySpan<char> text, string name) => UInt64(Utf8(text, stackalloc byte[LongestValue]), name);

    public Hash32 Hash(ReadOnlySpan<byte> text, string name)
    {
        if (Hash32.TryParseLowerUtf8(text, out var hash)) return hash;
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        if (!TryDecode(text, bytes)) Refuse($"'{name}' is not 0x and 64 hexadecimal digits.");
        return Hash32.FromBytes(bytes);
    }

    public Hash32 Hash(ReadOnlySpan<char> text, string name) => Hash(Utf8(text, stackalloc byte[LongestValue]), name);

    /// <summary>An address. Its case is not judged: some chains have checksums of their own.</summary>
    public Address Account(ReadOnlySpan<byte> text, string name)
    {
        if (Address.TryParseLowerUtf8(text, out var account)) return account;
        Span<byte> bytes = stackalloc byte[Address.Size];
        if (!TryDecode(text, bytes)) Refuse($"'{name}' is not 0x and 40 hexadecimal digits.");
        return Address.FromBytes(bytes);
    }

    /// <inheritdoc cref="Account(ReadOnlySpan{byte}, string)"/>
    public Address Account(ReadOnlySpan<char> text, string name) => Account(Utf8(text, stackalloc byte[LongestValue]), name);

    /// <summary>How many bytes a text of data holds; <see cref="Data(ReadOnlySpan{byte}, Span{byte}, string)"/> takes a span of that length.</summary>
    public int DataLength(ReadOnlySpan<byte> text, string name)
    {
        if (!text.StartsWith("0x"u8) || text.Length % 2 != 0) RefuseData(name);
        return text.Length / 2 - 1;
    }

    public void Data(ReadOnlySpan<byte> text, Span<byte> destination, string name)
    {
        if (!TryDecode(text, destination)) RefuseData(name);
    }

    public byte[] Data(ReadOnlySpan<char> text, string name)
    {
        if (!Hex.TryDecode(text, out byte[] bytes)) RefuseData(name);
        return bytes;
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination) =>
        text.Length == 2 + destination.Length * 2
        && text.StartsWith("0x"u8)
        && Convert.FromHexString(text[2..], destination, out _, out _) == OperationStatus.Done;

    // No value that is longer, or that is not ASCII, is a right one: it becomes the empty text, which is none either.
    private static ReadOnlySpan<byte> Utf8(ReadOnlySpan<char> text, Span<byte> destination) =>
        System.Text.Unicode.Utf8.FromUtf16(text, destination, out _, out var written) == OperationStatus.Done ? destination[..written] : [];

    [DoesNotReturn]
    private void RefuseData(string name) => Refuse($"'{name}' is not 0x and an even number of hexadecimal digits.");
}
