using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>A token as people know it.</summary>
public sealed record TokenInfo(Address Token, string Symbol, byte Decimals);

/// <summary>The file that the deployment script writes: which chain, which contracts, since when.</summary>
public sealed record DeploymentFile(WatchedDeployment Watched, IReadOnlyList<TokenInfo> Tokens)
{
    public static DeploymentFile Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            var contracts = root.GetProperty("contracts");
            var id = new DeploymentId(
                root.GetProperty("chainId").GetUInt64(), Account(contracts, "registry"), Account(contracts, "rail"), Account(contracts, "vault"));
            var tokens = root.GetProperty("tokens").EnumerateArray().Select(token => new TokenInfo(
                Account(token, "address"), token.GetProperty("symbol").GetString() ?? "?", token.GetProperty("decimals").GetByte()));
            return new DeploymentFile(
                new WatchedDeployment(id, Account(contracts, "resolver"), root.GetProperty("deployedAtBlock").GetUInt64())
                {
                    // A file of before attestations were watched may not name it.
                    Eas = contracts.TryGetProperty("eas", out _) ? Account(contracts, "eas") : Address.Zero,
                    // Nor may one of before there was a relay.
                    ClaimRelay = contracts.TryGetProperty("claimRelay", out _) ? Account(contracts, "claimRelay") : Address.Zero,
                },
                [.. tokens]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([$"deployment: cannot read {path}: {e.Message} Set {Settings.Deployment.Flag} to the file that the deployment wrote."]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new SettingsException([$"deployment: {path} is not a deployment file: {e.Message} Write it anew with deploy/deploy.mjs."]);
        }
    }

    private static Address Account(JsonElement parent, string name) =>
        Address.Parse(parent.GetProperty(name).GetString() ?? throw new FormatException($"{name} is empty."));
}
