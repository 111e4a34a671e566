using System.Globalization;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Demo.Stage;

/// <summary>A gateway as somebody else would write it: CloudEvents, and one signature for each batch of them.</summary>
/// <param name="key">The key that the node gave it; null: that of the stage's first gateway.</param>
public sealed class UsageGateway(NodeProcess node, ISigner signer, Deployment deployment, string? key = null)
{
    private readonly BatchSigner _batches = new(signer, deployment.Id.ChainId, deployment.Id.Registry);

    public Address Address => signer.Address;

    /// <summary>The last batch that the node took.</summary>
    public (ulong Number, Hash32 Digest) Last => _batches.Last;

    /// <summary>Signs a batch and sends it. Every event of it is taken, or it is an error.</summary>
    public Task SendAsync(IReadOnlyList<MeteredEvent> events, CancellationToken cancellation) => SendAsync(events, "accepted", cancellation);

    /// <summary>The same of events that have to wait, of a model that nobody registered for instance.</summary>
    public Task SendHeldAsync(IReadOnlyList<MeteredEvent> events, CancellationToken cancellation) => SendAsync(events, "held", cancellation);

    private async Task SendAsync(IReadOnlyList<MeteredEvent> events, string wanted, CancellationToken cancellation)
    {
        var signed = await _batches.SignAsync([.. events.Select(e => e.ToBatched())], cancellation);
        var (status, body) = await node.SendUsageAsync([.. events.Select(ToCloudEvent)], cancellation, BatchSigner.Header(signed), key);
        if (status != 202 || (body.GetProperty(wanted).GetInt32() != events.Count && Queued(body) != events.Count))
            throw new StageException(StageException.Failed, $"the node answered {status} to a signed batch of {events.Count} usage events: {body}");
        _batches.Taken(signed);
    }

    /// <summary>The same to a node that may end at any moment: always the same bytes, until the node says that it has them.</summary>
    /// <param name="door">Which of several nodes is asked next; null: always the same.</param>
    public async Task SendUntilTakenAsync(IReadOnlyList<MeteredEvent> events, CancellationToken cancellation, Func<NodeProcess>? door = null)
    {
        var signed = await _batches.SignAsync([.. events.Select(e => e.ToBatched())], cancellation);
        while (true)
        {
            try
            {
                var (status, body) = await (door?.Invoke() ?? node).SendUsageAsync([.. events.Select(ToCloudEvent)], cancellation, BatchSigner.Header(signed), key);
                if (status == 202 && body.GetProperty("accepted").GetInt32() + body.GetProperty("duplicates").GetInt32() + Queued(body) == events.Count) break;
                if (status is not (429 or 503)) throw new StageException(StageException.Failed, $"the node answered {status} to a signed batch of {events.Count} usage events: {body}");
            }
            catch (Exception e) when (e is HttpRequestException or IOException or System.Text.Json.JsonException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
            {
                // It is away, or ended before its answer did.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        }

        _batches.Taken(signed);
    }

    /// <summary>Where usage goes through a queue the answer says no more than that it is there.</summary>
    private static int Queued(System.Text.Json.JsonElement body) => body.TryGetProperty("queued", out var queued) ? queued.GetInt32() : 0;

    private static object ToCloudEvent(MeteredEvent e)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["modelId"] = e.Model.ToString(), ["domain"] = e.Domain, ["outcome"] = e.Outcome, ["units"] = e.Units,
        };
        if (!e.Payment.IsZero) data["payment"] = new { txHash = e.Payment.ToString() };
        if (e.Attribution is { } attribution)
        {
            data["attribution"] = new
            {
                method = attribution.Method,
                methodHash = attribution.MethodHash.ToString(),
                weights = attribution.Weights.Select(row => new { account = row.Account.ToString(), weight = Plain(row.Weight), low = Plain(row.Low), high = Plain(row.High) }),
            };
        }

        return new
        {
            specversion = "1.0",
            type = e.Type,
            source = e.Source,
            id = e.Id,
            // A hash that the gateway made: the node knows no customer.
            subject = e.Consumer.ToString(),
            time = DateTimeOffset.FromUnixTimeSeconds((long)e.Time).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            datacontenttype = "application/json",
            data,
        };
    }

    private static string Plain(UInt128 number) => number.ToString(CultureInfo.InvariantCulture);
}
