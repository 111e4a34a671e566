using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>A contract as it was compiled: the file that is committed, and that the tests compare with a fresh compile.</summary>
public sealed class CompiledContract
{
    private const string Prefix = "contracts/";

    private CompiledContract(string name, JsonElement abi, ReadOnlyMemory<byte> creationCode, ReadOnlyMemory<byte> runtimeCode, IReadOnlyList<CodeSpan> immutables) =>
        (Name, Abi, CreationCode, RuntimeCode, Immutables) = (name, abi, creationCode, runtimeCode, immutables);

    /// <summary>The contracts that this assembly carries, by name.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(CompiledContract).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..])
            .Order(StringComparer.Ordinal)];

    public string Name { get; }

    /// <summary>The JSON array that compilers write.</summary>
    public JsonElement Abi { get; }

    /// <summary>What deploys it, before the constructor's arguments; empty for an interface.</summary>
    public ReadOnlyMemory<byte> CreationCode { get; }

    /// <summary>What stands at the contract's address afterwards, with zeros where its immutables are.</summary>
    public ReadOnlyMemory<byte> RuntimeCode { get; }

    /// <summary>Where the constructor puts values into that code.</summary>
    public IReadOnlyList<CodeSpan> Immutables { get; }

    public static CompiledContract Load(string name)
    {
        using var stream = typeof(CompiledContract).Assembly.GetManifestResourceStream(Prefix + name)
            ?? throw new ArgumentException($"There is no compiled contract '{name}'.", nameof(name));
        using var document = JsonDocument.Parse(stream);
        var root = document.RootElement;
        return new CompiledContract(
            name,
            root.GetProperty("abi").Clone(),
            Hex.Decode(root.GetProperty("bytecode").GetString()),
            Hex.Decode(root.GetProperty("deployedBytecode").GetString()),
            [
                .. root.GetProperty("immutables").EnumerateArray()
                    .Select(span => new CodeSpan(span.GetProperty("start").GetInt32(), span.GetProperty("length").GetInt32())),
            ]);
    }
}
