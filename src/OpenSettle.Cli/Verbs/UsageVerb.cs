using System.CommandLine;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Queue;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle usage: a gateway's events into the queue.</summary>
internal static class UsageVerb
{
    private static readonly Option<string> Gateway = new("--gateway") { Description = "the gateway's name, as 'opensettle gateway add' gave it; its key is --api-key", HelpName = "NAME", Required = true };
    private static readonly Option<string> FileOption = new("--file") { Description = "file of events, one CloudEvent a line; - for the input", HelpName = "FILE", DefaultValueFactory = _ => "-" };

    public static Command Create() => new("usage", "Brings usage to nodes, for gateways")
    {
        VerbRunner.Create(
            "publish", "Publishes events to the broker of the setting queue as they come, and ends when there are no more and it has confirmed all of them; to do so again changes nothing",
            [QueueSettings.Queue, Settings.Deployment, Settings.ApiKey], PublishAsync, Gateway, FileOption, VerbRunner.Json)
            .Printing<Result>()
            .WithExamples("opensettle usage publish --deployment deployment.json --queue file:queue.txt --gateway eu-1 --api-key file:eu-1.key --file events.jsonl"),
    };

    private static async Task PublishAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var queue = QueueOptions.From(settings) ?? throw new VerbException(ExitCode.Usage, $"queue is not set: there is no broker to publish to. Set it by {QueueSettings.Queue.Flag} file:PATH or {QueueSettings.Queue.EnvironmentName}.");
        var deployment = DeploymentFile.Read(settings.Get(Settings.Deployment)).Watched.Id;
        var path = parsed.GetValue(FileOption) ?? "-";
        using var lines = Open(path);
        var began = Clock.Real.GetTimestamp();
        await using var publisher = new GatewayPublisher(queue, deployment, parsed.GetValue(Gateway) ?? string.Empty, settings.Get(Settings.ApiKey), Clock.Real);
        PublishedUsage done;
        try
        {
            using var line = ProgressLine.OnTerminal(Clock.Real);
            done = await publisher.PublishAsync(lines, line is null ? null : new Told(line), cancellation);
        }
        catch (OperationCanceledException e) when (cancellation.IsCancellationRequested)
        {
            throw new VerbException(ExitCode.Stopped, FormattableString.Invariant($"stopped: the broker confirmed {publisher.Now.Confirmed} events. Publish the whole file again: those that it has are known by their ids."), e);
        }
        catch (UsageLineException e)
        {
            throw new VerbException(ExitCode.Usage, FormattableString.Invariant($"--file: {e.Message} The {publisher.Now.Confirmed} before it are confirmed; correct it and publish the whole file again."), e);
        }
        catch (Exception e) when (e is QueueException or StreamMissingException)
        {
            throw new VerbException(ExitCode.Api, e.Message, e);
        }

        if (parsed.GetValue(VerbRunner.Json)) JsonOutput.Print(new Result(done.Confirmed));
        else
        {
            var page = Page.OnConsole();
            page.Item("published ", FormattableString.Invariant($"{done.Confirmed:N0} events in {Times.Long(Clock.Real.GetElapsedTime(began))}: the broker has them"));
            page.Item("then      ", "a node takes each that is new; what cannot be taken lies in its quarantine");
        }
    }

    private static StreamReader Open(string path)
    {
        // Not the console's own reader, which nothing stops while it waits.
        if (path == "-") return new StreamReader(Console.OpenStandardInput());
        try
        {
            return new StreamReader(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new VerbException(ExitCode.Usage, $"--file: cannot read {path}: {e.Message}", e);
        }
    }

    private sealed class Told(ProgressLine line) : IProgress<PublishedUsage>
    {
        public void Report(PublishedUsage value) => line.Show(FormattableString.Invariant($"publishing: {value.Confirmed:N0} of {value.Read:N0} events confirmed{(value.Trouble is { } trouble && value.Confirmed < value.Read ? $"; {Inert.Of(trouble)}" : string.Empty)}"));
    }

    /// <param name="Confirmed">Events that the broker has.</param>
    private sealed record Result(long Confirmed);
}
