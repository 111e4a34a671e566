using System.Text.RegularExpressions;
using OpenSettle.Node.Signals.Metrics;

namespace OpenSettle.Node.Tests.Deploy;

/// <summary>What an expression of Prometheus names: metrics, and labels in selectors and groupings.</summary>
internal static partial class MetricExpressions
{
    /// <summary>Every sample has them, by the node or by whoever scrapes it.</summary>
    private static readonly string[] Always = ["chain", "instance", "job"];

    /// <summary>Everything that such an expression names and no node tells; empty where all of it is there.</summary>
    public static IEnumerable<string> Strangers(string expression)
    {
        var named = Name().Matches(expression).Select(match => match.Value).Where(name => name != "up").Distinct(StringComparer.Ordinal).ToList();
        var known = new List<MetricDefinition>();
        foreach (var name in named)
        {
            if (Find(name) is { } metric) known.Add(metric);
            else yield return $"{name} is no metric";
        }

        foreach (Match selector in Selector().Matches(expression))
        {
            if (Find(selector.Groups["name"].Value) is not { } metric) continue;
            foreach (Match label in Label().Matches(selector.Groups["labels"].Value))
            {
                if (!Labels(metric).Contains(label.Groups["label"].Value)) yield return $"{metric.Name} has no label {label.Groups["label"].Value}";
            }
        }

        foreach (Match grouping in Grouping().Matches(expression))
        {
            foreach (var label in grouping.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!Always.Contains(label) && !known.Any(metric => Labels(metric).Contains(label))) yield return $"nothing in '{expression}' has a label {label}";
            }
        }
    }

    private static MetricDefinition? Find(string name) => MetricCatalogue.All.FirstOrDefault(metric =>
        metric.Name == name || (metric.Kind == MetricKind.Histogram && name is [.. var stem] && (stem == metric.Name + "_bucket" || stem == metric.Name + "_sum" || stem == metric.Name + "_count")));

    private static IEnumerable<string> Labels(MetricDefinition metric) => [.. metric.Labels, .. Always, .. metric.Kind == MetricKind.Histogram ? ["le"] : Array.Empty<string>()];

    [GeneratedRegex(@"\b(opensettle|process|dotnet|rabbitmq|pg|up)(_[a-z0-9_]+)?(?=[\s{\[)]|$)(?!"")", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();

    [GeneratedRegex(@"(?<name>[a-z_][a-z0-9_]*)\{(?<labels>[^}]*)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Selector();

    [GeneratedRegex(@"(?<label>[a-z_]+)\s*(=~|!~|!=|=)\s*""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex(@"\b(by|on|without|ignoring)\s*\((?<labels>[^)]*)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Grouping();
}
