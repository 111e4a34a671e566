using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Primitives;

namespace OpenSettle.Demo;

/// <summary>Sets the stage, tells the story, counts everything again.</summary>
internal static class DemoRun
{
    public static async Task<int> RunAsync(DemoArguments arguments, CancellationToken cancellation)
    {
        // One chapter comes before the story, and one after it.
        using var teller = TellerOf(arguments, Story.Chapters + 2);
        using var workspace = Workspace.Create("demo");
        var (rpcPort, apiPort) = Ports(arguments);

        teller.Chapter("A local chain starts, and the contracts are deployed");
        using var chain = await LocalChain.StartAsync(workspace, rpcPort, arguments.Client, cancellation);
        var cast = new Cast(chain.Provider);
        var deployment = await Deployment.DeployAsync(workspace, chain, cast, cancellation);
        teller.Say($"Hardhat at {chain.Rpc}; the client is {chain.Provider.Name}.");
        teller.Say($"The vault, which holds and pays all money, is {deployment.Id.Vault.ToChecksumString()}");

        using var story = new Story(workspace, chain, deployment, cast, teller);
        await story.TellAsync(apiPort, cancellation);

        teller.Chapter("Everything is counted again: payers, chain, books, bundles");
        var reckoning = await new Reconciliation(chain, deployment, story.Node, story.Market).RunAsync(story.Events, cancellation);
        foreach (var problem in reckoning.Problems) teller.Say($"DOES NOT ADD UP: {problem}");
        foreach (var token in deployment.Tokens)
        {
            var (credited, paid) = (reckoning.Credited[token.Address], reckoning.Claimed[token.Address]);
            teller.Say($"{token.Symbol}: {Teller.Amount(story.Market.PaidIn[token.Address], token)} paid in, {Teller.Amount(credited, token)} credited, {Teller.Amount(paid, token)} paid out, {Teller.Amount(credited - paid, token)} still in the vault for those who have not claimed.");
        }

        var counts = story.Counts;
        teller.Say($"{story.Market.Payments} payments (one a royalty of {Teller.Amount(counts.Royalties, deployment.Dollar)}), {story.Events} uses, {reckoning.Epochs} epochs, {counts.Vetoes} veto; {counts.Claims} claims, {counts.Pushes} pushes, {counts.PushesRefused} refused and {counts.PushesTaken} of these taken later.");
        var conserved = reckoning.Problems.Count == 0;
        teller.Say(conserved ? "Every unit is accounted for." : "The books do not add up. This is a bug: please report it.");
        if (arguments.Json) Console.WriteLine(Summary(story, deployment, reckoning, chain.Provider.Name, teller.Seconds));
        if (!conserved) return 1;
        if (arguments.Once) return 0;

        teller.Epilogue("Up until Ctrl-C");
        var key = await NodeProcess.AddOperatorAsync(workspace, deployment, "demo", cancellation);
        teller.Say($"page   {story.Node.Api}");
        teller.Say($"       {story.Node.Api}ops, with the key {key}");
        teller.Say($"API    {story.Node.Api}api/v1/status");
        teller.Say($"chain  {chain.Rpc}");
        teller.Say($"Try: curl {story.Node.Api}api/v1/accounts/{cast.Finn.Address.ToChecksumString()}");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        return 0;
    }

    internal static Teller TellerOf(DemoArguments arguments, int chapters) =>
        new(arguments.Json ? Console.Error : Console.Out, !(arguments.Json ? Console.IsErrorRedirected : Console.IsOutputRedirected) && IsDrawable(), chapters);

    internal static (int Rpc, int Api) Ports(DemoArguments arguments) => (
        arguments.RpcPort is { } rpc ? Workspace.RequireFree(rpc, "--rpc-port") : Workspace.FreePort(),
        arguments.Port is { } api ? Workspace.RequireFree(api, "--port") : Workspace.FreePort());

    private static bool IsDrawable() => Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

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
            models = story.Models,
            contributors = story.Contributors,
            gateways = story.Gateways,
            claims = story.Counts.Claims,
            signedClaims = story.Counts.SignedClaims,
            pushes = story.Counts.Pushes,
            pushesRefused = story.Counts.PushesRefused,
            pushesTaken = story.Counts.PushesTaken,
            vetoes = story.Counts.Vetoes,
            resales = story.Counts.Resales,
            royalties = story.Counts.Royalties.ToString(),
            attestations = story.Counts.Attestations,
            passports = story.Counts.PassportsVerified,
            client,
            seconds,
        });
    }
}
