using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Storage.Sqlite;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Cli.Tests;

/// <summary>Keys of operators: made, shown once, sent to a node, ended.</summary>
public sealed class OperatorVerbTests : IDisposable
{
    private static readonly Address Contract = Address.Parse("0x1111111111111111111111111111111111111111");

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-cli-").FullName;

    private string[] Where => ["--data-dir", _folder, "--deployment", Path.Combine(_folder, "deployment.json")];

    public OperatorVerbTests() => File.WriteAllText(
        Path.Combine(_folder, "deployment.json"),
        $$"""{"chainId":1,"deployedAtBlock":1,"contracts":{"registry":"{{Contract}}","rail":"{{Contract}}","vault":"{{Contract}}","resolver":"{{Contract}}"},"tokens":[]}""");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Operator_ThatIsAdded_HasAKeyThatIsShownOnceAndOperates()
    {
        var (code, output, _) = await CannedNode.RunAloneAsync(string.Empty, ["operator", "add", "me", "--json", .. Where]);
        Assert.Equal(0, code);
        using var added = JsonDocument.Parse(output);
        var key = added.RootElement.GetProperty("key").GetString() ?? string.Empty;
        Assert.StartsWith(GatewayKeyText.Prefix, key, StringComparison.Ordinal);
        var record = Assert.Single(All());
        Assert.Equal(("me", GatewayKeyText.HashOf(key), GatewayScopes.Operate), (record.Name, record.KeyHash, record.Scopes));
        var (_, listed, _) = await CannedNode.RunAloneAsync(string.Empty, ["operator", "list", .. Where]);
        Assert.Contains("me", listed, StringComparison.Ordinal);
        Assert.DoesNotContain(key, listed, StringComparison.Ordinal);
        // A name is one among all that have keys.
        Assert.Equal(6, (await CannedNode.RunAloneAsync(string.Empty, ["gateway", "add", "me", .. Where])).Code);
    }

    [Fact]
    public async Task Operators_AndGateways_AreListedAndRevokedEachByTheirOwnVerb()
    {
        Assert.Equal(0, (await CannedNode.RunAloneAsync(string.Empty, ["operator", "add", "me", .. Where])).Code);
        Assert.Equal(0, (await CannedNode.RunAloneAsync(string.Empty, ["gateway", "add", "eu-1", .. Where])).Code);
        Assert.DoesNotContain("me", (await CannedNode.RunAloneAsync(string.Empty, ["gateway", "list", .. Where])).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("eu-1", (await CannedNode.RunAloneAsync(string.Empty, ["operator", "list", .. Where])).Output, StringComparison.Ordinal);
        Assert.Equal(6, (await CannedNode.RunAloneAsync(string.Empty, ["gateway", "revoke", "me", .. Where])).Code);
        Assert.Equal(6, (await CannedNode.RunAloneAsync(string.Empty, ["operator", "revoke", "eu-1", .. Where])).Code);
        Assert.All(All(), record => Assert.Null(record.Revoked));
        Assert.Equal(0, (await CannedNode.RunAloneAsync(string.Empty, ["operator", "revoke", "me", .. Where])).Code);
        Assert.Equal(["me"], All().Where(record => record.Revoked is not null).Select(record => record.Name));
        // A gateway's key cannot be made an operator's.
        Assert.Equal(2, (await CannedNode.RunAloneAsync(string.Empty, ["gateway", "add", "us-1", "--scopes", "send,operate", .. Where])).Code);
    }

    [Fact]
    public async Task Key_OfTheSettings_IsSentToTheNodeAndNeverSaid()
    {
        await using var node = await CannedNode.StartAsync();
        var file = Path.Combine(_folder, "api.key");
        await File.WriteAllTextAsync(file, "osk_5ec2e7\n");
        node.Answer("/api/v1/models", "[]");
        var (code, output, errors) = await node.RunAsync("model", "show", "#1", "--api-key", $"file:{file}");
        Assert.Equal(6, code);
        Assert.Equal(["Bearer osk_5ec2e7"], node.Keys);
        Assert.DoesNotContain("5ec2e7", output + errors, StringComparison.Ordinal);
        // Written out as a flag everybody on the machine would see it.
        Assert.Equal(2, (await node.RunAsync("model", "show", "#1", "--api-key", "osk_5ec2e7")).Code);
        Assert.Single(node.Keys);
    }

    [Fact]
    public async Task List_InPages_IsReadToItsEnd()
    {
        await using var node = await CannedNode.StartAsync();
        node.OnRequest = async context =>
        {
            if (context.Request.Path != "/api/v1/models") return;
            var after = context.Request.Query["after"].ToString() is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
            if (after < 2) context.Response.Headers.Link = $"<?limit=1&after={after + 1}>; rel=\"next\"";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"[{{\"id\":\"0x{after + 1:x64}\",\"number\":{after + 1}}}]"));
        };
        await node.RunAsync("model", "show", "#3");
        Assert.Equal(["/api/v1/models", "/api/v1/models?limit=1&after=1", "/api/v1/models?limit=1&after=2", $"/api/v1/models/0x{3:x64}"], node.Asked);
    }

    [Fact]
    public async Task Node_ThatAsksForPatience_IsAskedAgainAfterIt()
    {
        await using var node = await CannedNode.StartAsync();
        node.Answer("/api/v1/models", "[]");
        node.OnRequest = async context =>
        {
            if (node.Asked.Count > 1) return;
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "0";
            await context.Response.Body.WriteAsync("{}"u8.ToArray());
        };
        var (code, _, errors) = await node.RunAsync("model", "show", "#3");
        Assert.Equal((6, 2), (code, node.Asked.Count));
        Assert.Contains("knows none", errors, StringComparison.Ordinal);
    }

    private IReadOnlyList<GatewayRecord> All()
    {
        using var store = GatewayStore.Open(Path.Combine(_folder, "usage.sqlite"), new DeploymentId(1, Contract, Contract, Contract));
        return store.All();
    }
}
