using System.CommandLine;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle health: what a container's health check asks, where there is no other program to ask with.</summary>
internal static class HealthVerb
{
    private static readonly Option<bool> Ready = new("--ready") { Description = "ask whether it settles (/readyz), not only whether the process is alive (/healthz)" };

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    public static Command Create() => VerbRunner.Create("health", "Asks a node whether it is well; for health checks", [Settings.Api], RunAsync, Ready, VerbRunner.Json)
        .Printing<Answer>()
        .WithExamples("opensettle health", "opensettle health --ready --api https://node.example");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var api = NodeApi.Of(settings);
        var answer = parsed.GetValue(Ready) ? await ReadinessAsync(api, cancellation) : await HealthAsync(api, cancellation);
        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(answer);
        else if (answer.Well) Console.WriteLine("ok");
        foreach (var warning in parsed.GetValue(VerbRunner.Json) ? [] : answer.Warnings) Console.WriteLine($"warning: {Inert.Of(warning)}");
        if (!answer.Well) throw new VerbException(ExitCode.Unfit, $"the node is not well: {Inert.Of(string.Join("; ", answer.Reasons))}");
    }

    private static async Task<Answer> HealthAsync(NodeApi api, CancellationToken cancellation)
    {
        var (well, text) = await api.GetHealthAsync("healthz", cancellation);
        if (well && text.Trim() != "ok") throw Stranger("healthz");
        return new Answer(well, well ? [] : [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)], []);
    }

    private static async Task<Answer> ReadinessAsync(NodeApi api, CancellationToken cancellation)
    {
        var (well, text) = await api.GetHealthAsync("readyz", cancellation);
        try
        {
            var said = JsonSerializer.Deserialize<Said>(text, Form) ?? throw Stranger("readyz");
            return new Answer(well, said.Reasons, said.Warnings);
        }
        catch (JsonException e)
        {
            throw Stranger("readyz", e);
        }
    }

    private static VerbException Stranger(string path, Exception? inner = null) => new(ExitCode.Api, $"api: what answers to {path} is not a node of OpenSettle. Set --api.", inner);

    private sealed record Said(IReadOnlyList<string> Reasons, IReadOnlyList<string> Warnings);

    private sealed record Answer(bool Well, IReadOnlyList<string> Reasons, IReadOnlyList<string> Warnings);
}
