using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Deploy;

/// <summary>Every expression of the dashboard is one that Prometheus reads, about metrics that a node tells.</summary>
public sealed partial class DashboardTests
{
    private static readonly JsonElement Dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(YamlText.Folder, "grafana", "dashboards", "opensettle.json"))).RootElement;

    [Fact]
    public void Panels_OfTheDashboard_NameOnlyWhatANodeTells()
    {
        var expressions = Texts(Dashboard, "expr").ToList();
        Assert.InRange(expressions.Count, 30, 200);
        Assert.All(expressions, expression => Assert.Empty(MetricExpressions.Strangers(expression)));
        var variables = Texts(Dashboard, "definition").Select(definition => Values().Match(definition)).ToList();
        Assert.NotEmpty(variables);
        Assert.All(variables, variable => Assert.Empty(MetricExpressions.Strangers($"sum by ({variable.Groups["label"].Value}) ({variable.Groups["metric"].Value})")));
    }

    [Fact]
    public async Task Expressions_OfTheDashboard_AreReadByPrometheus()
    {
        // Its checker reads expressions as rules; Grafana fills in its own variables before it asks.
        var rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
        foreach (var (expression, index) in Texts(Dashboard, "expr").Select((expression, index) => (expression, index)))
        {
            var filled = expression.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("\"$chain\"", "\".*\"", StringComparison.Ordinal).Replace("\"$instance\"", "\".*\"", StringComparison.Ordinal);
            Assert.DoesNotContain('$', filled);
            rules.Append($"      - record: panel_{index}\n        expr: {JsonSerializer.Serialize(filled)}\n");
        }

        var file = Path.Combine(Directory.CreateTempSubdirectory("opensettle-dashboard-").FullName, "rules.yml");
        await File.WriteAllTextAsync(file, rules.ToString());
        var (code, output, errors) = await Judges.PromtoolAsync(string.Empty, "check", "rules", file);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Assert.True(code == 0, output + errors);
    }

    [Fact]
    public void Panels_OfTheDashboard_AreNumberedAndDoNotOverlap()
    {
        var panels = Dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        var taken = new HashSet<(int X, int Y)>();
        Assert.All(panels, panel =>
        {
            var at = panel.GetProperty("gridPos");
            int Of(string name) => at.GetProperty(name).GetInt32();
            Assert.InRange(Of("x") + Of("w"), 1, 24);
            for (var x = Of("x"); x < Of("x") + Of("w"); x++)
            {
                for (var y = Of("y"); y < Of("y") + Of("h"); y++) Assert.True(taken.Add((x, y)), panel.GetProperty("title").GetString());
            }
        });
    }

    [Fact]
    public void Provisioning_OfTheCluster_LeadsToTheDashboardAndToPrometheus()
    {
        var grafana = YamlText.Read("compose.cluster.yaml").MapAt("services").MapAt("grafana");
        var path = ((List<object>)YamlText.Read("grafana/provisioning/dashboards/opensettle.yaml")["providers"])[0].Map().MapAt("options").TextAt("path");
        Assert.Contains($"./grafana/dashboards:{path}:ro", grafana.TextsAt("volumes"));
        var source = ((List<object>)YamlText.Read("grafana/provisioning/datasources/prometheus.yaml")["datasources"])[0].Map();
        var services = YamlText.Read("compose.cluster.yaml").MapAt("services");
        Assert.Contains(new Uri(source.TextAt("url")).Host, services.Keys.Cast<string>());
    }

    private static IEnumerable<string> Texts(JsonElement node, string name) => node.ValueKind switch
    {
        JsonValueKind.Object => node.EnumerateObject().SelectMany(property => property.Name == name && property.Value.ValueKind == JsonValueKind.String ? [property.Value.GetString()!] : Texts(property.Value, name)),
        JsonValueKind.Array => node.EnumerateArray().SelectMany(item => Texts(item, name)),
        _ => [],
    };

    [GeneratedRegex(@"^label_values\((?<metric>\w+), (?<label>\w+)\)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Values();
}
