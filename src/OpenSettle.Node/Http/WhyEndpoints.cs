using OpenSettle.Storage;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using OpenSettle.Node.Earnings;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Http;

/// <summary>Why an account earned what it did in an epoch: down to models, reasons and payments, in exact parts.</summary>
internal sealed class WhyEndpoints(WhyService why, IBooks books, AccountEarnings earnings, IOptions<JsonOptions> json)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(
                "/api/v1/accounts/{account}/why",
                (WhyEndpoints endpoints, HttpContext context, string account, string? epoch, string? token, string? model, string? group, string? after, string? limit, CancellationToken cancellation) =>
                    endpoints.AnswerAsync(context, new Query(account, epoch, token, model, group, after, limit), cancellation))
            .For(Access.Public).Costs(20).Pages(EarningsQuery.MostRows, EarningsQuery.UsualRows).WithName("getWhy").WithSummary("Why an account earned what it did in an epoch: models, reasons, payments, and one rounding line").Produces<WhyAnswer>();

    private sealed record Query(string Account, string? Epoch, string? Token, string? Model, string? Group, string? After, string? Limit);

    private async Task<IResult> AnswerAsync(HttpContext context, Query query, CancellationToken cancellation)
    {
        if (!EarningsQuery.TryAccount(query.Account, out var account, out var refusal)
            || !EarningsQuery.TryNumber("epoch", query.Epoch, 1, long.MaxValue, out var number, out refusal)
            || !EarningsQuery.TryToken("token", query.Token, out var token, out refusal)
            || !EarningsQuery.TryModel(query.Model, out var model, out refusal)
            || !EarningsQuery.TryLimit(query.Limit, out var most, out refusal)) return refusal;
        var epoch = books.Read(session => number is { } wanted ? session.Epochs.Get(wanted) : session.Epochs.LatestActive());
        if (epoch is null) return number is null ? Problems.NotFound("No epoch is active yet", "Ask again once GET /api/v1/status shows an activeEpoch.") : Problems.NotFound($"There is no epoch {number}", "GET /api/v1/epochs lists those that there are.");
        if (!epoch.IsActive) return Problems.NotFound($"Epoch {epoch.Number} is not active", "What it gives is not decided before. Ask again later, or for an earlier one.");
        try
        {
            var prepared = await why.PrepareAsync(epoch, cancellation);
            var explained = why.Explain(prepared, account, token);
            var answer = query.Group is { } group ? await PaymentsAsync(prepared, account, explained, token, group, query.After, most, cancellation) : Whole(prepared, account, explained, model, query.After, most);
            return answer as IResult ?? Send(context, answer, query.Epoch is not null);
        }
        catch (WhyUnavailableException e)
        {
            if (!e.IsOurs) return Problems.Of(StatusCodes.Status503ServiceUnavailable, "It cannot be told now", e.Message);
            return Problems.Of(StatusCodes.Status500InternalServerError, "The node's books and the epoch's bundle do not agree", $"Nothing is answered that does not add up. Whoever runs the node sees an alert. {e.Message}");
        }
    }

    private object Whole(ExplainedEpoch prepared, Address account, IReadOnlyList<ExplainedToken> explained, ModelId? model, string? after, int most)
    {
        if (!EarningsQuery.TryNumber("after", after, 0, int.MaxValue, out var first, out var refusal)) return refusal;
        return new WhyAnswer(
            account.ToChecksumString(), prepared.Epoch.Number, prepared.Epoch.Root.ToString(), prepared.Epoch.BundleHash.ToString(),
            [.. explained.Select(one => WhyText.Describe(prepared, one, earnings.Describe(one.Token), model, (int)(first ?? 0), most))]);
    }

    private async Task<object> PaymentsAsync(
        ExplainedEpoch prepared, Address account, IReadOnlyList<ExplainedToken> explained, Address? token, string group, string? after, int most, CancellationToken cancellation)
    {
        if (token is null) return Problems.BadRequest("'token' is missing", "A group is of one token: name it as token=0x…");
        if (!TryPosition(after, out var place)) return Problems.BadRequest("'after' is not a place", "It is the 'next' of the page before: a block and a log's number, 123.4.");
        var part = explained.SelectMany(one => one.Why.Groups).FirstOrDefault(one => WhyText.NameOf(one.Group) == group);
        if (part is null) return Problems.NotFound("The account has no part in such a group", "Without 'group' the answer names those that there are.");
        var payments = await why.PaymentsAsync(prepared.Epoch, part.Group.Key, place, most + 1, cancellation);
        var last = payments.Count > most ? payments[most - 1].Settled.Payment.At : (LogPosition?)null;
        return new WhyPaymentsAnswer(
            account.ToChecksumString(), prepared.Epoch.Number, prepared.Epoch.BundleHash.ToString(), part.Group.Token.ToChecksumString(), group, ExactText.Of(part.Part),
            [.. payments.Take(most).Select(payment => WhyText.Describe(payment, part.Part))],
            last is { } at ? string.Create(CultureInfo.InvariantCulture, $"{at.Block}.{at.LogIndex}") : null);
    }

    /// <summary>Of an active epoch it is the same for ever.</summary>
    private IResult Send(HttpContext context, object answer, bool isNamed)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType(), json.Value.SerializerOptions);
        return Answers.Bytes(context, bytes, isNamed ? Answers.Forever : Answers.AskAgain);
    }

    private static bool TryPosition(string? text, out LogPosition? place)
    {
        place = null;
        if (text is null) return true;
        var parts = text.Split('.');
        if (parts.Length != 2 || !ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var block) || !uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index)) return false;
        place = new LogPosition(block, index);
        return true;
    }
}
