using OpenSettle.Storage;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;
using OpenSettle.Node.Signals.Metrics;
using OpenSettle.Node.Signals.Webhooks;
using OpenSettle.Node.Tests.Pipeline;
using OpenSettle.Node.Tests.Support;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Signals;

public sealed class WebhookTests
{
    internal const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly TestModel Small = Model("small");

    [Fact]
    public async Task Epoch_FromProposalToClaim_IsPutDownWithItsPostings()
    {
        var (chain, node) = Told("https://hooks.example/a");
        using (node)
        {
            await node.RunAsync(20);
            var leaf = node.State.Active!.Tree!.Leaves.First(leaf => leaf.Account == Alice);
            chain.Mine(block => block.Claim(leaf));
            await node.RunAsync(5);
            var told = Waiting(node);
            Assert.Equal(["epoch.active", "epoch.proposed", "payout.made"], told.Select(row => row.Type).Order(StringComparer.Ordinal));
            var proposed = told.Single(row => row.Type == "epoch.proposed").Body;
            Assert.Equal((31337UL, Vault.ToChecksumString()), (proposed.GetProperty("chainId").GetUInt64(), proposed.GetProperty("vault").GetString()));
            Assert.Equal((1UL, node.Epoch(1)!.Root.ToString()), (proposed.GetProperty("data").GetProperty("epoch").GetUInt64(), proposed.GetProperty("data").GetProperty("root").GetString()));
            var active = told.Single(row => row.Type == "epoch.active").Body.GetProperty("data");
            Assert.Equal((1UL, 1), (active.GetProperty("epoch").GetUInt64(), active.GetProperty("payments").GetInt32()));
            var payout = told.Single(row => row.Type == "payout.made").Body.GetProperty("data");
            Assert.Equal(("claim", Alice.ToChecksumString(), Dollar.ToChecksumString(), "75"),
                (payout.GetProperty("route").GetString(), payout.GetProperty("account").GetString(), payout.GetProperty("token").GetString(), payout.GetProperty("amount").GetString()));
            Assert.StartsWith("2026-11-", proposed.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Push_OfMany_IsToldOnce()
    {
        var (_, node) = Told("https://hooks.example/a", pushAbove: 20);
        using (node)
        {
            await node.RunAsync(20);
            var push = Waiting(node).Single(row => row.Type == "payout.made").Body.GetProperty("data");
            Assert.Equal(("push", 1UL, 2UL, 0, "100"), (
                push.GetProperty("route").GetString(), push.GetProperty("epoch").GetUInt64(), push.GetProperty("entries").GetUInt64(), push.GetProperty("refused").GetInt32(), push.GetProperty("amount").GetString()));
        }
    }

    [Fact]
    public async Task Veto_IsTold()
    {
        var (chain, node) = Told("https://hooks.example/a");
        using (node)
        {
            await node.RunAsync(4);
            chain.Mine(block => block.Veto());
            await node.RunAsync(4);
            Assert.Equal(1UL, Waiting(node).Single(row => row.Type == "epoch.vetoed").Body.GetProperty("data").GetProperty("epoch").GetUInt64());
        }
    }

    [Fact]
    public async Task Facts_OfLongAgo_AreToldToNobody()
    {
        // The chain's blocks are of 1970, as a node's are that reads years of them.
        using var node = new TestNode(EpochStepTests.Paid(), signals: Options("https://hooks.example/a"));
        await node.RunAsync(20);
        Assert.Equal(1UL, node.State.Active!.Epoch);
        Assert.Empty(Waiting(node));
    }

    [Fact]
    public async Task Types_ThatAreNotWanted_AreNotPutDown()
    {
        var (_, node) = Told("https://hooks.example/a", types: ["epoch.active"]);
        using (node)
        {
            await node.RunAsync(20);
            Assert.Equal(["epoch.active"], Waiting(node).Select(row => row.Type));
        }
    }

    [Fact]
    public async Task Books_ThatAreMadeAnew_GiveTheSameIds()
    {
        var ids = new List<string[]>();
        for (var i = 0; i < 2; i++)
        {
            var (_, node) = Told("https://hooks.example/a");
            using (node)
            {
                await node.RunAsync(20);
                ids.Add([.. Waiting(node).Select(row => row.Id).Order(StringComparer.Ordinal)]);
            }
        }

        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(2, ids[0].Distinct().Count());
    }

    [Fact]
    public async Task Message_OnItsWay_IsSignedAsStandardWebhooksVerify()
    {
        await using var target = await HookTarget.StartAsync();
        // The receiver's library looks at its clock.
        using var sender = new WebhookSender(Secret, TimeProvider.System);
        var message = new WebhookText(Deployment).Of(WebhookTypes.Test, "1", TimeProvider.System.GetUtcNow(), new { text = "ünïcode" });
        Assert.Equal(new WebhookAnswer(WebhookOutcome.Delivered, null), await sender.SendAsync(Only(target.Address), message.Id, message.Body, CancellationToken.None));
        var call = Assert.Single(target.Calls);
        var input = JsonSerializer.Serialize(new { id = call.Headers["webhook-id"], timestamp = call.Headers["webhook-timestamp"], signature = call.Headers["webhook-signature"], body = call.Text });
        var (code, output, errors) = await Judges.NodeAsync("webhooks.mjs", input, Secret);
        Assert.True(code == 0, errors);
        Assert.Equal("test", output.Trim());
        Assert.Equal((message.Id, "application/json"), (call.Headers["webhook-id"], call.Headers["Content-Type"]));
    }

    [Fact]
    public async Task Message_ThatFails_ComesAgainWithTheSameIdUntilItIsTaken()
    {
        await using var target = await HookTarget.StartAsync();
        var (node, keeper, log) = await KeeperAsync(target.Address);
        using (node)
        {
            target.OnCall = context =>
            {
                context.Response.StatusCode = target.Calls.Count < 3 ? 500 : 204;
                return Task.CompletedTask;
            };
            Assert.Equal(TimeSpan.FromSeconds(1), await keeper.TurnAsync(CancellationToken.None));
            // Not before its pause is over.
            Assert.Equal(WebhookKeeper.Idle, await keeper.TurnAsync(CancellationToken.None));
            Assert.Single(target.Calls);
            node.Time.Advance(WebhookKeeper.Pauses[0]);
            Assert.Equal(TimeSpan.FromSeconds(2), await keeper.TurnAsync(CancellationToken.None));
            node.Time.Advance(WebhookKeeper.Pauses[1]);
            Assert.Equal(TimeSpan.Zero, await keeper.TurnAsync(CancellationToken.None));
            Assert.Empty(Waiting(node));
            Assert.Equal((3, 1), (target.Calls.Count, target.Calls.Select(call => (call.Headers["webhook-id"], call.Text)).Distinct().Count()));
            // Each attempt has its own time, and so its own signature.
            Assert.Equal(3, target.Calls.Select(call => call.Headers["webhook-signature"]).Distinct().Count());
            Assert.Equal([501, 502], log.All.Select(line => line.Id));
            Assert.Equal(["delivered 1", "failed 2"], Deliveries(node));
        }
    }

    [Fact]
    public async Task Message_OfANodeThatIsKilledBetween_IsToldAgain()
    {
        await using var target = await HookTarget.StartAsync();
        var (node, _, log) = await KeeperAsync(target.Address);
        using (node)
        {
            using var sender = new WebhookSender(Secret, node.Time);
            var row = Assert.Single(node.Books.Read(session => session.Webhooks.Due(Only(target.Address).Key, node.Time.GetUtcNow(), 10)));
            await sender.SendAsync(Only(target.Address), row.Id, row.Body, CancellationToken.None);
            node.Restart();
            Assert.Equal(TimeSpan.Zero, await Keeper(node, target.Address, log, out _).TurnAsync(CancellationToken.None));
            Assert.Equal([row.Id, row.Id], target.Calls.Select(call => call.Headers["webhook-id"]));
        }
    }

    [Fact]
    public async Task Target_ThatAnswers410_IsToldNothingMore()
    {
        await using var target = await HookTarget.StartAsync();
        target.OnCall = context =>
        {
            context.Response.StatusCode = 410;
            return Task.CompletedTask;
        };
        using var node = new TestNode(new FakeChain(), signals: Options(target.Address.ToString()));
        var log = new LogLines<WebhookTests>();
        var keeper = Keeper(node, target.Address, log, out var queue);
        await PutAsync(node, queue, "1", "2");
        Assert.Null(await keeper.TurnAsync(CancellationToken.None));
        Assert.Empty(Waiting(node));
        await PutAsync(node, queue, "3");
        Assert.Empty(Waiting(node));
        Assert.Equal((504, 1), (Assert.Single(log.All).Id, target.Calls.Count));
        Assert.StartsWith("webhook http://127.0.0.1", Assert.Single(node.State.Alerts.All).Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_ThatNobodyTakesForThreeDays_IsGivenUpWithAnAlert()
    {
        await using var target = await HookTarget.StartAsync();
        var (node, keeper, log) = await KeeperAsync(target.Address);
        using (node)
        {
            target.OnCall = context =>
            {
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            };
            var waited = TimeSpan.Zero;
            while (Waiting(node).Count > 0)
            {
                await keeper.TurnAsync(CancellationToken.None);
                node.Time.Advance(TimeSpan.FromMinutes(30));
                waited += TimeSpan.FromMinutes(30);
                Assert.True(waited <= WebhookKeeper.Longest + TimeSpan.FromHours(7));
            }

            Assert.True(waited > WebhookKeeper.Longest);
            Assert.Contains("given up", Assert.Single(node.State.Alerts.All).Message, StringComparison.Ordinal);
            // Many pauses, few attempts.
            Assert.InRange(target.Calls.Count, 15, 30);
            Assert.Equal([501, 503], log.All.Select(line => line.Id));
            Assert.Contains("givenUp 1", Deliveries(node));
        }
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using var other = await HookTarget.StartAsync();
        await using var target = await HookTarget.StartAsync();
        target.OnCall = context =>
        {
            context.Response.Redirect(other.Address.ToString(), permanent: true);
            return Task.CompletedTask;
        };
        using var sender = new WebhookSender(Secret, TimeProvider.System);
        Assert.Equal(new WebhookAnswer(WebhookOutcome.Failed, "it answers 301"), await sender.SendAsync(Only(target.Address), "msg_1", new byte[] { 1 }, CancellationToken.None));
        Assert.Empty(other.Calls);
    }

    [Fact]
    public async Task Answer_ThatNeverEnds_IsNotReadToItsEnd()
    {
        await using var target = await HookTarget.StartAsync();
        target.OnCall = async context =>
        {
            var noise = new byte[4096];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(noise, context.RequestAborted);
        };
        using var sender = new WebhookSender(Secret, TimeProvider.System);
        Assert.Equal(WebhookOutcome.Delivered, (await sender.SendAsync(Only(target.Address), "msg_1", new byte[] { 1 }, CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Pause_ThatATargetAsksFor_IsKept()
    {
        await using var target = await HookTarget.StartAsync();
        var (node, keeper, _) = await KeeperAsync(target.Address);
        using (node)
        {
            target.OnCall = context =>
            {
                (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (429, "120");
                return Task.CompletedTask;
            };
            Assert.Equal(TimeSpan.FromSeconds(120), await keeper.TurnAsync(CancellationToken.None));
        }
    }

    [Fact]
    public async Task Credentials_OfATarget_AreSentAndNeverShown()
    {
        await using var target = await HookTarget.StartAsync();
        var address = new UriBuilder(target.Address) { UserName = "user", Password = "5ec2e7", Path = "/c0ffee-5ec2e7-c0ffee-5ec2e7" }.Uri;
        var (node, keeper, log) = await KeeperAsync(address);
        using (node)
        {
            await keeper.TurnAsync(CancellationToken.None);
            var call = Assert.Single(target.Calls);
            Assert.Equal("Basic " + Convert.ToBase64String("user:5ec2e7"u8), call.Headers["Authorization"]);
            await target.DisposeAsync();
            await PutAsync(node, new WebhookQueue(node.Options, node.Time), "2");
            for (var i = 0; i < WebhookKeeper.Pauses.Count; i++)
            {
                await keeper.TurnAsync(CancellationToken.None);
                node.Time.Advance(TimeSpan.FromHours(6));
            }

            var shown = string.Join('\n', [.. log.All.Select(line => line.Text), .. node.State.Alerts.All.Select(alert => alert.Name + alert.Message), PrometheusText.Write([node.Metrics]), $"{Only(address)}",
                .. node.Books.Read(session => session.Webhooks.Backlog().Keys)]);
            Assert.Contains("webhook http://127.0.0.1", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("5ec2e7", shown, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Alerts_RaisedAndCleared_AreToldOnceAndSoIsAHalt()
    {
        using var node = new TestNode(new FakeChain(), signals: Options("https://hooks.example/a"));
        using var worker = Worker(node);
        node.State.SetAlert("mirror /a", "two bundles are missing");
        await worker.LookAsync(CancellationToken.None);
        node.State.SetAlert("mirror /a", "one bundle is missing");
        await worker.LookAsync(CancellationToken.None);
        Assert.Equal(["alert.raised"], Waiting(node).Select(row => row.Type));
        node.Time.Advance(TimeSpan.FromSeconds(1));
        node.State.ClearAlert("mirror /a");
        node.State.Halt("drift");
        await worker.LookAsync(CancellationToken.None);
        await worker.LookAsync(CancellationToken.None);
        node.State.SetAlert("mirror /a", "again");
        await worker.LookAsync(CancellationToken.None);
        Assert.Equal(["alert.cleared", "alert.raised", "alert.raised", "settlement.halted"], Waiting(node).Select(row => row.Type).Order(StringComparer.Ordinal));
        Assert.Equal("drift", Waiting(node).Single(row => row.Type == "settlement.halted").Body.GetProperty("data").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Target_ThatHangs_DoesNotDelayTheOther()
    {
        await using var slow = await HookTarget.StartAsync();
        await using var quick = await HookTarget.StartAsync();
        var (stop, taken) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var hangs = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        slow.OnCall = _ =>
        {
            hangs.TrySetResult();
            return stop.Task;
        };
        quick.OnCall = _ =>
        {
            if (quick.Calls.Count == 3) taken.TrySetResult();
            return Task.CompletedTask;
        };
        using var node = new TestNode(new FakeChain(), signals: Options($"{slow.Address}", $"{quick.Address}"));
        using var worker = Worker(node);
        await PutAsync(node, new WebhookQueue(node.Options, node.Time), "1", "2", "3");
        await worker.StartAsync(CancellationToken.None);
        await Task.WhenAll(taken.Task, hangs.Task).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Single(slow.Calls);
        stop.SetResult();
        await worker.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Targets_ThatAreNoLongerNamed_AreForgotten()
    {
        await using var target = await HookTarget.StartAsync();
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        target.OnCall = _ =>
        {
            taken.TrySetResult();
            return Task.CompletedTask;
        };
        using var node = new TestNode(new FakeChain(), signals: Options("https://hooks.example/a", $"{target.Address}"));
        await PutAsync(node, new WebhookQueue(node.Options, node.Time), "1");
        var options = TestNode.MakeOptions(node.Options.DataDir, signals: Options($"{target.Address}"));
        using var worker = new WebhookWorker(options, new WebhookQueue(options, node.Time), node.Books, node.State, node.Metrics, node.Time, Leadership.Alone(node.Time), new LogLines<WebhookWorker>());
        await worker.StartAsync(CancellationToken.None);
        await taken.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await worker.StopAsync(CancellationToken.None);
        Assert.DoesNotContain(WebhookTarget.Of(node.Options.Signals)[0].Key, node.Books.Read(session => session.Webhooks.Backlog().Keys));
    }

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true)]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false)]
    [InlineData("whsec_", false)]
    [InlineData("whsec_c2hvcnQ=", false)]
    [InlineData("whsec_not base64!", false)]
    public void Key_OfItsForm_IsTaken(string secret, bool expected) => Assert.Equal(expected, WebhookSignature.TryKey(secret, out _));

    internal static SignalOptions Options(params string[] targets) => new() { Webhooks = [.. targets.Select(target => new Uri(target))], WebhookSecret = Secret };

    private static WebhookTarget Only(Uri address) => WebhookTarget.Of(new SignalOptions { Webhooks = [address] })[0];

    /// <summary>A node whose chain has the time of its clock.</summary>
    private static (FakeChain Chain, TestNode Node) Told(string target, Primitives.UInt256? pushAbove = null, string[]? types = null)
    {
        var chain = WatchStepTests.Listed();
        var node = new TestNode(chain, pushAbove: pushAbove, signals: new SignalOptions { Webhooks = [new Uri(target)], WebhookSecret = Secret, WebhookEvents = (types ?? []).ToHashSet(StringComparer.Ordinal) });
        chain.NextTime = (ulong)node.Time.GetUtcNow().ToUnixTimeSeconds() - chain.HeadBlock.Timestamp;
        chain.Mine(block => block.Pay(Small, Dollar, 100));
        return (chain, node);
    }

    private static async Task<(TestNode Node, WebhookKeeper Keeper, LogLines<WebhookTests> Log)> KeeperAsync(Uri address)
    {
        var node = new TestNode(new FakeChain(), signals: Options(address.AbsoluteUri));
        var log = new LogLines<WebhookTests>();
        var keeper = Keeper(node, address, log, out var queue);
        await PutAsync(node, queue, "1");
        return (node, keeper, log);
    }

    private static WebhookKeeper Keeper(TestNode node, Uri address, LogLines<WebhookTests> log, out WebhookQueue queue)
    {
        queue = new WebhookQueue(node.Options, node.Time);
        return new WebhookKeeper(Only(address), new WebhookSender(Secret, node.Time), queue, node.Books, node.State, node.Metrics, node.Time, log);
    }

    private static WebhookWorker Worker(TestNode node) => new(node.Options, new WebhookQueue(node.Options, node.Time), node.Books, node.State, node.Metrics, node.Time, Leadership.Alone(node.Time), new LogLines<WebhookWorker>());

    private static Task PutAsync(TestNode node, WebhookQueue queue, params string[] keys) => node.Books.WriteAsync(
        session =>
        {
            queue.Add(session, keys.Select(key => queue.Text.Of(WebhookTypes.PayoutMade, key, node.Time.GetUtcNow(), new { key })));
        },
        CancellationToken.None);

    private static List<(string Id, string Type, JsonElement Body)> Waiting(TestNode node) => [.. node.Books
        .Read(session => session.Webhooks.Backlog().Keys.SelectMany(target => session.Webhooks.Due(target, DateTimeOffset.MaxValue, 1_000)).ToList())
        .Select(row => (row.Id, Body: JsonDocument.Parse(row.Body).RootElement))
        .Select(row => (row.Id, row.Body.GetProperty("type").GetString() ?? "", row.Body))];

    private static List<string> Deliveries(TestNode node) => [.. node.Metrics.Page.Read().Where(row => row.Definition == MetricCatalogue.WebhookDeliveries)
        .Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Labels[2].Value} {row.Sum}"))];
}
