using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>Numbers as JSON-RPC writes them: 0x and hexadecimal digits, without leading zeros.</summary>
internal static class Quantity
{
    public static void WriteQuantity(this Utf8JsonWriter writer, string name, UInt256 value)
    {
        Span<byte> word = stackalloc byte[UInt256.Size];
        value.WriteBigEndian(word);
        var digits = Convert.ToHexStringLower(word).TrimStart('0');
        writer.WriteString(name, digits.Length == 0 ? "0x0" : $"0x{digits}");
    }
}
