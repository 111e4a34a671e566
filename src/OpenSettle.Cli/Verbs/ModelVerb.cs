using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Models;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle model: shows models, registers them, and says more of them.</summary>
internal static partial class ModelVerb
{
    private const int MostWait = 3600;

    private static readonly Argument<string> Model = new("model") { Description = ModelNames.Help };
    private static readonly Argument<string> DocumentFile = new("file") { Description = "the document, as it was written" };
    private static readonly Option<string?> FromCard = new("--from-card") { Description = "a Hugging Face model card", HelpName = "README.md" };
    private static readonly Option<string?> DocumentOption = new("--document") { Description = "a document that stands already", HelpName = "FILE" };
    private static readonly Option<string?> UriOption = new("--uri") { Description = "where the document will be found; {hash} stands for its hash", HelpName = "ADDRESS" };
    private static readonly Option<bool> LeaveOut = new("--leave-out-faults") { Description = "take a card that has faults, without what is wrong; all of it is named" };
    private static readonly Option<bool> Yes = new("--yes") { Description = "send the transaction; without it everything is checked and shown" };
    private static readonly Option<int> Wait = new("--wait") { Description = "seconds to wait until the node takes what the chain has the hash of", DefaultValueFactory = _ => 60 };
    private static readonly Option<bool> Json = new("--json") { Description = "print one JSON object" };

    public static Command Create() => new("model", "Shows models, registers them from a model card, and publishes what their owners say of them")
    {
        VerbRunner.Create("show", "Shows a model as the registry has it", [Settings.Api], ShowAsync, Model, Json)
            .Printing("the answer of GET /api/v1/models/{id}").WithExamples($"opensettle model show {ExampleModel}"),
        VerbRunner.Create(
            "register", "Makes a draft from a card (--from-card), and registers a draft that a person looked at (--draft)", ModelChain.Settings, RegisterAsync,
            FromCard, Draft, Out, WeightFiles, UriOption, LeaveOut, Yes, Wait, Json)
            .Printing<RegisteredJson>()
            .WithExamples("opensettle model register --from-card README.md --weights model.safetensors", "opensettle model register --draft model.draft.json --deployment deployment.json --sender-key file:owner.key --yes"),
        VerbRunner.Create("set-metadata", "Names another document that says more of a model", ModelChain.Settings, SetMetadataAsync, Model, FromCard, DocumentOption, UriOption, LeaveOut, Yes, Wait, Json)
            .Printing<MetadataJson>()
            .WithExamples($"opensettle model set-metadata {ExampleModel} --from-card README.md --deployment deployment.json --sender-key file:owner.key --yes"),
        CreateSplit(),
        CreateLineage(),
        CreateGateway(),
        VerbRunner.Create("publish", "Gives a node a document that a model names", [Settings.Api], PublishAsync, DocumentFile, VerbRunner.Json)
            .Printing<PublishedJson>().WithExamples("opensettle model publish model-0123456789abcdef.json"),
    };

    private static async Task ShowAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var api = NodeApi.Of(settings);
        var id = await ModelNames.FindAsync(api, parsed.GetValue(Model), cancellation);
        var model = await api.GetAsync($"api/v1/models/{id}", cancellation) ?? throw new VerbException(ExitCode.Refused, $"the node knows no model {id}.");
        if (parsed.GetValue(Json))
        {
            Console.WriteLine(model.GetRawText());
            return;
        }

