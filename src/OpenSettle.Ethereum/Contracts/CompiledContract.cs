using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>A contract as it was compiled: the file that is committed, and that the tests compare with a fresh compile.</summary>
public sealed class CompiledContract
{
    private const string Prefix = "contracts/";

    private CompiledContract(string name, JsonElement abi, ReadOnlyMemory<byte> creationCode) =>
        (Name, Abi, CreationCode) = (name, abi, creationCode);

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

    public static CompiledContract Load(string name)
    {
        using var stream = typeof(CompiledContract).Assembly.GetManifestResourceStream(Prefix + name)
            ?? throw new ArgumentException($"There is no compiled contract '{name}'.", nameof(name));
        using var document = JsonDocument.Parse(stream);
        var root = document.RootElement;
        return new CompiledContract(
            name,
            root.GetProperty("abi").Clone(),
            Hex.Decode(root.GetProperty("bytecode").GetString()));
    }
}
