using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OpenSettle.Cli.Candidates;
using OpenSettle.Cli.Screen;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;

namespace OpenSettle.Cli.Verbs;

/// <summary>
/// opensettle candidate: what waits for attestors' signatures, and how an attestor signs it whose key is where there is no network: it is
/// exported, checked, carried over, signed, carried back and handed in.
/// </summary>
internal static partial class CandidateVerb
{
    private const string Place = "api/v1/candidate";

    private static readonly Argument<string> File = new("file") { Description = "what 'opensettle candidate export' wrote" };

    /// <param name="File">The candidate's file.</param>
    /// <param name="Bundle">The bundle's file; null: it was not asked for.</param>
    internal sealed record ExportForm(string File, string? Bundle, CandidateFile.CandidateForm Candidate);

    /// <param name="Taken">Whether the leader took it.</param>
    /// <param name="Refusal">Why not; null: it did.</param>
    internal sealed record HandedIn(string File, string Attestor, bool Taken, string? Refusal);

    /// <param name="Signatures">Those that the leader has now; null: it has no candidate any more.</param>
    internal sealed record SubmitForm(IReadOnlyList<HandedIn> Words, int? Signatures, uint? Threshold);

    public static Command Create() => new("candidate", "Shows the epoch that waits for attestors' signatures, and signs it where there is no network")
    {
        VerbRunner.Create("show", "Shows the candidate of a node that settles, who signed it, and who refuses and why", [Settings.Api], ShowAsync, VerbRunner.Json)
            .Printing("the answer of GET /api/v1/candidate")
            .WithExamples("opensettle candidate show --api https://settle.example"),
        CreateExport(),
        CreateCheck(),
        CreateSign(),
        CreateSubmit(),
    };

    private static Command CreateExport()
    {
        var output = new Option<string>("--out") { Description = "the file that is written", HelpName = "FILE", Required = true };
        var folder = new Option<string?>("--bundle") { Description = "folder that the candidate's bundle is written to, too, under its hash", HelpName = "FOLDER" };
        return VerbRunner.Create(
            "export", "Writes the candidate of a node that settles to a file that can be carried", [Settings.Api, Settings.Deployment],
            (settings, parsed, cancellation) => ExportAsync(settings, parsed, parsed.GetRequiredValue(output), parsed.GetValue(folder), cancellation), output, folder, VerbRunner.Json)
            .Printing<ExportForm>()
            .WithExamples(
                "opensettle candidate export --api https://settle.example --deployment deployment.json --out candidate.json",
                "opensettle candidate export --api https://settle.example --deployment deployment.json --out candidate.json --bundle bundles/");
    }

    private static Command CreateSubmit()
    {
        var words = new Argument<string[]>("word") { Description = "what 'opensettle candidate sign' wrote, one file or several", Arity = ArgumentArity.OneOrMore };
        return VerbRunner.Create(
            "submit", "Gives words of attestors to the node that settles, and says what it makes of them", [Settings.Api],
            (settings, parsed, cancellation) => SubmitAsync(settings, parsed, parsed.GetValue(words) ?? [], cancellation), words, VerbRunner.Json)
            .Printing<SubmitForm>()
            .WithExamples("opensettle candidate submit word.json --api https://settle.example");
    }

