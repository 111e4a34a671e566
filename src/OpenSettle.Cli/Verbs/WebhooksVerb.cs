using System.CommandLine;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Signals.Webhooks;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle webhooks: whether who is to be told can be told.</summary>
internal static class WebhooksVerb
{
    public static Command Create() => new("webhooks", "Tries the addresses that a node tells of epochs, payouts and alerts")
    {
        VerbRunner.Create(
            "test", "Sends each target one message of the type test, once, and says what it answered; no node is needed",
            [Settings.Deployment, SignalSettings.Webhooks, SignalSettings.WebhookSecret], TestAsync, VerbRunner.Json)
            .Printing<IReadOnlyList<TargetJson>>()
            .WithExamples("opensettle webhooks test --config settings.json"),
    };

    private static async Task TestAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var options = SignalOptions.From(settings);
        if (options.Webhooks.Count == 0) throw new VerbException(ExitCode.Usage, $"webhooks is not set: there is nobody to tell. Set it by {SignalSettings.Webhooks.EnvironmentName} or in the file.");
        var deployment = DeploymentFile.Read(settings.Get(Settings.Deployment)).Watched.Id;
        var answers = await WebhookTrial.SendAsync(options, deployment, Clock.Real, cancellation);
        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(answers.Select(answer => new TargetJson(answer.Target, answer.Why is null, answer.Why)));
        else
        {
            foreach (var answer in answers) Console.WriteLine($"{(answer.Why is null ? "taken   " : "refused ")} {Inert.Of(answer.Target)}{(answer.Why is { } why ? $": {Inert.Of(why)}" : string.Empty)}");
        }

        var refused = answers.Count(answer => answer.Why is not null);
        if (refused > 0) throw new VerbException(ExitCode.Refused, $"{refused} of {answers.Count} targets did not take it. They have to answer 2xx within 10 seconds.");
    }

    /// <param name="Target">Without credentials.</param>
    /// <param name="Why">Why it did not take it; absent where it did.</param>
    private sealed record TargetJson(string Target, bool Taken, string? Why);
}
