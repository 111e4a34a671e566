using System.Globalization;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Storage;

namespace OpenSettle.Node.Http;

/// <summary>Whether the process is alive, and whether it settles. Both are asked by machines, and read by people.</summary>
internal static class HealthEndpoints
{
    /// <summary>A step that takes longer, beyond the pause between two turns, hangs.</summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(5);

    /// <summary>Usage that was refused longer ago says nothing of now.</summary>
    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(30);

    /// <summary>Final blocks that the books may be behind: a few are every look's.</summary>
    private const ulong FarBehind = 256;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", Healthy).For(Access.Public).WithName("isHealthy").WithSummary("Whether the process is alive").Produces<string>(200, "text/plain").Produces<string>(503, "text/plain");
        routes.MapGet("/readyz", Ready).For(Access.Public).WithName("isReady").WithSummary("Whether it settles, or why not, with warnings").Produces<Readiness>().Produces<Readiness>(503);
    }

    private static IResult Healthy(NodeState state, NodeOptions options, TimeProvider time) =>
        Standstill(state, options, time) is { } why ? Results.Text($"{why}\n", statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ok\n");

    /// <summary>Why the process has to be started again, or null. A node whose settlement stopped is well: it serves what it knows, and a new start would stop again.</summary>
    internal static string? Standstill(NodeState state, NodeOptions options, TimeProvider time)
    {
        if (state.Halted is not null || state.MovedAt is not { } moved) return null;
        var still = time.GetUtcNow() - moved;
        return still <= options.Poll + LongestStep ? null : string.Create(CultureInfo.InvariantCulture, $"the pipeline has not moved for {(long)still.TotalSeconds} s");
    }

    private static IResult Ready(NodeState state, IBooks books, Leadership leadership, TimeProvider time)
    {
        var readiness = ReadinessOf(state, books, leadership, time);
        return Results.Json(readiness, statusCode: readiness.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    internal static Readiness ReadinessOf(NodeState state, IBooks books, Leadership? leadership, TimeProvider time)
    {
        var reasons = Reasons(state, books, time).ToArray();
        return new Readiness(reasons.Length == 0, reasons, [.. state.Alerts.All.Select(alert => $"{alert.Name}: {alert.Message}")], leadership is null ? null : LeadingText.Of(leadership));
    }

    private static IEnumerable<string> Reasons(NodeState state, IBooks books, TimeProvider time)
    {
        if (state.Halted is { } halted) yield return halted;
        if (state.IsStopping) yield return "the node is stopping";
        // What came before a halt explains nothing any more.
        if (state.Halted is not null) yield break;
        if (state.Trouble is { } trouble) yield return trouble;
        if (state.Held is { } held) yield return held;
        if (state.Watch is not { } watch) yield return "the chain was not read yet";
        else if (Behind(watch.AgreedFinal, books) is > FarBehind and var behind) yield return $"the books are {behind} final blocks behind the chain";
        if (state.UsageRefused is { } refused && (refused.At is not { } at || time.GetUtcNow() - at < Recently)) yield return $"usage cannot be stored: {refused.Why}";
    }

    private static ulong Behind(ulong final, IBooks books) =>
        books.Read(session => session.Chain.Cursor()) is { } cursor ? (final > cursor.Block ? final - cursor.Block : 0) : 0;
}

/// <summary>Whether a node settles, or serves where others do; why not, and what a person has to see to.</summary>
/// <param name="Leading">Where several nodes share a database: whether this one leads, or who does.</param>
internal sealed record Readiness(bool Ready, IReadOnlyList<string> Reasons, IReadOnlyList<string> Warnings, string? Leading = null);
