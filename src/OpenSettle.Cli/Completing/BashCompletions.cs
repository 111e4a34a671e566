using System.Text;

namespace OpenSettle.Cli.Completing;

/// <summary>For bash, 3.2 and later.</summary>
internal static class BashCompletions
{
    public static string Write(IReadOnlyList<CompletionPlace> places)
    {
        var text = new StringBuilder();
        text.Append("""
            # Completions of opensettle for bash. In ~/.bashrc: source <(opensettle completions bash)
            _opensettle() {
              local cur="${COMP_WORDS[COMP_CWORD]}" prev="" verb="" word="" i verbs="" options="" words="" files=""
              COMPREPLY=()
              if [ "$COMP_CWORD" -gt 0 ]; then prev="${COMP_WORDS[COMP_CWORD-1]}"; fi
              # bash cuts words at '=': --option=value is completed as --option value is.
              if [ "$cur" = "=" ]; then cur=""; elif [ "$prev" = "=" ] && [ "$COMP_CWORD" -gt 1 ]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi
              for ((i = 1; i < COMP_CWORD; i++)); do
                word="${COMP_WORDS[i]}"
                case "$verb/$word" in

            """);
        text.AppendVerbs(places);
        text.Append("""
                esac
              done
              case "$verb $prev" in

            """);
        text.AppendValues(places, static value => value.Words.Count > 0 ? $"words=\"{string.Join(' ', value.Words)}\"" : value.Files ? "files=1" : "return 0");

        text.Append("""
                *)
                  case "$verb" in

            """);
        foreach (var place in places)
        {
            text.Append("        \"").Append(place.Path).Append("\") verbs=\"").AppendJoin(' ', place.Verbs.Select(verb => verb.Name)).Append("\"; options=\"")
                .AppendJoin(' ', place.Options.Select(option => option.Name)).Append('"');
            if (place.Argument.Words.Count > 0) text.Append("; words=\"").AppendJoin(' ', place.Argument.Words).Append('"');
            if (place.Argument.Files) text.Append("; files=1");
            text.AppendLine(" ;;");
        }

        text.Append("""
                  esac
                  case "$cur" in
                    -*) words="$options"; files="" ;;
                    *) if [ -n "$verbs" ]; then words="$verbs"; fi ;;
                  esac
                  ;;
              esac
              local IFS=$'\n'
              if [ -n "$files" ]; then
                compopt -o filenames 2>/dev/null
                COMPREPLY=($(compgen -f -- "$cur"))
              elif [ -n "$words" ]; then
                COMPREPLY=($(compgen -W "${words// /$'\n'}" -- "$cur"))
              fi
            }
            complete -F _opensettle opensettle

            """);
        return text.ToString();
    }
}
