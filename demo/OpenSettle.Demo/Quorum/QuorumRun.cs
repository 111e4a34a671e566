using System.Text.Json;
using OpenSettle.Demo.Stage;

namespace OpenSettle.Demo.Quorum;

/// <summary>./demo.sh --quorum: sets the stage, tells how nobody has to be believed, counts everything again.</summary>
internal static class QuorumRun
{
    public static async Task<int> RunAsync(DemoArguments arguments, CancellationToken cancellation)
    {
        using var teller = DemoRun.TellerOf(arguments, QuorumStory.Chapters + 2);
        using var workspace = Workspace.Create("quorum");
        var (rpcPort, apiPort) = DemoRun.Ports(arguments);

        teller.Chapter("A local chain starts, and the contracts are deployed");
        using var chain = await LocalChain.StartAsync(workspace, rpcPort, arguments.Client, cancellation);
        var cast = new Cast(chain.Provider);
        var deployment = await Deployment.DeployAsync(workspace, chain, cast, cancellation, QuorumStory.WindowSeconds);
        teller.Say($"Hardhat at {chain.Rpc}; the client is {chain.Provider.Name}.");
        teller.Say($"The vault wants the signatures of two of three attestors. Then a window of {QuorumStory.WindowSeconds} s runs, in which the guardian can veto.");

        using var story = new QuorumStory(workspace, chain, deployment, cast, teller);
        await story.TellAsync(apiPort, cancellation);

        teller.Chapter("Everything is counted again: payers, chain, books, bundles");
        var reckoning = await new Reconciliation(chain, deployment, story.Leader, story.Market, [deployment.Dollar]).RunAsync(story.Events, cancellation);
        foreach (var problem in reckoning.Problems) teller.Say($"DOES NOT ADD UP: {problem}");
        var (credited, paid) = (reckoning.Credited[deployment.Dollar.Address], reckoning.Claimed[deployment.Dollar.Address]);
        teller.Say($"{Teller.Amount(story.Market.PaidIn[deployment.Dollar.Address], deployment.Dollar)} paid in, {Teller.Amount(credited, deployment.Dollar)} credited, {Teller.Amount(paid, deployment.Dollar)} claimed; {Teller.Amount(credited - paid, deployment.Dollar)} are what rounding left for the next epoch.");
        teller.Say($"{story.Market.Payments} payments, {story.Events} uses, {reckoning.Epochs} epochs, {story.Refusals} refusals, {story.Vetoes} veto, {story.Claims} claims.");
        var conserved = reckoning.Problems.Count == 0 && story.Lost == 0;
        teller.Say(conserved ? "Every unit is accounted for." : "The books do not add up. This is a bug: please report it.");
        if (arguments.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                payments = story.Market.Payments,
                events = story.Events,
                epochs = reckoning.Epochs,
                refusals = story.Refusals,
                vetoes = story.Vetoes,
                claims = story.Claims,
                lost = story.Lost,
                paidIn = story.Market.PaidIn[deployment.Dollar.Address].ToString(),
                claimed = paid.ToString(),
                conserved,
                client = chain.Provider.Name,
                seconds = teller.Seconds,
            }));
        }

        if (!conserved) return 1;
        if (arguments.Once) return 0;
        teller.Epilogue("Up until Ctrl-C");
        teller.Say($"page   {story.Leader.Api}");
        teller.Say($"API    {story.Leader.Api}api/v1/candidate");
        teller.Say($"chain  {chain.Rpc}");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        return 0;
    }
}
