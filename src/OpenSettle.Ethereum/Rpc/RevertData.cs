using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>
/// Finds what a reverted call returned in an error's <c>data</c>: a hexadecimal string (geth, anvil, Hardhat 3), the same
/// behind a word ("Reverted 0x..."), or an object that holds it (Hardhat 2, some proxies).
/// </summary>
internal static class RevertData
{
    private const int DeepestNesting = 4;

    private static readonly string[] Fields = ["data", "result", "return", "output", "originalError", "error"];

    public static ReadOnlyMemory<byte> Find(JsonElement data) => Find(data, DeepestNesting) ?? [];

    private static byte[]? Find(JsonElement data, int depth)
    {
        if (data.ValueKind == JsonValueKind.String) return Read(data);
        if (data.ValueKind != JsonValueKind.Object || depth == 0) return null;
        foreach (var field in Fields)
        {
            if (data.TryGetProperty(field, out var inner) && Find(inner, depth - 1) is { } found) return found;
        }

        return null;
    }

    private static byte[]? Read(JsonElement text)
    {
        string value;
        try
        {
            value = text.GetString() ?? string.Empty;
        }
        catch (InvalidOperationException)
        {
            // Not text at all: then it is not revert data either.
            return null;
        }

        var start = value.IndexOf("0x", StringComparison.Ordinal);
        return start >= 0 && Hex.TryDecode(value.AsSpan(start).TrimEnd('"'), out byte[] bytes) ? bytes : null;
    }
}
