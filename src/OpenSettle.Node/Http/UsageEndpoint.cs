using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>
/// Takes usage as CloudEvents 1.0, structured or as a batch. The answer comes after the commit: 202 means that it is on
/// disk.
/// </summary>
internal sealed class UsageEndpoint(NodeOptions options, SqliteBooks books, IUsageJournal journal, ILogger<UsageEndpoint> log)
{
    private const int MostBytes = 4 * 1024 * 1024;
    private const int MostEvents = 1000;
    private const int LongestText = 200;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/events", (HttpContext context, UsageEndpoint usage, CancellationToken cancellation) => usage.TakeAsync(context, cancellation));

    public async Task<IResult> TakeAsync(HttpContext context, CancellationToken cancellation)
    {
        if (Authenticate(context.Request) is not { } gateway)
        {
            return Problems.Of(401, "No gateway has this key", "Send 'Authorization: Bearer KEY' with a key of ingestKeys.");
        }

        var type = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        var batch = string.Equals(type, "application/cloudevents-batch+json", StringComparison.OrdinalIgnoreCase);
        if (!batch && !string.Equals(type, "application/cloudevents+json", StringComparison.OrdinalIgnoreCase))
        {
            return Problems.Of(415, "This content type is not taken", "Send application/cloudevents+json, or application/cloudevents-batch+json with an array.");
        }

        if (context.Request.ContentLength > MostBytes) return TooLarge();
        JsonDocument document;
        try
        {
            using var body = new MemoryStream();
            if (!await CopyBoundedAsync(context.Request.Body, body, cancellation)) return TooLarge();
            document = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length), new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException e)
        {
            return Problems.BadRequest("The body is not valid JSON", $"Line {e.LineNumber + 1}: {e.Message}");
        }

