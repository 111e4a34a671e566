using System.Globalization;
using OpenSettle.EndToEnd.Tests.Crash;
using OpenSettle.Node;
using Xunit.Abstractions;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>The node killed at every fail point and at random, on a chain of Hardhat's.</summary>
public sealed class CrashRoundsOnHardhatTests(StageFixture stage, ITestOutputHelper output) : IClassFixture<StageFixture>
{
    [Fact]
    public Task Node_KilledAtEveryBoundaryOnHardhat_AgreesWithTheChainToTheUnit() => CrashRoundsPlan.PlayAsync(stage, output);
}

/// <summary>The same on anvil.</summary>
[Trait("Category", "Anvil")]
public sealed class CrashRoundsOnAnvilTests(AnvilStageFixture stage, ITestOutputHelper output) : IClassFixture<AnvilStageFixture>
{
    [Fact]
    public Task Node_KilledAtEveryBoundaryOnAnvil_AgreesWithTheChainToTheUnit() => CrashRoundsPlan.PlayAsync(stage, output);
}

/// <summary>How many kills, at which points, from which seed.</summary>
internal static class CrashRoundsPlan
{
    /// <summary>Names a seed that failed, so that it is played again. What a chain and a scheduler do in between is not in it.</summary>
    private const string SeedVariable = "OPENSETTLE_CRASH_SEED";

    // The night runs these tests ten times.
    private static readonly int Kills = Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") is null ? 20 : 50;

    public static async Task PlayAsync(StageFixture stage, ITestOutputHelper output)
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable(SeedVariable) ?? $"{Environment.TickCount & 0xffff}", CultureInfo.InvariantCulture);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120 + 30 * Kills));
        using var rounds = await CrashRounds.PlayAsync(stage, output, seed, Kills, FailPoint.Settling, limit.Token);
        foreach (var point in FailPoint.Settling) output.WriteLine($"{point}: {rounds.Reached.GetValueOrDefault(point)}");
        var missed = FailPoint.Settling.Where(point => rounds.Reached.GetValueOrDefault(point) == 0).ToList();
        Assert.True(missed.Count == 0, $"seed {seed}: never reached: {string.Join(", ", missed)}");
        Assert.True(rounds.AtRandom > 0, $"seed {seed}: never killed at random");
    }
}
