using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>Puts what a reverted call returned into words: the custom errors of the compiled contracts, and Solidity's own two.</summary>
public static class ContractErrors
{
    private const int LongestText = 200;

    private static readonly Lazy<FrozenDictionary<uint, CustomError>> Known = new(Load);

    /// <summary>For people, in one line: "RoyaltySplit.WindowOpen(readyAt: 1732…)". Takes any bytes.</summary>
    public static string Describe(ReadOnlyMemory<byte> revertData)
    {
        var data = revertData.Span;
        if (data.IsEmpty) return "reverted without a reason";
        if (data.Length < AbiFunction.SelectorSize) return $"reverted with {Hex.Encode(data)}";
        if (!Known.Value.TryGetValue(SelectorOf(data), out var error))
            return $"reverted with an unknown error {Hex.Encode(data[..AbiFunction.SelectorSize])}";
        try
        {
            var reader = new AbiReader(data[AbiFunction.SelectorSize..]);
            var words = new List<string>();
            foreach (var (name, type) in error.Parameters)
            {
                var value = Value(type, ref reader);
                words.Add(name.Length > 0 ? $"{name}: {value}" : value);
            }

            return $"{error.Name}({string.Join(", ", words)})";
        }
        catch (AbiException)
        {
            return $"{error.Name} with malformed arguments";
        }
    }

    /// <summary>The error's name, without the contract's and without its values; null where it is none that is known.</summary>
    public static string? NameOf(ReadOnlyMemory<byte> revertData)
    {
        if (revertData.Length < AbiFunction.SelectorSize || !Known.Value.TryGetValue(SelectorOf(revertData.Span), out var error)) return null;
        return error.Name[(error.Name.LastIndexOf('.') + 1)..];
    }

    private static string Value(string type, ref AbiReader reader) => type switch
    {
        "address" => reader.Account().ToChecksumString(),
        "bool" => reader.Bool() ? "true" : "false",
        "string" => Quote(reader.Text()),
        "bytes" => Shorten(Hex.Encode(reader.Bytes())),
        _ when type.StartsWith("uint", StringComparison.Ordinal) && !type.EndsWith(']') =>
            reader.UInt(int.Parse(type.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture)).ToString(),
        _ when type.StartsWith("bytes", StringComparison.Ordinal) && !type.EndsWith(']') => reader.Word().ToString(),
        _ => throw new InvalidOperationException($"An error with a parameter of type {type} has no words yet: add it here."),
    };

    private static string Quote(string text) =>
        $"\"{Shorten(string.Create(text.Length, text, static (line, source) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(source[i]) ? ' ' : source[i];
        }))}\"";

    private static string Shorten(string text) => text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText), "...");

    private static uint SelectorOf(ReadOnlySpan<byte> data) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(data);

    private static FrozenDictionary<uint, CustomError> Load()
    {
        var errors = new Dictionary<uint, CustomError>();
        Add(errors, string.Empty, "Error", [("", "string")]);
        Add(errors, string.Empty, "Panic", [("code", "uint256")]);
        foreach (var contract in CompiledContract.Names.Select(CompiledContract.Load))
        {
            foreach (var entry in contract.Abi.EnumerateArray())
            {
                if (!entry.GetProperty("type").ValueEquals("error")) continue;
                var parameters = entry.GetProperty("inputs").EnumerateArray().Select(input => (Text(input, "name"), Text(input, "type")));
                Add(errors, contract.Name, Text(entry, "name"), [.. parameters]);
            }
        }

        return errors.ToFrozenDictionary();
    }

    private static void Add(Dictionary<uint, CustomError> errors, string contract, string name, (string Name, string Type)[] parameters)
    {
        var selector = SelectorOf(new AbiFunction($"{name}({string.Join(',', parameters.Select(parameter => parameter.Type))})").Selector);
        // An error that several contracts have is named without one: the bytes do not say whose it was. Nor do they say by which
        // name a value goes, where the contracts differ in that.
        if (errors.TryGetValue(selector, out var other) && !string.Equals(other.Contract, contract, StringComparison.Ordinal))
        {
            parameters = [.. parameters.Zip(other.Parameters, (own, its) => own.Name == its.Name ? own : (string.Empty, own.Type))];
            contract = string.Empty;
        }

        errors[selector] = new CustomError(contract, contract.Length == 0 ? name : $"{contract}.{name}", parameters);
    }

    private static string Text(JsonElement parent, string field) => parent.GetProperty(field).GetString() ?? string.Empty;

    private sealed record CustomError(string Contract, string Name, (string Name, string Type)[] Parameters);
}
