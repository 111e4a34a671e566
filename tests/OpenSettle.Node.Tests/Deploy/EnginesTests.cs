using System.Globalization;
using Npgsql;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Servers;

namespace OpenSettle.Node.Tests.Deploy;

/// <summary>The engines of the cluster file start with what it gives them.</summary>
[Trait("Category", "Server")]
public sealed class EnginesTests
{
    [Fact]
    public async Task Postgres_WithTheSettingsOfTheCluster_HasThemAndIsDurable()
    {
        var command = YamlText.Read("compose.cluster.yaml").MapAt("services").MapAt("postgres").TextsAt("command");
        Assert.Equal("postgres", command[0]);
        Assert.All(command.Skip(1).Where((_, index) => index % 2 == 0), flag => Assert.Equal("-c", flag));
        var settings = command.Skip(1).Where((_, index) => index % 2 == 1).Select(setting => setting.Split('=')).ToDictionary(setting => setting[0], setting => setting[1], StringComparer.Ordinal);
        await using var server = await PostgresServer.StartAsync(settings);
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        async Task<string?> ShowAsync(string name)
        {
            await using var show = new NpgsqlCommand($"SHOW {name}", connection);
            return (string?)await show.ExecuteScalarAsync();
        }

        Assert.Equal(settings["max_connections"], await ShowAsync("max_connections"));
        foreach (var durable in (string[])["fsync", "synchronous_commit", "full_page_writes"]) Assert.Equal("on", await ShowAsync(durable));
    }

    [Fact]
    public async Task Rabbit_WithTheSettingsOfTheCluster_StartsAndTellsItsMetrics()
    {
        var port = FreePorts.Take();
        var lines = await File.ReadAllLinesAsync(Path.Combine(YamlText.Folder, "rabbitmq", "opensettle.conf"));
        // The image brings this plug-in enabled; here it listens on loopback alone.
        await using var server = await RabbitServer.StartAsync(
            ["rabbitmq_prometheus"], [.. lines, string.Create(CultureInfo.InvariantCulture, $"prometheus.tcp.port = {port}"), "prometheus.tcp.ip = 127.0.0.1"]);
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/metrics")));
        Assert.Contains("rabbitmq_queue_messages", page, StringComparison.Ordinal);
        var (code, output, errors) = await Judges.PromtoolAsync(page);
        // It finds fault with names, and could not read a page that is none.
        Assert.True(code is 0 or 3, output + errors);
    }
}
