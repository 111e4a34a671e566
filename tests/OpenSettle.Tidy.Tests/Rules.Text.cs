using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenSettle.Tidy.Tests;

/// <summary>What no file may contain. Each rule takes files and gives its violations in words.</summary>
internal static partial class Rules
{
    private const int MostLines = 400;
    private const long MostBytes = 1_000_000;

    // In pieces, so that this file does not break the rule.
    private static readonly Regex MachinePath = Compile(@"(?<![\w.-])/(?:wo" + @"rk|ro" + @"ot|ho" + @"me/[A-Za-z0-9_.-]+)/|[A-Za-z]:\\+Us" + @"ers\\");

    private static readonly Regex Url = Compile("""https?://(?<host>[^/"'\s<>:)]+)""");

    private static readonly Regex Unfinished = Compile(@"\b(?:NotImplementedException|TODO|FIXME|HACK|XXX)\b");

    private static readonly Regex Evasion = Compile(@"\bSkip\s*=(?![=>])|\bThread\s*\.\s*Sleep\b|\bAssert\.True\(\s*true\b");

    private static readonly Regex Link = Compile(@"\]\((?<target>[^)\s]+)(?:\s+""[^""]*"")?\)");

    private static readonly Regex Code = Compile(@"^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline);

    private static readonly string[] NeutralHosts =
        ["github.com", "opencollective.com", "json.schemastore.org", "json-schema.org", "schemas.microsoft.com", "www.w3.org"];

    public static IEnumerable<string> MachinePaths(IEnumerable<SourceFile> files) => Matches(files, MachinePath, "names a path of one machine");

    public static IEnumerable<string> RegistryHosts(IEnumerable<SourceFile> files)
    {
        foreach (var file in files)
        {
            if (file.Name == "package-lock.json")
            {
                using var json = JsonDocument.Parse(file.Text);
                foreach (var violation in LockedHosts(file.Path, json.RootElement, "")) yield return violation;
            }
            else if (file.HasExtension(".npmrc", ".csproj", ".props", ".targets") || file.Name.Equals("nuget.config", StringComparison.OrdinalIgnoreCase))
            {
                foreach (Match match in Url.Matches(file.Text))
                {
                    if (!NeutralHosts.Contains(match.Groups["host"].Value)) yield return $"{file.Path}: {match.Value} is a host of one place";
                }
            }
        }
    }

    public static IEnumerable<string> UnfinishedWork(IEnumerable<SourceFile> files)
    {
        var ours = files.Where(file => file.IsUnder("src", "contracts", "tests", "demo", "deploy", "scripts") && !file.IsUnder("tests/OpenSettle.Tidy.Tests")).ToList();
        return Matches(ours, Unfinished, "is unfinished").Concat(Matches(ours.Where(file => file.HasExtension(".cs")), Evasion, "evades a test"));
    }

    public static IEnumerable<string> LongFiles(IEnumerable<SourceFile> files) => files
        .Where(file => file.IsUnder("src") && file.HasExtension(".cs", ".ts", ".js", ".mjs", ".css", ".html"))
        .Select(file => (file.Path, Lines: file.Text.TrimEnd('\n').Split('\n').Length))
        .Where(file => file.Lines > MostLines)
        .Select(file => $"{file.Path} has {file.Lines} lines, more than {MostLines}");

    public static IEnumerable<string> LargeFiles(IEnumerable<(string Path, long Bytes)> files) => files
        .Where(file => file.Bytes > MostBytes)
        .Select(file => $"{file.Path} has {file.Bytes} bytes, more than {MostBytes}");

    /// <param name="files">Documents; others are passed over.</param>
    /// <param name="exists">Whether there is a file or folder of that path from the root.</param>
    public static IEnumerable<string> BrokenLinks(IEnumerable<SourceFile> files, Func<string, bool> exists)
    {
        foreach (var file in files.Where(file => file.Path == "README.md" || (file.IsUnder("docs") && file.HasExtension(".md"))))
        {
            var folder = file.Path.Contains('/', StringComparison.Ordinal) ? file.Path[..file.Path.LastIndexOf('/')] : "";
            foreach (Match match in Link.Matches(Code.Replace(file.Text, "")))
            {
                var target = match.Groups["target"].Value;
                if (target.StartsWith('#') || target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
                if (Resolve(folder, target.Split('#')[0]) is not { } path || !exists(path)) yield return $"{file.Path}: the link to {target} leads nowhere";
            }
        }
    }

    /// <param name="scripts">Each script of the root, and whether it may be executed.</param>
    public static IEnumerable<string> Scripts(IEnumerable<(SourceFile File, bool Executable)> scripts)
    {
        foreach (var (file, executable) in scripts)
        {
            if (!executable) yield return $"{file.Path} is not executable";
            if (file.Lines[0] != "#!/usr/bin/env bash") yield return $"{file.Path} does not begin with #!/usr/bin/env bash";
            var first = file.Lines.Skip(1).FirstOrDefault(line => line.Length > 0 && !line.StartsWith('#'));
            if (first != "set -euo pipefail") yield return $"{file.Path}: the first command is not set -euo pipefail";
        }
    }

    private static Regex Compile(string pattern, RegexOptions options = RegexOptions.None) =>
        new(pattern, options | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10));

    private static IEnumerable<string> Matches(IEnumerable<SourceFile> files, Regex pattern, string what) =>
        from file in files
        from line in file.Lines.Index()
        let match = pattern.Match(line.Item)
        where match.Success
        select $"{file.Path}:{line.Index + 1}: '{match.Value}' {what}";

    private static IEnumerable<string> LockedHosts(string path, JsonElement element, string key) => element.ValueKind switch
    {
        // Whom a package's authors ask to be thanked is no place that it comes from.
        _ when key == "funding" => [],
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => LockedHosts(path, property.Value, property.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => LockedHosts(path, item, key)),
        JsonValueKind.String => Url.Matches(element.GetString() ?? "")
            .Where(match => key == "resolved" || !NeutralHosts.Contains(match.Groups["host"].Value))
            .Select(match => $"{path}: \"{key}\" names the host {match.Groups["host"].Value}"),
        _ => [],
    };

    private static string? Resolve(string folder, string target)
    {
        var parts = new List<string>(folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in Uri.UnescapeDataString(target).Split('/'))
        {
            if (part is "." or "") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else return null;
        }

        return string.Join('/', parts);
    }
}
