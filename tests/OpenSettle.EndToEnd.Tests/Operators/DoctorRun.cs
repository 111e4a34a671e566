using System.Text.Json;
using OpenSettle.Demo.Stage;

namespace OpenSettle.EndToEnd.Tests.Operators;

/// <summary>What `opensettle doctor --json` said.</summary>
internal sealed record DoctorRun(int Code, IReadOnlyList<(string Check, string Level, string Text)> Findings)
{
    /// <param name="keys">How the keys are given; null: those of the cast, written out.</param>
    public static async Task<DoctorRun> OfAsync(SettledFixture stage, IReadOnlyDictionary<string, string> flags, IReadOnlyDictionary<string, string>? keys = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var given = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["--rpc"] = stage.Chain.Rpc.ToString(),
            ["--deployment"] = stage.Deployment.File,
            ["--data-dir"] = stage.Data,
            ["--listen"] = $"http://127.0.0.1:{stage.Port}",
            ["--client"] = stage.Chain.Provider.Name,
            ["--finality"] = "1",
        };
        foreach (var (flag, value) in flags) given[flag] = value;
        var (code, output) = await Command.RunAsync(
            stage.Workspace, ["doctor", "--json", .. given.SelectMany(pair => new[] { pair.Key, pair.Value })], limit.Token, keys ?? KeysOf(stage.Cast));
        var line = output.Split(Environment.NewLine).SingleOrDefault(line => line.StartsWith("{\"ok\"", StringComparison.Ordinal)) ?? throw new InvalidOperationException(output);
        using var document = JsonDocument.Parse(line);
        var findings = document.RootElement.GetProperty("findings").EnumerateArray().Select(finding => (
            finding.GetProperty("check").GetString()!, finding.GetProperty("level").GetString()!,
            $"{finding.GetProperty("message").GetString()} {(finding.TryGetProperty("remedy", out var remedy) ? remedy.GetString() : string.Empty)}")).ToList();
        return new DoctorRun(code, findings);
    }

    public static Dictionary<string, string> KeysOf(Cast cast) => new(StringComparer.Ordinal)
    {
        ["OPENSETTLE_OPERATOR_KEY"] = cast.OperatorKey.ToString(),
        ["OPENSETTLE_ATTESTOR_KEYS"] = string.Join(',', cast.AttestorKeys),
    };

    /// <summary>The fault is found, by this check, and no other check has anything to complain of.</summary>
    public void Finds(string check, params string[] words) => Holds(10, "fault", check, words);

    /// <summary>As <see cref="Finds"/>, of a warning: no fault then.</summary>
    public void Warns(string check, params string[] words) => Holds(0, "warning", check, words);

    public void IsWell()
    {
        Assert.DoesNotContain(Findings, finding => finding.Level is not "ok");
        Assert.Equal(0, Code);
    }

    private void Holds(int code, string level, string check, string[] words)
    {
        var told = string.Join(Environment.NewLine, Findings.Where(finding => finding.Level is "fault" or "warning"));
        Assert.True(Findings.Any(finding => finding.Check == check && finding.Level == level && words.All(word => finding.Text.Contains(word, StringComparison.Ordinal))), $"not found: {string.Join(", ", words)}{Environment.NewLine}{told}");
        Assert.True(Findings.All(finding => finding.Check == check || finding.Level is "ok" or "skipped"), told);
        if (level == "warning") Assert.DoesNotContain(Findings, finding => finding.Level == "fault");
        Assert.Equal(code, Code);
    }
}