        using (document)
        {
            if (batch != (document.RootElement.ValueKind == JsonValueKind.Array))
                return Problems.BadRequest("The body is not what its content type says", "A batch is an array, a single event an object.");
            var events = batch ? [.. document.RootElement.EnumerateArray()] : new[] { document.RootElement };
            if (events.Length > MostEvents) return TooLarge();
            try
            {
                return await StoreAsync(gateway, events, cancellation);
            }
            catch (StorageException e)
            {
                // Nothing of the batch is stored, and the gateway has to keep it.
                log.UsageNotStored(gateway, e.Message);
                return Problems.Of(503, "The books cannot take this now", "Keep the events and send them again later.");
            }
        }
    }

    private async Task<IResult> StoreAsync(string gateway, JsonElement[] events, CancellationToken cancellation)
    {
        var results = new List<object>(events.Length);
        int accepted = 0, duplicates = 0, conflicts = 0, refused = 0;
        var salt = await books.WriteAsync(Salt, cancellation);
        var bodies = new List<byte>();
        var (taken, places) = (new List<AppendedEvent>(), new List<int>());
        for (var i = 0; i < events.Length; i++)
        {
            if (!TryRead(events[i], gateway, salt, out var usage, out var problem))
            {
                refused++;
                results.Add(new { index = i, status = "refused", problem });
                continue;
            }

            var encoded = EventBody.Encode(usage);
            taken.Add(new AppendedEvent(usage.Identity(), bodies.Count, encoded.Length, Hold.None));
            places.Add(i);
            bodies.AddRange(encoded);
        }

        AppendedEvent[] appended = [.. taken];
        var number = options.Gateways.ToList().FindIndex(known => known.Name == gateway) + 1;
        if (appended.Length > 0) await journal.AppendAsync(new UsageAppend(number, bodies.ToArray(), appended));
        for (var i = 0; i < appended.Length; i++)
        {
            var verdict = appended[i].Verdict;
            if (verdict == Verdict.Accepted) accepted++;
            else if (verdict == Verdict.Duplicate) duplicates++;
            else conflicts++;
            results.Add(new { index = places[i], status = verdict.ToString().ToLowerInvariant(), problem = verdict == Verdict.Conflict ? "source and id are known with another content" : null });
        }

        log.UsageTaken(gateway, accepted, duplicates, refused + conflicts);
        var body = new { accepted, duplicates, conflicts, refused, results };
        if (accepted + duplicates > 0 || events.Length == 0) return Results.Json(body, statusCode: StatusCodes.Status202Accepted);
        return Results.Json(body, statusCode: conflicts > 0 ? StatusCodes.Status409Conflict : StatusCodes.Status400BadRequest);
    }

    private static bool TryRead(JsonElement e, string gateway, byte[] salt, out MeteredEvent usage, out string? problem)
    {
        usage = null!;
        problem = null;
        if (e.ValueKind != JsonValueKind.Object)
        {
            problem = "an event is an object";
            return false;
        }

        try
        {
            if (Text(e, "specversion") != "1.0") throw new FormatException("specversion: only 1.0 is taken");
            var data = e.TryGetProperty("data", out var given) && given.ValueKind == JsonValueKind.Object ? given : throw new FormatException("data: an object is missing");
            if (!Hash32.TryParse(Text(data, "modelId"), out var model)) throw new FormatException("data.modelId: 0x and 64 hexadecimal digits are needed");
            var time = Text(e, "time");
            if (!DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)) throw new FormatException("time: a time in the form of RFC 3339 is needed");
            _ = gateway;
            usage = new MeteredEvent
            {
                Source = Text(e, "source"),
                Id = Text(e, "id"),
                Type = Text(e, "type"),
                Model = new ModelId(model),
                Domain = Text(data, "domain"),
                Outcome = Text(data, "outcome"),
                Units = (ulong)Units(data),
                Consumer = Consumer(e, salt),
                Time = (ulong)DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeSeconds(),
                Payment = PaymentOf(data),
            };
            return true;
        }
        catch (FormatException wrong)
        {
            problem = wrong.Message;
            return false;
        }
        catch (InvalidOperationException)
        {
            problem = "a name in it is not valid Unicode";
            return false;
        }
    }

    private static string Text(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String) throw new FormatException($"{name}: a text is needed");
        var text = TextOf(value, name);
        if (text.Length is 0 or > LongestText) throw new FormatException($"{name}: 1 to {LongestText} characters are taken");
        // Texts go into lines that are hashed: what no line can hold is not taken. A NUL would end a text in the database too.
        return CanonicalText.IsValid(text) ? text : throw new FormatException($"{name}: control characters and broken Unicode are not taken");
    }

    private static string TextOf(JsonElement value, string name)
    {
        try
        {
            return value.GetString() ?? string.Empty;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException($"{name}: the text is not valid Unicode", e);
        }
    }

    private static UInt256 Units(JsonElement data)
    {
        if (!data.TryGetProperty("units", out var value)) throw new FormatException("units: a whole number is needed");
        var text = value.ValueKind == JsonValueKind.String ? TextOf(value, "units") : value.GetRawText();
        // As many bits as a batch's line of usage has for them; no number of events overflows their sum.
        return UInt256.TryParse(text, out var units) && units <= ulong.MaxValue ? units : throw new FormatException("units: a whole number, not negative, of at most 64 bits is needed");
    }

    /// <summary>Consumers are kept as salted hashes: the books say that somebody came back, not who.</summary>
    private static Hash32 Consumer(JsonElement e, byte[] salt)
    {
        if (!e.TryGetProperty("subject", out var subject)) return Hash32.Zero;
        if (subject.ValueKind != JsonValueKind.String) throw new FormatException("subject: a text is needed");
        var hasher = new Keccak256Hasher();
        hasher.Append(salt);
        hasher.Append(System.Text.Encoding.UTF8.GetBytes(Text(e, "subject")));
        return hasher.Finish();
    }

    private static Hash32 PaymentOf(JsonElement data)
    {
        if (!data.TryGetProperty("payment", out var payment)) return Hash32.Zero;
        if (payment.ValueKind != JsonValueKind.Object || !payment.TryGetProperty("txHash", out var hash)) throw new FormatException("payment: an object with txHash is needed");
        return hash.ValueKind == JsonValueKind.String && Hash32.TryParse(TextOf(hash, "payment.txHash"), out var parsed)
            ? parsed
            : throw new FormatException("payment.txHash: 0x and 64 hexadecimal digits are needed");
    }

    private static byte[] Salt(BooksSession session)
    {
        if (session.Meta.Get("consumer salt") is { } known) return known;
        var salt = RandomNumberGenerator.GetBytes(32);
        session.Meta.Set("consumer salt", salt);
        return salt;
    }

    private static async Task<bool> CopyBoundedAsync(Stream source, MemoryStream destination, CancellationToken cancellation)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await source.ReadAsync(buffer, cancellation)) > 0)
        {
            if (destination.Length + read > MostBytes) return false;
            destination.Write(buffer, 0, read);
        }

        return true;
    }

    private static IResult TooLarge() => Problems.Of(413, "The request is too large", $"Send at most {MostEvents} events and {MostBytes} bytes at once.");

    private string? Authenticate(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.Ordinal)) return null;
        var given = Keccak256.HashText(header[Scheme.Length..]).ToArray();
        foreach (var gateway in options.Gateways)
        {
            // Hashes of fixed length, compared in constant time: the answer's timing tells nothing of a key.
            if (CryptographicOperations.FixedTimeEquals(given, gateway.KeyHash.ToArray())) return gateway.Name;
        }

        return null;
    }
}
