using System.CommandLine;
using OpenSettle.Cli.Help;

namespace OpenSettle.Cli;

/// <summary>What is said of a verb where it is made.</summary>
internal static class VerbNotes
{
    /// <summary>Whole command lines that work as they stand, but for the names in them.</summary>
    public static Command WithExamples(this Command command, params IReadOnlyList<string> examples)
    {
        Of(command).Show(examples);
        return command;
    }

    /// <summary>Its JSON document is this type's: it is written from it, and described by it.</summary>
    public static Command Printing<T>(this Command command)
    {
        Of(command).Print(JsonForm.Of(typeof(T)));
        return command;
    }

    /// <summary>Its JSON document is what a node answers, or another form that is described where it belongs.</summary>
    public static Command Printing(this Command command, string description)
    {
        Of(command).Print(new JsonForm(description, []));
        return command;
    }

    private static Verb Of(Command command) => command as Verb ?? throw new ArgumentException($"{command.Name} was not made by {nameof(VerbRunner)}.", nameof(command));
}
