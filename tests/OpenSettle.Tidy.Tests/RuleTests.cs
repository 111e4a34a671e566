namespace OpenSettle.Tidy.Tests;

/// <summary>Each rule finds what is planted, and lets pass what only looks like it.</summary>
public sealed class RuleTests
{
    private const string Summary = "/// <summary>A type.</summary>\n";

    // In pieces, so that this file does not break the rules.
    private const string Host = "https:" + "//packages.example.org";

    [Theory]
    [InlineData("src/OpenSettle/OpenSettle.csproj", "../OpenSettle.Ethereum/OpenSettle.Ethereum.csproj")]
    [InlineData("src/OpenSettle.Ethereum/OpenSettle.Ethereum.csproj", "../OpenSettle.Storage/OpenSettle.Storage.csproj")]
    [InlineData("src/OpenSettle.Storage/OpenSettle.Storage.csproj", "..\\OpenSettle.Ethereum\\OpenSettle.Ethereum.csproj")]
    [InlineData("src/OpenSettle.Ethereum.Nethereum/OpenSettle.Ethereum.Nethereum.csproj", "../OpenSettle.Storage/OpenSettle.Storage.csproj")]
    [InlineData("src/OpenSettle.Node/OpenSettle.Node.csproj", "../OpenSettle.Cli/OpenSettle.Cli.csproj")]
    [InlineData("src/OpenSettle.New/OpenSettle.New.csproj", "../OpenSettle/OpenSettle.csproj")]
    [InlineData("tools/Some.csproj", "../src/OpenSettle.Cli/OpenSettle.Cli.csproj")]
    public void ProjectReference_AgainstTheDirection_IsFound(string project, string reference) =>
        Assert.NotEmpty(Rules.ProjectDirections([Project(project, reference)]));

    [Theory]
    [InlineData("src/OpenSettle.Ethereum/OpenSettle.Ethereum.csproj", "../OpenSettle/OpenSettle.csproj")]
    [InlineData("src/OpenSettle.Cli/OpenSettle.Cli.csproj", "../OpenSettle.Node/OpenSettle.Node.csproj")]
    [InlineData("tests/OpenSettle.Cli.Tests/OpenSettle.Cli.Tests.csproj", "../../src/OpenSettle.Cli/OpenSettle.Cli.csproj")]
    [InlineData("demo/OpenSettle.Demo/OpenSettle.Demo.csproj", "../../src/OpenSettle.Cli/OpenSettle.Cli.csproj")]
    public void ProjectReference_InTheDirection_Passes(string project, string reference) =>
        Assert.Empty(Rules.ProjectDirections([Project(project, reference)]));

    [Theory]
    [InlineData("src/OpenSettle/Ledger/A.cs", "using OpenSettle.Epochs;\nnamespace OpenSettle.Ledger;")]
    [InlineData("src/OpenSettle/Primitives/A.cs", "using X = OpenSettle.Registry.ModelId;\nnamespace OpenSettle.Primitives;")]
    [InlineData("src/OpenSettle/Ledger/A.cs", "namespace OpenSettle.Ledger;\nclass A { global::OpenSettle.Verify.B b; }")]
    [InlineData("src/OpenSettle/Ledger/A.cs", "namespace OpenSettle.Ledger;\nclass A { Epochs.B b; }")]
    [InlineData("src/OpenSettle/Ledger/Deeper/A.cs", "using OpenSettle.Epochs;\nnamespace OpenSettle.Ledger;")]
    [InlineData("src/OpenSettle/Attic/A.cs", "namespace OpenSettle.Attic;")]
    [InlineData("src/OpenSettle/A.cs", "namespace OpenSettle;")]
    [InlineData("src/OpenSettle/Ledger/A.cs", "namespace OpenSettle.Epochs;")]
    public void Room_ThatUsesALaterOneOrIsNone_IsFound(string path, string text) => Assert.NotEmpty(Rules.RoomOrder([new SourceFile(path, text)]));

    [Theory]
    [InlineData("src/OpenSettle/Verify/A.cs", "using OpenSettle.Epochs;\nusing OpenSettle.Primitives;\nnamespace OpenSettle.Verify;")]
    [InlineData("src/OpenSettle/Ledger/A.cs", "namespace OpenSettle.Ledger;\n// Later: OpenSettle.Epochs.B\nclass A { Registry.LogPosition at; int x = d.Epochs.Count; }")]
    [InlineData("src/OpenSettle.Node/A.cs", "using OpenSettle.Verify;\nnamespace OpenSettle.Node;")]
    public void Room_ThatUsesEarlierOnes_Passes(string path, string text) => Assert.Empty(Rules.RoomOrder([new SourceFile(path, text)]));

