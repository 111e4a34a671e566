using System.Globalization;
using OpenSettle.Metering;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Http;

/// <summary>What anybody may read of usage: sums by model, and how much waits for what.</summary>
internal sealed class UsageReadEndpoints(SqliteBooks books, IUsageJournal usage, NodeState state, NodeOptions options, TimeProvider time)
{
    private const int MostRows = 10_000;
    private const int DaysByDefault = 30;
    private const int SecondsOfDay = 86_400;
    private const string DayForm = "yyyy-MM-dd";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/quarantine", (UsageReadEndpoints reads) => reads.Quarantine());
        routes.MapGet("/api/v1/models/{id}/usage", (UsageReadEndpoints reads, string id, string? from, string? to) => reads.Model(id, from, to));
    }

    /// <summary>Counts alone: the events themselves are their gateway's.</summary>
    private IResult Quarantine()
    {
        var gateways = usage.Gateways().ToDictionary(gateway => gateway.Id, gateway => gateway.Address);
        var rule = new HoldRule(state, options, time);
        var groups = usage.Held()
            .Select(group => (Reason: ReasonNow(rule, group, gateways.GetValueOrDefault(group.Gateway)), group.Model, group.Gateway, group.Events))
            .GroupBy(group => (group.Reason, group.Model, group.Gateway), group => group.Events)
            .OrderBy(group => group.Key.Reason).ThenBy(group => group.Key.Model).ThenBy(group => group.Key.Gateway)
            .Select(group => new
            {
                reason = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(group.Key.Reason.ToString()),
                model = group.Key.Model.ToString(),
                gateway = new { id = group.Key.Gateway, address = Named(gateways.GetValueOrDefault(group.Key.Gateway)) },
                events = group.Sum(),
            });
        var totals = usage.Totals;
        return Results.Ok(new { events = totals.Held, conflicts = totals.Conflicts, groups });
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
        return Results.Ok(new
        {
            model = model.ToString(),
            from = DayText(first),
            to = DayText(last),
            total = Describe(Sum(rollups.Select(row => row.Sums))),
            usage = rollups.Select(row => new { day = DayText(row.Key.Day), domain = row.Key.Domain, payer = Named(row.Key.Payer), sums = Describe(row.Sums) }),
            revenue = revenue.GroupBy(row => row.Key.Token).Select(token => new
            {
                token = token.Key.ToChecksumString(),
                payments = token.Sum(row => row.Sums.Payments),
                paid = token.Aggregate(UInt256.Zero, (sum, row) => sum + row.Sums.Paid).ToString(),
                rows = token.Select(row => new { day = DayText(row.Key.Day), payer = Named(row.Key.Payer), payments = row.Sums.Payments, paid = row.Sums.Paid.ToString() }),
            }),
        });
    }

    private static RollupSums Sum(IEnumerable<RollupSums> parts)
    {
        var all = new RollupSums();
        foreach (var part in parts) all.Merge(part);
        return all;
    }

    private static object Describe(RollupSums sums) => new
    {
        uses = sums.Uses,
        signed = sums.Signed,
        units = sums.Units.ToString(),
        successes = sums.Successes,
        trials = sums.Trials,
        consumers = new { count = sums.Consumers.Count(), exact = sums.Consumers.IsExact, standardError = sums.Consumers.IsExact ? null : ConsumerCount.StandardError },
    };

    private static string? Named(Address account) => account.IsZero ? null : account.ToChecksumString();

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