    private static async Task ShowAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var api = NodeApi.Of(settings);
        var answer = await AskAsync(api, cancellation);
        if (parsed.GetValue(VerbRunner.Json)) Console.WriteLine(answer.GetRawText());
        else AccountApi.Read(() => Print(Page.OnConsole(), answer));
    }

    private static bool Print(Page page, JsonElement answer)
    {
        if (!answer.TryGetProperty("candidate", out var candidate) || candidate.ValueKind != JsonValueKind.Object)
        {
            page.Line("Nothing waits for signatures.");
            return true;
        }

        var attestors = candidate.GetProperty("attestors").EnumerateArray().ToList();
        page.Heading($"Epoch {Text(candidate, "epoch")}, attempt {Text(candidate, "attempt")}: {Signed(candidate)} of {Text(candidate, "threshold")} signatures");
        page.Item("root      ", candidate.GetProperty("root").GetString() ?? string.Empty);
        page.Item("bundle    ", candidate.GetProperty("bundleHash").GetString() ?? string.Empty);
        page.Item("          ", Inert.Of(candidate.GetProperty("bundleUri").GetString() ?? string.Empty, 200));
        page.Item("digest    ", candidate.GetProperty("digest").GetString() ?? string.Empty);
        foreach (var attestor in attestors)
        {
            var (name, at) = (Inert.Of(attestor.GetProperty("attestor").GetString() ?? string.Empty, 60), attestor.TryGetProperty("at", out var time) ? $", {FigureWords.Time(time.GetUInt64())}" : string.Empty);
            if (attestor.GetProperty("signed").GetBoolean()) page.Item("signed    ", $"{name}{at}");
            else if (attestor.TryGetProperty("why", out var why)) page.Warning("refuses   ", $"{name}{at}: {Inert.Of(why.GetString() ?? string.Empty, 2_000)}");
            else page.Item("silent    ", name);
        }

        return true;
    }

    private static async Task ExportAsync(SettingsReader settings, ParseResult parsed, string path, string? folder, CancellationToken cancellation)
    {
        var deployment = DeploymentFile.Read(settings.Get(Settings.Deployment));
        using var api = NodeApi.Of(settings);
        var candidate = CandidateFile.OfAnswer(await AskAsync(api, cancellation), deployment.Watched.Id) ?? throw new VerbException(ExitCode.Refused, "nothing waits for signatures at this node.");
        // What is written last is what names the other.
        var bundle = folder is null ? null : await BringAsync(settings, candidate, folder, cancellation);
        PrivateFile.Write(path, candidate.ToText());
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print(new ExportForm(path, bundle, candidate.Form()));
            return;
        }

        foreach (var line in candidate.Words(deployment.Tokens)) Console.WriteLine(line);
        Console.WriteLine($"written to {Inert.Of(path)}{(bundle is null ? string.Empty : $", and its bundle to {Inert.Of(bundle)}")}");
        Console.WriteLine("Nobody has checked it yet: opensettle candidate check.");
    }

    /// <summary>The bundle has the hash that the candidate names, wherever it comes from.</summary>
    private static async Task<string> BringAsync(SettingsReader settings, CandidateFile candidate, string folder, CancellationToken cancellation)
    {
        using var http = Node.Verification.Place.NewClient(Clock.Real);
        PrivateFile.MakeFolder(folder);
        var into = new BundleFolder(new NodeOptionsPaths(string.Empty, string.Empty, folder));
        var source = new BundleSource(VerificationSession.Places($"{settings.Get(Settings.Api).TrimEnd('/')}/bundles", http), http, Clock.Real);
        var fetched = await source.FetchAsync(candidate.Proposal.BundleHash, candidate.Proposal.BundleUri, into, cancellation);
        return fetched.Found ? into.PathOf(candidate.Proposal.BundleHash) : throw new VerbException(ExitCode.Api, $"--bundle: it cannot be had: {Inert.Of(fetched.Why)}.");
    }

    private static async Task SubmitAsync(SettingsReader settings, ParseResult parsed, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        var words = new List<(string Path, WordFile Word)>();
        foreach (var path in paths) words.Add((path, WordFile.Parse(path, await ReadAsync("word", path, WordFile.MostBytes, cancellation))));
        using var api = NodeApi.Of(settings);
        var told = new List<HandedIn>();
        foreach (var (path, word) in words)
        {
            string? refusal = null;
            try
            {
                await api.PostAsync($"{Place}/words", Encoding.UTF8.GetBytes(word.ToText()), cancellation);
            }
            catch (VerbException e) when (e.Code == ExitCode.Refused)
            {
                // One that comes too late keeps no other back.
                refusal = e.Message;
            }

            told.Add(new HandedIn(path, word.Attestor.ToChecksumString(), refusal is null, refusal));
        }

        var answer = await AskAsync(api, cancellation);
        JsonElement? candidate = answer.TryGetProperty("candidate", out var waits) && waits.ValueKind == JsonValueKind.Object ? waits : null;
        int? signatures = candidate is { } some ? Signed(some) : null;
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print(new SubmitForm(told, signatures, candidate?.GetProperty("threshold").GetUInt32()));
        }
        else
        {
            foreach (var item in told) Console.WriteLine($"{(item.Taken ? "taken" : "refused"),-8} {Inert.Of(item.File)}, of {item.Attestor}{(item.Refusal is null ? string.Empty : $": {item.Refusal}")}");
            Console.WriteLine(candidate is { } now ? $"The node has {signatures} of {Text(now, "threshold")} signatures of epoch {Text(now, "epoch")}." : "Nothing waits for signatures at the node any more.");
        }

        if (told.FirstOrDefault(item => !item.Taken) is { } first) throw new VerbException(ExitCode.Refused, $"{told.Count(item => !item.Taken)} of {told.Count} words were not taken: {Inert.Of(first.File)}: {first.Refusal}");
    }

    private static async Task<JsonElement> AskAsync(NodeApi api, CancellationToken cancellation) => await api.GetAsync(Place, cancellation) ?? throw AccountApi.NoNode();

    private static int Signed(JsonElement candidate) => candidate.GetProperty("attestors").EnumerateArray().Count(attestor => attestor.GetProperty("signed").GetBoolean());

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetUInt64().ToString(CultureInfo.InvariantCulture);

    private static Task<byte[]> ReadAsync(string argument, string path, long most, CancellationToken cancellation) => Attesting.AttestOutput.ReadFileAsync(argument, path, most, cancellation);
}
