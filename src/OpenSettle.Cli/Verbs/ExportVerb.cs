using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Passports;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle export: a passport in others' forms. What a form cannot carry is told beside it.</summary>
internal static class ExportVerb
{
    private static readonly Argument<string> Model = new("model") { Description = ModelNames.Help };
    private static readonly Option<string> Format = new("--format") { Description = $"one of {string.Join(", ", PassportExports.Formats)}, eas", HelpName = "FORMAT", Required = true, CompletionSources = { _ => [.. PassportExports.Formats, "eas"] } };
    private static readonly Option<ulong?> Block = new("--block") { Description = "as of the start of this block (default: now)", HelpName = "NUMBER" };
    private static readonly Option<string?> Out = new("--out") { Description = "write it into this file, which must not exist", HelpName = "FILE" };

    public static Command Create() => VerbRunner.Create("export", "Writes a passport as CycloneDX ML-BOM, model card, CSV, JSON, or its attestations as EAS has them", [Settings.Api], RunAsync, Model, Format, Block, Out)
        .WithExamples("opensettle export '#3' --format cyclonedx-1.6 --out bom.json", "opensettle export '#3' --format csv");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var format = parsed.GetValue(Format) ?? string.Empty;
        if (format != "eas" && !PassportExports.Formats.Contains(format)) throw new VerbException(ExitCode.Usage, $"--format: '{Inert.Of(format, 40)}' is not known. Known are {string.Join(", ", PassportExports.Formats)}, eas.");
        using var api = NodeApi.Of(settings);
        var model = await ModelNames.FindAsync(api, parsed.GetValue(Model), cancellation);
        PassportExport export;
        if (format == "eas")
        {
            if (parsed.GetValue(Block) is not null) throw new VerbException(ExitCode.Usage, "--block: attestations are exported as they are now.");
            string[] omitted = [];
            var bytes = await api.GetBytesAsync($"api/v1/models/{model}/export?format=eas", cancellation, headers => omitted = Omitted(headers)) ?? throw new VerbException(ExitCode.Refused, $"the node knows no model {model}, or exports nothing.");
            export = new PassportExport(bytes, "application/json", "json", omitted);
        }
        else
        {
            export = PassportExports.Write(await api.PassportAsync(model, parsed.GetValue(Block), cancellation), format);
        }

        if (parsed.GetValue(Out) is { } path) await WriteAsync(path, export.Content, cancellation);
        else await OutputBytes.WriteAsync(export.Content, line: false, cancellation);
        foreach (var omitted in export.Omitted) await Console.Error.WriteLineAsync($"opensettle: left out: {Inert.Of(omitted)}");
    }

    private static string[] Omitted(HttpResponseHeaders headers) =>
        headers.TryGetValues("OpenSettle-Omitted", out var values) ? JsonSerializer.Deserialize<string[]>(string.Concat(values)) ?? [] : [];

    private static async Task WriteAsync(string path, byte[] content, CancellationToken cancellation)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await file.WriteAsync(content, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new VerbException(ExitCode.Usage, $"--out: cannot write {path}: {e.Message}", e);
        }
    }
}
