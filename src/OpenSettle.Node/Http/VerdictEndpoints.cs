using System.ComponentModel;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>What a witness found of proposals and candidates.</summary>
internal static class VerdictEndpoints
{
    private const int UsualRows = 50;
    private const int MostRows = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/verdicts", List).For(Access.Public).Pages(MostRows, UsualRows)
            .WithName("getVerdicts").WithSummary("What this node found when it recomputed proposals and candidates, newest epochs first; empty where it neither attests nor watches").Produces<VerdictsAnswer>();
    }

    public static VerdictAnswer Describe(EpochVerdict verdict) =>
        new(verdict.Epoch, verdict.Attempt, verdict.Root, verdict.BundleHash, verdict.Agrees, verdict.Difference, verdict.Time);

    private static IResult List(HttpContext context, IBooks books, string? before, string? limit)
    {
        if (!Paging.TryNumber(before, long.MaxValue, out var number)) return Problems.BadRequest("'before' is not an epoch's number", "It is a whole number: the verdicts of earlier epochs follow.");
        if (!Paging.TryLimit(limit, UsualRows, MostRows, out var most, out var refusal)) return refusal ?? throw new InvalidOperationException("A limit was refused without a word.");
        var rows = books.Read(session => session.Verdicts.List(most + 1, number));
        // A page ends with a whole epoch: its attempts and candidates are few.
        var shown = rows.Count <= most ? rows : [.. rows.Where(row => row.Epoch > rows[^1].Epoch)];
        if (shown.Count == 0) shown = [.. rows.Take(most)];
        if (rows.Count > most) Paging.Next(context, ("before", Paging.Text(shown[^1].Epoch)));
        return Answers.Json(new VerdictsAnswer([.. shown.Select(Describe)]));
    }
}

internal sealed record VerdictsAnswer(IReadOnlyList<VerdictAnswer> Verdicts);

internal sealed record VerdictAnswer(
    ulong Epoch,
    uint Attempt,
    Hash32 Root,
    Hash32 BundleHash,
    bool Agrees,
    [Description("The first thing that differs; absent where nothing does.")] string? Difference,
    [Description("The chain's time when it was judged, in seconds since 1970.")] ulong Time);
