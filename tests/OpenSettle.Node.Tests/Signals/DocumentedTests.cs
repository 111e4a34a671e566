using System.Reflection;
using Microsoft.Extensions.Logging;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Signals.Webhooks;
using OpenSettle.Node.Tests.Support;

namespace OpenSettle.Node.Tests.Signals;

/// <summary>What is written of signals is what there is.</summary>
public sealed class DocumentedTests
{
    // Band of a hundred: what it is of.
    private static readonly int[] Bands = [1, 2, 3, 4, 5, 6, 9];

    [Fact]
    public void Metrics_InTheDocumentation_AreThoseOfTheCatalogue()
    {
        var expected = MetricCatalogue.All.Select(metric => (
            Name: $"`{metric.Name}`", Kind: metric.Kind.ToString().ToLowerInvariant(), Labels: metric.Labels.Count == 0 ? "" : string.Join(", ", metric.Labels), metric.Help));
        Assert.Equal(expected, Rows("signals.md", "| metric |").Select(row => (row[0], row[1], row[2], row[3])));
    }

    [Fact]
    public void Metrics_AsTheyAreNamed_HaveTheirUnitAndKind()
    {
        Assert.Equal(MetricCatalogue.All.Count, MetricCatalogue.All.Select(metric => metric.Name).Distinct().Count());
        Assert.All(MetricCatalogue.All, metric =>
        {
            Assert.Matches("^(opensettle|process|dotnet)_[a-z_]+$", metric.Name);
            Assert.Equal(metric.Kind == MetricKind.Counter, metric.Name.EndsWith("_total", StringComparison.Ordinal));
            Assert.Equal(metric.Kind == MetricKind.Histogram, metric.Buckets.Count > 0);
            Assert.Equal(metric.Buckets.Order(), metric.Buckets);
            Assert.DoesNotContain("chain", metric.Labels);
        });
    }

    [Fact]
    public void Messages_OfTheLog_HaveANumberOfTheirOwnInItsBand()
    {
        var messages = Messages();
        Assert.Equal(messages.Count, messages.Select(message => message.EventId).Distinct().Count());
        Assert.All(messages, message => Assert.Contains(message.EventId / 100, Bands));
    }

    [Fact]
    public void Messages_InTheDocumentation_AreThoseOfTheLog()
    {
        var rows = Rows("logs.md", "| number |");
        var expected = Messages().OrderBy(message => message.EventId).Select(message => ($"{message.EventId}", message.Level.ToString().ToLowerInvariant(), message.Message.Replace("|", "\\|", StringComparison.Ordinal)));
        Assert.Equal(expected, rows.Select(row => (row[0], row[1], row[2])));
        // Whoever is woken by one has to know what to do.
        Assert.All(rows, row => Assert.True(row[3].Length > 0, row[0]));
    }

    [Fact]
    public void Webhooks_InTheDocumentation_AreAllTypes() =>
        Assert.Equal(WebhookTypes.All.Append(WebhookTypes.Test).Select(type => $"`{type}`"), Rows("signals.md", "| type |").Select(row => row[0]));

    private static List<LoggerMessageAttribute> Messages() =>
    [
        .. (typeof(NodeMetrics).Assembly.GetType("OpenSettle.Node.Log") ?? throw new InvalidOperationException("There is no log."))
            .GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>(),
    ];

    private static List<string[]> Rows(string file, string head) =>
    [
        .. File.ReadLines(Path.Combine(Judges.Root(), "docs", file)).SkipWhile(line => !line.StartsWith(head, StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|')).Select(line => line.Trim('|').Split(" | ").Select(cell => cell.Trim()).ToArray()),
    ];
}
