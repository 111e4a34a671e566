using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Primitives;

namespace OpenSettle.Demo.Stage;

/// <summary>A token of the stage.</summary>
public sealed record StageToken(Address Address, string Symbol, byte Decimals);

/// <summary>The contracts on the local chain, deployed by the script that deploys everywhere.</summary>
public sealed record Deployment(string File, DeploymentId Id, Address Resolver, IReadOnlyList<StageToken> Tokens)
{
    public const uint WindowSeconds = 3;

    public StageToken Coin => Tokens.First(token => token.Address.IsZero);

    public StageToken Dollar => Tokens.First(token => !token.Address.IsZero);

    /// <param name="windowSeconds">How long a proposal waits, by the chain's time.</param>
    public static async Task<Deployment> DeployAsync(Workspace workspace, LocalChain chain, Cast cast, CancellationToken cancellation, uint windowSeconds = WindowSeconds)
    {
        var settings = workspace.PathOf("deploy-settings.json");
        var file = workspace.PathOf("deployment.json");
        await System.IO.File.WriteAllTextAsync(
            settings,
            JsonSerializer.Serialize(new
            {
                guardian = cast.Guardian.Address.ToChecksumString(),
                governor = cast.Governor.Address.ToChecksumString(),
                attestors = cast.Attestors.Select(attestor => attestor.Address.ToChecksumString()),
                threshold = 2,
                windowSeconds,
                demoToken = true,
                tokens = new[] { new { address = Address.Zero.ToString(), smallestLeaf = "1000" } },
                expectedChainId = await chain.Client.GetChainIdAsync(cancellation),
            }),
            cancellation);
        using var script = ChildProcess.Start(
            "the deployment",
            "node",
            ["deploy/deploy.mjs", "--rpc", chain.Rpc.ToString(), "--settings", settings, "--out", file],
            workspace.Root,
            workspace.PathOf("deploy.log"),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_DEPLOYER_KEY"] = cast.DeployerKey.ToString() });
        await script.RequireSuccessAsync("Its message says what to do.", cancellation);
        return Read(file);
    }

    private static Deployment Read(string file)
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
        var root = document.RootElement;
        var contracts = root.GetProperty("contracts");
        Address Contract(string name) => Address.Parse(contracts.GetProperty(name).GetString()!);
        return new Deployment(
            file,
            new DeploymentId(root.GetProperty("chainId").GetUInt64(), Contract("registry"), Contract("rail"), Contract("vault")),
            Contract("resolver"),
            [.. root.GetProperty("tokens").EnumerateArray().Select(token => new StageToken(
                Address.Parse(token.GetProperty("address").GetString()!), token.GetProperty("symbol").GetString()!, token.GetProperty("decimals").GetByte()))]);
    }
}
