using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>A history of the sender in which everything goes wrong, as a seed has it.</summary>
internal sealed class SendChaos(int seed)
{
    private const int Lag = 3;
    private readonly Random _random = new(seed);
    private bool _calm;

    public async Task RunAsync(int intents)
    {
        var chain = SendFaultTests.Started();
        chain.FinalLag = Lag;
        using var node = await SendFaultTests.PlannedAsync(chain, intents, onPoint: point => Kill(400));
        chain.OnCall = (method, _) =>
        {
            Kill(2000);
            if (_random.Next(60) == 0) throw new ChainException((ChainErrorKind)_random.Next(1, 4), "fake", method, "chaos");
        };
        chain.Swallows = _ => _random.Next(10) < 3;
        for (var step = 0; step < 120; step++)
        {
            Disturb(chain);
            await LookAsync(node);
            chain.ShownHead = null;
            Reorganise(chain);
            chain.Mine();
            Check(chain, node);
        }

        chain.OnCall = (_, _) => { };
        chain.Swallows = _ => false;
        (chain.BaseFee, chain.LeastTip, _calm) = (7, 0, true);
        node.Between = TimeSpan.FromMinutes(1);
        for (var step = 0; step < 100 && node.Books.Read(session => session.Outbox.Open().Count) > 0; step++)
        {
            await node.SendAsync();
            chain.Mine();
        }

        RequireDone(chain, node, intents);
    }

    /// <summary>One history with a replacement and a lost nonce; the process is killed at a point of it. 0: never.</summary>
    public static async Task<int> PlayWithKillAsync(int killAt)
    {
        var points = 0;
        void Point()
        {
            if (++points == killAt) throw new ProcessKilledException();
        }

        var chain = SendFaultTests.Started();
        chain.FinalLag = 1;
        chain.LeastTip = 2;
        using var node = await SendFaultTests.PlannedAsync(chain, 2, onPoint: _ => Point());
        chain.OnCall = (_, _) => Point();
        node.Between = TimeSpan.FromMinutes(11);
        for (var i = 0; i < 12; i++)
        {
            try
            {
                await node.SendAsync();
            }
            catch (ProcessKilledException)
            {
                node.Restart();
            }

            if (i != 3) chain.Mine();
            else
            {
                chain.DropFromPool(chain.State.Nonces.GetValueOrDefault(Operator));
                chain.Mine(block => block.UseNonce(Operator));
            }
        }

        chain.OnCall = (_, _) => { };
        for (var i = 0; i < 8; i++)
        {
            await node.SendAsync();
            chain.Mine();
        }

        RequireDone(chain, node, 2);
        return points;
    }

    private static void RequireDone(FakeChain chain, TestNode node, int intents)
    {
        Assert.Equal([], node.Books.Read(session => session.Outbox.Open()).Select(item => $"{item.Purpose}, nonce {item.Nonce} of {chain.State.Nonces.GetValueOrDefault(Operator)}, {node.State.Waiting.GetValueOrDefault(item.Purpose)}"));
        Assert.Equal(
            Enumerable.Range(0, intents).Select(i => Keccak256.HashText($"intent {i}").ToString()).Order(StringComparer.Ordinal),
            chain.Mined.Where(mined => mined.Transaction.To == Counter).Select(mined => Hex.Encode(mined.Transaction.Data)).Order(StringComparer.Ordinal));
        Assert.All(Enumerable.Range(0, intents), i => Assert.Equal(OutboxState.Done, node.Find($"count {i}")!.State));
        var spent = chain.Mined.Aggregate(UInt256.Zero, (sum, mined) => mined.Transaction.To == Counter ? sum + mined.Receipt.Cost : sum);
        Assert.Equal(spent, node.Books.Read(session => session.Outbox.CostOf(1)));
    }

    private void Kill(int oneIn)
    {
        if (!_calm && _random.Next(oneIn) == 0) throw new ProcessKilledException();
    }

    private void Disturb(FakeChain chain)
    {
        switch (_random.Next(12))
        {
            case 0: chain.BaseFee = 7 * 50; break;
            case 1: chain.BaseFee = (ulong)_random.Next(1, 100); break;
            case 2: chain.BaseFee = 7; break;
            case 3: chain.DropPool(); break;
            case 4: chain.ShownHead = chain.Head - (ulong)_random.Next(1, Lag); break;
            case 5: chain.LeastTip = (ulong)_random.Next(0, 4); break;
            case 6 when _random.Next(2) == 0:
                chain.DropFromPool(chain.State.Nonces.GetValueOrDefault(Operator));
                chain.Mine(block => block.UseNonce(Operator));
                break;
            default: break;
        }
    }

    /// <summary>Never so deep that a block goes which was final; the new branch is longer.</summary>
    private void Reorganise(FakeChain chain)
    {
        if (_random.Next(6) != 0) return;
        var depth = _random.Next(1, Lag);
        chain.Reorganise(depth);
        if (_random.Next(3) == 0) chain.DropPool();
        for (var i = 0; i <= depth; i++) chain.Mine();
    }

    private async Task LookAsync(TestNode node)
    {
        try
        {
            await node.SendAsync();
        }
        catch (ChainException)
        {
            // Told, and tried again.
        }
        catch (ProcessKilledException)
        {
            node.Restart();
        }
    }

    private static void Check(FakeChain chain, TestNode node)
    {
        Assert.All(
            chain.Mined.Where(mined => mined.Transaction.To == Counter).GroupBy(mined => Hex.Encode(mined.Transaction.Data)),
            intent => Assert.Single(intent));
        Assert.All(chain.Pool, transaction => Assert.True(transaction.MaxFee <= node.Options.MaxFeePerGas));
        // Only what is in the books was ever sent.
        var stored = node.Outbox().SelectMany(item => item.Versions).Select(version => version.Hash).ToHashSet();
        Assert.All(chain.Pool.Where(transaction => node.Books.Read(session => session.Outbox.Open()).Any(item => item.Nonce == transaction.Nonce)), transaction => Assert.Contains(transaction.Hash, stored));
    }
}
