using System.Text;

namespace OpenSettle.Cli.Completing;

/// <summary>For PowerShell 5 and later.</summary>
internal static class PowerShellCompletions
{
    public static string Write(IReadOnlyList<CompletionPlace> places)
    {
        var text = new StringBuilder();
        text.Append("""
            # Completions of opensettle for PowerShell. In $PROFILE: opensettle completions powershell | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName opensettle -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                $verbs = @{

            """);
        foreach (var place in places) text.Append("        ").Append(Quoted(place.Path)).Append(" = @(").AppendJoin("; ", place.Verbs.Select(verb => Pair(verb.Name, verb.Description))).AppendLine(")");
        text.AppendLine("    }");
        text.AppendLine("    $options = @{");
        foreach (var place in places) text.Append("        ").Append(Quoted(place.Path)).Append(" = @(").AppendJoin("; ", place.Options.Select(option => Pair(option.Name, option.Description))).AppendLine(")");
        text.AppendLine("    }");
        // Null: any text, and then PowerShell offers files by itself.
        text.AppendLine("    $values = @{");
        foreach (var place in places)
        {
            foreach (var option in place.Options.Where(option => option.Value is not null))
                text.Append("        ").Append(Quoted($"{place.Path} {option.Name}")).Append(" = @(").AppendJoin(", ", (option.Value?.Words ?? []).Select(Quoted)).AppendLine(")");
            if (place.Argument.Words.Count > 0) text.Append("        ").Append(Quoted(place.Path)).Append(" = @(").AppendJoin(", ", place.Argument.Words.Select(Quoted)).AppendLine(")");
        }

        text.Append("""
                }
                $verb = ''
                $previous = ''
                foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
                    if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') { break }
                    $previous = $element.Extent.Text
                    if ($verbs.ContainsKey("$verb/$previous")) { $verb = "$verb/$previous" }
                }
                $found = if ($values.ContainsKey("$verb $previous")) { $values["$verb $previous"] | ForEach-Object { ,@($_, $_) } }
                    elseif ($wordToComplete.StartsWith('-')) { $options[$verb] }
                    elseif ($verbs[$verb].Count -gt 0) { $verbs[$verb] }
                    elseif ($values.ContainsKey($verb)) { $values[$verb] | ForEach-Object { ,@($_, $_) } }
                $found | Where-Object { $_ -and $_[0] -like "$wordToComplete*" } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
                }
            }

            """);
        return text.ToString();
    }

    // The comma before keeps a list of one pair a list of pairs.
    private static string Pair(string name, string description) => $",@({Quoted(name)}, {Quoted(description.Length == 0 ? name : description)})";

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal).Replace("‘", "''", StringComparison.Ordinal).Replace("’", "''", StringComparison.Ordinal)}'";
}
