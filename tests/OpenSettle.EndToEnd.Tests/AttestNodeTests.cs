using System.Net;
using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.EndToEnd.Tests;

/// <summary>What a node gives to whoever attests: records with their proofs, and its list; held against the chain, where a node that lies is found.</summary>
public sealed class AttestNodeTests(StageFixture stage) : IClassFixture<StageFixture>
{
    private const int AdaIndex = 6;
    private const int RelayerIndex = 14;

    [Fact]
    public async Task Record_AndList_OfANode_AreHeldAgainstTheChain()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var cancellation = limit.Token;
        var command = new AttestCommand(stage, cancellation);
        using var node = await NodeProcess.StartAsync(stage.Workspace, stage.Chain, stage.Deployment, stage.Cast, Workspace.FreePort(), cancellation);
        var model = await SettleAsync(node, cancellation);
        var (id, api) = (model.Id.ToString(), node.Api.ToString());

        var record = await node.GetAsync($"api/v1/models/{id}/records/1", cancellation);
        await LyingAsync(record, "lastBlock\":", "lastBlock\":1", 7, "is not the one that the vault activated", ["record", id, "--epoch", "1", "--yes"]);
        // 7,000,001 in hexadecimal.
        await LyingAsync(record, "6acfc1", "6acfc2", 7, "proof does not lead to epoch 1's record root", ["record", id, "--epoch", "1", "--yes"]);
        await command.RefusedAsync(RelayerIndex, 6, "the node has no record", ["record", id, "--epoch", "2", "--yes", "--api", api]);
        var sent = await command.AttestAsync(RelayerIndex, ["record", id, "--epoch", "1", "--yes", "--api", api]);
        var uid = Hash32.Parse(Assert.Single(sent.GetProperty("requests").EnumerateArray()).GetProperty("uid").GetString()!);
        Assert.Equal(uid, await stage.Chain.Client.AskAsync(stage.Deployment.Resolver, new SettlementResolver.RecordOf(1, model.Id.Value), BlockRef.Latest, cancellation));
        Assert.Equal(uid, await stage.Chain.Client.AskAsync(stage.Deployment.Resolver, new SettlementResolver.Latest(model.Id.Value, StatementKind.UsageRecord, stage.Deployment.Resolver), BlockRef.Latest, cancellation));
        await command.RefusedAsync(RelayerIndex, 6, "the record is attested already", ["record", id, "--epoch", "1", "--yes", "--api", api]);

        var owned = await command.AttestAsync(AdaIndex, ["provenance", id, "--dataset", $"{Market.Text("set")}:trained-on", "--yes"]);
        var revoked = Assert.Single(owned.GetProperty("requests").EnumerateArray()).GetProperty("uid").GetString() ?? string.Empty;
        await node.WaitAsync($"api/v1/models/{id}/attestations", "both attestations are listed", list => list.GetProperty("attestations").GetArrayLength() == 2, cancellation);
        var list = await command.AttestAsync(AdaIndex, ["list", id, "--verify", "--api", api]);
        Assert.Equal(["on the chain, and says the same", "on the chain, and says the same"], list.GetProperty("checks").EnumerateObject().Select(check => check.Value.GetString()));

        // What is in a file alone, the node takes by the resolver's rules.
        var (own, others) = (stage.Workspace.PathOf("own.json"), stage.Workspace.PathOf("others.json"));
        var signed = await command.AttestAsync(AdaIndex, ["permission", id, "--account", "anybody", "--use", "resale", "--permission", "allowed", "--offchain", "--out", own]);
        await command.AttestAsync(AdaIndex, ["import", own, "--api", api], keys: false);
        await File.WriteAllTextAsync(others, (await File.ReadAllTextAsync(own, cancellation)).Replace(stage.Cast.Ada.Address.ToChecksumString(), stage.Cast.Ben.Address.ToChecksumString(), StringComparison.Ordinal), cancellation);
        await command.RefusedAsync(AdaIndex, 6, "it is not signed by", ["import", others, "--api", api], keys: false);
        await node.WaitAsync($"api/v1/models/{id}/attestations", "the file is listed", list => list.GetProperty("attestations").GetArrayLength() == 3, cancellation);
        list = await command.AttestAsync(AdaIndex, ["list", id, "--verify", "--api", api]);
        Assert.StartsWith("only in a file", list.GetProperty("checks").GetProperty(Assert.Single(signed.GetProperty("requests").EnumerateArray()).GetProperty("uid").GetString()!).GetString(), StringComparison.Ordinal);

        // A node that tells something else of one, and one that was taken back meanwhile.
        var shown = await node.GetAsync($"api/v1/models/{id}/attestations", cancellation);
        await LyingAsync(shown, Market.Text("set").ToString(), Market.Text("another").ToString(), 7, "says something else on the chain", ["list", id, "--verify"]);
        await LyingAsync(shown, uid.ToString(), Market.Text("nothing").ToString(), 7, "is not on the chain", ["list", id, "--verify"]);
        await command.AttestAsync(AdaIndex, ["revoke", revoked, "--yes"]);
        await LyingAsync(shown, "unread", "unread", 0, "on the chain, and revoked since", ["list", id, "--verify"]);

        async Task LyingAsync(JsonElement truth, string from, string to, int code, string words, string[] arguments)
        {
            var text = truth.GetRawText();
            Assert.Contains(from, text, StringComparison.Ordinal);
            using var liar = new OneAnswer(text.Replace(from, to, StringComparison.Ordinal));
            await command.RefusedAsync(RelayerIndex, code, words, [.. arguments, "--api", liar.Address]);
        }
    }

    private async Task<StageModel> SettleAsync(NodeProcess node, CancellationToken cancellation)
    {
        var market = new Market(stage.Chain, stage.Deployment);
        var model = await market.RegisterAsync(stage.Cast.Ada, "recorded", Contract.SplitTable.Of([Market.OwnerRow(1, "training")]), [], cancellation);
        await market.FundAsync(stage.Cast.Bank, 100_000_000, cancellation);
        await market.PayAsync(stage.Cast.Bank, model, stage.Deployment.Dollar, 7_000_001, Market.Text("use"), cancellation);
        await node.WaitAsync(
            "all is settled and attested",
            status => status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("state").GetString() is "attested" or "pushed" && status.GetProperty("transactions").GetArrayLength() == 0,
            cancellation);
        return model;
    }

    /// <summary>A node that has one answer to everything.</summary>
    private sealed class OneAnswer : IDisposable
    {
        private readonly HttpListener _listener = new();

        public OneAnswer(string json)
        {
            Address = $"http://127.0.0.1:{Workspace.FreePort()}/";
            _listener.Prefixes.Add(Address);
            _listener.Start();
            Running = ServeAsync(System.Text.Encoding.UTF8.GetBytes(json));
        }

        public string Address { get; }

        public Task Running { get; }

        public void Dispose() => _listener.Close();

        private async Task ServeAsync(byte[] answer)
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    context.Response.ContentType = "application/json";
                    await context.Response.OutputStream.WriteAsync(answer);
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Closed.
            }
        }
    }
}
