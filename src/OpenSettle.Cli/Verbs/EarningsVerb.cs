using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle earnings: what an account earned, by which models and as what, and where that money is.</summary>
internal static class EarningsVerb
{
    private const int MostBars = 16;
    private const int RowsAtOnce = 500;

    private static readonly Argument<string> Account = new("account") { Description = "the account that earned" };
    private static readonly Option<string?> Token = new("--token") { Description = "one token only: its address or its symbol", HelpName = "TOKEN" };
    private static readonly Option<string?> Model = new("--model") { Description = ModelNames.Help, HelpName = "MODEL" };
    private static readonly Option<ulong?> From = new("--from") { Description = "from this epoch on", HelpName = "EPOCH" };
    private static readonly Option<ulong?> To = new("--to") { Description = "up to this epoch", HelpName = "EPOCH" };
    private static readonly Option<bool> Csv = new("--csv") { Description = "print every single earning as CSV, amounts in smallest units" };
    private static readonly Option<string?> Before = new("--before") { Description = "with --json: the page that begins behind the one before, which gave this as next", HelpName = "TEXT" };

    public static Command Create() => VerbRunner.Create("earnings", "Shows what an account earned, by token, model and role, and where it is", [Settings.Api], RunAsync, Account, Token, Model, From, To, Csv, Before, VerbRunner.Json)
        .Printing("the answer of GET /api/v1/accounts/{account}/earnings, all pages of it")
        .WithExamples("opensettle earnings 0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "opensettle earnings 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --from 12 --csv");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var account = AccountApi.Parse(parsed.GetValue(Account));
        if (parsed.GetValue(Csv) && parsed.GetValue(VerbRunner.Json)) throw new VerbException(ExitCode.Usage, "--csv and --json: one of the two.");
        using var api = NodeApi.Of(settings);
        var token = await AccountApi.TokenAsync(api, parsed.GetValue(Token), cancellation);
        var model = parsed.GetValue(Model) is { } named ? (await ModelNames.FindAsync(api, named, cancellation)).ToString() : null;
        string Path(string? format, string? before) => $"api/v1/accounts/{account}/earnings" + AccountApi.Query(
            ("token", token), ("model", model), ("from", Number(parsed.GetValue(From))), ("to", Number(parsed.GetValue(To))), ("format", format), ("limit", format is null ? null : Number(RowsAtOnce)), ("before", before));
        if (parsed.GetValue(Csv))
        {
            await PrintCsvAsync(api, Path, cancellation);
            return;
        }

        var answer = await api.GetAsync(Path(null, parsed.GetValue(Before)), cancellation) ?? throw AccountApi.NoNode();
        if (parsed.GetValue(VerbRunner.Json)) Console.WriteLine(answer.GetRawText());
        else AccountApi.Read(() => Print(Page.OnConsole(), account, answer));
    }

    /// <summary>All pages, the head once.</summary>
    private static async Task PrintCsvAsync(NodeApi api, Func<string?, string?, string> path, CancellationToken cancellation)
    {
        string? before = null;
        for (var first = true; first || before is not null; first = false)
        {
            string? next = null;
            var bytes = await api.GetBytesAsync(path("csv", before), cancellation, headers => next = NextOf(headers.TryGetValues("Link", out var links) ? links.FirstOrDefault() : null)) ?? throw AccountApi.NoNode();
            var text = Encoding.UTF8.GetString(bytes);
            var head = text.IndexOf('\n', StringComparison.Ordinal) + 1;
            Console.Write(first ? text : text[head..]);
            before = next;
        }
    }

    private static string? NextOf(string? link)
    {
        const string Name = "before=";
        var at = link?.IndexOf(Name, StringComparison.Ordinal) ?? -1;
        return link is null || at < 0 ? null : new string([.. link[(at + Name.Length)..].TakeWhile(char.IsAsciiDigit)]);
    }

    private static bool Print(Page page, Address account, JsonElement answer)
    {
        page.Heading($"Earnings of {account.ToChecksumString()}");
        page.Line($"as of epoch {Number(answer.GetProperty("epoch").GetUInt64())}");
        var tokens = answer.GetProperty("tokens").EnumerateArray().ToList();
        if (tokens.Count == 0)
        {
            page.Line("Nothing yet: no active epoch gave it anything.");
            return true;
        }

        PrintTokens(page, tokens);
        PrintModels(page, answer, tokens);
        PrintSeries(page, answer, tokens);
        page.Blank();
        page.Line("Why: opensettle why ACCOUNT; to be paid: opensettle claim ACCOUNT");
        return true;
    }

