using System.Text.Json;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Tests.Pipeline;

public sealed class SweepPlanTests
{
    [Fact]
    public void Choice_OfAnyCandidates_IsWorthItAndAsLargeAsItCanBe()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var candidates = Candidates(random, random.Next(0, 30));
            var cost = new SweepCost((ulong)random.Next(0, 5_000), (ulong)random.Next(0, 500));
            var (percent, most) = ((uint)random.Next(1, 101), random.Next(1, 40));
            var chosen = SweepPlan.Choose(candidates, cost, percent, most);

            Assert.True(chosen.Count <= most, $"seed {seed}");
            Assert.Equal(chosen.Count, chosen.Distinct().Count());
            Assert.All(chosen, one => Assert.Contains(one, candidates));
            bool IsWorth(SweepCandidate one, int together) => cost.Part(together) * 100 <= one.Value!.Value * percent;
            Assert.All(chosen.Where(one => !one.IsCertain), one => Assert.True(IsWorth(one, chosen.Count), $"seed {seed}"));
            var left = candidates.Except(chosen).OrderByDescending(one => one.Amount).ToList();
            // Who is left out has less than all that are in, or is not worth it.
            Assert.All(left.Where(one => one.IsCertain), one => Assert.True(chosen.Count == most && chosen.All(other => other.Amount >= one.Amount), $"seed {seed}"));
            // And with the next ones it would not be worth it either, however many.
            var others = left.Where(one => !one.IsCertain).ToList();
            for (var more = 1; more <= others.Count && chosen.Count + more <= most; more++) Assert.False(IsWorth(others[more - 1], chosen.Count + more), $"seed {seed}");
        }
    }

    [Fact]
    public void Choice_InAnyOrder_IsTheSame()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var candidates = Candidates(random, 20);
            var shuffled = candidates.ToArray();
            random.Shuffle(shuffled);
            var cost = new SweepCost(3_000, 100);
            Assert.Equal(SweepPlan.Choose(candidates, cost, 5, 10), SweepPlan.Choose(shuffled, cost, 5, 10));
        }
    }

    [Fact]
    public void Part_OfAnyCount_PaysTheWholeSweep()
    {
        var cost = new SweepCost(1_000, 7);
        for (var count = 1; count <= 300; count++)
        {
            var together = cost.Part(count) * (ulong)count;
            Assert.InRange((ulong)(together - (1_000 + 7 * (UInt256)(ulong)count)), 0UL, (ulong)count - 1);
        }
    }

    [Fact]
    public void Gas_OfTheSnapshot_IsCoveredAndNotByMuch()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "OpenSettle.sln"))) folder = folder.Parent;
        using var snapshot = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.FullName, "tests", "contracts", "gas-snapshot.json")));
        var measured = snapshot.RootElement.GetProperty("payment_swept_20").GetUInt64();
        Assert.InRange((ulong)SweepCost.At(1).Part(20), measured, measured * 115 / 100);
    }

    private static SweepCandidate[] Candidates(Random random, int count) => [.. Enumerable.Range(0, count).Select(index =>
    {
        var amount = (UInt256)(ulong)random.Next(1, 1_000);
        // Of one token: what one unit is worth is the same for all that have a value.
        return new SweepCandidate(new ModelId(Keccak256.HashText($"{index}")), amount, random.Next(5) == 0 ? null : amount * 20, random.Next(6) == 0);
    })];
}
