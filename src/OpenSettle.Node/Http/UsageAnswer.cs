using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text.Json;
using OpenSettle.Node.Usage;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>How many events of a request became what.</summary>
/// <param name="Queued">Those that went into the queue: what becomes of each is not known yet. Null where they went into the journal.</param>
internal readonly record struct UsageCounts(int Accepted, int Held, int Duplicates, int Conflicts, int Refused, int? Queued = null);

/// <summary>The answer to a request of usage: counts, and every event that was not simply accepted.</summary>
internal static class UsageAnswer
{
    /// <summary>Adds up what the journal said, and tells of what is not simply accepted.</summary>
    public static UsageCounts Count(UsageRequest request, ReadOnlySpan<AppendedEvent> events)
    {
        int accepted = 0, held = 0, duplicates = 0, conflicts = 0;
        var refused = request.Problems.Count;
        for (var i = 0; i < events.Length; i++)
        {
            switch (events[i].Verdict)
            {
                case Verdict.Accepted:
                    accepted++;
                    break;
                case Verdict.Held:
                    held++;
                    request.Problems.Add(new EventProblem(request.IndexOf(i), null, "held", Why(events[i].Hold)));
                    break;
                case Verdict.Duplicate:
                    duplicates++;
                    request.Problems.Add(new EventProblem(request.IndexOf(i), null, "duplicate", "it is known already, the same"));
                    break;
                case Verdict.Conflict:
                    conflicts++;
                    request.Problems.Add(new EventProblem(request.IndexOf(i), null, "conflict", "source and id are known with another content"));
                    break;
                default:
                    throw new InvalidOperationException("The journal said nothing of an event.");
            }
        }

        if (request.Problems.Count > refused && refused > 0) request.Problems.Sort(static (left, right) => left.Index.CompareTo(right.Index));
        return new UsageCounts(accepted, held, duplicates, conflicts, refused);
    }

    /// <summary>Adds up what the journal said of events that nobody is told of one by one.</summary>
    public static UsageCounts Count(ReadOnlySpan<AppendedEvent> events)
    {
        int accepted = 0, held = 0, duplicates = 0, conflicts = 0;
        foreach (var e in events)
        {
            if (e.Verdict == Verdict.Accepted) accepted++;
            else if (e.Verdict == Verdict.Held) held++;
            else if (e.Verdict == Verdict.Duplicate) duplicates++;
            else if (e.Verdict == Verdict.Conflict) conflicts++;
            else throw new InvalidOperationException("The journal said nothing of an event.");
        }

        return new UsageCounts(accepted, held, duplicates, conflicts, 0);
    }

    /// <summary>Writes the answer of a request that was taken, or of which nothing was good: then with what to do.</summary>
    public static async Task WriteAsync(HttpContext context, int status, UsageCounts counts, IReadOnlyList<EventProblem> problems, string? title = null, string? remedy = null)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = title is null ? "application/json" : "application/problem+json";
        if (problems.Count == 0 && title is null) response.ContentLength = WritePlain(response.BodyWriter, counts);
        else WriteAll(response.BodyWriter, status, counts, problems, title, remedy);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>The same as the other, without a serializer: this is what nearly every request is answered.</summary>
    private static long WritePlain(PipeWriter writer, UsageCounts counts)
    {
        var room = writer.GetSpan(192);
        var length = 0;
        Put(room, ref length, "{\"accepted\":"u8, counts.Accepted);
        Put(room, ref length, ",\"held\":"u8, counts.Held);
        Put(room, ref length, ",\"duplicates\":"u8, counts.Duplicates);
        Put(room, ref length, ",\"conflicts\":"u8, counts.Conflicts);
        Put(room, ref length, ",\"refused\":"u8, counts.Refused);
        if (counts.Queued is { } queued) Put(room, ref length, ",\"queued\":"u8, queued);
        ",\"problems\":[]}"u8.CopyTo(room[length..]);
        length += ",\"problems\":[]}"u8.Length;
        writer.Advance(length);
        return length;
    }

    private static void Put(Span<byte> room, ref int length, ReadOnlySpan<byte> name, int value)
    {
        name.CopyTo(room[length..]);
        length += name.Length;
        Utf8Formatter.TryFormat(value, room[length..], out var digits);
        length += digits;
    }

    private static void WriteAll(PipeWriter writer, int status, UsageCounts counts, IReadOnlyList<EventProblem> problems, string? title, string? remedy)
    {
        using var json = new Utf8JsonWriter(writer);
        json.WriteStartObject();
        if (title is not null)
        {
            json.WriteString("type", Problems.TypeOf(status));
            json.WriteString("title", title);
            json.WriteNumber("status", status);
            json.WriteString("detail", remedy);
        }

        json.WriteNumber("accepted", counts.Accepted);
        json.WriteNumber("held", counts.Held);
        json.WriteNumber("duplicates", counts.Duplicates);
        json.WriteNumber("conflicts", counts.Conflicts);
        json.WriteNumber("refused", counts.Refused);
        if (counts.Queued is { } queued) json.WriteNumber("queued", queued);
        json.WriteStartArray("problems");
        foreach (var problem in problems)
        {
            json.WriteStartObject();
            json.WriteNumber("index", problem.Index);
            if (problem.Field is not null) json.WriteString("field", problem.Field);
            json.WriteString("status", problem.Status);
            json.WriteString("reason", problem.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Why(Hold hold) => hold switch
    {
        Hold.UnknownModel => "it waits: the registry has no such model",
        Hold.UnlistedGateway => "it waits: the model does not list this gateway",
        Hold.BeyondHorizon => "it waits: by its time it is older than what is known of ids",
        Hold.AheadOfTime => "it waits: its time lies ahead",
        _ => "it waits",
    };
}