    private static void PrintTokens(Page page, List<JsonElement> tokens)
    {
        foreach (var token in tokens)
        {
            var money = Money.Of(token);
            string Text(JsonElement parent, string name) => money.Text(parent.GetProperty(name).GetString() ?? "0");
            page.Blank();
            page.Heading(money.Symbol);
            var table = new Table(new Column(string.Empty), new Column(string.Empty, Side.Point), new Column(string.Empty, Gives: true));
            table.Add("earned", Text(token, "earned"), "by all epochs that are active");
            table.Add("claimable", Text(token, "claimable"), "can be claimed now");
            if (token.GetProperty("belowLeaf").GetString() != "0") table.Add("waits", Text(token, "belowLeaf"), $"until it is {(token.TryGetProperty("smallestLeaf", out _) ? Text(token, "smallestLeaf") : "more")}");
            if (token.GetProperty("pushWaiting").GetString() != "0") table.Add("pushed", Text(token, "pushWaiting"), "assigned to pushes that did not arrive yet");
            var paid = token.GetProperty("paid");
            table.Add("paid", Text(paid, "total"), $"by claim {Text(paid, "byClaim")}, by push {Text(paid, "byPush")}");
            if (token.TryGetProperty("inWindow", out var window))
            {
                var when = window.TryGetProperty("readyAt", out var ready) ? $"can be active from {FigureWords.Time(ready.GetUInt64())}" : "not proposed yet";
                table.Add("to come", Text(window, "amount"), $"in epoch {Number(window.GetProperty("epoch").GetUInt64())}, {when}");
            }

            if (token.TryGetProperty("coming", out var coming))
            {
                table.Add("undivided", Text(coming, "final"), "of payments that no epoch has yet: an estimate");
                if (coming.GetProperty("notFinal").GetString() != "0") table.Add("not final", Text(coming, "notFinal"), "of blocks that may still go: an estimate");
            }

            table.Print(page);
        }
    }

    private static void PrintModels(Page page, JsonElement answer, List<JsonElement> tokens)
    {
        var table = new Table(new Column("model"), new Column("as", Gives: true), new Column("earned", Side.Point), new Column(string.Empty), new Column("epochs", Side.Right));
        foreach (var model in answer.GetProperty("models").EnumerateArray())
        {
            var money = Of(tokens, model);
            var roles = string.Join(", ", model.GetProperty("roles").EnumerateArray().Select(role => Inert.Of(role.GetString() ?? string.Empty, 40)));
            table.Add(
                model.TryGetProperty("number", out var number) ? $"#{Number(number.GetUInt64())}" : Inert.Of(model.GetProperty("model").GetString() ?? "?", 12),
                model.GetProperty("by").GetString() == "pool" ? "influence" : roles.Length > 0 ? roles : "a row of the split", money.Text(model.GetProperty("earned").GetString() ?? "0"), money.Symbol,
                Number(model.GetProperty("epochs").GetUInt64()));
        }

        page.Blank();
        page.Heading("By model");
        table.Print(page);
    }

    private static void PrintSeries(Page page, JsonElement answer, List<JsonElement> tokens)
    {
        foreach (var points in answer.GetProperty("series").EnumerateArray().GroupBy(point => point.GetProperty("token").GetString(), StringComparer.Ordinal))
        {
            var all = points.ToList();
            var money = Of(tokens, all[0]);
            page.Blank();
            page.Heading($"By epoch, in {money.Symbol}{(all.Count > MostBars ? $" (the last {Number(MostBars)} of {Number((ulong)all.Count)})" : string.Empty)}");
            Bars.Print(page, [.. all.TakeLast(MostBars).Select(point =>
            {
                var earned = point.GetProperty("earned").GetString() ?? "0";
                return new Bar($"epoch {Number(point.GetProperty("epoch").GetUInt64())}", UInt256.Parse(earned), money.Text(earned));
            })]);
        }
    }

    private static Money Of(List<JsonElement> tokens, JsonElement item)
    {
        var token = item.GetProperty("token").GetString();
        return Money.Of(tokens.First(one => one.GetProperty("token").GetString() == token));
    }

    private static string? Number(ulong? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string Number(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
