using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle status: what a node knows and does; once, or again and again.</summary>
internal static class StatusVerb
{
    private const int UsualSeconds = 2;
    private const int MostSeconds = 3600;

    private static readonly Option<bool> Json = new("--json") { Description = "print the node's answer as JSON; with --watch one line for each look" };
    private static readonly Option<int?> Watch = new("--watch") { Description = $"look again every so many seconds (default: {UsualSeconds}), until Ctrl-C", HelpName = "SECONDS", Arity = ArgumentArity.ZeroOrOne };

    public static Command Create() => VerbRunner.Create("status", "Shows what a node knows, and what it is doing", [Settings.Api], RunAsync, Watch, Json)
        .Printing("the answer of GET /api/v1/status; with --watch one such object a line")
        .WithExamples("opensettle status", "opensettle status --watch", "opensettle status --api https://node.example --json");

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        using var api = NodeApi.Of(settings);
        var json = parsed.GetValue(Json);
        if (parsed.GetResult(Watch) is null)
        {
            Show(await AskAsync(api, settings, cancellation), json, null);
            return;
        }

        var seconds = parsed.GetValue(Watch) ?? UsualSeconds;
        if (seconds is < 1 or > MostSeconds) throw new VerbException(ExitCode.Usage, $"--watch: from 1 to {MostSeconds} seconds.");
        try
        {
            await WatchAsync(api, settings, TimeSpan.FromSeconds(seconds), json, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // It looks until it is stopped: that it was is how it ends.
        }
    }

    private static async Task WatchAsync(NodeApi api, SettingsReader settings, TimeSpan between, bool json, CancellationToken cancellation)
    {
        (long At, long Events)? before = null;
        while (true)
        {
            double? rate = null;
            try
            {
                var status = await AskAsync(api, settings, cancellation);
                var (now, events) = (Clock.Real.GetTimestamp(), status.TryGetProperty("usageEvents", out var count) && count.TryGetInt64(out var known) ? known : 0);
                if (before is { } last) rate = (events - last.Events) / Clock.Real.GetElapsedTime(last.At, now).TotalSeconds;
                before = (now, events);
                Clear(json);
                Show(status, json, rate);
            }
            catch (VerbException e) when (e.Code == ExitCode.Api)
            {
                // A node that starts again comes back: whoever looks wants to see that.
                Clear(json);
                await Console.Error.WriteLineAsync(json ? JsonOutput.Error(e.Code, [e.Message]) : $"opensettle: {e.Message}");
            }

            if (!json) Console.WriteLine($"{Clock.Real.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}, again in {Times.Long(between)}; Ctrl-C ends");
            await Task.Delay(between, Clock.Real, cancellation);
        }
    }

    private static void Clear(bool json)
    {
        if (!json && !Console.IsOutputRedirected) Console.Write("\u001b[H\u001b[2J");
    }

    private static async Task<JsonElement> AskAsync(NodeApi api, SettingsReader settings, CancellationToken cancellation) => await api.GetAsync("api/v1/status", cancellation)
        ?? throw new VerbException(ExitCode.Api, $"api: {settings.Get(Settings.Api)} is not a node of OpenSettle. Set --api.");

    private static void Show(JsonElement status, bool json, double? rate)
    {
        if (json)
        {
            Console.WriteLine(status.GetRawText());
            return;
        }

        try
        {
            new StatusPage(Page.OnConsole(), Clock.Real, rate).Print(status);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node answers in a form that this version does not know: {e.Message}", e);
        }
    }
}
