using OpenSettle.Ethereum.Nethereum;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Demo.Stage;

/// <summary>A Hardhat node on loopback that mines on its own clock, so that time passes as on a real chain.</summary>
public sealed class LocalChain : IDisposable
{
    private readonly ChildProcess? _process;

    private LocalChain(ChildProcess? process, Uri rpc, IChainProvider provider, IChainClient client) =>
        (_process, Rpc, Provider, Client) = (process, rpc, provider, client);

    public Uri Rpc { get; }

    public IChainProvider Provider { get; }

    public IChainClient Client { get; }

    /// <param name="network">Which of hardhat.config.js's networks: how it mines, and what time it is there.</param>
    public static async Task<LocalChain> StartAsync(Workspace workspace, int port, string clientName, CancellationToken cancellation, string network = "ticking")
    {
        var provider = FindProvider(clientName);
        var home = workspace.PathOf("hardhat");
        Directory.CreateDirectory(home);
        var process = ChildProcess.Start(
            "the Hardhat node",
            "node",
            ["node_modules/hardhat/dist/src/cli.js", "node", "--network", network, "--hostname", "127.0.0.1", "--port", $"{port}"],
            workspace.Root,
            workspace.PathOf("chain.log"),
            // Hardhat keeps notes in the user's folders otherwise.
            new Dictionary<string, string>(StringComparer.Ordinal) { ["XDG_CACHE_HOME"] = home, ["XDG_CONFIG_HOME"] = home, ["XDG_DATA_HOME"] = home, ["HARDHAT_DISABLE_TELEMETRY"] = "true" });
        var rpc = new Uri($"http://127.0.0.1:{port}");
        var client = provider.Connect(rpc, TimeSpan.FromSeconds(20));
        try
        {
            for (var i = 0; i < 300; i++)
            {
                if (process.HasExited) throw process.Failure("ended before it answered", "Run ./demo.sh again; if it stays so, delete node_modules and .tools first.");
                if (await AnswersAsync(client, cancellation)) return new LocalChain(process, rpc, provider, client);
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
            }

            throw process.Failure("did not answer within 30 seconds", "Run ./demo.sh again on a less busy machine.");
        }
        catch
        {
            client.Dispose();
            process.Dispose();
            throw;
        }
    }

    /// <summary>A local chain that somebody else started, and ends.</summary>
    public static LocalChain At(Uri rpc, string clientName)
    {
        var provider = FindProvider(clientName);
        return new LocalChain(null, rpc, provider, provider.Connect(rpc, TimeSpan.FromSeconds(20)));
    }

    public void Dispose()
    {
        Client.Dispose();
        _process?.Dispose();
    }

    private static IChainProvider FindProvider(string clientName) => ChainProviders.Find(clientName, TimeProvider.System)
        ?? throw new StageException(StageException.Usage, $"--client: this build has no '{clientName}' client. Leave it out, or give builtin.");

    private static async Task<bool> AnswersAsync(IChainClient client, CancellationToken cancellation)
    {
        try
        {
            return await client.GetBlockAsync(BlockRef.Latest, cancellation) is not null;
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Unreachable)
        {
            return false;
        }
    }
}
