using System.Text;

namespace OpenSettle.Cli.Completing;

/// <summary>What bash and zsh are told alike: both match a text against cases.</summary>
internal static class ShellCases
{
    /// <summary>Which words are verbs, behind which others.</summary>
    public static void AppendVerbs(this StringBuilder text, IReadOnlyList<CompletionPlace> places) =>
        text.Append("      ").AppendJoin('|', places.Where(place => place.Path.Length > 0).Select(place => place.Path)).AppendLine(") verb=\"$verb/$word\" ;;");

    /// <summary>What is done behind each option that takes a value.</summary>
    public static void AppendValues(this StringBuilder text, IReadOnlyList<CompletionPlace> places, Func<ValueForm, string> does)
    {
        foreach (var place in places)
        {
            foreach (var option in place.Options)
            {
                if (option.Value is { } value) text.Append("    \"").Append(place.Path).Append(' ').Append(option.Name).Append("\") ").Append(does(value)).AppendLine(" ;;");
            }
        }
    }
}
