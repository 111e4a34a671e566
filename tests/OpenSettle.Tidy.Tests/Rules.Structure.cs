using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace OpenSettle.Tidy.Tests;

/// <summary>How projects, rooms and types have to stand to one another.</summary>
internal static partial class Rules
{
    /// <summary>The rooms of src/OpenSettle in the order of the money; a room uses those before it.</summary>
    private static readonly string[] Rooms = ["Primitives", "Registry", "Ledger", "Metering", "Epochs", "Passports", "Verify"];

    private static readonly Dictionary<string, string[]> Directions = new(StringComparer.Ordinal)
    {
        ["OpenSettle"] = [],
        ["OpenSettle.Ethereum"] = ["OpenSettle"],
        ["OpenSettle.Storage"] = ["OpenSettle"],
        ["OpenSettle.Ethereum.Nethereum"] = ["OpenSettle", "OpenSettle.Ethereum"],
        ["OpenSettle.Node"] = ["OpenSettle", "OpenSettle.Ethereum", "OpenSettle.Ethereum.Nethereum", "OpenSettle.Storage"],
        ["OpenSettle.Cli"] = ["OpenSettle", "OpenSettle.Ethereum", "OpenSettle.Ethereum.Nethereum", "OpenSettle.Storage", "OpenSettle.Node"],
    };

    private static readonly string[] Banned =
    [
        "P:System.DateTime.UtcNow", "T:System.Diagnostics.Stopwatch", "M:System.Threading.Tasks.Task.Delay(System.Int32)",
        "M:System.Threading.Tasks.Task.Delay(System.Int32,System.Threading.CancellationToken)", "M:System.Threading.Tasks.Task.Delay(System.TimeSpan)",
        "M:System.Threading.Tasks.Task.Delay(System.TimeSpan,System.Threading.CancellationToken)", "M:System.Threading.Tasks.Task.Run(System.Action)",
        "M:System.Threading.Tasks.Task.Run(System.Func{System.Threading.Tasks.Task})", "M:System.Threading.Tasks.Task.Run``1(System.Func{``0})",
        "P:System.Random.Shared", "M:System.Guid.NewGuid",
    ];

    private static readonly Regex RoomName = Compile(@"(?<![\w.])(?:OpenSettle\s*\.\s*)?(?<room>" + string.Join('|', Rooms) + @")\s*\.\s*[A-Z]|\bOpenSettle\s*\.\s*(?<room>" + string.Join('|', Rooms) + @")\b");

    private static readonly Regex Namespace = Compile(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline);

    private static readonly Regex PublicType = Compile(
        @"^public\s+(?<modifiers>(?:(?:static|sealed|abstract|partial|readonly|ref|unsafe|delegate)\s+)*)(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?|(?<=delegate\s+)\S+)\s+(?<name>\w+)");

    public static IEnumerable<string> ProjectDirections(IEnumerable<SourceFile> files)
    {
        foreach (var file in files.Where(file => file.HasExtension(".csproj")))
        {
            var project = file.Name[..^".csproj".Length];
            var references = XDocument.Parse(file.Text).Descendants()
                .Where(element => element.Name.LocalName == "ProjectReference")
                .Select(element => Path.GetFileNameWithoutExtension(((string?)element.Attribute("Include") ?? "").Replace('\\', '/')));
            if (file.IsUnder("src") && !Directions.ContainsKey(project)) yield return $"{file.Path}: {project} has no place among the projects";
            foreach (var reference in references)
            {
                if (file.IsUnder("src") && Directions.TryGetValue(project, out var allowed) && !allowed.Contains(reference))
                    yield return $"{file.Path}: {project} must not reference {reference}";
                if (reference == "OpenSettle.Cli" && !file.IsUnder("tests", "demo")) yield return $"{file.Path}: nothing but tests and the demo references the Cli";
            }
        }
    }

    public static IEnumerable<string> RoomOrder(IEnumerable<SourceFile> files)
    {
        foreach (var file in files.Where(file => file.IsUnder("src/OpenSettle") && file.HasExtension(".cs")))
        {
            var room = file.Path.Split('/') is [_, _, var folder, _, ..] ? folder : "";
            var place = Array.IndexOf(Rooms, room);
            if (place < 0)
            {
                yield return $"{file.Path} is in none of the rooms {string.Join(", ", Rooms)}";
                continue;
            }

            if (Namespace.Match(file.Text).Groups["name"].Value is var name && name != $"OpenSettle.{room}") yield return $"{file.Path} has the namespace '{name}', not OpenSettle.{room}";
            foreach (var (number, line) in file.Lines.Index())
            {
                var code = line.Split("//")[0];
                foreach (Match match in RoomName.Matches(code))
                {
                    if (Array.IndexOf(Rooms, match.Groups["room"].Value) > place) yield return $"{file.Path}:{number + 1}: {room} must not use {match.Groups["room"].Value}";
                }
            }
        }
    }

