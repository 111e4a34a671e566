namespace OpenSettle.Tidy.Tests;

/// <summary>The rules, held against the tree as it is.</summary>
public sealed class TreeTests
{
    private static readonly SourceTree Tree = SourceTree.Here;

    [Fact]
    public void Projects_ReferenceOnlyInTheirDirection() => Hold(Rules.ProjectDirections(Having(".csproj")));

    [Fact]
    public void Rooms_UseOnlyTheRoomsBeforeThem() => Hold(Rules.RoomOrder(Having(".cs")));

    [Fact]
    public void Files_NameNoPathOfOneMachine() => Hold(Rules.MachinePaths(Tree.Texts));

    [Fact]
    public void PackageFiles_NameNoRegistryHost()
    {
        Assert.Contains(Tree.Texts, file => file.Path == "package-lock.json");
        Hold(Rules.RegistryHosts(Tree.Texts));
    }

    [Fact]
    public void Sources_HaveNothingUnfinished() => Hold(Rules.UnfinishedWork(Having(".cs", ".sol", ".mjs", ".js", ".ts", ".html", ".css", ".sh", ".json", ".yml", ".yaml", ".csproj", ".props", "Dockerfile")));

    [Fact]
    public void PublicTypes_AreDescribed() => Hold(Rules.UndescribedTypes(Having(".cs")));

    [Fact]
    public void BannedCalls_AreNamedAndCheckedInEveryProject() => Hold(Rules.BannedCalls(Tree.Texts));

    [Fact]
    public void Solution_HasEveryProject() =>
        Hold(Rules.MissingFromSolution(Tree.Texts.SingleOrDefault(file => file.Path == "OpenSettle.sln")?.Text, Tree.Paths));

    [Fact]
    public void Scripts_OfTheRoot_AreExecutableAndStopAtTheFirstFault()
    {
        var scripts = Having(".sh").Where(file => !file.Path.Contains('/', StringComparison.Ordinal)).ToList();
        Assert.Superset(new HashSet<string> { "demo.sh", "test.sh" }, scripts.Select(file => file.Path).ToHashSet(StringComparer.Ordinal));
        Hold(Rules.Scripts(scripts.Select(file => (file, Executable(file.Path)))));
    }

    [Fact]
    public void Links_OfTheDocuments_LeadSomewhere() => Hold(Rules.BrokenLinks(Having(".md"), path => Path.Exists(Tree.Full(path))));

    [Fact]
    public void SourceFiles_AreShort() => Hold(Rules.LongFiles(Tree.Texts));

    [Fact]
    public void CommittedFiles_AreSmall() => Hold(Rules.LargeFiles(Tree.Paths.Select(path => (path, new FileInfo(Tree.Full(path)).Length))));

    /// <summary>The files of these kinds; that there are none would make a rule empty.</summary>
    private static List<SourceFile> Having(params string[] extensions)
    {
        var files = Tree.Texts.Where(file => file.HasExtension(extensions)).ToList();
        Assert.NotEmpty(files);
        return files;
    }

    private static bool Executable(string path) =>
        OperatingSystem.IsWindows() || File.GetUnixFileMode(Tree.Full(path)).HasFlag(UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

    private static void Hold(IEnumerable<string> violations)
    {
        var all = violations.ToList();
        Assert.True(all.Count == 0, $"{all.Count} violations:\n{string.Join('\n', all)}");
    }
}