    [Theory]
    [InlineData("see /wo" + "rk/main/x")]
    [InlineData("\"/ro" + "ot/.nuget\"")]
    [InlineData("cd /ho" + "me/ada/x")]
    [InlineData("file:///ho" + "me/ada/x")]
    [InlineData("C:\\Us" + "ers\\ada")]
    [InlineData("\"d:\\\\Us" + "ers\\\\ada\"")]
    public void MachinePath_Planted_IsFound(string line) => Assert.NotEmpty(Rules.MachinePaths([new SourceFile("docs/x.md", "first\n" + line)]));

    [Theory]
    [InlineData("docs/wo" + "rk/plan.md")]
    [InlineData("../ro" + "ot/x")]
    [InlineData("/api/v1/ho" + "me/")]
    [InlineData("/usr/bin/env")]
    public void MachinePath_ThatIsNone_Passes(string line) => Assert.Empty(Rules.MachinePaths([new SourceFile("docs/x.md", line)]));

    [Theory]
    [InlineData("package-lock.json", """{ "packages": { "node_modules/a": { "resolved": "$/a.tgz" } } }""")]
    [InlineData("package-lock.json", """{ "packages": { "node_modules/a": { "version": "$/a.tgz" } } }""")]
    [InlineData("src/x/package-lock.json", """{ "packages": { "a": { "b": [ "$/a.tgz" ] } } }""")]
    [InlineData(".npmrc", "registry=$/")]
    [InlineData("NuGet.config", """<add key="feed" value="$/v3/index.json" />""")]
    [InlineData("src/A/A.csproj", "<RestoreSources>$</RestoreSources>")]
    [InlineData("Directory.Build.props", "<RestoreSources>$</RestoreSources>")]
    public void RegistryHost_Planted_IsFound(string path, string text) =>
        Assert.NotEmpty(Rules.RegistryHosts([new SourceFile(path, text.Replace("$", Host, StringComparison.Ordinal))]));

    [Fact]
    public void RegistryHost_OfGithubInALockedResolved_IsFound() => Assert.NotEmpty(
        Rules.RegistryHosts([new SourceFile("package-lock.json", """{ "packages": { "a": { "resolved": "https://github.com/a/a.tgz" } } }""")]));

    [Theory]
    [InlineData("package-lock.json", """{ "packages": { "a": { "funding": { "url": "$/thanks" } } } }""")]
    [InlineData("package-lock.json", """{ "packages": { "a": { "funding": [ { "url": "$/thanks" } ], "homepage": "https://github.com/a" } } }""")]
    [InlineData("A.csproj", """<Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003" />""")]
    [InlineData("docs/x.md", "See $.")]
    public void Url_OfNoRegistry_Passes(string path, string text) =>
        Assert.Empty(Rules.RegistryHosts([new SourceFile(path, text.Replace("$", Host, StringComparison.Ordinal))]));

    [Theory]
    [InlineData("src/A.cs", "throw new NotImplementedException();")]
    [InlineData("contracts/A.sol", "// TODO: later")]
    [InlineData("tests/A/A.cs", "// FIXME")]
    [InlineData("deploy/a.mjs", "// HACK around")]
    [InlineData("scripts/a.sh", "# XXX")]
    [InlineData("demo/A.cs", "// TODO")]
    [InlineData("tests/A/A.cs", "[Fact(Skip = \"slow\")]")]
    [InlineData("tests/A/A.cs", "[Theory(Skip=\"slow\")]")]
    [InlineData("tests/A/A.cs", "Thread.Sleep(1);")]
    [InlineData("tests/A/A.cs", "Assert.True(true);")]
    [InlineData("tests/A/A.cs", "Assert.True( true, \"x\");")]
    public void UnfinishedWork_Planted_IsFound(string path, string line) => Assert.NotEmpty(Rules.UnfinishedWork([new SourceFile(path, line)]));

    [Theory]
    [InlineData("src/A.cs", "var list = items.Skip(1); if (options.Skip == 2) { }")]
    [InlineData("src/BannedSymbols.txt", "M:System.Threading.Thread.Sleep(System.Int32);Await.")]
    [InlineData("tests/A/A.cs", "Assert.True(truth);")]
    [InlineData("docs/x.md", "TODO")]
    [InlineData("tests/OpenSettle.Tidy.Tests/A.cs", "TODO")]
    public void Work_ThatIsFinished_Passes(string path, string line) => Assert.Empty(Rules.UnfinishedWork([new SourceFile(path, line)]));