    public static IEnumerable<string> UndescribedTypes(IEnumerable<SourceFile> files)
    {
        // One part of a partial type describes it.
        var described = new HashSet<string>(StringComparer.Ordinal);
        var bare = new List<(string Type, string Where)>();
        foreach (var file in files.Where(file => file.IsUnder("src") && file.HasExtension(".cs")))
        {
            foreach (var (number, line) in file.Lines.Index())
            {
                var match = PublicType.Match(line);
                if (!match.Success) continue;
                var partial = match.Groups["modifiers"].Value.Contains("partial", StringComparison.Ordinal);
                var key = partial ? $"{file.Path[..file.Path.LastIndexOf('/')]}/{match.Groups["name"].Value}" : $"{file.Path}:{number}";
                if (IsDescribed(file.Lines, number)) described.Add(key);
                else bare.Add((key, $"{file.Path}:{number + 1}: public type {match.Groups["name"].Value} has no summary"));
            }
        }

        return bare.Where(type => !described.Contains(type.Type)).Select(type => type.Where);
    }

    public static IEnumerable<string> BannedCalls(IEnumerable<SourceFile> files)
    {
        var all = files.ToDictionary(file => file.Path, StringComparer.Ordinal);
        string Text(string path) => all.TryGetValue(path, out var file) ? file.Text : "";
        var named = Text("src/BannedSymbols.txt").Split('\n').Select(line => line.Split(';')[0].Trim()).ToHashSet(StringComparer.Ordinal);
        foreach (var call in Banned.Where(call => !named.Contains(call))) yield return $"src/BannedSymbols.txt does not ban {call}";
        if (!Includes("Directory.Build.props", "PackageReference", "Microsoft.CodeAnalysis.BannedApiAnalyzers")) yield return "Directory.Build.props does not bring the analyzer of banned calls";
        if (!Includes("src/Directory.Build.props", "AdditionalFiles", "$(MSBuildThisFileDirectory)BannedSymbols.txt")) yield return "src/Directory.Build.props does not give it src/BannedSymbols.txt";
        foreach (var file in all.Values)
        {
            // A nearer Directory.Build.props hides the one that names the list.
            if (file.IsUnder("src") && file.Name == "Directory.Build.props" && file.Path != "src/Directory.Build.props") yield return $"{file.Path} hides src/Directory.Build.props";
            if (file.IsUnder("src") && file.HasExtension(".cs"))
            {
                // The real clock is named somewhere; nothing else that is banned is.
                foreach (var (number, line) in file.Lines.Index().Where(line => line.Item.Contains("RS0030", StringComparison.Ordinal)))
                {
                    if (line.StartsWith("#pragma warning restore RS0030", StringComparison.Ordinal)) continue;
                    var covers = file.Lines.Skip(number + 1).TakeWhile(covered => !covered.StartsWith("#pragma", StringComparison.Ordinal)).ToList();
                    if (!line.StartsWith("#pragma", StringComparison.Ordinal) || covers is not [var only] || !only.Contains("TimeProvider.System", StringComparison.Ordinal))
                        yield return $"{file.Path}:{number + 1} lets a banned call pass that is not TimeProvider.System";
                }
            }

            if (file.HasExtension(".csproj", ".props", ".targets", ".editorconfig", ".globalconfig") && (file.IsUnder("src") || !file.Path.Contains('/', StringComparison.Ordinal)))
            {
                if (file.Text.Contains("RS0030", StringComparison.Ordinal)) yield return $"{file.Path} turns RS0030, the check of banned calls, down";
                if (file.Text.Contains("AdditionalFiles Remove", StringComparison.Ordinal)) yield return $"{file.Path} takes additional files away";
                if (Regex.IsMatch(file.Text, @"ImportDirectoryBuildProps>\s*false", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(10))) yield return $"{file.Path} does not import Directory.Build.props";
            }
        }

        bool Includes(string path, string item, string include) => all.TryGetValue(path, out var file) && XDocument.Parse(file.Text).Descendants()
            .Any(element => element.Name.LocalName == item && (string?)element.Attribute("Include") == include && element.AncestorsAndSelf().All(part => part.Attribute("Condition") is null));
    }

    /// <param name="solution">The text of OpenSettle.sln, or null where there is none.</param>
    /// <param name="paths">All paths of the tree.</param>
    public static IEnumerable<string> MissingFromSolution(string? solution, IEnumerable<string> paths)
    {
        if (solution is null) return ["OpenSettle.sln is missing"];
        var listed = solution.Replace('\\', '/');
        return paths.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal) && !listed.Contains($"\"{path}\"", StringComparison.Ordinal))
            .Select(path => $"OpenSettle.sln does not have {path}");
    }

    private static bool IsDescribed(IReadOnlyList<string> lines, int type)
    {
        // Attributes, on one line or several, and conditions stand between the comment and the type.
        var at = type - 1;
        while (at >= 0 && lines[at].Trim() is { Length: > 0 } line && !line.StartsWith("///", StringComparison.Ordinal) && !line.EndsWith('}') && !line.EndsWith(';')) at--;
        for (; at >= 0 && lines[at].StartsWith("///", StringComparison.Ordinal); at--)
        {
            if (lines[at].Contains("<summary>", StringComparison.Ordinal) || lines[at].Contains("<inheritdoc", StringComparison.Ordinal)) return true;
        }

        return false;
    }
}
