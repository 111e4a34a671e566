using System.Globalization;
using System.Text.Json;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>What became of pushes: above all those that were refused, which their accounts can take.</summary>
internal static class PushEndpoints
{
    private const int MostRows = 500;
    private const int UsualRows = 50;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/pushes/refused", Refused).For(Access.Public).Costs(2)
            .WithName("listRefusedPushes").WithSummary("Push entries that were refused and not taken since, oldest first").Pages(MostRows, UsualRows).Produces<IReadOnlyList<PushAnswer>>();
        routes.MapGet("/api/v1/epochs/{number}/pushes", OfEpoch).For(Access.Public).Costs(2)
            .WithName("listEpochPushes").WithSummary("An epoch's push entries, and how many are open, paid, refused, taken").Pages(MostRows, UsualRows).Produces<EpochPushesAnswer>();
    }

    /// <summary>For the status: how many there are of each kind in the newest epoch that has any, and why they wait.</summary>
    public static PushStateAnswer? Describe(NodeState state, BooksSession session)
    {
        var refused = session.Pushes.RefusingAccounts().Count;
        return state.PushWaits is null && refused == 0 ? null : new PushStateAnswer(state.PushWaits, refused);
    }

    private static IResult Refused(HttpContext context, IBooks books, string? limit, string? after)
    {
        if (!Paging.TryLimit(limit, UsualRows, MostRows, out var most, out var refusal)) return refusal ?? BadPlace();
        var start = (Epoch: 0UL, Entry: 0UL);
        if (after is not null && !TryPlace(after, out start)) return BadPlace();
        var rows = books.Read(session => session.Pushes.Refused(most + 1, after is null ? null : start));
        if (rows.Count > most) Paging.Next(context, ("after", string.Create(CultureInfo.InvariantCulture, $"{rows[most - 1].Epoch}.{rows[most - 1].Index}")));
        return Answers.Json<IReadOnlyList<PushAnswer>>([.. rows.Take(most).Select(Describe)]);
    }

    private static IResult OfEpoch(HttpContext context, string number, IBooks books, string? from, string? limit)
    {
        if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) || epoch > long.MaxValue)
            return Problems.BadRequest("That is not an epoch's number", "An epoch's number is a whole number from 1.");
        if (!Paging.TryLimit(limit, UsualRows, MostRows, out var most, out var refusal)) return refusal ?? BadPlace();
        if (!Paging.TryNumber(from, 0, out var first)) return Problems.BadRequest("'from' is not an entry's number", "Entries are numbered from 0.");
        return books.Read(session =>
        {
            if (session.Epochs.Get(epoch) is null) return Problems.NotFound($"There is no epoch {epoch}", "GET /api/v1/epochs lists those that there are.");
            var rows = session.Pushes.Range(epoch, first, (ulong)most + 1);
            if (rows.Count > most) Paging.Next(context, ("from", Paging.Text(rows[most].Index)));
            return Answers.Json(new EpochPushesAnswer(epoch, session.Pushes.Counts(epoch).ToDictionary(pair => Name(pair.Key), pair => pair.Value), [.. rows.Take(most).Select(Describe)]));
        });
    }

    private static PushAnswer Describe(PushRow row) => new(row.Epoch, row.Index, row.Account, row.Recipient, row.Token, row.Amount, row.State);

    private static bool TryPlace(string text, out (ulong Epoch, ulong Entry) place)
    {
        place = default;
        if (text.Split('.') is not [var epoch, var entry] || !Paging.TryNumber(epoch, 0, out var number) || !Paging.TryNumber(entry, 0, out var index)) return false;
        place = (number, index);
        return true;
    }

    private static IResult BadPlace() => Problems.BadRequest("'after' is no place in the order", "Follow the Link header of the page before as it is.");

    private static string Name(PushState state) => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());
}
