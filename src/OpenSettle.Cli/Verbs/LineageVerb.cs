using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle lineage: what a model was made from, what of its money flowed there, and what was made from it.</summary>
internal static class LineageVerb
{
    /// <summary>A dense lineage of eight steps has more ways than anybody reads.</summary>
    private const int MostLines = 200;

    /// <summary>Nothing flows further; the registry's rules say so.</summary>
    private const int MostDepth = 8;

    private static readonly Argument<string> Model = new("model") { Description = ModelNames.Help };
    private static readonly Option<ulong?> Block = new("--block") { Description = "as of the start of this block (default: now)", HelpName = "NUMBER" };
    private static readonly Option<bool> Json = new("--json") { Description = "print the node's answer as JSON" };

    private sealed record Link(ModelId Model, ulong Share);

    private sealed record Relative(ulong Number, IReadOnlyList<Link> Parents, IReadOnlyList<(Address Token, UInt256 Amount)> Flowed);

    public static Command Create() => VerbRunner.Create("lineage", "Shows what a model derives from, and what flowed upstream", [Settings.Api], RunAsync, Model, Block, Json)
        .Printing("the answer of GET /api/v1/models/{id}/lineage")
        .WithExamples("opensettle lineage '#3'");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var api = NodeApi.Of(settings);
        var (model, block) = (await ModelNames.FindAsync(api, parsed.GetValue(Model), cancellation), parsed.GetValue(Block));
        var bytes = await api.GetBytesAsync($"api/v1/models/{model}/lineage{(block is { } number ? $"?block={number.ToString(CultureInfo.InvariantCulture)}" : string.Empty)}", cancellation)
            ?? throw new VerbException(ExitCode.Refused, $"the node knows no model {model}{(block is null ? string.Empty : " as of that block")}, or tells no lineages.");
        if (parsed.GetValue(Json))
        {
            await OutputBytes.WriteLineAsync(bytes, cancellation);
            return;
        }

        var file = await api.PassportAsync(model, block, cancellation);
        try
        {
            using var answer = JsonDocument.Parse(bytes);
            Print(Page.OnConsole(), answer.RootElement, file);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node answers in a form that this version does not know: {e.Message}", e);
        }
    }

    private static void Print(Page page, JsonElement answer, PassportFile file)
    {
        var ancestors = answer.GetProperty("ancestors").EnumerateArray().ToDictionary(Id, item => new Relative(
            item.GetProperty("number").GetUInt64(), Links(item),
            [.. item.GetProperty("flowed").EnumerateArray().Select(flow => (Address.Parse(flow.GetProperty("token").GetString() ?? string.Empty), UInt256.Parse(flow.GetProperty("amount").GetString())))]));
        page.Heading(string.Create(CultureInfo.InvariantCulture, $"#{file.Number} {(file.Document is { Name.Length: > 0 } document ? Inert.Of(document.Name, 60) : file.Passport.Model.ToString()[..18] + "…")}"));
        var parents = Links(answer);
        if (parents.Count == 0) page.Line("It names no parents: nothing of its money flows upstream.");
        var (left, shown) = (MostLines, new HashSet<ModelId>());
        Print(page, parents, ancestors, file, 1, shown, ref left);
        if (left < 0) page.Line("… and more ways: --json has all models.");
        foreach (var name in file.Document?.BaseModels ?? []) page.Item("  ~ ", $"its owner says that it was made from {Inert.Of(name, 100)}");
        foreach (var child in answer.GetProperty("children").EnumerateArray().Take(MostLines))
            page.Item("  < ", $"#{child.GetProperty("number").GetUInt64().ToString(CultureInfo.InvariantCulture)} {Short(Id(child))} derives from it, and sends up {Percent(child.GetProperty("share").GetUInt64())}");
    }

    private static void Print(Page page, IReadOnlyList<Link> parents, Dictionary<ModelId, Relative> ancestors, PassportFile file, int depth, HashSet<ModelId> shown, ref int left)
    {
        if (depth > MostDepth) return;
        foreach (var (model, share) in parents)
        {
            if (--left < 0) return;
            var known = ancestors.GetValueOrDefault(model);
            // What flowed to an ancestor came by all ways: it is said once.
            var flows = shown.Add(model) ? known?.Flowed : null;
            var flowed = flows is { Count: > 0 } ? "; got " + string.Join(", ", flows.Select(flow => FigureWords.Amount(flow.Amount, file.TokenOf(flow.Token)))) : string.Empty;
            var number = known is null ? string.Empty : $"#{known.Number.ToString(CultureInfo.InvariantCulture)} ";
            page.Item(new string(' ', 2 * depth) + "> ", $"{number}{Short(model)} gets {Percent(share)} of what reaches {(depth == 1 ? "the model" : "the one above")}{flowed}");
            if (known is not null) Print(page, known.Parents, ancestors, file, depth + 1, shown, ref left);
        }
    }

    private static List<Link> Links(JsonElement item) => [.. item.GetProperty("parents").EnumerateArray().Select(parent => new Link(Id(parent), parent.GetProperty("share").GetUInt64()))];

    private static ModelId Id(JsonElement item) => new(Hash32.Parse(item.GetProperty("model").GetString() ?? string.Empty));

    private static string Short(ModelId model) => model.ToString()[..18] + "…";

    /// <summary>Millionths as a percentage, with the digits that it has.</summary>
    private static string Percent(ulong millionths) => $"{Amounts.Format(millionths, 4)} %";
}