        try
        {
            Print(Page.OnConsole(), model);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node answers in a form that this version does not know: {e.Message}", e);
        }
    }

    private static void Print(Page page, JsonElement model)
    {
        string Text(JsonElement part, string name) => Inert.Of(part.GetProperty(name).ToString(), 300);
        page.Heading($"model #{Text(model, "number")}: {Text(model, "id")}");
        page.Item("owner    ", Text(model, "owner"));
        page.Item("pay      ", Text(model, "payAddress"));
        page.Item("weights  ", Text(model, "identityHash"));
        page.Item("uri      ", Text(model, "uri"));
        var split = model.GetProperty("split");
        page.Line($"split    version {Text(split, "version")}{(split.TryGetProperty("committed", out var committed) && committed.ValueKind == JsonValueKind.Object && !committed.GetProperty("published").GetBoolean() ? ", committed and not published: its money waits" : string.Empty)}");
        foreach (var row in split.GetProperty("rows").EnumerateArray()) page.Item("         ", $"{Text(row, "account")} weighs {Text(row, "weight")}, {Text(row, "role")}");
        if (Text(split, "poolWeight") is not "0" and var pool) page.Item("         ", $"measured influence weighs {pool}");
        foreach (var parent in model.GetProperty("parents").EnumerateArray()) page.Item("parent   ", $"{Text(parent, "model")} gets {Amounts.Format(parent.GetProperty("share").GetUInt64(), 4)} %");
        foreach (var gateway in model.GetProperty("gateways").EnumerateArray()) page.Item("gateway  ", Inert.Of(gateway.ToString(), 60));
    }

    private static async Task SetMetadataAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var (card, file) = (parsed.GetValue(FromCard), parsed.GetValue(DocumentOption));
        if (card is null == file is null) throw new VerbException(ExitCode.Usage, "which document? Give --from-card README.md, or --document FILE.");
        byte[] document;
        if (card is not null)
        {
            var reading = await Cards.ReadAsync(card, parsed.GetValue(LeaveOut), cancellation);
            foreach (var line in Cards.NotCarried(reading)) await Console.Error.WriteLineAsync($"opensettle: not carried: {Inert.Of(line)}");
            document = reading.Document.ToBytes();
        }
        else
        {
            document = await Publishing.ReadDocumentAsync("--document", file ?? string.Empty, cancellation);
        }

        var hash = Keccak256.Hash(document);
        var uri = (parsed.GetValue(UriOption) ?? string.Empty).Replace("{hash}", hash.ToString(), StringComparison.Ordinal);
        using var api = NodeApi.Of(settings);
        var model = await ModelNames.FindAsync(api, parsed.GetValue(Model), cancellation);
        using var chain = await ModelChain.OpenAsync(settings, cancellation);
        var call = new ModelRegistry.SetMetadataCall(model.Value, hash, uri);
        await chain.TryAsync(call, cancellation);
        if (!parsed.GetValue(Yes))
        {
            Console.WriteLine($"would name document {hash}{(uri.Length == 0 ? string.Empty : $" at {Inert.Of(uri, 300)}")} for model {model}. Nothing was sent: add --yes.");
            return;
        }

        var kept = await Publishing.KeepAsync(Environment.CurrentDirectory, document, cancellation);
        var (receipt, _) = await chain.SendAsync(call, cancellation);
        var trouble = await Publishing.OfferAsync(settings, document, kept, Patience(parsed), cancellation);
        if (parsed.GetValue(Json))
        {
            JsonOutput.Print(new MetadataJson(model.ToString(), hash.ToString(), uri, receipt.TransactionHash.ToString(), receipt.BlockNumber, kept, trouble is null));
        }
        else
        {
            Console.WriteLine($"set      document {hash}");
            Console.WriteLine($"         transaction {receipt.TransactionHash} in block {receipt.BlockNumber.ToString(CultureInfo.InvariantCulture)}");
        }

        if (trouble is not null) await Console.Error.WriteLineAsync($"opensettle: {trouble}");
    }

    private static async Task PublishAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var path = parsed.GetValue(DocumentFile) ?? throw new VerbException(ExitCode.Usage, "file: name the document's file.");
        var document = await Publishing.ReadDocumentAsync("file", path, cancellation);
        var hash = Keccak256.Hash(document);
        using var api = NodeApi.Of(settings);
        if (!await api.OfferAsync($"api/v1/documents/{hash}", document, cancellation)) throw new VerbException(ExitCode.Refused, $"the node knows no model whose metadata is {hash}. A registration is known once its block is final; and a file that was edited since has another hash.");
        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(new PublishedJson(hash.ToString()));
        else Console.WriteLine($"published: {hash}");
    }

    private static TimeSpan Patience(ParseResult parsed) =>
        parsed.GetValue(Wait) is >= 0 and <= MostWait and var seconds ? TimeSpan.FromSeconds(seconds) : throw new VerbException(ExitCode.Usage, $"--wait: from 0 to {MostWait} seconds.");

    private sealed record PublishedJson(string Hash);

    /// <param name="Document">The file that it was kept in.</param>
    /// <param name="Published">Whether the node has it.</param>
    private sealed record MetadataJson(string Model, string MetadataHash, string Uri, string Transaction, ulong Block, string Document, bool Published);
}
