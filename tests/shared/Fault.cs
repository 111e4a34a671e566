using System.Text.Json.Nodes;

namespace OpenSettle.Tests.Shared;

/// <summary>A call on its way through a <see cref="FaultProxy"/>.</summary>
internal sealed record ProxiedCall(string Method, JsonArray Parameters)
{
    /// <summary>The first parameter as text; empty where it is none.</summary>
    public string First => Parameters.Count > 0 && Parameters[0] is JsonValue value && value.TryGetValue<string>(out var text) ? text : string.Empty;
}

/// <summary>What becomes of a call. In a batch, what concerns the connection concerns the whole batch.</summary>
internal abstract record Fault
{
    /// <summary>None.</summary>
    public static Fault Pass { get; } = new Passed();

    /// <summary>The result is null.</summary>
    public static Fault Null { get; } = Change(_ => null);

    /// <summary>The result is an empty list.</summary>
    public static Fault Empty { get; } = Change(_ => new JsonArray());

    /// <summary>The last item of a list is missing.</summary>
    public static Fault LastMissing { get; } = List(items => items.Take(items.Count - 1));

    /// <summary>Each item of a list comes twice.</summary>
    public static Fault Doubled { get; } = List(items => items.SelectMany(item => new[] { item, item?.DeepClone() }));

    /// <summary>A list comes in the wrong order.</summary>
    public static Fault Reversed { get; } = List(items => items.Reverse());

    /// <summary>The body ends in the middle; its length promises all of it.</summary>
    public static Fault Cut { get; } = new CutShort();

    /// <summary>The connection is reset, and the node has not heard of the call.</summary>
    public static Fault Reset { get; } = new ResetConnection(Forward: false);

    /// <summary>The connection is reset after the node did what was asked.</summary>
    public static Fault ResetAfter { get; } = new ResetConnection(Forward: true);

    /// <summary>The node does what was asked, and nobody ever hears of it.</summary>
    public static Fault Silence { get; } = new NoAnswer(Forward: true);

    /// <summary>Neither does the node hear of it, nor is it ever answered.</summary>
    public static Fault Hang { get; } = new NoAnswer(Forward: false);

    /// <summary>A transaction is answered with its hash, and the node never sees it.</summary>
    public static Fault DropTransaction { get; } = new DroppedTransaction();

    /// <summary>The result becomes what the function makes of it; it may change its argument.</summary>
    public static Fault Change(Func<JsonNode?, JsonNode?> change) => new Changed((_, result) => change(result));

    /// <summary>As <see cref="Change(Func{JsonNode?, JsonNode?})"/>, by a function that sees the call.</summary>
    public static Fault Change(Func<ProxiedCall, JsonNode?, JsonNode?> change) => new Changed(change);

    /// <summary>A field of an object is another.</summary>
    public static Fault With(string field, string value) => Change(result =>
    {
        if (result is JsonObject fields) fields[field] = value;
        return result;
    });

    /// <summary>An error in place of a result; the node has not heard of the call.</summary>
    public static Fault Error(long code, string message) => new ErrorAnswer(code, message);

    /// <summary>HTTP 429.</summary>
    public static Fault TooMany(int? retryAfterSeconds = null) =>
        new StatusAnswer(429, retryAfterSeconds is { } seconds ? $"Retry-After: {seconds}\r\n" : string.Empty);

    /// <summary>Another status of HTTP, with a page instead of an answer.</summary>
    public static Fault Status(int status) => new StatusAnswer(status, string.Empty);

    /// <summary>The answer comes byte by byte.</summary>
    public static Fault Drip(TimeSpan pause = default) => new SlowAnswer(pause);

    private static Fault List(Func<JsonArray, IEnumerable<JsonNode?>> change) => Change(result =>
    {
        if (result is not JsonArray { Count: > 0 } items) return result;
        var changed = change(items).ToArray();
        // A node has one parent.
        items.Clear();
        return new JsonArray(changed);
    });

    internal sealed record Passed : Fault;

    internal sealed record Changed(Func<ProxiedCall, JsonNode?, JsonNode?> Function) : Fault;

    internal sealed record ErrorAnswer(long Code, string Message) : Fault;

    internal sealed record DroppedTransaction : Fault;

    /// <summary>Concerns the connection.</summary>
    internal abstract record Connection : Fault;

    internal sealed record CutShort : Connection;

    internal sealed record ResetConnection(bool Forward) : Connection;

    internal sealed record NoAnswer(bool Forward) : Connection;

    internal sealed record StatusAnswer(int Code, string Headers) : Connection;

    internal sealed record SlowAnswer(TimeSpan Pause) : Connection;
}
