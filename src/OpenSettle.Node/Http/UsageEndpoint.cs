using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using OpenSettle.Node.Queue;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Usage;
using OpenSettle.Storage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>
/// Takes usage as CloudEvents 1.0 (structured, batch, binary), and as records by a mapping. The answer comes after the
/// commit: 202 means that it is on disk. With a queue it comes after the broker's confirmation, and says of each event only that it
/// is there: what becomes of it shows when it is taken out.
/// </summary>
internal sealed class UsageEndpoint(
    GatewayRing gateways, UsageQuotas quotas, UsageReaders readers, MappingSet mappings, BatchCheck batches, IUsageJournal usage, NodeState state, NodeMetrics metrics, TimeProvider time, ILogger<UsageEndpoint> log,
    QueuedIntake? queue = null)
{
    private const int BusySeconds = 1;
    private const int DiskSeconds = 10;

    private readonly ConcurrentBag<UsageRequest> _idle = [];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<UsageEndpoint>();
        routes.MapPost("/api/v1/events", (RequestDelegate)endpoint.TakeAsync).For(Access.Gateway).WithMetadata(OwnGate.Instance)
            .WithMetadata(new BodyWords(typeof(CloudEventForm), UsageLimits.MostBytes, UsageForms.Taken), new ParameterNames(["OpenSettle-Batch", "mapping"]))
            .WithMetadata(new ProducesResponseTypeMetadata(202, typeof(UsageTakenAnswer), ["application/json"]), new EndpointNameMetadata("sendEvents"))
            .WithSummary("Takes usage as CloudEvents 1.0; the answer comes after the commit is on disk, or, with a queue, after the broker confirmed it");
    }

    public async Task TakeAsync(HttpContext context)
    {
        var name = string.Empty;
        var start = time.GetTimestamp();
        try
        {
            if (gateways.Find(context.Request.Headers.Authorization) is not { } gateway)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer";
                await RefuseAsync(context, 401, "No gateway has this key", "Send 'Authorization: Bearer KEY' with a key that 'opensettle gateway add' showed, and that is not revoked.");
                return;
            }

            name = gateway.Name;
            await TakeAsync(context, gateway);
        }
        catch (StorageException e)
        {
            // Nothing of the request is stored, and the gateway has to keep it.
            log.UsageNotStored(name, e.Message);
            state.SetUsageRefused(e.Message);
            RetryAfter(context, DiskSeconds);
            await RefuseAsync(context, 503, "The node cannot store this now", "Keep the events and send them again later.");
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever sent it has gone. What was not acknowledged is sent again.
        }
        finally
        {
            metrics.Ingested(context.Response.StatusCode, time.GetElapsedTime(start));
        }
    }

    private async Task TakeAsync(HttpContext context, GatewayRecord gateway)
    {
        var statement = context.Request.Headers[BatchCheck.Header];
        if (Forbidden(gateway, statement.Count > 0) is var (title, remedy))
        {
            await RefuseAsync(context, 403, title, remedy);
            return;
        }

        var (form, mapping, problem) = UsageForms.Of(context.Request, mappings);
        if (problem is not null)
        {
            await problem.ExecuteAsync(context);
            return;
        }

        using var body = await UsageBody.ReadAsync(context.Request, context.RequestAborted);
        if (body.Status != BodyStatus.Read)
        {
            await RefuseAsync(context, body.Status);
            return;
        }

        var request = _idle.TryTake(out var idle) ? idle : readers.Create();
        request.Begin(body.Bytes, gateway.Address, statement.Count > 0);
        if (await ReadAsync(context, request, body, form, mapping))
        {
            var events = request.ToAppended();
            if (statement.Count > 0) await TakeSignedAsync(context, gateway, request, events, statement.ToString());
            else await TakeUnsignedAsync(context, gateway, request, events);
        }

        // Not in a finally: what ended in an exception may still be in the journal's hands.
        if (request.IsSmall) _idle.Add(request);
    }

    private static (string Title, string Remedy)? Forbidden(GatewayRecord gateway, bool signed)
    {
        if (signed && !gateway.Scopes.HasFlag(GatewayScopes.Send))
            return ("This key may not send events", "Use a key that was added with the scope send.");
        if (signed && gateway.Address.IsZero)
            return ("This gateway signs nothing", "Add it with the account that signs its batches: opensettle gateway add NAME --address 0x….");
        if (!signed && !gateway.Scopes.HasFlag(GatewayScopes.SendUnsigned))
            return ("This key may not send events that nobody signed", $"Sign them, with the header {BatchCheck.Header}, or use a key that was added with the scope send-unsigned.");
        return null;
    }

    /// <summary>Reads the body's events. False where it was answered already.</summary>
    private static async Task<bool> ReadAsync(HttpContext context, UsageRequest request, UsageBody body, UsageForm form, MappingRule? mapping)
    {
        try
        {
            if (request.Read(body.Span, form, mapping, form == UsageForm.Binary ? BinaryHeaders.Read(context.Request.Headers) : [])) return true;
            await RefuseAsync(context, BodyStatus.TooLarge);
        }
        catch (JsonException e)
        {
            await RefuseAsync(context, 400, "The body is not valid JSON", string.Create(CultureInfo.InvariantCulture, $"Line {e.LineNumber + 1}: {e.Message} It may be nested {UsageLimits.MostDepth} deep."));
        }
        catch (UsageFormException e)
        {
            await RefuseAsync(context, 400, "The body is not what its content type says", e.Message);
        }

        return false;
    }

    private async Task TakeUnsignedAsync(HttpContext context, GatewayRecord gateway, UsageRequest request, AppendedEvent[] events)
    {
        if (queue is not null && events.Length > 0)
        {
            await QueueAsync(context, gateway, request, events, string.Empty);
            return;
        }

        if (events.Length > 0 && !await StoreAsync(context, gateway, new UsageAppend(gateway.Id, request.Bodies, events))) return;
        var counts = UsageAnswer.Count(request, events);
        metrics.Took(counts);
        log.UsageTaken(gateway.Name, counts.Accepted + counts.Held, counts.Duplicates, counts.Refused + counts.Conflicts);
        if (counts.Accepted + counts.Held + counts.Duplicates > 0 || request.Count == 0)
            await UsageAnswer.WriteAsync(context, 202, counts, request.Problems);
        else if (counts.Conflicts > 0)
            await UsageAnswer.WriteAsync(context, 409, counts, request.Problems, "These events are known with another content", "Give a new event an id of its own. What is known is not changed.");
        else
            await UsageAnswer.WriteAsync(context, 400, counts, request.Problems, "None of the events can be taken", "Each problem names the field and the reason. Correct them and send the events again.");
    }

    private async Task TakeSignedAsync(HttpContext context, GatewayRecord gateway, UsageRequest request, AppendedEvent[] events, string statement)
    {
        if (request.Problems.Count > 0)
        {
            await UsageAnswer.WriteAsync(
                context, 400, new UsageCounts(0, 0, 0, 0, request.Problems.Count), request.Problems, "A signed batch is taken whole", "Correct what is wrong, sign the batch again and send it. Nothing of it was taken.");
            return;
        }

        var (signed, problem) = batches.Check(statement, request.Bodies, events);
        if (signed is null)
        {
            await RefuseAsync(context, 400, "The batch is not as its statement says", problem ?? "The statement cannot be read.");
        }
        else if (signed.Statement.Gateway != gateway.Address)
        {
            await RefuseAsync(
                context, 403, "Another gateway signed this", $"This key is of a gateway that signs with {gateway.Address.ToChecksumString()}, and {signed.Statement.Gateway.ToChecksumString()} signed. Use the key of that one.");
        }
        else if (queue is not null)
        {
            await QueueAsync(context, gateway, request, events, statement);
        }
        else if (await StoreAsync(context, gateway, new UsageAppend(gateway.Id, request.Bodies, events, signed)))
        {
            var counts = UsageAnswer.Count(request, events);
            metrics.Took(counts);
            log.UsageTaken(gateway.Name, counts.Accepted + counts.Held, counts.Duplicates, 0);
            await UsageAnswer.WriteAsync(context, 202, counts, request.Problems);
        }
    }

    /// <summary>Hands it to the broker, and answers. What a day's quota counts is what was sent: what is known already nobody knows here.</summary>
    private async Task QueueAsync(HttpContext context, GatewayRecord gateway, UsageRequest request, AppendedEvent[] events, string statement)
    {
        if (queue is null) throw new InvalidOperationException("There is no queue.");
        if (queue.IsFull)
        {
            RetryAfter(context, BusySeconds);
            await RefuseAsync(context, 429, "Too much waits for the queue", "Nothing of this was taken. Send it again after the time in Retry-After.");
            return;
        }

        if (!await TakeQuotaAsync(context, gateway, events.Length)) return;
        var confirmed = false;
        try
        {
            confirmed = await queue.SendAsync(gateway, request.Bodies, events, statement, context.RequestAborted);
        }
        finally
        {
            if (!confirmed) quotas.Return(gateway, events.Length);
        }

        if (!confirmed)
        {
            log.UsageNotStored(gateway.Name, "the broker of the setting queue did not confirm it in time");
            state.SetUsageRefused("the broker of the setting queue did not confirm it in time");
            RetryAfter(context, DiskSeconds);
            await RefuseAsync(context, 503, "The queue did not take this in time", "Keep the events and send them again later: what came all the same is known by its ids.");
            return;
        }

        var counts = new UsageCounts(0, 0, 0, 0, request.Problems.Count, events.Length);
        metrics.Took(counts);
        await UsageAnswer.WriteAsync(context, 202, counts, request.Problems);
    }

    private async Task<bool> TakeQuotaAsync(HttpContext context, GatewayRecord gateway, int events)
    {
        if (quotas.Take(gateway, events) is not { } wait) return true;
        RetryAfter(context, (long)Math.Ceiling(wait.TotalSeconds));
        await RefuseAsync(context, 429, "The gateway's quota is used up", $"It may send {Quota(gateway)}. Keep the events and send them again after the time in Retry-After.");
        return false;
    }

    /// <summary>Appends, and answers where nothing was stored.</summary>
    private async Task<bool> StoreAsync(HttpContext context, GatewayRecord gateway, UsageAppend append)
    {
        if (!await TakeQuotaAsync(context, gateway, append.Events.Length)) return false;
        var stored = 0;
        try
        {
            var result = await usage.AppendAsync(append);
            if (result.Status == AppendStatus.Stored) stored = Stored(append.Events);
            if (result is { Status: AppendStatus.Stored, SettledBy: > 0 }) log.BatchAfterLoss(gateway.Name, append.Batch?.Statement.Number ?? 0, result.SettledBy);
            return await TellAsync(context, append, result);
        }
        finally
        {
            quotas.Return(gateway, append.Events.Length - stored);
        }
    }

    private static async Task<bool> TellAsync(HttpContext context, UsageAppend append, AppendResult result)
    {
        switch (result.Status)
        {
            case AppendStatus.Stored or AppendStatus.BatchKnown:
                return true;
            case AppendStatus.Busy:
                RetryAfter(context, BusySeconds);
                await RefuseAsync(context, 429, "Too much waits to be stored", "Nothing of this was taken. Send it again after the time in Retry-After.");
                return false;
            case AppendStatus.OutOfOrder:
                await RefuseAsync(
                    context, 409, "The batch does not come after the gateway's last one",
                    $"The last one has the number {result.LastBatch}: number the batch {result.LastBatch + 1}, name lastDigest as its previous one, sign it again and send it.",
                    new Dictionary<string, object?>(StringComparer.Ordinal) { ["lastBatch"] = result.LastBatch, ["lastDigest"] = result.LastDigest.ToString() });
                return false;
            case AppendStatus.BatchSettled:
                await RefuseAsync(
                    context, 409, "An epoch settled that batch already",
                    $"Epoch {result.SettledBy} settled it, and what it had is not here any more: send none of its events again. The next batch has the number {result.LastBatch + 1}.",
                    new Dictionary<string, object?>(StringComparer.Ordinal) { ["lastBatch"] = result.LastBatch, ["lastDigest"] = result.LastDigest.ToString(), ["settledBy"] = result.SettledBy });
                return false;
            case AppendStatus.BatchNotNew:
                var known = Enumerable.Range(0, append.Events.Length).Where(i => append.Events[i].Verdict is not (Verdict.Accepted or Verdict.Held)).ToList();
                await RefuseAsync(
                    context, 409, "The batch has events that are known already", "Leave out the events of knownEvents, sign the batch again and send it. Nothing of it was taken.",
                    new Dictionary<string, object?>(StringComparer.Ordinal) { ["knownEvents"] = known });
                return false;
            default:
                throw new InvalidOperationException($"The journal answered {result.Status}.");
        }
    }

    private static int Stored(ReadOnlySpan<AppendedEvent> events)
    {
        var stored = 0;
        foreach (var e in events)
        {
            if (e.Verdict is Verdict.Accepted or Verdict.Held) stored++;
        }

        return stored;
    }

    private static string Quota(GatewayRecord gateway) => (gateway.PerSecond, gateway.PerDay) switch
    {
        ( > 0, > 0) => $"{gateway.PerSecond} events in a second and {gateway.PerDay} in a day (UTC)",
        (0, _) => $"{gateway.PerDay} events in a day (UTC)",
        _ => $"{gateway.PerSecond} events in a second",
    };

    private static Task RefuseAsync(HttpContext context, BodyStatus status)
    {
        switch (status)
        {
            case BodyStatus.TooLarge:
                return RefuseAsync(context, 413, "The request is too large", $"Send at most {UsageLimits.MostEvents} events and {UsageLimits.MostBytes} bytes at once, packed and unpacked.");
            case BodyStatus.Encoding:
                context.Response.Headers.AcceptEncoding = "gzip, br";
                return RefuseAsync(context, 415, "This content encoding is not taken", "Send the body as it is, or with Content-Encoding gzip or br.");
            default:
                return RefuseAsync(context, 400, "The body cannot be unpacked", "It is not in the encoding that Content-Encoding names.");
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string title, string remedy, IDictionary<string, object?>? more = null) =>
        Problems.Of(status, title, remedy, more).ExecuteAsync(context);

    private static void RetryAfter(HttpContext context, long seconds) => context.Response.Headers[HeaderNames.RetryAfter] = Math.Max(1, seconds).ToString(CultureInfo.InvariantCulture);
}

/// <summary>Makes what requests are read with.</summary>
internal sealed class UsageReaders(MappingSet mappings, HoldRule rule, ReadOnlyMemory<byte> salt, ulong chainId)
{
    private readonly byte[] _chainPrefix = System.Text.Encoding.UTF8.GetBytes($"eip155:{chainId}:");

    public UsageRequest Create() => new(new EventReader(mappings, new ConsumerHash(salt), _chainPrefix), rule);
}
