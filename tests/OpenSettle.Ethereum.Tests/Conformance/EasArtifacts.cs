using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>EAS as its package brings it compiled, beside which our resolver stands.</summary>
internal static class EasArtifacts
{
    private const string Package = "node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts";

    public static byte[] CreationCode(string contract)
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !Directory.Exists(Path.Combine(at.FullName, Package))) at = at.Parent;
        var root = at?.FullName ?? throw new InvalidOperationException("EAS's contracts are not installed. Run: npm ci");
        using var artifact = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, Package, $"{contract}.sol", $"{contract}.json")));
        return Hex.Decode(artifact.RootElement.GetProperty("bytecode").GetString());
    }
}
