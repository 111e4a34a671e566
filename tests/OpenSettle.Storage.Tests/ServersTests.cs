using System.Text;
using Npgsql;
using OpenSettle.Servers;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace OpenSettle.Storage.Tests;

/// <summary>That the servers of the tests do what the tests on them take for granted.</summary>
[Trait("Category", "Server")]
public sealed class ServersTests
{
    [Fact]
    public async Task Postgres_KilledAndStartedAgain_KeepsWhatWasCommittedAndNothingElse()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await ExecuteAsync(database, "CREATE TABLE kept (n bigint PRIMARY KEY)");
        await ExecuteAsync(database, "INSERT INTO kept SELECT generate_series(1, 1000)");
        await using var open = new NpgsqlConnection(database + ";Pooling=false");
        await open.OpenAsync();
        await using var transaction = await open.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand("INSERT INTO kept VALUES (5000)", open)) await insert.ExecuteNonQueryAsync();

        var before = server.ProcessId;
        await server.KillAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => CountAsync(database));
        Assert.False(Directory.Exists($"/proc/{before}"));

        await server.RestartAsync();
        Assert.NotEqual(before, server.ProcessId);
        Assert.Equal(1000, await CountAsync(database));

        await server.RestartAsync();
        Assert.Equal(1000, await CountAsync(database));
    }

    [Fact]
    public async Task Postgres_OfTheTests_IsDurableAndItsUserIsNoSuperuser()
    {
        var server = await PostgresServer.SharedAsync();
        Assert.Same(server, await PostgresServer.SharedAsync());
        Assert.Equal("on", await ScalarAsync(server.ConnectionString, "SHOW fsync"));
        Assert.Equal("on", await ScalarAsync(server.ConnectionString, "SHOW synchronous_commit"));
        Assert.Equal("off", await ScalarAsync(server.ConnectionString, "SHOW is_superuser"));
        Assert.Equal("127.0.0.1", await ScalarAsync(server.ConnectionString, "SHOW listen_addresses"));
        Assert.StartsWith("15.", (string)(await ScalarAsync(server.ConnectionString, "SHOW server_version"))!, StringComparison.Ordinal);
        Assert.NotEqual(await server.CreateDatabaseAsync(), await server.CreateDatabaseAsync());
    }

    [Fact]
    public async Task Postgres_WithASettingThatItRefuses_SaysWhatItLogged()
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["shared_buffers"] = "nonsense" };
        var refused = await Assert.ThrowsAsync<ServerException>(() => PostgresServer.StartAsync(settings));
        Assert.Contains("shared_buffers", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rabbit_KilledAndStartedAgain_KeepsAStreamWithEveryConfirmedMessage()
    {
        const string Queue = "kept";
        const int Messages = 200;
        await using var server = await RabbitServer.StartAsync();
        await using (var connection = await ConnectAsync(server))
        {
            // Answered means that the broker confirmed it.
            await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
            await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, Stream());
            for (var n = 0; n < Messages; n++) await channel.BasicPublishAsync("", Queue, mandatory: true, new BasicProperties { Persistent = true }, Encoding.ASCII.GetBytes($"{n}"));
            await server.KillAsync();
        }

        await server.StartAgainAsync();
        await server.UntilStreamAnswersAsync(Queue);
        await using var again = await ConnectAsync(server);
        await using var reader = await again.CreateChannelAsync();
        await reader.BasicQosAsync(0, 100, global: false);
        var read = new List<(long Offset, string Body)>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = new AsyncEventingBasicConsumer(reader);
        consumer.ReceivedAsync += async (_, message) =>
        {
            read.Add(((long)message.BasicProperties.Headers!["x-stream-offset"]!, Encoding.ASCII.GetString(message.Body.Span)));
            await reader.BasicAckAsync(message.DeliveryTag, multiple: false);
            if (read.Count == Messages) all.TrySetResult();
        };
        await reader.BasicConsumeAsync(Queue, autoAck: false, "reader", new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-stream-offset"] = "first" }, consumer);
        await all.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(Enumerable.Range(0, Messages).Select(n => ((long)n, $"{n}")), read);
    }

    [Fact]
    public async Task Rabbit_WithASettingThatItRefuses_SaysWhatItLogged()
    {
        var refused = await Assert.ThrowsAsync<ServerException>(() => RabbitServer.StartAsync("channel_max = nonsense"));
        Assert.Contains("channel_max", refused.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, object?> Stream() => new(StringComparer.Ordinal) { ["x-queue-type"] = "stream" };

    private static Task<IConnection> ConnectAsync(RabbitServer server) => new ConnectionFactory { Uri = server.Uri, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    private static async Task<long> CountAsync(string database) => (long)(await ScalarAsync(database, "SELECT count(*) FROM kept"))!;

    private static async Task<object?> ScalarAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static Task<object?> ExecuteAsync(string database, string sql) => ScalarAsync(database, sql);
}
