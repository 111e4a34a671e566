using System.Text.Json;

namespace OpenSettle.Tests.Support;

/// <summary>Files of the repository that tests read.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    public static JsonElement Vectors(string file)
    {
        using var json = JsonDocument.Parse(Read("tests", "vectors", file));
        return json.RootElement.Clone();
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Directory.Packages.props"))) return at.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
