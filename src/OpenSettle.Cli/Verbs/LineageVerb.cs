using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle lineage: what a model was made from, and what of its money flowed there.</summary>
internal static class LineageVerb
{
    /// <summary>Nothing flows further; the contract holds it.</summary>
    private const int MostDepth = 8;

    private const int MostLines = 500;

    private static readonly Argument<string> Model = new("model") { Description = ModelNames.Help };
    private static readonly Option<bool> Json = new("--json") { Description = "print JSON" };

    private sealed record Node(ModelId Model, ulong Number, ulong Share, List<Node> Parents);

    public static Command Create() => VerbRunner.Create("lineage", "Shows what a model derives from, and what flowed upstream", [Settings.Api], RunAsync, Model, Json);

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var api = new NodeApi(settings.Get(Settings.Api));
        var model = await ModelNames.FindAsync(api, parsed.GetValue(Model), cancellation);
        var file = await api.PassportAsync(model, null, cancellation);
        var root = new Node(model, file.Number, 1_000_000, []);
        var known = new Dictionary<ModelId, (ulong Number, List<(ModelId Model, ulong Share)> Parents)>();
        await GrowAsync(api, root, 0, known, cancellation);
        if (parsed.GetValue(Json)) Console.WriteLine(JsonSerializer.Serialize(Describe(root, file.Passport)));
        else Print(Page.OnConsole(), root, file);
    }

    private static async Task GrowAsync(NodeApi api, Node node, int depth, Dictionary<ModelId, (ulong Number, List<(ModelId Model, ulong Share)> Parents)> known, CancellationToken cancellation)
    {
        if (depth == MostDepth) return;
        foreach (var (parent, share) in (await AskAsync(api, node.Model, known, cancellation)).Parents)
        {
            var grown = new Node(parent, (await AskAsync(api, parent, known, cancellation)).Number, share, []);
            node.Parents.Add(grown);
            await GrowAsync(api, grown, depth + 1, known, cancellation);
        }
    }

    private static async Task<(ulong Number, List<(ModelId Model, ulong Share)> Parents)> AskAsync(NodeApi api, ModelId model, Dictionary<ModelId, (ulong Number, List<(ModelId Model, ulong Share)> Parents)> known, CancellationToken cancellation)
    {
        if (known.TryGetValue(model, out var said)) return said;
        // A dense lineage of eight steps has more ways than anybody reads.
        if (known.Count >= MostLines) return (0, []);
        var answer = await api.GetAsync($"api/v1/models/{model}", cancellation) ?? throw new VerbException(ExitCode.Api, $"api: the node knows no model {model}, which is another one's parent.");
        try
        {
            said = (answer.GetProperty("number").GetUInt64(),
                [.. answer.GetProperty("parents").EnumerateArray().Select(parent => (new ModelId(Hash32.Parse(parent.GetProperty("model").GetString() ?? string.Empty)), parent.GetProperty("share").GetUInt64()))]);
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node's model {model} cannot be read: {e.Message}", e);
        }

        known.Add(model, said);
        return said;
    }

    private static object Describe(Node node, Passport passport) => new
    {
        model = node.Model.ToString(),
        number = node.Number,
        shareMillionths = node.Share,
        flowed = Flowed(passport, node.Model)?.Select(flow => new { token = flow.Token.ToChecksumString(), amount = flow.Amount.ToString() }),
        parents = node.Parents.Select(parent => Describe(parent, passport)),
    };

    private static void Print(Page page, Node root, PassportFile file)
    {
        page.Heading(string.Create(CultureInfo.InvariantCulture, $"#{file.Number} {(file.Document is { Name.Length: > 0 } document ? Inert.Of(document.Name, 60) : root.Model.ToString()[..18] + "…")}"));
        if (root.Parents.Count == 0) page.Line("It names no parents: nothing of its money flows upstream.");
        var (left, shown) = (MostLines, new HashSet<ModelId>());
        Print(page, root, file, 1, shown, ref left);
        if (left <= 0) page.Line("… and more: --json has what fits.");
        foreach (var name in file.Document?.BaseModels ?? []) page.Line($"~ its owner names {Inert.Of(name, 100)} as a base, which is not a parent here");
    }

    private static void Print(Page page, Node node, PassportFile file, int depth, HashSet<ModelId> shown, ref int left)
    {
        foreach (var parent in node.Parents)
        {
            if (--left < 0) return;
            // What flowed to an ancestor came by all ways: it stands once.
            var flows = shown.Add(parent.Model) ? Flowed(file.Passport, parent.Model) : null;
            var flowed = flows is { Count: > 0 } ? "; got " + string.Join(", ", flows.Select(flow => FigureWords.Amount(flow.Amount, file.TokenOf(flow.Token)))) : string.Empty;
            page.Item(new string(' ', 2 * depth) + "└ ", $"#{parent.Number.ToString(CultureInfo.InvariantCulture)} {parent.Model.ToString()[..18]}… gets {Percent(parent.Share)} of what reaches {(depth == 1 ? "the model" : "the one above")}{flowed}");
            Print(page, parent, file, depth + 1, shown, ref left);
        }
    }

    private static IReadOnlyList<(Address Token, UInt256 Amount)>? Flowed(Passport passport, ModelId model) => passport.Ancestors.FirstOrDefault(ancestor => ancestor.Model == model)?.Flowed;

    /// <summary>Millionths as a percentage, with the digits that it has.</summary>
    internal static string Percent(ulong millionths) => $"{Amounts.Format(millionths, 4)} %";
}
