using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle find: which models stay reliable in a domain, how surely, and for how much.</summary>
internal static class FindVerb
{
    private static readonly Option<string?> Domain = new("--domain") { Description = "the domain, like nda-review", HelpName = "TEXT", Required = true };
    private static readonly Option<ulong?> MinN = new("--min-n") { Description = "at least so many trials", HelpName = "NUMBER" };
    private static readonly Option<string?> LowerBound = new("--lower-bound") { Description = "the interval's lower end is at least this, from 0 to 1", HelpName = "RATIO" };
    private static readonly Option<string?> MaxPrice = new("--max-price") { Description = "a use costs at most this, in whole tokens; with --token", HelpName = "AMOUNT" };
    private static readonly Option<string?> Token = new("--token") { Description = "priced in this token (its address)", HelpName = "ADDRESS" };
    private static readonly Option<string?> Status = new("--status") { Description = "active, deprecated, retired or salvage", HelpName = "WORD", CompletionSources = { "active", "deprecated", "retired", "salvage" } };
    private static readonly Option<string?> Basis = new("--basis") { Description = "evaluated or paidUsage", HelpName = "WORD", CompletionSources = { "evaluated", "paidUsage" } };
    private static readonly Option<int?> Limit = new("--limit") { Description = "at most so many models (default: 20)", HelpName = "NUMBER" };
    private static readonly Option<string?> After = new("--after") { Description = "go on behind the page before: what it gave as next", HelpName = "TEXT" };
    private static readonly Option<bool> Json = new("--json") { Description = "print the node's answer as JSON" };

    public static Command Create() => VerbRunner.Create(
        "find", "Finds models that stay reliable in a domain", [Settings.Api], RunAsync, Domain, MinN, LowerBound, MaxPrice, Token, Status, Basis, Limit, After, Json)
        .Printing("the answer of GET /api/v1/find")
        .WithExamples("opensettle find --domain nda-review --min-n 50 --lower-bound 0.8", "opensettle find --domain nda-review --max-price 0.05 --token 0x5FbDB2315678afecb367f032d93F642f64180aa3 --json");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var query = Query(parsed);
        using var api = NodeApi.Of(settings);
        var bytes = await api.GetBytesAsync("api/v1/find" + query, cancellation) ?? throw new VerbException(ExitCode.Api, "api: this node has no index of models. Set --api to a node that has.");
        if (parsed.GetValue(Json))
        {
            await OutputBytes.WriteLineAsync(bytes, cancellation);
            return;
        }

