using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Primitives;

namespace OpenSettle.Storage.Stores;

/// <summary>How a file says whose books it holds.</summary>
internal static class DeploymentText
{
    public static string Of(DeploymentId deployment) => $"{deployment.ChainId} {deployment.Registry} {deployment.Rail} {deployment.Vault}";

    /// <summary>Null where the text is none.</summary>
    public static DeploymentId? Parse(string? text) =>
        text?.Split(' ') is [var chain, var registry, var rail, var vault]
        && ulong.TryParse(chain, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && Address.TryParse(registry, out var registryAddress) && Address.TryParse(rail, out var railAddress) && Address.TryParse(vault, out var vaultAddress)
            ? new DeploymentId(id, registryAddress, railAddress, vaultAddress)
            : null;
}
