using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>The process ended, here and now.</summary>
internal sealed class ProcessKilledException : Exception;

/// <summary>
/// The process is killed once at a point of one history, at night at each: before and after every request, at every signature, at every
/// log line. Started again at once, it leaves the very same bytes on the chain.
/// </summary>
[Trait("Category", "Crash")]
public sealed class CrashThenRestartTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Crash_AtAnyPointWithAnImmediateRestart_ChangesNotAByteOnChain(int share)
    {
        var undisturbed = await CrashScenario.PlayAsync(0, late: false);
        Assert.Equal(7, undisturbed.Raw.Count);
        Assert.True(undisturbed.Points > 150, $"{undisturbed.Points} points");
        foreach (var point in CrashScenario.PointsOf(undisturbed, share))
        {
            var run = await CrashScenario.PlayAsync(point, late: false);
            Assert.True(run.Killed && undisturbed.Raw.SequenceEqual(run.Raw), $"killed at point {point}: {run.Raw.Count} transactions, and not the same");
            Assert.True(undisturbed.Books == run.Books, $"killed at point {point}: the books are{Environment.NewLine}{run.Books}");
        }
    }
}

/// <summary>The same, started again some blocks later: the chain ends up with the same effects, each of them once.</summary>
[Trait("Category", "Crash")]
public sealed class CrashThenLateRestartTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Crash_AtAnyPointWithARestartLater_EndsInTheSameSingleEffects(int share)
    {
        var undisturbed = await CrashScenario.PlayAsync(0, late: true);
        foreach (var point in CrashScenario.PointsOf(undisturbed, share))
        {
            var run = await CrashScenario.PlayAsync(point, late: true);
            Assert.True(run.Killed && undisturbed.Effects.SequenceEqual(run.Effects), $"killed at point {point}: the effects are {string.Join("; ", run.Effects)}");
        }
    }
}

/// <summary>One history of a node and its chain.</summary>
internal static class CrashScenario
{
    private const int Blocks = 24;
    private static readonly TestModel Small = Model("small");
    private static readonly TestModel Second = Model("second", (Bob, 1));

    /// <summary>One half of the points: at night all of them, otherwise every third, others in every run. A failure names its point.</summary>
    public static IEnumerable<int> PointsOf(Outcome undisturbed, int half)
    {
        var step = Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") is null ? 3 : 1;
        for (var point = 1 + half + 2 * Random.Shared.Next(step); point <= undisturbed.Points; point += 2 * step) yield return point;
    }

    /// <summary>Two epochs with a sweep between. The process is killed at the given point; 0: never.</summary>
    public static async Task<Outcome> PlayAsync(int killAt, bool late)
    {
        var chain = new FakeChain { FinalLag = 1 };
        chain.Mine(block => block.List(Dollar, 10), block => block.Register(Small), block => block.Register(Second, (Small, 250_000)));
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        var points = 0;
        var killed = false;
        void Point()
        {
            if (++points != killAt) return;
            killed = true;
            throw new ProcessKilledException();
        }

        chain.OnCall = (_, _) => Point();
        using var node = new TestNode(chain, blocksAtOnce: 3, epochSeconds: 20, onPoint: _ => Point());
        for (var i = 0; i < Blocks; i++)
        {
            try
            {
                await node.TickAsync();
            }
            catch (ProcessKilledException)
            {
                node.Restart();
                if (!late) await node.TickAsync();
                else chain.MineEmpty(3);
            }

            if (i != 9) chain.Mine();
            // Where time passes, money of two ways could fall into two epochs or into one: both are right, and differ.
            else if (late) chain.Mine(block => block.Send(Second, Dollar, 40));
            else chain.Mine(block => block.Send(Second, Dollar, 40), block => block.Pay(Small, Dollar, 60));
        }

        chain.OnCall = (_, _) => { };
        await node.RunAsync(4);
        Assert.Empty(node.Books.Read(session => session.Outbox.Open()));
        Assert.Null(node.Books.Read(session => session.Ledger.CheckAgainstEntries()));
        Assert.Equal((2UL, 2), (chain.State.Epoch, chain.State.Attested.Count));
        Assert.All(chain.Mined, mined => Assert.True(mined.Receipt.Succeeded));
        var effects = chain.Mined.Select(mined => $"{mined.Transaction.To} {Effect(mined.Transaction)}").Order().ToList();
        return new Outcome(points, killed, [.. chain.Mined.Select(mined => mined.Transaction.Hash)], [.. effects, $"root {chain.State.Root}"], node.Describe());
    }

    /// <summary>What a transaction is for. A later proposal names a later block, and no other money.</summary>
    private static string Effect(RawTransaction transaction)
    {
        if (Calldata.ReadProposal(transaction.Data) is { } call) return $"propose {Named(call.Proposal)}";
        if (Calldata.ReadActivation(transaction.Data) is { } proposal) return $"activate {Named(proposal)}";
        return Calldata.ReadAttestation(transaction.Data) is { } record ? $"attest {record.Epoch} {record.Root}" : Hex.Encode(transaction.Data);
    }

    private static string Named(Proposal proposal) => $"{proposal.Epoch}.{proposal.Attempt} {proposal.Root} {string.Join(' ', proposal.Totals)}";

    public sealed record Outcome(int Points, bool Killed, IReadOnlyList<Hash32> Raw, IReadOnlyList<string> Effects, string Books);
}
