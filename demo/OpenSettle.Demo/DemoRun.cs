using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Primitives;

namespace OpenSettle.Demo;

/// <summary>Sets the stage, tells the story, counts everything again.</summary>
internal static class DemoRun
{
    public static async Task<int> RunAsync(DemoArguments arguments, CancellationToken cancellation)
    {
        var teller = new Teller(arguments.Json ? Console.Error : Console.Out);
        using var workspace = Workspace.Create("demo");
        var rpcPort = arguments.RpcPort is { } rpc ? Workspace.RequireFree(rpc, "--rpc-port") : Workspace.FreePort();
        var apiPort = arguments.Port is { } api ? Workspace.RequireFree(api, "--port") : Workspace.FreePort();

        teller.Chapter("A local chain starts");
        using var chain = await LocalChain.StartAsync(workspace, rpcPort, arguments.Client, cancellation);
        var cast = new Cast(chain.Provider);
        teller.Say($"Hardhat at {chain.Rpc}; the client is {chain.Provider.Name}");

        teller.Chapter("EAS and the contracts are deployed");
        var deployment = await Deployment.DeployAsync(workspace, chain, cast, cancellation);
        teller.Say($"registry {deployment.Id.Registry.ToChecksumString()}, vault {deployment.Id.Vault.ToChecksumString()}");

        teller.Chapter("The node starts");
        using var node = await NodeProcess.StartAsync(workspace, chain, deployment, cast, apiPort, cancellation);
        teller.Say($"API at {node.Api}api/v1/status, database in {Path.GetRelativePath(workspace.Root, workspace.PathOf("data"))}");

        var story = new Story(workspace, chain, deployment, cast, node, teller);
        await story.TellAsync(cancellation);

        teller.Chapter("Everything is counted again: payers, chain, books, and each epoch recomputed from its bundle");
        var reckoning = await new Reconciliation(chain, deployment, node, story.Market).RunAsync(story.Events, cancellation);
        foreach (var problem in reckoning.Problems) teller.Say($"DOES NOT ADD UP: {problem}");
        foreach (var token in deployment.Tokens)
        {
            var (credited, claimed) = (reckoning.Credited[token.Address], reckoning.Claimed[token.Address]);
            teller.Say($"{Teller.Amount(story.Market.PaidIn[token.Address], token)} paid in, {Teller.Amount(credited, token)} credited, {Teller.Amount(claimed, token)} claimed, {Teller.Amount(credited - claimed, token)} still in the vault");
        }

        var conserved = reckoning.Problems.Count == 0;
        teller.Say(conserved ? "Every unit is accounted for." : "The books do not add up. This is a bug: please report it.");
        if (arguments.Json) Console.WriteLine(Summary(story, deployment, reckoning, chain.Provider.Name, teller.Seconds));
        if (!conserved) return 1;
        if (arguments.Once) return 0;

        teller.Chapter("Up until Ctrl-C");
        teller.Say($"page   {node.Api}");
        teller.Say($"API    {node.Api}api/v1/status");
        teller.Say($"chain  {chain.Rpc}");
        teller.Say($"Try: curl {node.Api}api/v1/accounts/{cast.Emil.Address.ToChecksumString()}");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        return 0;
    }

    private static string Summary(Story story, Deployment deployment, Reckoning reckoning, string client, double seconds)
    {
        // Amounts are texts of the token's smallest unit: JSON numbers would lose digits.
        Dictionary<string, string> BySymbol(IReadOnlyDictionary<Address, UInt256> amounts) =>
            deployment.Tokens.ToDictionary(token => token.Symbol, token => amounts.GetValueOrDefault(token.Address).ToString(), StringComparer.Ordinal);
        return JsonSerializer.Serialize(new
        {
            payments = story.Market.Payments,
            events = story.Events,
            epochs = reckoning.Epochs,
            paidIn = BySymbol(story.Market.PaidIn),
            credited = BySymbol(reckoning.Credited),
            claimed = BySymbol(reckoning.Claimed),
            conserved = reckoning.Problems.Count == 0,
            client,
            seconds,
        });
    }
}
