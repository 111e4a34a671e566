using OpenSettle.Node.Earnings;

namespace OpenSettle.Node.Http;

/// <summary>How epochs went: what they brought and cost, their steps and transactions.</summary>
internal static class EpochEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/epochs/summary", (EpochHistory history, string? before, string? limit) =>
                !EarningsQuery.TryNumber("before", before, 1, long.MaxValue, out var number, out var refusal) || !EarningsQuery.TryLimit(limit, out var most, out refusal)
                    ? refusal
                    : Answers.Json(history.List(number, most)))
            .For(Access.Public).Costs(2).Pages(EarningsQuery.MostRows, EarningsQuery.UsualRows).WithName("getEpochSummary").WithSummary("Epochs with what they brought by token and cost, newest first").Produces<EpochsAnswer>();
        routes.MapGet("/api/v1/epochs/{number}/details", (EpochHistory history, string number) =>
                !EarningsQuery.TryNumber("number", number, 1, long.MaxValue, out var wanted, out var refusal)
                    ? refusal
                    : history.Find(wanted ?? 0) is { } details ? Answers.Json(details) : Problems.NotFound($"There is no epoch {wanted}", "GET /api/v1/epochs lists those that there are."))
            .For(Access.Public).WithName("getEpochDetails").WithSummary("One epoch, with its steps and this node's transactions for it").Produces<EpochDetails>();
    }
}
