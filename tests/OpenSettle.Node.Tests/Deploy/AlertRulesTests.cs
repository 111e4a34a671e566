using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Deploy;

/// <summary>Prometheus' own checker runs the alert rules, and they are about metrics that a node tells.</summary>
public sealed class AlertRulesTests
{
    public static TheoryData<string, string> Rules
    {
        get
        {
            var rules = new TheoryData<string, string>();
            foreach (var alert in Alerts()) rules.Add(alert.TextAt("alert"), alert.TextAt("expr"));
            return rules;
        }
    }

    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("check", "rules", "rules.yml")]
    [InlineData("test", "rules", "rules.test.yml")]
    public async Task Promtool_OfTheFilesOfDeploy_FindsThemGood(string verb, string what, string file)
    {
        var (code, output, errors) = await Judges.PromtoolAsync(string.Empty, verb, what, Path.Combine(YamlText.Folder, "prometheus", file));
        Assert.True(code == 0, output + errors);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rule_NamesOnlyWhatANodeTells(string alert, string expression)
    {
        Assert.NotEmpty(alert);
        Assert.Empty(MetricExpressions.Strangers(expression));
    }

    [Fact]
    public void Rule_EachOfThem_HasACaseInWhichItFiresAndOneInWhichItDoesNot()
    {
        var cases = ((List<object>)YamlText.Read("prometheus/rules.test.yml")["tests"]).SelectMany(test => (List<object>)test.Map()["alert_rule_test"]).Select(YamlText.Map)
            .ToLookup(one => one.TextAt("alertname"), one => one["exp_alerts"] is List<object> { Count: > 0 });
        Assert.All(Alerts(), alert =>
        {
            Assert.Contains(true, cases[alert.TextAt("alert")]);
            Assert.Contains(false, cases[alert.TextAt("alert")]);
            Assert.Contains(alert.MapAt("labels").TextAt("severity"), (string[])["critical", "warning"]);
            // Whoever is woken has to know what to do.
            Assert.NotEmpty(alert.MapAt("annotations").TextAt("description"));
        });
    }

    [Theory]
    [InlineData("max(opensettle_no_such_metric) > 0")]
    [InlineData("opensettle_alerts{colour=\"red\"} > 0")]
    [InlineData("sum by (colour) (opensettle_alerts)")]
    [InlineData("rate(opensettle_alerts_bucket[5m])")]
    public void Expression_ThatNamesWhatIsNotThere_IsFound(string expression) => Assert.NotEmpty(MetricExpressions.Strangers(expression));

    private static List<Dictionary<object, object>> Alerts() =>
        [.. ((List<object>)YamlText.Read("prometheus/rules.yml")["groups"]).SelectMany(group => (List<object>)group.Map()["rules"]).Select(YamlText.Map)];
}