    [Theory]
    [InlineData("public sealed class A;")]
    [InlineData("/// <remarks>Only.</remarks>\npublic record A(int B);")]
    [InlineData("// A comment.\npublic readonly record struct A(int B);")]
    [InlineData(Summary + "internal class B;\n\npublic interface A;")]
    [InlineData(Summary + "internal class B;\npublic enum A { Unknown }")]
    [InlineData(Summary + "\npublic static partial class A;")]
    [InlineData("[Obsolete]\npublic delegate void A(int b);")]
    public void PublicType_WithoutSummary_IsFound(string text) =>
        Assert.Single(Rules.UndescribedTypes([new SourceFile("src/A/A.cs", "namespace A;\n\n" + text)]));

    [Theory]
    [InlineData(Summary + "public sealed class A;")]
    [InlineData("/// <inheritdoc cref=\"B\"/>\npublic struct A;")]
    [InlineData("/// <summary>\n/// Two lines.\n/// </summary>\n/// <param name=\"B\">B.</param>\n[Obsolete]\n[Flags(\n    1)]\npublic sealed record A(int B);")]
    [InlineData("internal sealed class A;")]
    [InlineData(Summary + "public delegate void A(int b);")]
    public void PublicType_WithSummary_Passes(string text) =>
        Assert.Empty(Rules.UndescribedTypes([new SourceFile("src/A/A.cs", "namespace A;\n\n" + text)]));

    [Fact]
    public void PartialType_DescribedInOneFile_PassesInItsFolderOnly()
    {
        var one = new SourceFile("src/A/A.cs", Summary + "public sealed partial class A;");
        Assert.Empty(Rules.UndescribedTypes([one, new SourceFile("src/A/A.Part.cs", "public sealed partial class A;")]));
        Assert.Single(Rules.UndescribedTypes([one, new SourceFile("src/B/A.cs", "public sealed partial class A;")]));
    }

    [Fact]
    public void BannedCalls_AsTheyAre_PassAndEachWayOutIsFound()
    {
        var honest = SourceTree.Here.Texts.Where(file => file.Path is "Directory.Build.props" or "src/Directory.Build.props" or "src/BannedSymbols.txt").ToList();
        Assert.Empty(Rules.BannedCalls(honest));
        foreach (var file in honest) Assert.NotEmpty(Rules.BannedCalls(honest.Where(other => other != file)));
        Assert.NotEmpty(Rules.BannedCalls(Changed("src/BannedSymbols.txt", "P:System.DateTime.UtcNow", "P:System.DateTime.Later")));
        Assert.NotEmpty(Rules.BannedCalls(Changed("src/BannedSymbols.txt", "M:System.Guid.NewGuid", "# M:System.Guid.NewGuid")));
        Assert.NotEmpty(Rules.BannedCalls(Changed("src/Directory.Build.props", "<AdditionalFiles ", "<AdditionalFiles Condition=\"false\" ")));
        Assert.NotEmpty(Rules.BannedCalls([.. honest, new SourceFile("src/A/Directory.Build.props", "<Project />")]));
        Assert.NotEmpty(Rules.BannedCalls([.. honest, new SourceFile("src/A/A.csproj", "<Project><NoWarn>RS0030</NoWarn></Project>")]));
        Assert.NotEmpty(Rules.BannedCalls([.. honest, new SourceFile("src/A/A.cs", "#pragma warning disable RS0030\nvar now = DateTime.UtcNow;")]));
        Assert.NotEmpty(Rules.BannedCalls([.. honest, new SourceFile("src/A/A.cs", "[SuppressMessage(\"Banned\", \"RS0030\")]")]));
        Assert.Empty(Rules.BannedCalls([.. honest, new SourceFile("src/A/A.cs", "#pragma warning disable RS0030 // Why.\nvar clock = TimeProvider.System;\n#pragma warning restore RS0030")]));
        Assert.NotEmpty(Rules.BannedCalls([.. honest, new SourceFile(".editorconfig", "dotnet_diagnostic.RS0030.severity = none")]));
        Assert.NotEmpty(Rules.BannedCalls([.. honest, new SourceFile("src/A/A.csproj", "<Project><AdditionalFiles Remove=\"@(AdditionalFiles)\" /></Project>")]));
        Assert.NotEmpty(Rules.BannedCalls([.. honest, new SourceFile("src/A/A.csproj", "<Project><ImportDirectoryBuildProps>false</ImportDirectoryBuildProps></Project>")]));

        IEnumerable<SourceFile> Changed(string path, string from, string to)
        {
            Assert.Contains(honest, file => file.Path == path && file.Text.Contains(from, StringComparison.Ordinal));
            return honest.Select(file => file.Path == path ? new SourceFile(path, file.Text.Replace(from, to, StringComparison.Ordinal)) : file);
        }
    }

