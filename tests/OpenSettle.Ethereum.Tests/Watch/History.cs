using OpenSettle.Ethereum.Watch;

namespace OpenSettle.Ethereum.Tests.Watch;

/// <summary>A random life of a chain, its endpoints and their watcher.</summary>
internal static class History
{
    /// <param name="wrap">What the watcher gets for a journal.</param>
    public static async Task LiveAsync(Random random, Func<IChainJournal, IChainJournal>? wrap = null)
    {
        var chain = new FakeChain(random);
        chain.Grow(random.Next(60));
        // By depth a final block follows the head; by tag it comes in leaps, and may stand still for long.
        var byDepth = random.Next(2) == 0;
        var depth = (ulong)random.Next(1, 70);
        var endpoint = new FakeEndpoint(chain, random) { MostBlocks = (ulong)random.Next(1, 100) };
        var run = new WatchRun(chain, endpoint, RandomOptions(random), wrap);
        for (var i = 0; i < 50; i++)
        {
            switch (random.Next(10))
            {
                case 0 or 1:
                    chain.Grow(random.Next(1, 12));
                    break;
                case 2 or 3:
                    Reorganise(chain, random);
                    break;
                case 4:
                    endpoint.Trouble = random.Next(3) * random.Next(15);
                    break;
                case 5:
                    run.Restart();
                    break;
                case 6 when !byDepth:
                    chain.Finalize(chain.Head - Math.Min(chain.Head, depth));
                    break;
                default:
                    for (var steps = random.Next(1, 5); steps > 0; steps--) await run.TryStepAsync();
                    break;
            }

            if (byDepth) chain.Finalize(chain.Head - Math.Min(chain.Head, depth));
        }

        endpoint.Trouble = 0;
        // A chain that ends before the first block that is looked at shows nothing to compare.
        chain.Grow(1 + (int)run.Options.FirstBlock);
        // What a small window withholds is read once it is final.
        if (run.Options.MostPending < 1000) chain.Finalize(chain.Head);
        await run.SettleAsync();
        run.RequireWhole(chain.Final);
    }

    private static void Reorganise(FakeChain chain, Random random)
    {
        var deepest = (int)Math.Min(64, chain.Head - chain.Final);
        if (deepest == 0) return;
        var depth = random.Next(3) == 0 ? deepest : random.Next(1, deepest + 1);
        // Mostly longer than what it takes the place of, as it should be, and at times shorter.
        chain.Reorganise(depth, random.Next(4) == 0 ? random.Next(0, depth + 1) : depth + random.Next(1, 4));
    }

    private static WatchOptions RandomOptions(Random random) => new()
    {
        FirstBlock = (ulong)random.Next(6),
        StartBlocks = (ulong)random.Next(1, 20),
        MostBlocks = (ulong)random.Next(1, 60),
        MostLogs = random.Next(1, 60),
        StepTime = TimeSpan.FromMilliseconds(random.Next(20)),
        MostPending = random.Next(3) == 0 ? (ulong)random.Next(1, 40) : 8192,
    };
}
