using System.Text.Json;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>EAS as its package brings it compiled, beside which our resolver stands.</summary>
internal static class EasArtifacts
{
    private const string Package = "node_modules/@ethereum-attestation-service/eas-contracts";

    /// <summary>As the package has it now.</summary>
    public static byte[] CreationCode(string contract) => Bytecode($"artifacts/contracts/{contract}.sol/{contract}.json");

    /// <summary>EAS as it stands on a chain.</summary>
    public static byte[] DeployedOn(string chain) => Bytecode($"deployments/{chain}/EAS.json");

    private static byte[] Bytecode(string file)
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !Directory.Exists(Path.Combine(at.FullName, Package))) at = at.Parent;
        var root = at?.FullName ?? throw new InvalidOperationException("EAS's contracts are not installed. Run: npm ci");
        using var artifact = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, Package, file)));
        return Hex.Decode(artifact.RootElement.GetProperty("bytecode").GetString());
    }
}
