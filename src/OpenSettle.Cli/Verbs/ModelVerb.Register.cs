using System.CommandLine;
using System.Globalization;
using OpenSettle.Cli.Models;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>
/// opensettle model register: first a draft for a person to look at, then, of the draft, one transaction. It is the last thing that can fail a registration:
/// before it everything was checked and the document written to disk; after it the document only has to be published.
/// </summary>
internal static partial class ModelVerb
{
    private const string DraftName = "model.draft.json";

    private static readonly Option<string?> Draft = new("--draft") { Description = "the draft to register", HelpName = "FILE" };
    private static readonly Option<string> Out = new("--out") { Description = "write the draft into this file, which must not exist", HelpName = "FILE", DefaultValueFactory = _ => DraftName };
    private static readonly Option<string[]> WeightFiles = new("--weights") { Description = "the weights: their SHA-256 is the model's identity; several files together", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };

    private static Task RegisterAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation) => (parsed.GetValue(FromCard), parsed.GetValue(Draft)) switch
    {
        ({ } card, null) => MakeDraftAsync(card, parsed, cancellation),
        (null, { } draft) => RegisterDraftAsync(draft, settings, parsed, cancellation),
        _ => throw new VerbException(ExitCode.Usage, $"first a draft: --from-card README.md; then, once you looked at it: --draft {DraftName} --yes."),
    };

    private static async Task MakeDraftAsync(string card, ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(Yes)) throw new VerbException(ExitCode.Usage, "--yes: a card gives a draft. Look at it, then register it with --draft.");
        var reading = await Cards.ReadAsync(card, parsed.GetValue(LeaveOut), cancellation);
        var identity = parsed.GetValue(WeightFiles) is { Length: > 0 } files ? await Weights.DigestAsync(files, cancellation) : Hash32.Zero;
        var notCarried = Cards.NotCarried(reading).ToList();
        var text = DraftFile.Write(ModelDraft.Of(reading.Document, identity, parsed.GetValue(UriOption) ?? string.Empty), notCarried);
        var path = parsed.GetValue(Out) ?? DraftName;
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await file.WriteAsync(text, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new VerbException(ExitCode.Usage, $"--out: cannot write {path}: {e.Message}", e);
        }

        foreach (var line in notCarried) await Console.Error.WriteLineAsync($"opensettle: not carried: {Inert.Of(line)}");
        var page = Page.OnConsole();
        Console.WriteLine($"draft    {path}");
        page.Item("name     ", Inert.Of(reading.Document.Name, 200));
        if (identity.IsZero) page.Item("         ", "Fill in identityHash, the digest of the weights: it never changes afterwards.");
        page.Item("         ", "Look at split, parents, gateways, notice and royalty. All goes to the owner as it is.");
        foreach (var name in reading.Document.BaseModels) page.Item("         ", $"It was made from {Inert.Of(name, 100)}: if that is a model here, name it in parents with its share.");
        // On one line, however long: it is copied.
        Console.WriteLine($"then     opensettle model register --draft {path} --yes");
    }

    private static async Task RegisterDraftAsync(string path, SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(WeightFiles) is { Length: > 0 }) throw new VerbException(ExitCode.Usage, "--weights: with --from-card. A draft has its identityHash.");
        var patience = Patience(parsed);
        var (draft, faults) = DraftFile.Read(await Publishing.ReadAsync("--draft", path, ModelDraft.MostBytes, cancellation));
        if (draft is not null) faults = draft.Faults();
        if (draft is null || faults.Count > 0) throw await WrongAsync(path, faults);
        using var chain = await ModelChain.OpenAsync(settings, cancellation);
        var model = await chain.AskAsync(new ModelRegistry.ModelIdOf(chain.Account, draft.Salt), cancellation);
        var registration = draft.ToRegistration(await ParentsAsync(draft, model, settings, chain, path, cancellation), await chain.AskAsync(new ModelRegistry.OwnerSentinel(), cancellation));
        var call = new ModelRegistry.RegisterCall(registration);
        var pay = await chain.AskAsync(new ModelRegistry.PayAddressOf(model), cancellation);
        var number = await chain.AskAsync(new ModelRegistry.NumberOf(model), cancellation);
        if (number == 0) await chain.TryAsync(call, cancellation);
        if (!parsed.GetValue(Yes))
        {
            Show(Page.OnConsole(), draft, registration, model, pay, number, chain.Account);
            return;
        }

        var document = draft.Document.ToBytes();
        var kept = await Publishing.KeepAsync(Path.GetDirectoryName(Path.GetFullPath(path)) ?? string.Empty, document, cancellation);
        var transaction = (Hash32?)null;
        if (number == 0)
        {
            var (receipt, said) = await chain.SendAsync(call, cancellation);
            transaction = receipt.TransactionHash;
            number = said.OfType<ModelRegistry.ModelRegistered>().Single(registered => registered.ModelId == model).Number;
        }

        var trouble = await Publishing.OfferAsync(settings, document, kept, patience, cancellation);
        Print(parsed.GetValue(Json), model, number, pay, transaction, registration.MetadataHash, kept, trouble is null);
        if (trouble is not null) await Console.Error.WriteLineAsync($"opensettle: {trouble}");
    }

    /// <summary>Parents that there are: a model has none that came after it, so that no lineage goes in a circle.</summary>
    private static async Task<IReadOnlyList<Parent>> ParentsAsync(ModelDraft draft, Hash32 model, SettingsReader settings, ModelChain chain, string path, CancellationToken cancellation)
    {
        var (parents, faults) = (new List<Parent>(), new List<string>());
        using var api = NodeApi.Of(settings);
        foreach (var (name, share) in draft.Parents)
        {
            var parent = (await ModelNames.FindAsync(api, name, cancellation)).Value;
            if (parent == model) faults.Add("parents: the model is its own parent: a lineage that goes in a circle.");
            else if (parents.Any(known => known.ModelId == parent)) faults.Add($"parents: {parent} stands there twice.");
            else if (await chain.AskAsync(new ModelRegistry.NumberOf(parent), cancellation) == 0) faults.Add($"parents: {parent} is not registered. A parent is registered before its child, so that no lineage goes in a circle.");
            parents.Add(new Parent(parent, share));
        }

        return faults.Count == 0 ? parents : throw await WrongAsync(path, faults);
    }

    private static async Task<VerbException> WrongAsync(string path, IReadOnlyList<string> faults)
    {
        foreach (var fault in faults) await Console.Error.WriteLineAsync($"opensettle: {path}: {Inert.Of(fault)}");
        return new VerbException(ExitCode.Usage, $"--draft: {path} has {faults.Count} {(faults.Count == 1 ? "fault" : "faults")}, named above. Nothing was sent.");
    }

    private static void Show(Page page, ModelDraft draft, Registration registration, Hash32 model, Address pay, ulong number, Address account)
    {
        page.Heading(Inert.Of(draft.Document.Name, 80));
        page.Item("id       ", model.ToString());
        page.Item("owner    ", account.ToChecksumString());
        page.Item("pay      ", pay.ToChecksumString());
        page.Item("weights  ", draft.IdentityHash.ToString());
        page.Item("document ", $"{registration.MetadataHash}{(registration.Uri.Length == 0 ? ", without an address" : $" at {Inert.Of(registration.Uri, 300)}")}");
        var whole = draft.Rows.Aggregate((UInt256)draft.PoolWeight, (sum, row) => sum + row.Weight);
        foreach (var row in draft.Rows) page.Item("gets     ", $"{row.Account?.ToChecksumString() ?? "the owner"} {row.Weight.ToString(CultureInfo.InvariantCulture)} of {whole}, {Inert.Of(row.Role, 40)}");
        if (draft.PoolWeight > 0) page.Item("gets     ", $"measured influence {draft.PoolWeight.ToString(CultureInfo.InvariantCulture)} of {whole}");
        foreach (var parent in registration.Parents) page.Item("parent   ", $"{parent.ModelId} gets {Amounts.Format(parent.Share, 4)} % of what comes in");
        foreach (var gateway in draft.Gateways) page.Item("gateway  ", gateway.ToChecksumString());
        page.Item("notice   ", $"{draft.NoticeSeconds.ToString(CultureInfo.InvariantCulture)} seconds before a change of these takes effect; royalty {Amounts.Format((ulong)draft.RoyaltyBasisPoints, 2)} % of resales");
        page.Line(number > 0 ? $"It is registered already, as #{number.ToString(CultureInfo.InvariantCulture)}: with --yes only its document is published." : "All of it is good. Nothing was sent: add --yes.");
    }

    private static void Print(bool json, Hash32 model, ulong number, Address pay, Hash32? transaction, Hash32 metadata, string kept, bool published)
    {
        if (json)
        {
            JsonOutput.Print(new RegisteredJson(model.ToString(), number, pay.ToChecksumString(), transaction?.ToString(), metadata.ToString(), kept, published));
            return;
        }

        Console.WriteLine($"{(transaction is null ? "is there" : "registered")} #{number.ToString(CultureInfo.InvariantCulture)} {model}");
        Console.WriteLine($"pay      {pay.ToChecksumString()}");
        if (transaction is { } sent) Console.WriteLine($"sent     {sent}");
        Console.WriteLine($"document {kept}{(published ? ", published" : string.Empty)}");
    }

    /// <param name="Transaction">Null where it was registered before.</param>
    /// <param name="Document">The file that it was kept in.</param>
    /// <param name="Published">Whether the node has it.</param>
    private sealed record RegisteredJson(string Model, ulong Number, string PayAddress, string? Transaction, string MetadataHash, string Document, bool Published);
}
