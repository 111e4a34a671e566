using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Claims;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle why: from what an account earned in an epoch down to models, reasons and payments.</summary>
internal static class WhyVerb
{
    private const int MostReasons = 12;

    private static readonly Argument<string> Account = new("account") { Description = "the account that earned" };
    private static readonly Option<ulong?> Epoch = new("--epoch") { Description = "the epoch (default: the newest that is active)", HelpName = "NUMBER" };
    private static readonly Option<string?> Token = new("--token") { Description = "one token only: its address or its symbol", HelpName = "TOKEN" };
    private static readonly Option<string?> Model = new("--model") { Description = ModelNames.Help, HelpName = "MODEL" };
    private static readonly Option<int> Top = new("--top") { Description = "the models that gave most, so many", HelpName = "NUMBER", DefaultValueFactory = _ => 20 };
    private static readonly Option<int> Payments = new("--payments") { Description = "show so many payments behind each reason; a long epoch is gone through for each", HelpName = "NUMBER", DefaultValueFactory = _ => 0 };
    private static readonly Option<bool> Verify = new("--verify") { Description = "work it out here too, from the bundle whose hash the vault has: the node is trusted in nothing" };

    public static Command Create() => VerbRunner.Create(
        "why", "Explains what an account earned in an epoch, down to the payments", [Settings.Api, Settings.Rpc, Settings.Deployment, Settings.Client, Settings.RpcTimeoutSeconds], RunAsync,
        Account, Epoch, Token, Model, Top, Payments, Verify, VerbRunner.Json)
        .Printing("the answer of GET /api/v1/accounts/{account}/why")
        .WithExamples("opensettle why 0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "opensettle why 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --epoch 12 --verify --deployment deployment.json --rpc https://rpc.example");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var account = AccountApi.Parse(parsed.GetValue(Account));
        using var api = NodeApi.Of(settings);
        var token = await AccountApi.TokenAsync(api, parsed.GetValue(Token), cancellation);
        var model = parsed.GetValue(Model) is { } named ? (await ModelNames.FindAsync(api, named, cancellation)).ToString() : null;
        var epoch = parsed.GetValue(Epoch);
        var path = $"api/v1/accounts/{account}/why" + AccountApi.Query(("epoch", epoch is { } number ? Text(number) : null), ("token", token), ("model", model), ("limit", Text(parsed.GetValue(Top))));
        var answer = await api.GetAsync(path, cancellation) ?? throw new VerbException(ExitCode.Refused, $"the node has no active epoch{(epoch is { } wanted ? $" {Text(wanted)}" : string.Empty)}. 'opensettle epochs' lists those that there are.");
        if (parsed.GetValue(Verify)) await WhyCheck.RequireAsync(settings, api, account, answer, isWhole: token is null, cancellation);
        if (parsed.GetValue(VerbRunner.Json))
        {
            Console.WriteLine(answer.GetRawText());
            return;
        }

        var page = Page.OnConsole();
        var tokens = AccountApi.Read(() => answer.GetProperty("tokens").EnumerateArray().ToList());
        var shown = AccountApi.Read(() => answer.GetProperty("epoch").GetUInt64());
        if (tokens.Count == 0) page.Line($"Epoch {Text(shown)} gave {account.ToChecksumString()} nothing. When it earned: opensettle earnings {account.ToChecksumString()}");
        foreach (var one in tokens) await PrintAsync(page, api, account, shown, one, parsed.GetValue(Payments), cancellation);
        if (parsed.GetValue(Verify)) page.Line("Verified: worked out here from the bundle whose hash the vault has, and the same.");
    }

    private static async Task PrintAsync(Page page, NodeApi api, Address account, ulong epoch, JsonElement token, int payments, CancellationToken cancellation)
    {
        var money = AccountApi.Read(() => Money.Of(token));
        AccountApi.Read(() =>
        {
            page.Heading($"{account.ToChecksumString()} earned {money.Text(token.GetProperty("earned").GetString() ?? "0")} {money.Symbol} in epoch {Text(epoch)}");
            page.Item("  ", $"exactly {Exact(money, token, "exact")}, and rounding {Exact(money, token, "rounding")}");
            return true;
        });
        var models = AccountApi.Read(() => token.GetProperty("models").EnumerateArray().ToList());
        foreach (var model in models) await PrintModelAsync(page, api, account, epoch, money, model, payments, cancellation);
        AccountApi.Read(() =>
        {
            var all = token.GetProperty("allModels").GetInt32();
            if (all > models.Count) page.Item("  ", $"and {Text(all - models.Count)} models more: --top {Text(all)}");
            foreach (var usage in token.GetProperty("usage").EnumerateArray())
            {
                page.Item("  ", $"measured for {Short(usage.GetProperty("model").GetString())}: {Text(usage.GetProperty("counted").GetUInt64())} of {Text(usage.GetProperty("events").GetUInt64())} events count, by {Text(usage.GetProperty("methods").GetArrayLength())} methods");
            }

            page.Blank();
            return true;
        });
    }

