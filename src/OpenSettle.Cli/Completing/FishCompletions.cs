using System.Text;

namespace OpenSettle.Cli.Completing;

/// <summary>For fish, 3 and later.</summary>
internal static class FishCompletions
{
    public static string Write(IReadOnlyList<CompletionPlace> places)
    {
        var text = new StringBuilder();
        text.Append("""
            # Completions of opensettle for fish. Once: opensettle completions fish > ~/.config/fish/completions/opensettle.fish
            function __opensettle_at
                set -l verb ''
                set -l words (commandline -opc)
                for word in $words[2..-1]
                    switch "$verb/$word"
                        case
            """);
        foreach (var place in places.Where(place => place.Path.Length > 0)) text.Append(' ').Append(Quoted(place.Path));
        text.AppendLine();
        text.Append("""
                            set verb "$verb/$word"
                    end
                end
                test "$verb" = "$argv[1]"
            end
            complete -c opensettle -f

            """);
        foreach (var place in places)
        {
            var at = $"complete -c opensettle -n {Quoted($"__opensettle_at '{place.Path}'")}";
            foreach (var (name, description) in place.Verbs) text.Append(at).Append(" -a ").Append(name).Append(" -d ").AppendLine(Quoted(description));
            foreach (var option in place.Options.Where(option => option.Name.StartsWith("--", StringComparison.Ordinal)))
            {
                text.Append(at).Append(" -l ").Append(option.Name[2..]);
                if (option.Value is { } value) text.Append(value.Words.Count > 0 ? $" -x -a {Quoted(string.Join(' ', value.Words))}" : value.Files ? " -r -F" : " -x");
                text.Append(" -d ").AppendLine(Quoted(option.Description));
            }

            if (place.Argument.Words.Count > 0) text.Append(at).Append(" -a ").AppendLine(Quoted(string.Join(' ', place.Argument.Words)));
            if (place.Argument.Files) text.Append(at).AppendLine(" -F");
        }

        return text.ToString();
    }

    private static string Quoted(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