    [Fact]
    public void Solution_WithoutAProjectOrMissing_IsFound()
    {
        const string Solution = "Project(\"{9A19103F}\") = \"A\", \"src\\A\\A.csproj\", \"{1}\"\n";
        Assert.Empty(Rules.MissingFromSolution(Solution, ["src/A/A.csproj", "src/A/A.cs"]));
        Assert.Single(Rules.MissingFromSolution(Solution, ["src/A/A.csproj", "src/B/B.csproj"]));
        Assert.Single(Rules.MissingFromSolution(null, []));
    }

    [Theory]
    [InlineData("#!/usr/bin/env bash\nset -euo pipefail\n", false)]
    [InlineData("#!/bin/sh\nset -euo pipefail\n", true)]
    [InlineData("\n#!/usr/bin/env bash\nset -euo pipefail\n", true)]
    [InlineData("#!/usr/bin/env bash\ncd x\nset -euo pipefail\n", true)]
    [InlineData("#!/usr/bin/env bash\nset -e\n", true)]
    [InlineData("#!/usr/bin/env bash\n# set -euo pipefail\n", true)]
    public void Script_ThatIsCareless_IsFound(string text, bool executable) => Assert.NotEmpty(Rules.Scripts([(new SourceFile("a.sh", text), executable)]));

    [Fact]
    public void Script_ThatIsCareful_Passes() =>
        Assert.Empty(Rules.Scripts([(new SourceFile("a.sh", "#!/usr/bin/env bash\n# Why.\n\nset -euo pipefail\ncd x\n"), true)]));

    [Theory]
    [InlineData("README.md", "[a](docs/gone.md)")]
    [InlineData("docs/a.md", "[a](docs/there.md)")]
    [InlineData("docs/a.md", "[a](../../there.md)")]
    [InlineData("docs/a.md", "![a](gone.png \"title\")")]
    [InlineData("docs/deep/a.md", "[a](there.md#part)")]
    public void Link_ThatLeadsNowhere_IsFound(string path, string text) => Assert.Single(Rules.BrokenLinks([new SourceFile(path, text)], Exists));

    [Theory]
    [InlineData("README.md", "[a](docs/there.md) [b](./docs) [c](docs/)")]
    [InlineData("docs/a.md", "[a](there.md#part) [b](../docs/there.md) [c](#here) [d](https://example.org/x) [e](mailto:a@example.org)")]
    [InlineData("docs/a.md", "`[a](gone.md)`\n```text\n[a](gone.md)\n```\n")]
    [InlineData("src/a.md", "[a](gone.md)")]
    public void Link_ThatLeadsSomewhere_Passes(string path, string text) => Assert.Empty(Rules.BrokenLinks([new SourceFile(path, text)], Exists));

    [Fact]
    public void File_ThatIsLong_IsFoundWithItsName()
    {
        var lines = string.Concat(Enumerable.Repeat("line\n", 400));
        Assert.Empty(Rules.LongFiles([new SourceFile("src/A.cs", lines), new SourceFile("src/words.txt", lines + lines), new SourceFile("tests/A.cs", lines + "x\n")]));
        Assert.Contains("src/A.cs", Assert.Single(Rules.LongFiles([new SourceFile("src/A.cs", lines + "x\n")])), StringComparison.Ordinal);
    }

    [Fact]
    public void File_ThatIsLarge_IsFoundWithItsName()
    {
        Assert.Empty(Rules.LargeFiles([("a", 1_000_000)]));
        Assert.Contains("a", Assert.Single(Rules.LargeFiles([("a", 1_000_001)])), StringComparison.Ordinal);
    }

    private static bool Exists(string path) => path is "docs/there.md" or "docs";

    private static SourceFile Project(string path, string reference) =>
        new(path, $"<Project><ItemGroup><ProjectReference Include=\"{reference}\" /></ItemGroup></Project>");
}
