using System.Diagnostics;
using OpenSettle.Cli.Completing;
using OpenSettle.Cli.Tests.Support;

namespace OpenSettle.Cli.Tests;

/// <summary>The scripts in the shells that they are for. PowerShell is in no Debian archive: its script is looked at here and run nowhere.</summary>
public sealed class CompletionsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-shell-").FullName;

    public static TheoryData<string, string> Cases => new()
    {
        { "opensettle st", "status" },
        { "opensettle model ", "show register set-metadata split lineage gateway publish" },
        { "opensettle model sp", "split" },
        { "opensettle status --w", "--watch" },
        { "opensettle run --completeness ", "receipts second bloom" },
        { "opensettle export x --format cyc", "cyclonedx-1.6 cyclonedx-1.7" },
        { "opensettle find --domain x --status ", "active deprecated retired salvage" },
        { "opensettle completions ", "bash zsh fish powershell" },
        { "opensettle table spl", "split.json" },
        { "opensettle run --deployment dep", "deployment.json" },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Bash_Asked_Completes(string line, string completions)
    {
        var words = line.Split(' ');
        var script = $"""
            . "$1"
            COMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))}); COMP_CWORD={words.Length - 1}
            compopt() :; # There is no completion under way.
            _opensettle
            printf '%s\n' "${"{COMPREPLY[@]}"}"
            """.Replace("compopt() :;", "compopt() { :; };", StringComparison.Ordinal);
        Assert.Equal(Sorted(completions), Sorted(await ShellAsync("bash", BashCompletions.Write, ["--norc", "-c", script, "bash"])));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Zsh_Asked_Completes(string line, string completions)
    {
        var words = line.Split(' ');
        // What zsh itself would offer of the words that the script gives it: the same names, and no menu.
        var script = $$"""
            offer() { local word; for word in "$@"; do [[ "${word%%:*}" == "${words[CURRENT]}"* ]] && print -r -- "${word%%:*}"; done; return 0 }
            compadd() { [[ "$1" == "--" ]] && shift; offer "$@" }
            _describe() { [[ "$1" == "-o" ]] && shift; local name="$2"; offer "${(@P)name}" }
            _files() { local file; for file in "${words[CURRENT]}"*(N); do print -r -- "$file"; done }
            . "$1"
            words=({{string.Join(' ', words.Select(word => $"'{word}'"))}}); CURRENT={{words.Length}}
            _opensettle
            """;
        Assert.Equal(Sorted(completions), Sorted(await ShellAsync("zsh", ZshCompletions.Write, ["-f", "-c", script, "zsh"])));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Fish_Asked_Completes(string line, string completions)
    {
        var output = await ShellAsync("fish", FishCompletions.Write, ["--no-config", "-c", $"source $argv[1]; complete -C '{line}'"]);
        Assert.Equal(Sorted(completions), Sorted(string.Join(' ', output.Split('\n').Select(row => row.Split('\t')[0]))));
    }

    [Fact]
    public void PowerShell_Script_HasEveryVerbAndOption()
    {
        var script = PowerShellCompletions.Write(CompletionTree.Of(CommandLine.Create()));
        foreach (var (path, verb) in VerbTree.Leaves)
        {
            Assert.Contains($"'{path["opensettle".Length..].Replace(' ', '/')}' = @(", script, StringComparison.Ordinal);
            Assert.All(verb.Options, option => Assert.Contains($",@('{option.Name}', ", script, StringComparison.Ordinal));
        }

        // Each quote that opens a text closes it on the same line.
        Assert.All(script.Split('\n').Where(row => !row.StartsWith('#')), row => Assert.True(row.Count(c => c == '\'') % 2 == 0, row));
    }

    private static string Sorted(string words) => string.Join(' ', words.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal));

    private async Task<string> ShellAsync(string shell, Func<IReadOnlyList<CompletionPlace>, string> write, IReadOnlyList<string> arguments)
    {
        var script = Path.Combine(_folder, "opensettle." + shell);
        await File.WriteAllTextAsync(script, write(CompletionTree.Of(CommandLine.Create())));
        await File.WriteAllTextAsync(Path.Combine(_folder, "split.json"), "[]");
        await File.WriteAllTextAsync(Path.Combine(_folder, "deployment.json"), "{}");
        var start = new ProcessStartInfo(shell, [.. arguments, script]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        start.Environment["HOME"] = _folder;
        using var process = Start(start);
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0 && (await errors).Length == 0, $"{shell} ends with {process.ExitCode}: {await errors}");
        return await output;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"{start.FileName} is not here, and what is written for it cannot be tried: ./test.sh installs it (Debian, as root), or install it by hand.", e);
        }
    }
}
