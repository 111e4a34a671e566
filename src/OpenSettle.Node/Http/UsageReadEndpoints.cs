using OpenSettle.Storage;
using System.Globalization;
using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>What anybody may read of usage: sums by model, and how much waits for what.</summary>
internal sealed class UsageReadEndpoints(IBooks books, IUsageJournal usage, NodeState state, NodeOptions options, TimeProvider time)
{
    private const int MostRows = 10_000;
    private const int DaysByDefault = 30;
    private const int SecondsOfDay = 86_400;
    private const string DayForm = "yyyy-MM-dd";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/quarantine", (UsageReadEndpoints reads) => Answers.Json(reads.Quarantine()))
            .For(Access.Public).Costs(5).WithName("getQuarantine").WithSummary("How many events wait, by reason, model and gateway").Produces<QuarantineAnswer>();
        routes.MapGet("/api/v1/models/{id}/usage", (UsageReadEndpoints reads, string id, string? from, string? to) => reads.Model(id, from, to))
            .For(Access.Public).Costs(5).WithName("getModelUsage").WithSummary("Uses, units, successes and consumers by domain, day and payer, and revenue by token").Produces<ModelUsageAnswer>();
    }

    /// <summary>Counts alone: the events themselves are their gateway's.</summary>
    public QuarantineAnswer Quarantine()
    {
        var gateways = usage.Gateways().ToDictionary(gateway => gateway.Id, gateway => gateway.Address);
        var rule = new HoldRule(state, options, time);
        var groups = usage.Held()
            .Select(group => (Reason: ReasonNow(rule, group, gateways.GetValueOrDefault(group.Gateway)), group.Model, group.Gateway, group.Events))
            .GroupBy(group => (group.Reason, group.Model, group.Gateway), group => group.Events)
            .OrderBy(group => group.Key.Reason).ThenBy(group => group.Key.Model).ThenBy(group => group.Key.Gateway)
            .Select(group => new HeldGroupAnswer(group.Key.Reason, group.Key.Model, new HeldGatewayAnswer(group.Key.Gateway, Named(gateways.GetValueOrDefault(group.Key.Gateway))), group.Sum()));
        var totals = usage.Totals;
        return new QuarantineAnswer(totals.Held, totals.Conflicts, [.. groups]);
    }

    /// <summary>An event whose model was not known, and is now, waits until the model lists its gateway.</summary>
    private static Hold ReasonNow(HoldRule rule, HeldGroup group, Address gateway) =>
        group.Hold is Hold.UnknownModel or Hold.UnlistedGateway && rule.JudgeModel(group.Model, gateway) is not Hold.None and var reason ? reason : group.Hold;

    private IResult Model(string id, string? from, string? to)
    {
        if (!Hash32.TryParse(id, out var parsed)) return Problems.BadRequest("That is not a model id", "A model id is 0x and 64 hexadecimal digits.");
        var model = new ModelId(parsed);
        if (!state.Registry.TryGet(model, out _)) return Problems.NotFound("There is no such model", "GET /api/v1/models lists those that there are.");
        var last = Today();
        if (to is not null && !TryDay(to, out last) || !TryFirst(from, last, out var first)) return Problems.BadRequest("That is not a day", $"'from' and 'to' are days in UTC, {DayForm.ToUpperInvariant()}.");
        if (first > last) return Problems.BadRequest("These are no days", "'from' lies after 'to'.");
        var rollups = usage.Rollups(model, first, last);
        var revenue = books.Read(session => session.Revenue.Of(model, first, last));
        if (rollups.Count + revenue.Count > MostRows)
            return Problems.BadRequest("That is too much for one answer", $"There are {rollups.Count + revenue.Count} rows, and an answer has at most {MostRows}. Ask for fewer days.");
        return Answers.Json(new ModelUsageAnswer(
            model,
            DayText(first),
            DayText(last),
            Describe(Sum(rollups.Select(row => row.Sums))),
            [.. rollups.Select(row => new UseRowAnswer(DayText(row.Key.Day), row.Key.Domain, Named(row.Key.Payer), Describe(row.Sums)))],
            [
                .. revenue.GroupBy(row => row.Key.Token).Select(token => new RevenueAnswer(
                    token.Key,
                    token.Sum(row => row.Sums.Payments),
                    token.Aggregate(UInt256.Zero, (sum, row) => sum + row.Sums.Paid),
                    [.. token.Select(row => new RevenueRowAnswer(DayText(row.Key.Day), Named(row.Key.Payer), row.Sums.Payments, row.Sums.Paid))])),
            ]));
    }

    private static RollupSums Sum(IEnumerable<RollupSums> parts)
    {
        var all = new RollupSums();
        foreach (var part in parts) all.Merge(part);
        return all;
    }

    private static UseSumsAnswer Describe(RollupSums sums) => new(
        sums.Uses, sums.Signed, sums.Units, sums.Successes, sums.Trials,
        new ConsumersAnswer(sums.Consumers.Count(), sums.Consumers.IsExact, sums.Consumers.IsExact ? null : ConsumerCount.StandardError));

    private static Address? Named(Address account) => account.IsZero ? null : account;

    private uint Today() => (uint)(time.GetUtcNow().ToUnixTimeSeconds() / SecondsOfDay);

    private static bool TryFirst(string? from, uint last, out uint first)
    {
        first = last > DaysByDefault ? last - DaysByDefault : 0;
        return from is null || TryDay(from, out first);
    }

    private static bool TryDay(string text, out uint day)
    {
        day = 0;
        if (!DateOnly.TryParseExact(text, DayForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed) || parsed.DayNumber < DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) return false;
        day = (uint)(parsed.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);
        return true;
    }

    private static string DayText(uint day) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays((int)Math.Min(day, 2_900_000)).ToString(DayForm, CultureInfo.InvariantCulture);
}
