using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.EndToEnd.Tests.Cluster;

/// <summary>
/// People who pay and gateways that send usage, whatever becomes of nodes and servers: what is not acknowledged is sent again, to any node, or given up;
/// and some of what was acknowledged is sent once more.
/// </summary>
internal sealed class ClusterLoad(StageFixture stage, Market market, IReadOnlyList<StageModel> models, IReadOnlyList<NodeProcess> doors, string key, int seed) : IDisposable
{
    private const int InBatch = 20;
    private const int Senders = 2;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _streams = [];
    private int _signed;
    private int _plain;
    private int _answers;

    /// <summary>Units of each event that a node said to have, by its id.</summary>
    public ConcurrentDictionary<string, ulong> Acknowledged { get; } = new(StringComparer.Ordinal);

    /// <summary>Of each that was sent, never answered for, and given up: it may be there or not.</summary>
    public ConcurrentDictionary<string, ulong> GivenUp { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers that did not come, or said that it is not now.</summary>
    public int Again => _answers;

    public void Begin()
    {
        _streams.Add(StreamAsync(0, PayAsync, 3));
        var gateway = new UsageGateway(doors[0], stage.Cast.Gateway, stage.Deployment, key);
        _streams.Add(StreamAsync(1, random => SignAsync(gateway, random), 1));
        for (var sender = 0; sender < Senders; sender++) _streams.Add(StreamAsync(2 + sender, random => SendAsync(random, giveUp: true), 1));
    }

    /// <summary>Waits until signed and unsigned usage was taken after this moment, as a sign that all is well again.</summary>
    public async Task ProgressAsync(CancellationToken cancellation)
    {
        var (signed, plain) = (Volatile.Read(ref _signed) + 1, Volatile.Read(ref _plain) + 2);
        while (Volatile.Read(ref _signed) < signed || Volatile.Read(ref _plain) < plain)
        {
            RequireWell();
            await Task.Delay(Between, cancellation);
        }
    }

    /// <summary>Everybody finishes what is under way; then one more batch goes to each model, behind all that may still be in the queue.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_streams);
        await SendAsync(new Random(seed), giveUp: false);
    }

    public void RequireWell()
    {
        foreach (var stream in _streams.Where(stream => stream.IsFaulted)) stream.GetAwaiter().GetResult();
    }

    public void Dispose() => _stop.Dispose();

    private Task StreamAsync(int number, Func<Random, Task> act, int pauses) => Task.Run(async () =>
    {
        var random = new Random(HashCode.Combine(seed, number));
        while (!_stop.IsCancellationRequested)
        {
            await act(random);
            await Task.Delay(pauses * Between, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    });

    private async Task PayAsync(Random random)
    {
        var model = models[random.Next(models.Count)];
        if (random.Next(3) == 0) await market.TransferAsync(stage.Cast.Bank, model, stage.Deployment.Coin, (ulong)random.NextInt64(10_000_000_000_000_000, 50_000_000_000_000_000), CancellationToken.None);
        else await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, (ulong)random.NextInt64(5_000, 5_000_000), Market.Text($"use {random.Next(50)}"), CancellationToken.None);
    }

    private NodeProcess Door(Random random) => doors[random.Next(doors.Count)];

    private async Task SignAsync(UsageGateway gateway, Random random)
    {
        var first = Volatile.Read(ref _signed) * InBatch;
        List<MeteredEvent> events = [.. Enumerable.Range(first, InBatch).Select(i => new MeteredEvent
        {
            Source = "urn:gateway:kills", Id = $"signed-{i}", Type = "ai.opensettle.usage.v1", Model = models[i % models.Count].Id, Domain = "kills", Outcome = Outcomes.Ok, Units = (ulong)i + 1, Time = Now(),
            Consumer = Market.Text($"customer {i % 5}"), Payment = i % 2 == 0 ? Market.Text($"use {i % 50}") : Hash32.Zero, Attribution = null,
        })];
        var asked = 0;
        await gateway.SendUntilTakenAsync(events, CancellationToken.None, () =>
        {
            if (asked++ > 0) Interlocked.Increment(ref _answers);
            return Door(random);
        });
        foreach (var e in events) Acknowledged[e.Id] = e.Units;
        Interlocked.Increment(ref _signed);
    }

    private async Task SendAsync(Random random, bool giveUp)
    {
        var batch = Interlocked.Increment(ref _plain);
        var time = DateTimeOffset.FromUnixTimeSeconds((long)Now()).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var units = Enumerable.Range(0, InBatch).ToDictionary(i => $"plain-{batch}-{i}", i => (ulong)(batch + i), StringComparer.Ordinal);
        object[] events = [.. units.Select((one, i) => (object)new
        {
            specversion = "1.0", type = "ai.opensettle.usage.v1", source = "urn:gateway:kills", id = one.Key, subject = $"somebody {i % 9}", time,
            data = new { modelId = models[i % models.Count].Id.ToString(), domain = "kills", outcome = "ok", units = one.Value },
        })];
        while (!await TrySendAsync(Door(random), events))
        {
            Interlocked.Increment(ref _answers);
            if (giveUp && random.Next(4) == 0)
            {
                foreach (var (id, of) in units) GivenUp[id] = of;
                return;
            }

            await Task.Delay(2 * Between);
        }

        foreach (var (id, of) in units) Acknowledged[id] = of;
        // The client lost the answer, for all that the node knows.
        if (random.Next(5) == 0) await TrySendAsync(Door(random), events);
    }

    /// <summary>False where nobody knows whether it was taken, or it was not for now. Anything else is an error of the node's.</summary>
    private async Task<bool> TrySendAsync(NodeProcess door, object[] events)
    {
        try
        {
            var (status, body) = await door.SendUsageAsync(events, CancellationToken.None, key: key);
            if (status == 202) return body.GetProperty("queued").GetInt32() == events.Length ? true : throw new StageException(StageException.Failed, $"a node took not all: {body}");
            return status is 429 or 503 ? false : throw new StageException(StageException.Failed, $"a node answered {status}: {body}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or TaskCanceledException)
        {
            return false;
        }
    }

    private static ulong Now() => (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
}
