using System.Globalization;
using OpenSettle.Node.Configuration;
using OpenSettle.Storage.Sqlite;

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
        routes.MapGet("/readyz", Ready).For(Access.Public).WithName("isReady").WithSummary("Whether it settles, or why not, with warnings").Produces<ReadyAnswer>().Produces<ReadyAnswer>(503);
    }

    /// <summary>A node whose settlement stopped is well: it serves what it knows, and a new start would stop again.</summary>
    private static IResult Healthy(NodeState state, NodeOptions options, TimeProvider time)
    {
        if (state.Halted is not null || state.MovedAt is not { } moved) return Results.Text("ok\n");
        var still = time.GetUtcNow() - moved;
        return still <= options.Poll + LongestStep
            ? Results.Text("ok\n")
            : Results.Text(string.Create(CultureInfo.InvariantCulture, $"the pipeline has not moved for {(long)still.TotalSeconds} s\n"), statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Ready(NodeState state, SqliteBooks books, TimeProvider time)
    {
        var reasons = Reasons(state, books, time).ToList();
        var warnings = state.Alerts.All.Select(alert => $"{alert.Name}: {alert.Message}").ToList();
        return Results.Json(new ReadyAnswer(reasons.Count == 0, reasons, warnings), statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static IEnumerable<string> Reasons(NodeState state, SqliteBooks books, TimeProvider time)
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

    private static ulong Behind(ulong final, SqliteBooks books) =>
        books.Read(session => session.Chain.Cursor()) is { } cursor ? (final > cursor.Block ? final - cursor.Block : 0) : 0;
}
