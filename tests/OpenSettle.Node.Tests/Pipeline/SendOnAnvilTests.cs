using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Node.Tests.Pipeline;

/// <summary>The sender against a real node, with everything between them that an endpoint and a chain can do wrong.</summary>
[Trait("Category", "Anvil")]
public sealed class SendOnAnvilTests
{
    private const int MostLooks = 600;

    [Fact]
    public async Task Intents_UnderDropsSpikesStaleHeadsGapsAndKills_AreEachSettledOnceAndNoneAboveTheCap()
    {
        var nightly = Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") is not null;
        foreach (var seed in nightly ? Enumerable.Range(1, 10) : [1]) await RunAsync(seed, 200);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_BetweenSigningAndTheAnswer_SendsTheSameBytesAgain(bool taken)
    {
        using var rig = await AnvilSender.StartAsync();
        await rig.PlanAsync(1);
        using var killed = new CancellationTokenSource();
        rig.Proxy.On("eth_sendRawTransaction", taken ? Fault.Silence : Fault.Hang);
        var look = rig.LookAsync(killed.Token);
        await rig.Proxy.Silent;
        await killed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => look);
        var stored = Assert.Single(rig.Books.Read(session => session.Outbox.Open()));
        Assert.Equal((OutboxState.Signed, null), (stored.State, stored.Versions.Single().LastSent));
        var forwarded = rig.Proxy.Forwarded.Count;
        Assert.Equal(taken ? 1 : 0, forwarded);

        rig.Restart();
        rig.Proxy.Heal();
        await rig.LookAsync();
        Assert.All(rig.Proxy.Forwarded, bytes => Assert.Equal(Hex.Encode(stored.Versions.Single().Raw.Span), bytes));
        Assert.Equal(forwarded + 1, rig.Proxy.Forwarded.Count);
        for (var i = 0; i < 4; i++)
        {
            await rig.MineAsync(1);
            await rig.LookAsync();
        }

        Assert.Empty(rig.Books.Read(session => session.Outbox.Open()));
        Assert.Equal(stored.Hash.ToString(), Assert.Single(await rig.MinedAsync()).GetProperty("hash").GetString());
    }

    private static async Task RunAsync(int seed, int intents)
    {
        var random = new Random(seed);
        using var rig = await AnvilSender.StartAsync();
        await rig.PlanAsync(intents);
        rig.Proxy.Rule = call => call.Method != "eth_sendRawTransaction" ? null : random.Next(100) switch
        {
            < 30 => Fault.DropTransaction,
            < 33 => Fault.ResetAfter,
            < 36 => Fault.Reset,
            _ => null,
        };
        var looks = 0;
        var elsewhere = 0;
        for (; looks < MostLooks && rig.Books.Read(session => session.Outbox.Open().Count) > 0; looks++)
        {
            rig.Proxy.HoldBack = random.Next(5) == 0 ? (ulong)random.Next(1, 3) : 0;
            if (random.Next(12) == 0) rig.Restart();
            await rig.LookAsync();
            if (random.Next(4) == 0 && await rig.PoolAsync() is { Count: > 0 } pool) await rig.Anvil.CallAsync("anvil_dropTransaction", pool[random.Next(pool.Count)].Hash);
            if (elsewhere < 3 && random.Next(8) == 0)
            {
                elsewhere++;
                await rig.UseNonceElsewhereAsync();
            }

            // Fifty times the fee is above the cap; ten times is below it.
            await rig.MineAsync(1, random.Next(8) switch { 0 => 50 * AnvilSender.Gwei, 1 => 10 * AnvilSender.Gwei, _ => AnvilSender.Gwei });
        }

        Assert.True(looks < MostLooks, $"Not settled after {looks} looks.");
        var mined = (await rig.MinedAsync()).Where(item => AnvilSender.Party(item, "to") == World.Counter).ToList();
        Assert.Equal(intents, mined.Count);
        Assert.Equal(
            Enumerable.Range(0, intents).Select(i => Keccak256.HashText($"intent {i}").ToString()).Order(StringComparer.Ordinal),
            mined.Select(item => item.GetProperty("input").GetString() ?? string.Empty).Order(StringComparer.Ordinal));
        Assert.All(mined, item => Assert.True(
            UInt256.FromBigEndian(Convert.FromHexString(item.GetProperty("maxFeePerGas").GetString()![2..].PadLeft(64, '0'))) <= AnvilSender.MostPerGas));
        // What was asked for did happen.
        Assert.Equal(3, elsewhere);
        Assert.True(rig.Proxy.Dropped.Count > intents / 4, $"{rig.Proxy.Dropped.Count} dropped");
        var rows = rig.Books.Read(session => session.Outbox.Recent(1000));
        Assert.True(rows.Sum(row => row.Versions.Count) > rows.Count, "Nothing was offered for more.");
        Assert.Equal(
            rows.Where(row => row.Epoch == 1).Aggregate(UInt256.Zero, (sum, row) => sum + row.Mined!.Outcome!.Cost), rig.Books.Read(session => session.Outbox.CostOf(1)));
    }
}
