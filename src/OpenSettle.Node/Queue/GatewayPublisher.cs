using OpenSettle.Storage.Usage;
using System.Text;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Queue;

/// <summary>How far the publishing of a gateway's events is.</summary>
/// <param name="Read">Events that were read.</param>
/// <param name="Confirmed">Of them, those that the broker has.</param>
/// <param name="Trouble">What keeps the broker from taking more; null where nothing does.</param>
public sealed record PublishedUsage(long Read, long Confirmed, string? Trouble);

/// <summary>A line of a file of events is none. The message says which, and why.</summary>
public sealed class UsageLineException(string message) : FormatException(message);

/// <summary>
/// A gateway's way into the queue, without a node between: events as CloudEvents, one a line, with a code that its key makes. Whatever was not
/// confirmed is sent again, and all of it may be: events have ids.
/// </summary>
public sealed class GatewayPublisher : IAsyncDisposable
{
    private const int MostEvents = 200;
    private const int MostBytes = 128 * 1024;
    private const int MostUnderWay = 64;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    private readonly UsagePublisher _publisher;
    private readonly string _gateway;
    private readonly byte[] _key;
    private readonly TimeProvider _time;
    private long _read;
    private long _confirmed;

    /// <param name="gateway">Its name, as 'opensettle gateway add' gave it.</param>
    /// <param name="key">And its key.</param>
    public GatewayPublisher(QueueOptions queue, DeploymentId deployment, string gateway, string key, TimeProvider time)
    {
        _publisher = new UsagePublisher(new StreamNames(deployment), queue, time, $"opensettle gateway {gateway}", mayMake: false);
        (_gateway, _key, _time) = (gateway, QueueKeys.OfGateway(GatewayKeyText.HashOf(key)), time);
    }

    /// <summary>Publishes lines as they come. Ends when there are no more and all of them are confirmed.</summary>
    /// <exception cref="UsageLineException">One of them is no event. Those before it are confirmed.</exception>
    /// <exception cref="StreamMissingException">No node made the streams.</exception>
    /// <exception cref="QueueException">The broker cannot be reached at the start: later it is waited for.</exception>
    public async Task<PublishedUsage> PublishAsync(TextReader lines, IProgress<PublishedUsage>? progress, CancellationToken cancellation)
    {
        await _publisher.FindPartitionsAsync(cancellation);
        using var room = new SemaphoreSlim(MostUnderWay, MostUnderWay);
        var open = Enumerable.Range(0, _publisher.Partitions).Select(_ => new Part()).ToArray();
        var underWay = new List<Task>();
        UsageLineException? wrong = null;
        while (wrong is null && await NextAsync() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            var number = _read + 1;
            if (PartitionOf(line, number, out wrong) is not { } partition) break;
            _read = number;
            var part = open[partition];
            part.Add(line);
            if (part.Events >= MostEvents || part.Bytes >= MostBytes) await SendAsync(part, partition);
            progress?.Report(Now);
        }

        await SendOpenAsync();
        var all = Task.WhenAll(underWay);
        while (!all.IsCompleted)
        {
            await Task.WhenAny(all, Task.Delay(Between, _time, cancellation));
            progress?.Report(Now);
        }

        await all;
        return wrong is null ? Now : throw wrong;

        // Who writes as it meters, and pauses, has its last events sent all the same.
        async Task<string?> NextAsync()
        {
            var next = lines.ReadLineAsync(cancellation).AsTask();
            while (!next.IsCompleted)
            {
                await ((Task)next).WaitAsync(Between, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellation.ThrowIfCancellationRequested();
                if (next.IsCompleted) break;
                await SendOpenAsync();
                await SettleAsync();
                progress?.Report(Now);
            }

            return await next;
        }

        async Task SendOpenAsync()
        {
            for (var partition = 0; partition < open.Length; partition++)
            {
                if (open[partition].Events > 0) await SendAsync(open[partition], partition);
            }
        }

        // What failed for good is told at once, and not when the input ends.
        async Task SettleAsync()
        {
            foreach (var done in underWay.Where(task => task.IsCompleted)) await done;
            underWay.RemoveAll(task => task.IsCompletedSuccessfully);
        }

        async Task SendAsync(Part part, int partition)
        {
            while (!await room.WaitAsync(Between, cancellation)) progress?.Report(Now);
            await SettleAsync();
            underWay.Add(ConfirmAsync(part.Take(), partition, room, cancellation));
        }
    }

    /// <summary>How far it is: also after it was stopped.</summary>
    public PublishedUsage Now => new(_read, Interlocked.Read(ref _confirmed), _publisher.LastTrouble);

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private async Task ConfirmAsync((byte[] Body, int Events) message, int partition, SemaphoreSlim room, CancellationToken cancellation)
    {
        try
        {
            await _publisher.PublishAsync(partition, new UsageMessage(UsageMessage.Events, _gateway, string.Empty, message.Body), _key, cancellation);
            Interlocked.Add(ref _confirmed, message.Events);
        }
        finally
        {
            room.Release();
        }
    }

    /// <summary>By the model, where the event names one in our own form; what a mapping reads may go anywhere.</summary>
    private int? PartitionOf(string line, long number, out UsageLineException? wrong)
    {
        wrong = null;
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = UsageLimits.MostDepth });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                wrong = new UsageLineException($"Event {number} is not a JSON object: one CloudEvent stands on each line.");
                return null;
            }

            return document.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("modelId", out var id)
                && id.ValueKind == JsonValueKind.String && Hash32.TryParse(id.GetString(), out var model)
                ? StreamNames.PartitionOf(new ModelId(model), _publisher.Partitions)
                : 0;
        }
        catch (JsonException e)
        {
            wrong = new UsageLineException($"Event {number} is not valid JSON: {e.Message}");
            return null;
        }
    }

    /// <summary>Events of one partition that were not sent yet.</summary>
    private sealed class Part
    {
        private readonly StringBuilder _text = new("[");

        public int Events { get; private set; }

        public int Bytes => _text.Length;

        public void Add(string line)
        {
            if (Events++ > 0) _text.Append(',');
            _text.Append(line);
        }

        public (byte[] Body, int Events) Take()
        {
            var message = (Encoding.UTF8.GetBytes(_text.Append(']').ToString()), Events);
            _text.Clear().Append('[');
            Events = 0;
            return message;
        }
    }
}