        var tokens = await TokensAsync(api, cancellation);
        try
        {
            using var answer = JsonDocument.Parse(bytes);
            Print(Page.OnConsole(), answer.RootElement, tokens);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node answers in a form that this version does not know: {e.Message}", e);
        }
    }

    private static string Query(ParseResult parsed)
    {
        var parts = new List<string>();
        void Add(string name, string? value)
        {
            if (value is not null) parts.Add($"{name}={Uri.EscapeDataString(value)}");
        }

        var (bound, price, token) = (parsed.GetValue(LowerBound), parsed.GetValue(MaxPrice), parsed.GetValue(Token));
        if (bound is not null && (!PlainNumber.IsOne(bound) || bound[0] is '-' or '+' || (bound[0] != '0' && bound[0] != '.' && bound.TrimEnd('0') is not ("1" or "1.")))) throw new VerbException(ExitCode.Usage, $"--lower-bound: '{Inert.Of(bound, 40)}' is not a number from 0 to 1.");
        if (price is not null && (!PlainNumber.IsOne(price) || price[0] is '-' or '+')) throw new VerbException(ExitCode.Usage, $"--max-price: '{Inert.Of(price, 40)}' is not an amount.");
        if (price is not null && token is null) throw new VerbException(ExitCode.Usage, "--max-price: of which token? Prices in different tokens are not compared: set --token.");
        if (token is not null && !Address.TryParse(token, out _)) throw new VerbException(ExitCode.Usage, $"--token: '{Inert.Of(token, 80)}' is not an address.");
        if (parsed.GetValue(Limit) is < 1 or > 200) throw new VerbException(ExitCode.Usage, "--limit: from 1 to 200.");
        Add("domain", parsed.GetValue(Domain));
        Add("minN", parsed.GetValue(MinN)?.ToString(CultureInfo.InvariantCulture));
        Add("lowerBound", bound);
        Add("maxPrice", price);
        Add("token", token);
        Add("status", parsed.GetValue(Status));
        Add("basis", parsed.GetValue(Basis));
        Add("limit", (parsed.GetValue(Limit) ?? 20).ToString(CultureInfo.InvariantCulture));
        Add("after", parsed.GetValue(After));
        return "?" + string.Join('&', parts);
    }

    private static async Task<IReadOnlyList<TokenName>> TokensAsync(NodeApi api, CancellationToken cancellation)
    {
        if (await api.GetAsync("api/v1/status", cancellation) is not { } status || !status.TryGetProperty("tokens", out var tokens) || tokens.ValueKind != JsonValueKind.Array) return [];
        var known = new List<TokenName>();
        foreach (var token in tokens.EnumerateArray())
        {
            if (token.TryGetProperty("token", out var address) && Address.TryParse(address.GetString(), out var parsed)
                && token.TryGetProperty("symbol", out var symbol) && token.TryGetProperty("decimals", out var decimals) && decimals.TryGetByte(out var digits))
                known.Add(new TokenName(parsed, symbol.GetString() ?? string.Empty, digits));
        }

        return known;
    }

    private static void Print(Page page, JsonElement answer, IReadOnlyList<TokenName> tokens)
    {
        var items = answer.GetProperty("items").EnumerateArray().ToList();
        if (items.Count == 0) page.Line("No model is known to be that. Fewer trials (--min-n), a lower bound, or no --basis find more.");
        foreach (var item in items)
        {
            var name = Text(item, "name") is { Length: > 0 } given ? Inert.Of(given, 40) : Text(item, "model")?[..18] + "…";
            page.Heading($"#{item.GetProperty("number")} {name}");
            var basis = Text(item, "basis") == "evaluated" ? "by independent evaluations" : "by paid uses";
            page.Item("    ", $"{Inert.Of(Text(item, "domain") ?? string.Empty, 60)}: {Ratio(item, "low")} to {Ratio(item, "high")} ({Text(item, "successes")} of {Text(item, "trials")} {basis})");
            var facts = new List<string> { Inert.Of(Text(item, "status") ?? "unknown", 20) };
            if (Price(item, tokens) is { } price) facts.Add(price);
            if (item.TryGetProperty("flags", out var flags) && flags.ValueKind == JsonValueKind.Array && flags.GetArrayLength() > 0)
                facts.Add("look out: " + string.Join(", ", flags.EnumerateArray().Select(flag => Inert.Of(flag.GetString() ?? string.Empty, 40))));
            page.Item("    ", string.Join("; ", facts));
        }

        if (Text(answer, "next") is { } next) page.Line($"More: --after {Inert.Of(next, 200)}");
    }

    private static string? Price(JsonElement item, IReadOnlyList<TokenName> tokens)
    {
        if (Text(item, "price") is not { } price || Text(item, "token") is not { } token) return null;
        if (!Address.TryParse(token, out var address)) return $"{Inert.Of(price, 40)} a use";
        foreach (var known in tokens)
        {
            if (known.Token == address && FigureWords.Amount(price, known) is { } amount) return $"{amount} a use";
        }

        return $"{Inert.Of(price, 90)} units of {address.ToChecksumString()} a use";
    }

    private static string Ratio(JsonElement item, string name) => FigureWords.Ratio(Inert.Of(Text(item, name) ?? "?", 20));

    /// <summary>A text, or a number's digits.</summary>
    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out var value)
        ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null }
        : null;
}
