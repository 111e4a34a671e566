using System.Net;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Storage;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

/// <summary>What nodes answer that do not have all roles, or do not lead.</summary>
public sealed class RoleRoutesTests : IDisposable
{
    private readonly TestNode _node;

    public RoleRoutesTests()
    {
        var chain = new FakeChain();
        chain.Mine(block => block.List(Dollar, 10));
        _node = new TestNode(chain);
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(NodeRoles.Settle, "POST /api/v1/events", "ingest")]
    [InlineData(NodeRoles.Settle, "GET /api/v1/models", "read")]
    [InlineData(NodeRoles.Settle, "GET /api/v1/stream", "read")]
    [InlineData(NodeRoles.Ingest, "GET /api/v1/epochs", "read")]
    [InlineData(NodeRoles.Ingest, "POST /api/v1/relay/claims", "settle")]
    [InlineData(NodeRoles.Read, "POST /api/v1/events", "ingest")]
    [InlineData(NodeRoles.Read, "POST /api/v1/ops/quarantine/retry", "settle")]
    public async Task Route_OfARoleThatTheNodeLacks_NamesItBy503(NodeRoles roles, string asked, string role)
    {
        await using var api = await TestApi.StartAsync(_node, options: With(roles));
        var words = asked.Split(' ');
        using var answer = await api.SendAsync(new HttpMethod(words[0]), words[1]);
        await TestApi.AssertProblemAsync(answer, HttpStatusCode.ServiceUnavailable, $"a node whose setting roles names {role}");
    }

    [Theory]
    [InlineData(NodeRoles.Settle)]
    [InlineData(NodeRoles.Ingest)]
    [InlineData(NodeRoles.Read)]
    public async Task Route_OfEveryNode_IsAnsweredWhateverItsRoles(NodeRoles roles)
    {
        await _node.TickAsync();
        await using var api = await TestApi.StartAsync(_node, options: With(roles));
        foreach (var path in new[] { "/healthz", "/readyz", "/openapi.json", "/api/v1/status", "/api/v1/version", "/api/v1/chains" })
        {
            using var answer = await api.SendAsync(HttpMethod.Get, path);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Status_OfANodeThatStandsBy_SaysWhoLeads()
    {
        await _node.TickAsync();
        using var leadership = Leadership.ByLease(NodeIdentity.Of("south"), _node.Time);
        leadership.See("north");
        await using var api = await TestApi.StartAsync(_node, options: With(NodeRoles.Settle | NodeRoles.Read), leadership: leadership);
        Assert.Equal("stands by; north leads", (await api.GetAsync("/readyz")).GetProperty("leading").GetString());
        var cluster = (await api.GetAsync("/api/v1/status")).GetProperty("cluster");
        Assert.Equal(("south", "north", false), (cluster.GetProperty("node").GetString(), cluster.GetProperty("leader").GetString(), cluster.GetProperty("leads").GetBoolean()));
        Assert.Equal(["settle", "read"], cluster.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
        Assert.False(cluster.TryGetProperty("token", out _));
        using var relayed = await api.SendAsync(HttpMethod.Post, "/api/v1/relay/claims");
        await TestApi.AssertProblemAsync(relayed, HttpStatusCode.ServiceUnavailable, "Ask the node north");

        leadership.Take(new Lease(Leadership.LeaseName, leadership.Identity!.Holder, 5), _node.Time.GetTimestamp());
        leadership.Begin();
        Assert.Equal("leads", (await api.GetAsync("/readyz")).GetProperty("leading").GetString());
        cluster = (await api.GetAsync("/api/v1/status")).GetProperty("cluster");
        Assert.Equal((true, 5), (cluster.GetProperty("leads").GetBoolean(), cluster.GetProperty("token").GetInt32()));
    }

    [Fact]
    public async Task Status_OfANodeWithFilesOfItsOwn_SaysNothingOfOthers()
    {
        await _node.TickAsync();
        await using var api = await TestApi.StartAsync(_node);
        Assert.False((await api.GetAsync("/api/v1/status")).TryGetProperty("cluster", out _));
        Assert.False((await api.GetAsync("/readyz")).TryGetProperty("leading", out _));
    }

    private NodeOptions With(NodeRoles roles) =>
        TestNode.MakeOptions(_node.Options.DataDir, cluster: new ClusterOptions { Database = "Host=db.example;Database=books", Roles = roles, NodeName = "south" });
}
