using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>Whatever the ranges and the restarts, one history makes one set of books.</summary>
public sealed class RangePropertyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task History_ReadInRangesOfAnySizeWithRestarts_MakesTheSameBooks(int seed)
    {
        var chain = RandomChain(new Random(seed));
        using var whole = new TestNode(chain, blocksAtOnce: 1000);
        await whole.WatchAsync();
        var expected = whole.Describe();
        Assert.Null(whole.Books.Read(session => session.Ledger.CheckAgainstEntries()));
        Assert.Contains("undivided", expected, StringComparison.Ordinal);
        foreach (var size in new ulong[] { 1, 2, 3, 7, 19 })
        {
            using var parts = new TestNode(chain, size);
            var random = new Random(seed * 1000 + (int)size);
            while (await parts.StepAsync())
            {
                if (random.Next(3) == 0) parts.Restart();
            }

            Assert.Equal(expected, parts.Describe());
        }
    }

    private static FakeChain RandomChain(Random random)
    {
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 10), block => block.List(Euro, 1), block => block.List(Address.Zero, 1));
        var models = new List<(TestModel Model, Address Owner, uint Version)>();
        Address[] tokens = [Dollar, Euro, Address.Zero];
        for (var number = 0; number < 40; number++)
        {
            var acts = new List<Action<BlockWriter>>();
            for (var i = random.Next(5); i > 0; i--)
            {
                var token = tokens[random.Next(3)];
                var amount = (UInt256)(ulong)random.Next(1, 1000);
                if (models.Count == 0 || random.Next(6) == 0)
                {
                    var added = Model($"model {models.Count}", (Alice, 2), (null, 1), (Bob, (ulong)random.Next(1, 9)));
                    // Money that was there before its model.
                    if (random.Next(2) == 0) acts.Add(block => block.Send(added, token, amount));
                    var parents = models.Count > 0 && random.Next(2) == 0 ? new[] { (models[random.Next(models.Count)].Model, 100_000U) } : [];
                    acts.Add(block => block.Register(added, parents));
                    models.Add((added, added.Creator, 1));
                    continue;
                }

                var at = random.Next(models.Count);
                var (model, owner, version) = models[at];
                switch (random.Next(8))
                {
                    case 0 or 1:
                        acts.Add(block => block.Pay(model, token, amount));
                        break;
                    case 2 or 3:
                        acts.Add(block => block.Send(model, token, amount));
                        break;
                    case 4:
                        acts.Add(block => block.Put(model, token, amount));
                        break;
                    case 5:
                        acts.Add(block => block.Sweep(token, model.Id));
                        break;
                    case 6:
                        acts.Add(block => block.SetSplit(model, version + 1, 0, [(Carol, 1), (null, 1)]));
                        models[at] = (model, owner, version + 1);
                        break;
                    default:
                        acts.Add(block => block.Sell(model, owner, Carol));
                        models[at] = (model, Carol, version);
                        break;
                }
            }

            chain.Mine([.. acts]);
        }

        foreach (var token in tokens) chain.Mine(block => block.Sweep(token, [.. models.Select(model => model.Model.Id)]));
        return chain;
    }
}
