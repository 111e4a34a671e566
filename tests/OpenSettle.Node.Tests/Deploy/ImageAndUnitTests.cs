using System.Text.RegularExpressions;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Deploy;

/// <summary>The image's recipe and the systemd unit.</summary>
public sealed partial class ImageAndUnitTests
{
    private static readonly string[] Recipe = File.ReadAllText(Path.Combine(YamlText.Folder, "Dockerfile")).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n');

    public static TheoryData<string, string> Units => new() { { "opensettle", "run" }, { "opensettle-attestor", "attest-node" }, { "opensettle-watchtower", "watch" } };

    [Fact]
    public void Image_RunsAsAUserWithoutRightsAndAsksItsOwnProgramForItsHealth()
    {
        var last = Recipe[Array.FindLastIndex(Recipe, line => line.StartsWith("FROM ", StringComparison.Ordinal))..];
        Assert.Contains("USER $APP_UID", last);
        Assert.Contains(last, line => line.StartsWith("HEALTHCHECK ", StringComparison.Ordinal) && line.EndsWith("CMD [\"/app/opensettle\", \"health\"]", StringComparison.Ordinal));
        Assert.Contains("ENTRYPOINT [\"/app/opensettle\"]", last);
        Assert.Contains("VOLUME /data", last);
        // The database's native part needs glibc.
        Assert.All(Recipe.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)), line =>
        {
            Assert.DoesNotContain("alpine", line);
            Assert.DoesNotContain(":latest", line);
            Assert.Contains(':', line);
        });
    }

    [Fact]
    public void Image_HasOnlySettingsThatAreKnownAndGood()
    {
        var variables = Recipe.SelectMany(line => Variable().Matches(line)).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value, StringComparer.Ordinal);
        Assert.NotEmpty(variables);
        Assert.All(variables, pair => Assert.Null(Settings.All.Single(setting => setting.EnvironmentName == pair.Key).Problem(pair.Value)));
    }

    [Fact]
    public void Image_IsBuiltFromWhatItCopiesAlone()
    {
        var ignored = File.ReadAllLines(Path.Combine(Judges.Root(), ".dockerignore"));
        Assert.Contains("*", ignored);
        Assert.All(ignored.Where(line => line.StartsWith('!')), line => Assert.True(Path.Exists(Path.Combine(Judges.Root(), line[1..])), line));
        // What the projects take from elsewhere in the tree would be missing in the image.
        var root = Path.Combine(Judges.Root(), "src") + Path.DirectorySeparatorChar;
        foreach (var project in Directory.EnumerateFiles(root, "*.csproj", SearchOption.AllDirectories))
        {
            foreach (Match include in Include().Matches(File.ReadAllText(project)))
                Assert.StartsWith(root, Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, include.Groups["path"].Value)), StringComparison.Ordinal);
        }

        foreach (var copied in Recipe.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words is ["COPY", not ['-', ..], ..]).SelectMany(words => words[1..^1]))
            Assert.True(Path.Exists(Path.Combine(Judges.Root(), copied)), copied);
    }

    [Theory]
    [MemberData(nameof(Units))]
    public async Task Unit_AsSystemdReadsIt_IsGoodAndLeavesLittleOpen(string name, string verb)
    {
        var unit = await File.ReadAllTextAsync(PathOf(name));
        Assert.Contains($"ExecStart=/opt/opensettle/opensettle {verb} --config /etc/opensettle/", unit, StringComparison.Ordinal);
        var folder = Directory.CreateTempSubdirectory("opensettle-unit-").FullName;
        try
        {
            // It looks whether the program is there, and here none is installed.
            var file = Path.Combine(folder, $"{name}.service");
            await File.WriteAllTextAsync(file, unit.Replace("ExecStart=/opt/opensettle/opensettle", "ExecStart=/bin/true", StringComparison.Ordinal));
            var (code, output, errors) = await Judges.RunAsync("systemd-analyze", string.Empty, ["verify", "--man=no", file]);
            Assert.True(code == 0 && (output + errors).Trim().Length == 0, output + errors);
            // In tenths, as systemd counts what a service may still do.
            (code, output, errors) = await Judges.RunAsync("systemd-analyze", string.Empty, ["security", "--no-pager", "--offline=yes", "--threshold=15", file]);
            Assert.True(code == 0, output + errors);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Units))]
    public void Unit_HasOnlySettingsThatItsVerbTakes_AndKeysAsCredentials(string name, string verb)
    {
        var lines = File.ReadAllLines(PathOf(name));
        var taken = verb switch { "attest-node" => Settings.ForAttesting, "watch" => Settings.ForWatching, _ => Settings.ForRun };
        var credentials = lines.Where(line => line.StartsWith("LoadCredential=", StringComparison.Ordinal)).Select(line => line.Split('=')[1].Split(':')[0]).ToList();
        var variables = lines.SelectMany(line => Variable().Matches(line)).Where(match => match.Groups["name"].Value.StartsWith("OPENSETTLE_", StringComparison.Ordinal)).ToList();
        Assert.All(variables, match =>
        {
            var setting = taken.Single(setting => setting.EnvironmentName == match.Groups["name"].Value);
            if (setting.Secret) Assert.Contains(match.Groups["value"].Value, credentials.Select(credential => $"file:%d/{credential}"));
        });
        Assert.Equal(credentials.Count, variables.Count(match => match.Groups["value"].Value.StartsWith("file:%d/", StringComparison.Ordinal)));
        Assert.Contains("Type=notify", lines);
        // Nodes of one machine have data of their own.
        Assert.Contains($"StateDirectory={name}", lines);
        Assert.Contains($"Environment=OPENSETTLE_DATA_DIR=%S/{name}", lines);
    }

    /// <summary>Nothing was let loose in one of them alone.</summary>
    [Fact]
    public void Units_DifferInWhatTheyRunAlone()
    {
        string[] own = ["#", "Description=", "ExecStart=", "LoadCredential=", "Environment=OPENSETTLE_", "StateDirectory=", "WorkingDirectory="];
        string Common(string name) => string.Join('\n', File.ReadAllLines(PathOf(name)).Where(line => line.Length > 0 && !own.Any(begins => line.StartsWith(begins, StringComparison.Ordinal))));
        Assert.Equal(Common("opensettle"), Common("opensettle-attestor"));
        Assert.Equal(Common("opensettle"), Common("opensettle-watchtower"));
    }

    private static string PathOf(string unit) => Path.Combine(YamlText.Folder, "systemd", $"{unit}.service");

    [GeneratedRegex(@"(?<name>OPENSETTLE_[A-Z_]+)=(?<value>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"(Include|Project)=""(?<path>\.\.?/[^""$*;]*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Include();
}
