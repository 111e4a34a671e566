using System.Globalization;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>What anybody may read of money: payments, epochs, accounts. Amounts are decimal texts in the token's smallest unit.</summary>
internal static class ReadEndpoints
{
    private const int MostRows = 500;
    private const int UsualRows = 50;

    public static void MapReads(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/payments", Payments).For(Access.Public).Costs(2)
            .WithName("listPayments").WithSummary("Payments, newest first: whether each is final, and its epoch").Pages(MostRows, UsualRows).Produces<IReadOnlyList<PaymentAnswer>>();
        routes.MapGet("/api/v1/epochs", Epochs).For(Access.Public).Costs(2)
            .WithName("listEpochs").WithSummary("Epochs, newest first, how far each has come, and what its transactions cost").Pages(MostRows, UsualRows).Produces<IReadOnlyList<EpochAnswer>>();
        routes.MapGet("/api/v1/epochs/{number}", Epoch).For(Access.Public)
            .WithName("getEpoch").WithSummary("An epoch").Produces<EpochAnswer>();
    }

    private static IResult Epochs(HttpContext context, IBooks books, string? limit, string? before)
    {
        if (!Paging.TryLimit(limit, UsualRows, MostRows, out var most, out var refusal)) return refusal ?? BadEpoch();
        if (!Paging.TryNumber(before, long.MaxValue, out var end)) return BadEpoch();
        return books.Read(session =>
        {
            var epochs = session.Epochs.List(most + 1, end);
            if (epochs.Count > most) Paging.Next(context, ("before", Paging.Text(epochs[most - 1].Number)));
            return Answers.Json<IReadOnlyList<EpochAnswer>>([.. epochs.Take(most).Select(epoch => Describe(epoch, session))]);
        });
    }

    private static IResult Epoch(string number, IBooks books)
    {
        if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)) return BadEpoch();
        return parsed <= long.MaxValue && books.Read(session => session.Epochs.Get(parsed) is { } epoch ? Describe(epoch, session) : null) is { } described
            ? Answers.Json(described)
            : Problems.NotFound($"There is no epoch {parsed}", "GET /api/v1/epochs lists those that there are.");
    }

    /// <summary>Newest first: those that are not final yet, and may still go, before those in the books.</summary>
    private static IResult Payments(HttpContext context, IBooks books, NodeState state, string? limit, string? before)
    {
        if (!Paging.TryLimit(limit, UsualRows, MostRows, out var most, out var refusal)) return refusal ?? BadPlace();
        LogPosition? end = null;
        if (before is not null && (end = PlaceOf(before)) is null) return BadPlace();
        // On one snapshot: what is in the books there is not pending as well.
        return books.Read(session =>
        {
            var pending = state.Pending.After(session.Chain.Cursor()).Where(payment => end is not { } place || payment.At.CompareTo(place) < 0).Reverse().Take(most + 1).ToList();
            var final = session.Payments.Recent(most + 1, end).Take(most + 1 - pending.Count);
            List<PaymentAnswer> rows = [.. pending.Select(payment => Describe(payment, final: false)), .. final.Select(row => Describe(row.Payment, final: true, row.Settled, row.Epoch))];
            if (rows.Count > most) Paging.Next(context, ("before", string.Create(CultureInfo.InvariantCulture, $"{rows[most - 1].Block}.{rows[most - 1].LogIndex}")));
            return Answers.Json<IReadOnlyList<PaymentAnswer>>([.. rows.Take(most)]);
        });
    }

    internal static PaymentAnswer Describe(Payment payment, bool final, UInt256? settled = null, ulong? epoch = null) => new(
        payment.At.Block, payment.At.LogIndex, payment.Transaction, payment.Model, payment.Token, payment.Amount, payment.Payer,
        payment.UsageRef.IsZero ? null : payment.UsageRef, payment.Route, final, settled, epoch);

    internal static EpochAnswer Describe(SettledEpoch epoch, BooksSession session) => new(
        epoch.Number, epoch.Attempt, epoch.State, epoch.FirstBlock, epoch.LastBlock, epoch.Root, session.Epochs.IsRevoked(epoch.Root) ? true : null,
        epoch.RecordRoot, epoch.BundleHash, epoch.BundleUri, epoch.Payments, epoch.UsageEvents, epoch.ReadyAt, session.Outbox.CostOf(epoch.Number));

    private static LogPosition? PlaceOf(string text) =>
        text.Split('.') is [var block, var index]
        && ulong.TryParse(block, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= long.MaxValue
        && uint.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var log)
            ? new LogPosition(number, log)
            : null;

    private static IResult BadPlace() => Problems.BadRequest("'before' is no place in the order", "Follow the Link header of the page before as it is.");

    private static IResult BadEpoch() => Problems.BadRequest("That is not an epoch's number", "An epoch's number is a whole number from 1.");
}
