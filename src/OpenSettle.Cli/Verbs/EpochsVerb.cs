using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle epochs: what was settled, or one epoch with its steps.</summary>
internal static class EpochsVerb
{
    private const byte CoinDecimals = 18;

    private static readonly Argument<ulong?> Epoch = new("number") { Description = "one epoch, with its steps and transactions", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int?> Limit = new("--limit") { Description = "at most so many, newest first (default: 20)", HelpName = "NUMBER" };
    private static readonly Option<ulong?> Before = new("--before") { Description = "only those before this one", HelpName = "EPOCH" };

    public static Command Create() => VerbRunner.Create("epochs", "Lists epochs, or shows one", [Settings.Api], RunAsync, Epoch, Limit, Before, VerbRunner.Json)
        .Printing("the answer of GET /api/v1/epochs/summary; with a number, of /api/v1/epochs/{number}/details")
        .WithExamples("opensettle epochs", "opensettle epochs 12 --json");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var api = NodeApi.Of(settings);
        var number = parsed.GetValue(Epoch);
        var path = number is { } wanted
            ? $"api/v1/epochs/{Text(wanted)}/details"
            : "api/v1/epochs/summary" + AccountApi.Query(("limit", (parsed.GetValue(Limit) ?? 20).ToString(CultureInfo.InvariantCulture)), ("before", parsed.GetValue(Before) is { } before ? Text(before) : null));
        var answer = await api.GetAsync(path, cancellation);
        if (answer is not { } found) throw number is null ? AccountApi.NoNode() : new VerbException(ExitCode.Refused, $"number: the node has no epoch {Text(number.Value)}. 'opensettle epochs' lists those that there are.");
        if (parsed.GetValue(VerbRunner.Json)) Console.WriteLine(found.GetRawText());
        else AccountApi.Read(() => number is null ? PrintList(Page.OnConsole(), found) : PrintOne(Page.OnConsole(), found));
    }

    private static bool PrintList(Page page, JsonElement answer)
    {
        var epochs = answer.GetProperty("epochs").EnumerateArray().ToList();
        if (epochs.Count == 0)
        {
            page.Line("No epoch yet.");
            return true;
        }

        var table = new Table(
            new Column("epoch", Side.Right), new Column("state"), new Column("blocks"), new Column("payments", Side.Right), new Column("brought", Gives: true), new Column("cost", Side.Point), new Column("when"));
        foreach (var epoch in epochs)
        {
            table.Add(
                Text(epoch.GetProperty("number").GetUInt64()), epoch.GetProperty("state").GetString() ?? "?", Blocks(epoch), Text(epoch.GetProperty("payments").GetUInt64()),
                string.Join(", ", Revenue(epoch)), Coin(epoch.GetProperty("cost").GetString()), When(epoch));
        }

        table.Print(page, string.Empty);
        page.Line($"Claims are against epoch {Text(answer.GetProperty("activeEpoch").GetUInt64())}. Costs are in the chain's coin.");
        if (answer.TryGetProperty("next", out var next)) page.Line($"More: --before {Text(next.GetUInt64())}");
        return true;
    }

    private static bool PrintOne(Page page, JsonElement answer)
    {
        var epoch = answer.GetProperty("epoch");
        page.Heading($"Epoch {Text(epoch.GetProperty("number").GetUInt64())}, attempt {Text(epoch.GetProperty("attempt").GetUInt64())}: {epoch.GetProperty("state").GetString()}{(answer.GetProperty("revoked").GetBoolean() ? ", revoked" : string.Empty)}");
        page.Item("blocks    ", Blocks(epoch) + (epoch.TryGetProperty("endedAt", out var ended) ? $", ended {FigureWords.Time(ended.GetUInt64())}" : string.Empty));
        page.Item("took      ", $"{Text(epoch.GetProperty("payments").GetUInt64())} payments of {Text(answer.GetProperty("models").GetUInt64())} models, {Text(epoch.GetProperty("usageEvents").GetUInt64())} usage events");
        foreach (var revenue in Revenue(epoch)) page.Item("brought   ", revenue);
        page.Item("cost      ", $"{Coin(epoch.GetProperty("cost").GetString())} of the chain's coin");
        if (epoch.TryGetProperty("readyAt", out var ready)) page.Item("ready     ", FigureWords.Time(ready.GetUInt64()));
        if (epoch.TryGetProperty("activatedAt", out var activated)) page.Item("active    ", $"since {FigureWords.Time(activated.GetUInt64())}, block {Text(answer.GetProperty("activatedBlock").GetUInt64())}");
        page.Item("root      ", answer.GetProperty("root").GetString() ?? string.Empty);
        page.Item("bundle    ", answer.GetProperty("bundleHash").GetString() ?? string.Empty);
        page.Item("          ", Inert.Of(answer.GetProperty("bundleUri").GetString() ?? string.Empty, 200));
        foreach (var veto in answer.GetProperty("vetoed").EnumerateArray()) page.Warning("vetoed    ", $"attempt {Text(veto.GetProperty("attempt").GetUInt64())}, {FigureWords.Time(veto.GetProperty("at").GetUInt64())}");
        var pushes = string.Join(", ", answer.GetProperty("pushes").EnumerateObject().Select(state => $"{Text(state.Value.GetUInt64())} {state.Name}"));
        if (pushes.Length > 0) page.Item("pushes    ", pushes);
        page.Blank();
        page.Heading("Transactions of this node");
        var transactions = answer.GetProperty("transactions").EnumerateArray().ToList();
        if (transactions.Count == 0) page.Line("none: another one sent them, or none was needed yet");
        foreach (var item in transactions)
        {
            page.Item("  ", $"{Inert.Of(item.GetProperty("purpose").GetString() ?? string.Empty, 60)}: {item.GetProperty("state").GetString()}{(item.TryGetProperty("gas", out var gas) ? $", {Text(gas.GetUInt64())} gas, {Coin(item.GetProperty("cost").GetString())}" : string.Empty)}");
            if (item.TryGetProperty("hash", out var hash)) page.Item("    ", hash.GetString() ?? string.Empty);
            if (item.TryGetProperty("waits", out var why)) page.Warning("    ", $"waits: {Inert.Of(why.GetString() ?? string.Empty, 200)}");
        }

        return true;
    }

    private static IEnumerable<string> Revenue(JsonElement epoch) =>
        epoch.GetProperty("revenue").EnumerateArray().Select(revenue => $"{Money.Of(revenue).Text(revenue.GetProperty("amount").GetString() ?? "0")} {Money.Of(revenue).Symbol}");

    private static string Blocks(JsonElement epoch) => $"{Text(epoch.GetProperty("firstBlock").GetUInt64())}–{Text(epoch.GetProperty("lastBlock").GetUInt64())}";

    private static string When(JsonElement epoch) =>
        epoch.TryGetProperty("activatedAt", out var activated) ? FigureWords.Time(activated.GetUInt64())
        : epoch.TryGetProperty("readyAt", out var ready) ? $"ready {FigureWords.Time(ready.GetUInt64())}"
        : epoch.TryGetProperty("endedAt", out var ended) ? $"ended {FigureWords.Time(ended.GetUInt64())}" : string.Empty;

    private static string Coin(string? wei) => Amounts.Format(UInt256.Parse(wei ?? "0"), CoinDecimals);

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