    private static async Task PrintModelAsync(Page page, NodeApi api, Address account, ulong epoch, Money money, JsonElement model, int payments, CancellationToken cancellation)
    {
        var groups = AccountApi.Read(() =>
        {
            page.Blank();
            page.Item("  ", $"{Exact(money, model, "exact")} {money.Symbol} of {money.Text(model.GetProperty("money").GetString() ?? "0")} for model #{Text(model.GetProperty("number").GetUInt64())} {Short(model.GetProperty("model").GetString())}");
            return model.GetProperty("groups").EnumerateArray().ToList();
        });
        foreach (var group in groups)
        {
            AccountApi.Read(() => PrintGroup(page, money, group));
            if (payments > 0 && AccountApi.Read(() => group.GetProperty("payments").GetUInt64()) > 0)
            {
                var path = $"api/v1/accounts/{account}/why" + AccountApi.Query(("epoch", Text(epoch)), ("token", money.Token), ("group", AccountApi.Read(() => group.GetProperty("group").GetString())), ("limit", Text(payments)));
                var answer = await api.GetAsync(path, cancellation) ?? throw AccountApi.NoNode();
                AccountApi.Read(() => PrintPayments(page, money, answer));
            }
        }
    }

    private static bool PrintGroup(Page page, Money money, JsonElement group)
    {
        var count = group.GetProperty("payments").GetUInt64();
        var source = group.GetProperty("source").GetString() switch
        {
            "named" => $"{Text(count)} payments that events name",
            "released" => "money that waited for a table",
            _ => $"{Text(count)} payments",
        };
        page.Item("    ", $"{Exact(money, group, "exact")} of {source}, {money.Text(group.GetProperty("money").GetString() ?? "0")} {money.Symbol}; split {Text(group.GetProperty("splitVersion").GetUInt64())}");
        var reasons = group.GetProperty("reasons").EnumerateArray().ToList();
        foreach (var reason in reasons.Take(MostReasons))
        {
            var steps = reason.GetProperty("path").EnumerateArray().Select(step => $"#{Text(step.GetProperty("number").GetUInt64())}").ToList();
            var way = steps.Count > 1 ? $", up {string.Join(" → ", steps)}" : string.Empty;
            page.Item("      - ", $"{Exact(money, reason, "exact")} {Why(reason)}{way}");
        }

        if (reasons.Count > MostReasons || group.GetProperty("moreReasons").GetBoolean()) page.Item("      - ", "and more ways up: --json");
        return true;
    }

    private static bool PrintPayments(Page page, Money money, JsonElement answer)
    {
        foreach (var payment in answer.GetProperty("payments").EnumerateArray())
        {
            page.Item("        ", $"{Exact(money, payment, "exact")} of {money.Text(payment.GetProperty("settled").GetString() ?? "0")}, block {Text(payment.GetProperty("block").GetUInt64())}, from {Short(payment.GetProperty("payer").GetString())}");
            page.Item("          ", payment.GetProperty("transaction").GetString() ?? string.Empty);
        }

        if (answer.TryGetProperty("next", out _)) page.Item("        ", "and more: --payments");
        return true;
    }

    private static string Why(JsonElement reason)
    {
        var (weight, of) = (Inert.Of(reason.GetProperty("weight").GetString() ?? "?", 80), Inert.Of(reason.GetProperty("of").GetString() ?? "?", 80));
        var role = reason.TryGetProperty("role", out var named) ? $" {Inert.Of(named.GetString() ?? string.Empty, 40)}" : string.Empty;
        return reason.GetProperty("kind").GetString() switch
        {
            "row" => $"by the row{role}: {weight} of {of}",
            "direct" => $"by influence on those uses: {Percent(weight, of)}",
            "open" => $"by influence in the epoch: {Percent(weight, of)}",
            _ => $"by the fallback row{role}, nothing was measured: {weight} of {of}",
        };
    }

    /// <summary>Weights of influence are long numbers: their part is what says something.</summary>
    private static string Percent(string weight, string of) => UInt256.TryParse(weight, out var part) && UInt256.TryParse(of, out var whole) && !whole.IsZero
        ? $"{Amounts.Format(UInt256.MulDivFloor(part, 100_000, whole), 3)} %"
        : $"{weight} of {of}";

    private static string Exact(Money money, JsonElement parent, string name) => money.Exact(parent.GetProperty(name).GetProperty("decimal").GetString() ?? "0");

    private static string Short(string? id) => id is { Length: > 14 } ? id[..10] + "…" : Inert.Of(id ?? "?", 14);

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
