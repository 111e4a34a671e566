using System.Diagnostics;

namespace OpenSettle.Tidy.Tests;

/// <summary>A text file of the tree: its path from the root, with slashes, and what is in it.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public IReadOnlyList<string> Lines { get; } = Text.Split('\n');

    public bool IsUnder(params string[] folders) => Array.Exists(folders, folder => Path.StartsWith(folder + "/", StringComparison.Ordinal));

    public bool HasExtension(params string[] extensions) => Array.Exists(extensions, extension => Path.EndsWith(extension, StringComparison.Ordinal));
}

/// <summary>All files that are, or could be, committed.</summary>
internal sealed class SourceTree
{
    private SourceTree(string root, IReadOnlyList<string> paths)
    {
        (Root, Paths) = (root, paths);
        Texts = [.. paths.Select(path => (path, bytes: File.ReadAllBytes(Path.Combine(root, path))))
            .Where(file => !file.bytes.AsSpan().Contains((byte)0))
            .Select(file => new SourceFile(file.path, System.Text.Encoding.UTF8.GetString(file.bytes)))];
    }

    public static SourceTree Here { get; } = Open();

    public string Root { get; }

    public IReadOnlyList<string> Paths { get; }

    /// <summary>The files without a zero byte.</summary>
    public IReadOnlyList<SourceFile> Texts { get; }

    public string Full(string path) => Path.Combine(Root, path);

    private static SourceTree Open()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "OpenSettle.sln")) && !Path.Exists(Path.Combine(at.FullName, ".git"))) at = at.Parent;
        var root = at?.FullName ?? throw new InvalidOperationException("No folder above has an OpenSettle.sln or is a git checkout.");
        return new SourceTree(root, [.. List(root).Where(path => File.Exists(Path.Combine(root, path))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    private static string[] List(string root)
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            ArgumentList = { "-c", $"safe.directory={root}", "ls-files", "-co", "--exclude-standard", "-z" },
        };
        using var git = Process.Start(start) ?? throw new InvalidOperationException("git does not start.");
        var listed = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        if (git.ExitCode != 0) throw new InvalidOperationException($"git ls-files ended with {git.ExitCode}: the tidy tests need a git checkout.");
        return listed.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }
}
