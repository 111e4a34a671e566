using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenSettle.Cli.Tests;

/// <summary>
/// What documents say of the program beside the commands that they show: verbs and flags that they name in a sentence are
/// there, and their JSON is JSON. (The commands themselves are run by the end-to-end tests.)
/// </summary>
public sealed partial class DocumentsTests
{
    private const int Patience = 1000;

    public static TheoryData<string> Documents()
    {
        var root = Root();
        var documents = new TheoryData<string> { "README.md", "deploy/README.md" };
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            // Decisions tell of their day, and are not changed.
            var name = Path.GetRelativePath(root, file).Replace('\\', '/');
            if (!name.StartsWith("docs/decisions/", StringComparison.Ordinal)) documents.Add(name);
        }

        return documents;
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_ThatNamesAVerbOrAFlag_NamesOneThatIsThere(string document)
    {
        var text = Block().Replace(File.ReadAllText(Path.Combine(Root(), document)), string.Empty);
        Assert.All(Named().Matches(text).Select(match => match.Groups["command"].Value), command => Assert.Null(Fault(command)));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_ThatShowsJson_ShowsGoodJson(string document)
    {
        foreach (Match block in JsonBlock().Matches(File.ReadAllText(Path.Combine(Root(), document))))
        {
            using var parsed = JsonDocument.Parse(block.Groups["json"].Value);
            Assert.NotEqual(JsonValueKind.Undefined, parsed.RootElement.ValueKind);
        }
    }

    [Theory]
    [InlineData("nothere", "nothere")]
    [InlineData("claim 0x… --nothere", "--nothere")]
    [InlineData("model nothere", "nothere")]
    public void Fault_OfACommandThatIsNotThere_NamesWhatIsNot(string command, string what) => Assert.Contains(what, Fault(command) ?? string.Empty, StringComparison.Ordinal);

    /// <summary>What of it the program does not know; null: nothing. Values may be left out in a sentence.</summary>
    private static string? Fault(string command)
    {
        // What the shell does with the output is the shell's; optional parts are parts: [--flag VALUE].
        command = command.Split(" > ")[0];
        if (!command.Contains('[', StringComparison.Ordinal)) command = command.Split(" | ")[0].Split(" \\| ")[0];
        string[] words = [.. command.Replace("[", string.Empty, StringComparison.Ordinal).Replace("]", string.Empty, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => word is not ("…" or "|"))];
        var parsed = CommandLine.Create().Parse(words);
        var options = parsed.Tokens.Where(token => token.Type == TokenType.Option).Select(token => token.Value).ToHashSet(StringComparer.Ordinal);
        string[] unknown = [.. parsed.UnmatchedTokens, .. words.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word.Split('=')[0]).Where(word => !options.Contains(word))];
        return unknown.Length == 0 ? null : $"opensettle {command}: {string.Join(", ", unknown)}";
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OpenSettle.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests run from a checkout.");
    }

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Block();

    [GeneratedRegex(@"^```json\n(?<json>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex JsonBlock();

    [GeneratedRegex(@"`opensettle (?<command>[^`\n]+)`", RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Named();
}
