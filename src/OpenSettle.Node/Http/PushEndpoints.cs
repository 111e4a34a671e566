using System.Globalization;
using System.Text.Json;
using OpenSettle.Storage;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Http;

/// <summary>What became of pushes: above all those that were refused, which their accounts can take.</summary>
internal static class PushEndpoints
{
    private const int MostRows = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/pushes/refused", (SqliteBooks books, int? limit) => books.Read(session => session.Pushes.Refused(Limit(limit)).Select(Describe).ToList()));
        routes.MapGet("/api/v1/epochs/{number}/pushes", OfEpoch);
    }

    /// <summary>For the status: how many there are of each kind in the newest epoch that has any, and why they wait.</summary>
    public static object? Describe(NodeState state, BooksSession session)
    {
        var refused = session.Pushes.RefusingAccounts().Count;
        return state.PushWaits is null && refused == 0 ? null : new { waits = state.PushWaits, refusingAccounts = refused };
    }

    private static IResult OfEpoch(string number, SqliteBooks books, ulong? from, int? limit)
    {
        if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) || epoch > long.MaxValue)
            return Problems.BadRequest("That is not an epoch's number", "An epoch's number is a whole number from 1.");
        return books.Read(session => session.Epochs.Get(epoch) is null
            ? Problems.NotFound($"There is no epoch {epoch}", "GET /api/v1/epochs lists those that there are.")
            : Results.Ok(new
            {
                epoch,
                counts = session.Pushes.Counts(epoch).ToDictionary(pair => Name(pair.Key), pair => pair.Value),
                entries = session.Pushes.Range(epoch, Math.Min(from ?? 0, long.MaxValue), (ulong)Limit(limit)).Select(Describe),
            }));
    }

    private static object Describe(PushRow row) => new
    {
        epoch = row.Epoch,
        entry = row.Index,
        account = row.Account.ToChecksumString(),
        recipient = row.Recipient.ToChecksumString(),
        token = row.Token.ToChecksumString(),
        amount = row.Amount.ToString(),
        state = Name(row.State),
    };

    private static int Limit(int? wanted) => Math.Clamp(wanted ?? 50, 1, MostRows);

    private static string Name(PushState state) => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());
}
