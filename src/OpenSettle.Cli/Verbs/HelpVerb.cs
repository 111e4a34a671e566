using System.CommandLine;
using OpenSettle.Cli.Help;
using OpenSettle.Cli.Screen;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle help: of a verb, or of the exit codes.</summary>
internal static class HelpVerb
{
    private const string Codes = "exit-codes";

    private static readonly Argument<string[]> Topic = new("topic") { Description = $"a command, such as 'model show', or {Codes}", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create() => VerbRunner.Create(
        "help", "Shows help of a command, or what the exit codes mean", [], (_, parsed, _) => Run(parsed), Topic)
        .WithExamples("opensettle help model show", "opensettle help exit-codes");

    private static Task Run(ParseResult parsed)
    {
        var topic = parsed.GetValue(Topic) ?? [];
        var page = Page.OnConsole();
        if (topic is [Codes])
        {
            foreach (var (code, meaning) in ExitCodes.All) page.Item($"{(int)code,5}  ", meaning);
            return Task.CompletedTask;
        }

        var root = CommandLine.Create();
        Command command = root;
        foreach (var name in topic)
        {
            command = command.Subcommands.FirstOrDefault(verb => verb.Name == name)
                ?? throw new VerbException(ExitCode.Usage, $"topic: there is no '{Inert.Of(name, 40)}'.{Node.Configuration.Nearest.Hint(name, command.Subcommands.Select(verb => verb.Name).Append(Codes))}");
        }

        if (command is RootCommand) HelpPage.PrintAll(page, root);
        else HelpPage.PrintVerb(page, command);
        return Task.CompletedTask;
    }
}
