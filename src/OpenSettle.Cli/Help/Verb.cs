using System.CommandLine;

namespace OpenSettle.Cli.Help;

/// <summary>A verb with what its help and its reference say beyond its options.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Whole command lines that work as they stand, but for the names in them.</summary>
    public IReadOnlyList<string> Examples { get; private set; } = [];

    /// <summary>What <c>--json</c> prints.</summary>
    public JsonForm? Form { get; private set; }

    /// <summary>Those of its options that are settings, too.</summary>
    public IReadOnlyDictionary<Option, Node.Configuration.SettingDefinition> Settings { get; init; } = new Dictionary<Option, Node.Configuration.SettingDefinition>();

    public void Show(IReadOnlyList<string> examples) => Examples = examples;

    public void Print(JsonForm form) => Form = form;
}
