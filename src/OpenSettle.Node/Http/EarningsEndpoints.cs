using OpenSettle.Storage;
using System.Text;
using OpenSettle.Ledger;
using OpenSettle.Node.Earnings;
using OpenSettle.Primitives;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>What accounts earned, by which models and as what, and what was paid of it.</summary>
internal sealed class EarningsEndpoints(IBooks books, NodeState state, AccountEarnings earnings, PayoutHistory payouts)
{
    private const int MostEntries = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/accounts/{account}", (EarningsEndpoints endpoints, string account) => endpoints.Account(account))
            .For(Access.Public).WithName("getAccount").WithSummary("An account's sums by token, and its newest earnings").Produces<AccountAnswer>();
        routes.MapGet("/api/v1/accounts/{account}/earnings", (EarningsEndpoints endpoints, HttpContext context, string account, string? token, string? model, string? by, string? role, string? from, string? to, string? before, string? limit, string? format) =>
                endpoints.Earnings(context, account, new Asked(token, model, by, role, from, to), new Form(before, limit, format)))
            .For(Access.Public).Costs(2).Pages(EarningsQuery.MostRows, EarningsQuery.UsualRows).WithName("getEarnings").WithSummary("What an account earned by token, model, role and epoch, and where that money is").Produces<EarningsAnswer>();
        routes.MapGet("/api/v1/accounts/{account}/payouts", (EarningsEndpoints endpoints, HttpContext context, string account, string? token, string? before, string? limit, string? format) =>
                endpoints.Payouts(context, account, token, new Form(before, limit, format)))
            .For(Access.Public).Costs(2).Pages(EarningsQuery.MostRows, EarningsQuery.UsualRows).WithName("getPayouts").WithSummary("What was paid out to an account by claims and pushes, newest first").Produces<PayoutsAnswer>();
    }

    /// <summary>Which earnings are asked for, as the query has it.</summary>
    private sealed record Asked(string? Token, string? Model, string? By, string? Role, string? From, string? To);

    /// <summary>How they are asked for.</summary>
    private sealed record Form(string? Before, string? Limit, string? Format)
    {
        public bool IsCsv => Format == "csv";

        public bool TryRead(out long? before, out int most, out IResult refusal)
        {
            before = null;
            most = 0;
            if (!EarningsQuery.TryNumber("before", Before, 1, long.MaxValue, out var entry, out refusal) || !EarningsQuery.TryLimit(Limit, out most, out refusal)) return false;
            before = (long?)entry;
            if (Format is null or "json" or "csv") return true;
            refusal = Problems.BadRequest("'format' is not known", "It is json (the default) or csv.");
            return false;
        }
    }

    private IResult Earnings(HttpContext context, string account, Asked asked, Form form)
    {
        if (!EarningsQuery.TryAccount(account, out var address, out var refusal)
            || !EarningsQuery.TryToken("token", asked.Token, out var only, out refusal)
            || !EarningsQuery.TryModel(asked.Model, out var of, out refusal)
            || !EarningsQuery.TryNumber("from", asked.From, 0, long.MaxValue, out var first, out refusal)
            || !EarningsQuery.TryNumber("to", asked.To, 0, long.MaxValue, out var last, out refusal)
            || !form.TryRead(out var before, out var most, out refusal)) return refusal;
        if (asked.By is not (null or "rows" or "pool")) return Problems.BadRequest("'by' is not known", "It is rows or pool; without it both are told.");
        var filter = new EarningFilter(only, of, first ?? 0, last ?? long.MaxValue);
        var what = new EarnedAs(asked.By is null ? null : asked.By == "pool", asked.Role);
        if (form.IsCsv)
        {
            var (entries, next) = earnings.Entries(address, filter, what, before, most);
            return Csv(context, next, Table(entries));
        }

        var answer = earnings.Of(address, filter, what, before, most);
        TellNext(context, answer.Next);
        return Answers.Json(answer);
    }

    private IResult Payouts(HttpContext context, string account, string? token, Form form)
    {
        if (!EarningsQuery.TryAccount(account, out var address, out var refusal)
            || !EarningsQuery.TryToken("token", token, out var only, out refusal)
            || !form.TryRead(out var before, out var most, out refusal)) return refusal;
        var answer = payouts.Of(address, only, before, most);
        if (form.IsCsv) return Csv(context, answer.Next, Table(answer.Payouts));
        TellNext(context, answer.Next);
        return Answers.Json(answer);
    }

    /// <summary>A table has no place for the next page: it is told where HTTP has one.</summary>
    private static IResult Csv(HttpContext context, string? next, string table)
    {
        TellNext(context, next);
        return Results.Text(table, "text/csv", Encoding.UTF8);
    }

    private static void TellNext(HttpContext context, string? next)
    {
        if (next is not null) Paging.Next(context, ("before", next));
    }

    /// <summary>The entries of the page, one a line. Amounts are in the token's smallest unit.</summary>
    private string Table(IReadOnlyList<EarningEntry> entries) => CsvText.Of(
        ["epoch", "time", "model", "modelNumber", "token", "symbol", "decimals", "by", "roles", "amount"],
        entries.Select(object?[] (entry) =>
        {
            var token = earnings.Describe(Primitives.Address.Parse(entry.Token));
            return [entry.Epoch, entry.Time, entry.Model, entry.Number, entry.Token, token.Symbol, token.Decimals, entry.By, string.Join("; ", entry.Roles), entry.Amount];
        }));

    private static string Table(IReadOnlyList<PayoutEntry> entries) => CsvText.Of(
        ["time", "block", "logIndex", "how", "transaction", "token", "symbol", "decimals", "amount", "to", "epoch"],
        entries.Select(object?[] (entry) => [entry.Time, entry.Block, entry.LogIndex, entry.How, entry.Transaction, entry.Token, entry.Symbol, entry.Decimals, entry.Amount, entry.To, entry.Epoch]));

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
