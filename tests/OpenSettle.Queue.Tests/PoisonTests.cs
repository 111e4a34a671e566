using System.Text;
using OpenSettle.Node.Queue;
using OpenSettle.Storage.Usage;
using RabbitMQ.Client;
using static OpenSettle.Queue.Tests.QueueStage;

namespace OpenSettle.Queue.Tests;

/// <summary>What whoever may publish at the broker can do: add noise, which is kept apart, and nothing in anybody's name.</summary>
[Trait("Category", "Server")]
public sealed class PoisonTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Message_ThatCannotBeTaken_IsKeptAndPassed()
    {
        await using var stage = await StartAsync(partitions: 1);
        var unsigned = stage.AddGateway("signs-only", Account("other"), GatewayScopes.Send);
        var revoked = stage.AddGateway("revoked", Account("other"), GatewayScopes.Send | GatewayScopes.SendUnsigned);
        stage.Revoke("revoked");
        var node = await stage.AddNodeAsync("a");
        await node.QueueAsync(Event("before"));
        var nodes = new QueueKeys(stage.Salt).Nodes;
        var prefix = stage.Names.Prefix;
        var good = Encoding.UTF8.GetBytes(Batch(Event("forged")));
        (string Reason, BasicProperties Properties, byte[] Body)[] poison =
        [
            ("no header opensettle-code", new BasicProperties(), "junk"u8.ToArray()),
            ("no header opensettle-gateway", With(prefix, new UsageMessage(UsageMessage.Events, "", "", good), KeyOf(stage.Key)), good),
            ("content type", With(prefix, new UsageMessage("text/plain", "eu-1", "", good), KeyOf(stage.Key)), good),
            ("does not have", With(prefix, new UsageMessage(UsageMessage.Events, "nobody", "", good), KeyOf(stage.Key)), good),
            ("not made with the key of its gateway", With(prefix, new UsageMessage(UsageMessage.Events, "eu-1", "", good), KeyOf(unsigned)), good),
            ("not made with the key of its gateway", With("opensettle.1.00000000.usage", new UsageMessage(UsageMessage.Events, "eu-1", "", good), KeyOf(stage.Key)), good),
            ("not made by a node", With(prefix, new UsageMessage(UsageMessage.Bodies, "eu-1", "", good), KeyOf(stage.Key)), good),
            ("lacks the scope send-unsigned", With(prefix, new UsageMessage(UsageMessage.Events, "signs-only", "", good), KeyOf(unsigned)), good),
            ("was revoked", With(prefix, new UsageMessage(UsageMessage.Events, "revoked", "", good), KeyOf(revoked)), good),
            ("not valid JSON", With(prefix, new UsageMessage(UsageMessage.Events, "eu-1", "", "[{"u8.ToArray()), KeyOf(stage.Key)), "[{"u8.ToArray()),
            ("A batch is an array", With(prefix, new UsageMessage(UsageMessage.Events, "eu-1", "", "{}"u8.ToArray()), KeyOf(stage.Key)), "{}"u8.ToArray()),
            ("events end early", With(prefix, new UsageMessage(UsageMessage.Bodies, "eu-1", "", good), nodes), good),
            ("OpenSettle-Batch", With(prefix, new UsageMessage(UsageMessage.Events, "eu-1", "gateway=1", Encoding.UTF8.GetBytes(Batch(Event("signed").Replace("\"subject\": \"consumer-6\", ", "", StringComparison.Ordinal)))), KeyOf(stage.Key)),
                Encoding.UTF8.GetBytes(Batch(Event("signed").Replace("\"subject\": \"consumer-6\", ", "", StringComparison.Ordinal)))),
        ];
        await node.StopAsync();
        foreach (var (_, properties, body) in poison) await stage.PublishAsync(0, properties, body);
        node = await stage.AddNodeAsync("a");
        await node.QueueAsync(Event("after"));
        await stage.UntilEventsAsync(2);
        Assert.Equal(["after", "before"], stage.Ids().Order(StringComparer.Ordinal));
        var reasons = stage.Reasons();
        Assert.Equal(poison.Length, reasons.Count);
        foreach (var (reason, index) in poison.Select((one, index) => (one.Reason, index))) Assert.Contains(reason, reasons[index], StringComparison.Ordinal);
        Assert.Equal(poison.Length, node.View.Poison);
        await UntilAsync(() => node.State.Alerts.All.Any(alert => alert.Name == "queue quarantine" && alert.Message.StartsWith($"{poison.Length} files", StringComparison.Ordinal)), "no alert stands");
        // With what a person needs to send it again, and without stalling what is behind it.
        Assert.Contains(Convert.ToBase64String("junk"u8), await File.ReadAllTextAsync(stage.Quarantine.All[0].FullName), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_PartlyBad_GivesItsGoodEventsAndIsKept()
    {
        await using var stage = await StartAsync(partitions: 1);
        var node = await stage.AddNodeAsync("a");
        await UntilAsync(() => node.Consumer.Partitions.Count == 1 && node.View.All is [{ Next: not null }], "the stream is not read");
        var prefix = stage.Names.Prefix;
        var body = Encoding.UTF8.GetBytes(Batch(Event("1"), Event("2", units: -1), Event("3")));
        await stage.PublishAsync(0, With(prefix, new UsageMessage(UsageMessage.Events, "eu-1", "", body), KeyOf(stage.Key)), body);
        await stage.UntilEventsAsync(2);
        Assert.Equal(["1", "3"], stage.Ids().Order(StringComparer.Ordinal));
        await UntilAsync(() => stage.Quarantine.All.Count == 1, "nothing is in the quarantine");
        Assert.Contains("1 of its 3 events", Assert.Single(stage.Reasons()), StringComparison.Ordinal);
    }

    [Fact]
    public void Quarantine_KeepsTheNewest()
    {
        var folder = Directory.CreateTempSubdirectory("opensettle-quarantine-");
        try
        {
            var quarantine = new QueueQuarantine(folder.FullName, most: 3);
            for (var offset = 0; offset < 6; offset++)
            {
                quarantine.Keep("s", "i", offset, new BasicProperties(), "x"u8, "because", Now);
                quarantine.Keep("s", "i", offset, new BasicProperties(), "x"u8, "because", Now);
            }

            Assert.Equal(["s-i-000000000003.json", "s-i-000000000004.json", "s-i-000000000005.json"], quarantine.All.Select(file => file.Name).Order(StringComparer.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static byte[] KeyOf(string key) => QueueKeys.OfGateway(GatewayKeyText.HashOf(key));

    private static BasicProperties With(string prefix, UsageMessage message, byte[] key)
    {
        var properties = message.ToProperties(message.CodeBy(key, prefix), "x", Now);
        if (message.Gateway.Length == 0) properties.Headers!.Remove("opensettle-gateway");
        return properties;
    }
}
