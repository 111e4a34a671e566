using System.Text;

namespace OpenSettle.Cli.Completing;

/// <summary>For zsh: sourced, or as a file _opensettle on fpath.</summary>
internal static class ZshCompletions
{
    public static string Write(IReadOnlyList<CompletionPlace> places)
    {
        var text = new StringBuilder();
        text.Append("""
            #compdef opensettle
            # Completions of opensettle for zsh. In ~/.zshrc, after compinit: source <(opensettle completions zsh)
            _opensettle() {
              local verb="" word="" i prev="${words[CURRENT-1]}" cur="${words[CURRENT]}" files=""
              local -a verbs options values
              for ((i = 2; i < CURRENT; i++)); do
                word="${words[i]}"
                case "$verb/$word" in

            """);
        text.AppendVerbs(places);
        text.Append("""
                esac
              done
              case "$verb $prev" in

            """);
        text.AppendValues(places, static value => value.Words.Count > 0 ? $"compadd -- {string.Join(' ', value.Words.Select(Quoted))}; return" : value.Files ? "_files; return" : "return 1");

        text.Append("""
              esac
              case "$verb" in

            """);
        foreach (var place in places)
        {
            text.Append("    \"").Append(place.Path).AppendLine("\")");
            text.Append("      verbs=(").AppendJoin(' ', place.Verbs.Select(verb => Described(verb.Name, verb.Description))).AppendLine(")");
            text.Append("      options=(").AppendJoin(' ', place.Options.Select(option => Described(option.Name, option.Description))).AppendLine(")");
            if (place.Argument.Words.Count > 0) text.Append("      values=(").AppendJoin(' ', place.Argument.Words.Select(Quoted)).AppendLine(")");
            if (place.Argument.Files) text.AppendLine("      files=1");
            text.AppendLine("      ;;");
        }

        text.Append("""
              esac
              if [[ "$cur" == -* ]]; then _describe -o option options
              elif (( ${#verbs} )); then _describe command verbs
              elif (( ${#values} )); then compadd -- "${values[@]}"
              elif [[ -n "$files" ]]; then _files
              fi
            }
            if [[ "${funcstack[1]}" == "_opensettle" ]]; then _opensettle "$@"; elif (( $+functions[compdef] )); then compdef _opensettle opensettle; fi

            """);
        return text.ToString();
    }

    private static string Described(string name, string description) => Quoted($"{name.Replace(":", "\\:", StringComparison.Ordinal)}:{description}");

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
