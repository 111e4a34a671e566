using System.Text;
using OpenSettle.Ledger;
using OpenSettle.Node.Earnings;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Http;

/// <summary>What accounts earned, by which models and as what, and what was paid of it.</summary>
internal sealed class EarningsEndpoints(SqliteBooks books, NodeState state, AccountEarnings earnings, PayoutHistory payouts)
{
    private const int MostEntries = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/accounts/{account}", (EarningsEndpoints endpoints, string account) => endpoints.Account(account))
            .For(Access.Public).WithName("getAccount").WithSummary("An account's sums by token, and its newest earnings").Produces<AccountAnswer>();
        routes.MapGet("/api/v1/accounts/{account}/earnings", (EarningsEndpoints endpoints, HttpContext context, string account, string? token, string? model, string? from, string? to, string? before, string? limit, string? format) =>
                endpoints.Earnings(context, account, token, model, from, to, before, limit, format))
            .For(Access.Public).Costs(2).Pages(EarningsQuery.MostRows, EarningsQuery.UsualRows).WithName("getEarnings").WithSummary("What an account earned by token, model, role and epoch, and where that money is").Produces<EarningsAnswer>();
        routes.MapGet("/api/v1/accounts/{account}/payouts", (EarningsEndpoints endpoints, string account, string? token, string? before, string? limit) => endpoints.Payouts(account, token, before, limit))
            .For(Access.Public).Costs(2).Pages(EarningsQuery.MostRows, EarningsQuery.UsualRows).WithName("getPayouts").WithSummary("What was paid out to an account by claims and pushes, newest first").Produces<PayoutsAnswer>();
    }

    private IResult Earnings(HttpContext context, string account, string? token, string? model, string? from, string? to, string? before, string? limit, string? format)
    {
        if (!EarningsQuery.TryAccount(account, out var address, out var refusal)
            || !EarningsQuery.TryToken("token", token, out var only, out refusal)
            || !EarningsQuery.TryModel(model, out var of, out refusal)
            || !EarningsQuery.TryNumber("from", from, 0, long.MaxValue, out var first, out refusal)
            || !EarningsQuery.TryNumber("to", to, 0, long.MaxValue, out var last, out refusal)
            || !EarningsQuery.TryNumber("before", before, 1, long.MaxValue, out var entry, out refusal)
            || !EarningsQuery.TryLimit(limit, out var most, out refusal)) return refusal;
        if (format is not (null or "json" or "csv")) return Problems.BadRequest("'format' is not known", "It is json (the default) or csv.");
        var answer = earnings.Of(address, new EarningFilter(only, of, first ?? 0, last ?? long.MaxValue), (long?)entry, most);
        // A table has no place for the next page: it is told where HTTP has one.
        if (answer.Next is { } next) context.Response.Headers.Link = $"<{context.Request.Path}{QueryString.Create(context.Request.Query.Where(pair => pair.Key != "before")).Add("before", next)}>; rel=\"next\"";
        return format == "csv" ? Results.Text(Csv(answer, earnings), "text/csv", Encoding.UTF8) : Answers.Json(answer);
    }

    private IResult Payouts(string account, string? token, string? before, string? limit)
    {
        if (!EarningsQuery.TryAccount(account, out var address, out var refusal)
            || !EarningsQuery.TryToken("token", token, out var only, out refusal)
            || !EarningsQuery.TryNumber("before", before, 1, long.MaxValue, out var entry, out refusal)
            || !EarningsQuery.TryLimit(limit, out var most, out refusal)) return refusal;
        return Answers.Json(payouts.Of(address, only, (long?)entry, most));
    }

    /// <summary>The entries of the page, one a line. Amounts are in the token's smallest unit.</summary>
    private static string Csv(EarningsAnswer answer, AccountEarnings earnings)
    {
        var text = new StringBuilder("epoch,time,model,modelNumber,token,symbol,decimals,by,roles,amount\r\n");
        foreach (var entry in answer.Entries)
        {
            var token = earnings.Describe(Primitives.Address.Parse(entry.Token));
            object?[] cells = [entry.Epoch, entry.Time, entry.Model, entry.Number, entry.Token, token.Symbol, token.Decimals, entry.By, string.Join("; ", entry.Roles), entry.Amount];
            text.AppendJoin(',', cells.Select(Cell)).Append("\r\n");
        }

        return text.ToString();
    }

    /// <summary>As RFC 4180 has it. What a spreadsheet would take for a formula gets a mark in front: roles are whatever somebody wrote.</summary>
    private static string Cell(object? value)
    {
        var text = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? string.Empty;
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        return text.AsSpan().IndexOfAny("\",\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    private IResult Account(string account)
    {
        if (!EarningsQuery.TryAccount(account, out var address, out var refusal)) return refusal;
        var ledger = LedgerAccount.Contributor(address);
        return books.Read(session =>
        {
            var sums = session.Earned.PaidSums(address);
            var tokens = session.Ledger.ByToken(ledger).Select(row =>
            {
                var leaf = state.Active?.After.Find(address, row.Token)?.Leaf ?? UInt256.Zero;
                var (claimed, pushed) = sums.GetValueOrDefault(row.Token);
                var (paid, claimable) = (claimed + pushed, leaf > claimed ? leaf - claimed : UInt256.Zero);
                return new AccountTokenAnswer(row.Token, row.Totals.In, paid, claimable, row.Totals.In - paid - claimable);
            });
            var entries = session.Ledger.EntriesInto(ledger, MostEntries).Select(row => new AccountEntryAnswer(row.Cause, row.Entry.From.Id.ToString(), row.Entry.Token, row.Entry.Amount));
            return Answers.Json(new AccountAnswer(address, state.Active?.Epoch ?? 0, [.. tokens], [.. entries]));
        });
    }
}
