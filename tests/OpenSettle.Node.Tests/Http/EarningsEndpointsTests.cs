using OpenSettle.Storage;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ledger;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using static OpenSettle.Node.Tests.Support.World;

namespace OpenSettle.Node.Tests.Http;

/// <summary>Earnings, why, payouts and claims over HTTP, of a model with a parent, a pool and measured influence.</summary>
public sealed class EarningsEndpointsTests : IAsyncLifetime, IDisposable
{
    private static readonly TestModel Base = Model("base", (Bob, 1), (null, 1));
    private static readonly TestModel Child = Model("child");

    // What BlockWriter.Pay names.
    private static readonly Hash32 Reference = Keccak256.HashText("use");

    private readonly FakeChain _chain = new();
    private readonly TestGateway _gateway = new("eu");
    private readonly TestNode _node;
    private TestApi? _api;

    public EarningsEndpointsTests()
    {
        _chain.Mine(block => block.List(Dollar, 10), block => block.Register(Base), block => block.Register(Child, (Base, 250_000)));
        // Of what does not go up a quarter is Alice's; the rest is the pool.
        _chain.Mine(block => block.SetSplit(Child, 2, 0, [(Alice, 1)], 3, [(Bob, 1)]), block => block.SetGateway(Child, _gateway.Address, listed: true));
        _node = new TestNode(_chain, pushAbove: 1_000);
    }

    private TestApi Api => _api ?? throw new InvalidOperationException("The server is not started.");

    public async Task InitializeAsync() => _api = await TestApi.StartAsync(_node);

    public async Task DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Why_OfEveryAccount_AddsUpToWhatTheBooksGave()
    {
        await SettleAsync();
        foreach (var account in new[] { Alice, Bob, Carol, Base.Creator })
        {
            var why = await Api.GetAsync($"/api/v1/accounts/{account}/why?epoch=1");
            var token = Assert.Single(why.GetProperty("tokens").EnumerateArray());
            var state = _node.Bundles.Read(_node.Epoch(1)!.BundleHash).After.Find(account, Dollar)!.Value;
            Assert.Equal(state.Earned.ToString(), Text(token, "earned"));
            var exact = Number(token.GetProperty("exact"));
            Assert.Equal(Fraction.Of(state.Earned), exact + Number(token.GetProperty("rounding")));
            Assert.Equal(exact, Sum(token.GetProperty("models").EnumerateArray(), "exact"));
            foreach (var model in token.GetProperty("models").EnumerateArray())
            {
                Assert.Equal(Number(model.GetProperty("exact")), Sum(model.GetProperty("groups").EnumerateArray(), "exact"));
                foreach (var group in model.GetProperty("groups").EnumerateArray())
                {
                    Assert.Equal(Number(group.GetProperty("exact")), Sum(group.GetProperty("reasons").EnumerateArray(), "exact"));
                    var payments = await PaymentsAsync(account, 1, Text(group, "group"), limit: 1);
                    Assert.Equal((group.GetProperty("payments").GetInt32(), Number(group.GetProperty("exact"))), (payments.Count, Sum(payments, "exact")));
                }
            }
        }
    }

    [Fact]
    public async Task Why_TellsThePathThroughTheLineageAndByWhatItWasMeasured()
    {
        await SettleAsync();
        // Of 1,000 a quarter goes up to the base, and half of that is Bob's. The payment that is named is divided by its events, the other by the open one.
        var bob = Only(await Api.GetAsync($"/api/v1/accounts/{Bob}/why?epoch=1&token={Dollar}"));
        var reasons = Groups(bob).SelectMany(group => group.GetProperty("reasons").EnumerateArray()).Select(reason => (Text(reason, "kind"), reason.GetProperty("path").GetArrayLength(), Text(reason.GetProperty("exact"), "fraction"))).Order();
        Assert.Equal([("direct", 1, "1125/8"), ("row", 2, "125"), ("row", 2, "175/2")], reasons);
        var usage = Assert.Single(bob.GetProperty("usage").EnumerateArray());
        Assert.Equal((Child.Id.ToString(), 2, 2), (Text(usage, "model"), usage.GetProperty("events").GetInt32(), usage.GetProperty("counted").GetInt32()));
        Assert.Single(usage.GetProperty("methods").EnumerateArray());
        var path = Groups(bob).SelectMany(group => group.GetProperty("reasons").EnumerateArray()).First(reason => Text(reason, "kind") == "row").GetProperty("path").EnumerateArray().Select(step => Text(step, "model"));
        Assert.Equal([Child.Id.ToString(), Base.Id.ToString()], path);
    }

    [Fact]
    public async Task Why_OfEveryReason_TellsTheFactorsOfItsPart()
    {
        await SettleAsync();
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        var paths = new HashSet<int>();
        foreach (var account in new[] { Alice, Bob, Carol, Base.Creator })
        {
            foreach (var reason in Groups(Only(await Api.GetAsync($"/api/v1/accounts/{account}/why?epoch=1"))).SelectMany(group => group.GetProperty("reasons").EnumerateArray()))
            {
                var steps = reason.GetProperty("path").EnumerateArray().ToList();
                Assert.False(steps[0].TryGetProperty("share", out _));
                var part = steps.Skip(1).Aggregate(Millionths(reason, "keeps"), (product, step) => product * Millionths(step, "share")) * Fraction.Of(Amount(reason, "weight"), Amount(reason, "of"));
                if (reason.TryGetProperty("pool", out var pool)) part *= Fraction.Of(Amount(pool, "weight"), Amount(pool, "of"));
                Assert.Equal(Number(reason.GetProperty("part")), part);
                kinds.Add(Text(reason, "kind"));
                paths.Add(steps.Count);
            }
        }

        Assert.True(kinds.IsSupersetOf(["row", "direct", "open"]) && paths.SetEquals([1, 2]));
    }

    [Fact]
    public async Task Why_OfAnActiveEpoch_IsTheSameForEverAndNotSentTwice()
    {
        await SettleAsync();
        using var first = await Api.Http.GetAsync(new Uri($"/api/v1/accounts/{Bob}/why?epoch=1", UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/accounts/{Bob}/why?epoch=1");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var again = await Api.Http.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotModified, true), (first.StatusCode, again.StatusCode, first.Headers.CacheControl!.Public));
        // Without an epoch it is the newest one's, which may change.
        var newest = await Api.GetAsync($"/api/v1/accounts/{Bob}/why");
        Assert.Equal(_node.State.Active!.Epoch, newest.GetProperty("epoch").GetUInt64());
    }

    [Fact]
    public async Task Why_WhereTheBundleIsGone_SaysWhereItComesFrom()
    {
        await SettleAsync();
        File.Delete(_node.Bundles.PathOf(_node.Epoch(1)!.BundleHash));
        await Api.AssertProblemAsync($"/api/v1/accounts/{Bob}/why?epoch=1", HttpStatusCode.ServiceUnavailable, "mirror");
    }

    [Fact]
    public async Task Why_WhereTheBooksSayMore_AnswersNothingAndRaisesAnAlert()
    {
        await SettleAsync();
        // Money that no bundle explains.
        await _node.Books.WriteAsync(
            session =>
            {
                session.Ledger.Post("forged", new LedgerEntry(Dollar, LedgerAccount.Payers, LedgerAccount.Model(Child.ModelId), 10_000));
                session.Ledger.Post("epoch 1", new LedgerEntry(Dollar, LedgerAccount.Model(Child.ModelId), LedgerAccount.Contributor(Bob), 10_000));
            },
            CancellationToken.None);
        await Api.AssertProblemAsync($"/api/v1/accounts/{Bob}/why?epoch=1", HttpStatusCode.InternalServerError, "db check");
        Assert.Contains(_node.State.Alerts.All, alert => alert.Name == "why epoch 1");
        Assert.Single((await Api.GetAsync($"/api/v1/accounts/{Alice}/why?epoch=1")).GetProperty("tokens").EnumerateArray());
    }

    [Theory]
    [InlineData("why?epoch=9", 404, "GET /api/v1/epochs")]
    [InlineData("why?epoch=0", 400, "whole number")]
    [InlineData("why?token=dollar", 400, "40 hexadecimal")]
    [InlineData("why?model=7", 400, "64 hexadecimal")]
    [InlineData("why?limit=501", 400, "from 1 to 500")]
    [InlineData("why?epoch=1&group=0-plain", 400, "token=0x")]
    [InlineData("why?epoch=1&token=0x1111111111111111111111111111111111111111&group=7-plain", 404, "Without 'group'")]
    [InlineData("why?epoch=1&token=0x1111111111111111111111111111111111111111&group=7-plain&after=1", 400, "123.4")]
    [InlineData("earnings?from=x", 400, "whole number")]
    [InlineData("earnings?format=xml", 400, "csv")]
    [InlineData("earnings?limit=0", 400, "from 1 to 500")]
    [InlineData("earnings?by=luck", 400, "rows or pool")]
    [InlineData("payouts?before=0", 400, "whole number")]
    [InlineData("payouts?format=xml", 400, "csv")]
    [InlineData("claim?to=0x0000000000000000000000000000000000000000", 400, "address")]
    [InlineData("claim?tokens=0x11", 400, "40 hexadecimal")]
    [InlineData("claim?deadline=soon", 400, "whole number")]
    public async Task Question_ThatCannotBeAnswered_IsAProblemWithARemedy(string question, int status, string remedy)
    {
        await SettleAsync();
        await Api.AssertProblemAsync($"/api/v1/accounts/{Bob}/{question}", (HttpStatusCode)status, remedy);
    }

    [Fact]
    public async Task Earnings_OfEveryAccount_AreWhatTheLedgerHasByModelEpochAndEntry()
    {
        await SettleAsync();
        foreach (var account in new[] { Alice, Bob, Carol, Base.Creator })
        {
            var earned = _node.Books.Read(session => session.Ledger.ByToken(LedgerAccount.Contributor(account))).Single().Totals.In;
            var answer = await Api.GetAsync($"/api/v1/accounts/{account}/earnings");
            var token = Assert.Single(answer.GetProperty("tokens").EnumerateArray());
            Assert.Equal(("USD", earned), (Text(token, "symbol"), Amount(token, "earned")));
            Assert.Equal(earned, Amount(token, "claimable") + Amount(token, "belowLeaf") + Amount(token, "pushWaiting") + Amount(token.GetProperty("paid"), "total"));
            Assert.Equal(Amount(token.GetProperty("paid"), "total"), Amount(token.GetProperty("paid"), "byClaim") + Amount(token.GetProperty("paid"), "byPush"));
            foreach (var (list, figure) in new[] { ("models", "earned"), ("series", "earned"), ("entries", "amount") })
                Assert.Equal(earned, answer.GetProperty(list).EnumerateArray().Aggregate(UInt256.Zero, (sum, item) => sum + Amount(item, figure)));
        }
    }

    [Fact]
    public async Task Earnings_SayAsWhat()
    {
        await SettleAsync();
        var answer = await Api.GetAsync($"/api/v1/accounts/{Bob}/earnings");
        var models = answer.GetProperty("models").EnumerateArray().Select(model => (Text(model, "model"), Text(model, "by"), string.Join(",", model.GetProperty("roles").EnumerateArray().Select(role => role.GetString())))).ToList();
        Assert.Contains((Base.Id.ToString(), "rows", "data"), models);
        Assert.Contains((Child.Id.ToString(), "pool", ""), models);
        var one = await Api.GetAsync($"/api/v1/accounts/{Bob}/earnings?model={Base.Id}&from=1&to=1");
        Assert.Equal([(Base.Id.ToString(), 1UL)], one.GetProperty("entries").EnumerateArray().Select(entry => (Text(entry, "model"), entry.GetProperty("epoch").GetUInt64())));
    }

    [Fact]
    public async Task Earnings_ByRoleAndByPool_AreToldAloneAndPageByPage()
    {
        await SettleAsync();
        var all = (await Api.GetAsync($"/api/v1/accounts/{Bob}/earnings")).GetProperty("entries").EnumerateArray().Select(entry => entry.GetRawText()).ToList();
        var parts = new List<string>();
        foreach (var only in new[] { "by=pool", "role=data&by=rows" })
        {
            string? before = null;
            do
            {
                var page = await Api.GetAsync($"/api/v1/accounts/{Bob}/earnings?{only}&limit=1{(before is null ? "" : $"&before={before}")}");
                parts.AddRange(page.GetProperty("entries").EnumerateArray().Select(entry => entry.GetRawText()));
                Assert.Single(page.GetProperty("models").EnumerateArray().Select(model => Text(model, "by")).Distinct());
                before = page.TryGetProperty("next", out var next) ? next.GetString() : null;
            }
            while (before is not null);
        }

        Assert.Equal(all.Order(StringComparer.Ordinal), parts.Order(StringComparer.Ordinal));
        Assert.Empty((await Api.GetAsync($"/api/v1/accounts/{Bob}/earnings?role=dat")).GetProperty("series").EnumerateArray());
    }

    [Fact]
    public async Task Earnings_PageByPage_AreAllOfThemOnce()
    {
        await SettleAsync();
        var all = (await Api.GetAsync($"/api/v1/accounts/{Bob}/earnings")).GetProperty("entries").EnumerateArray().Select(entry => entry.GetRawText()).ToList();
        var paged = new List<string>();
        string? before = null;
        do
        {
            var page = await Api.GetAsync($"/api/v1/accounts/{Bob}/earnings?limit=1{(before is null ? "" : $"&before={before}")}");
            paged.AddRange(page.GetProperty("entries").EnumerateArray().Select(entry => entry.GetRawText()));
            before = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (before is not null);
        Assert.True(all.Count > 2);
        Assert.Equal(all, paged);
    }

    [Fact]
    public async Task Earnings_AsCsv_AreTheEntriesAndNoFormula()
    {
        await SettleAsync();
        using var answer = await Api.Http.GetAsync(new Uri($"/api/v1/accounts/{Bob}/earnings?format=csv", UriKind.Relative));
        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("epoch,time,model,modelNumber,token,symbol,decimals,by,roles,amount", lines[0]);
        var entries = (await Api.GetAsync($"/api/v1/accounts/{Bob}/earnings")).GetProperty("entries").EnumerateArray().ToList();
        Assert.Equal(entries.Select(entry => (Text(entry, "model"), Text(entry, "amount"))), lines[1..].Select(line => (line.Split(',')[2], line.Split(',')[9])));
    }

    [Fact]
    public async Task Earnings_OfAnEpochThatIsNotActive_AreToldApart()
    {
        _chain.Mine(block => block.Pay(Child, Dollar, 400));
        while (_node.Epoch(1)?.State != Storage.EpochState.Proposed)
        {
            await _node.TickAsync();
            _chain.Mine();
        }

        var token = Only(await Api.GetAsync($"/api/v1/accounts/{Alice}/earnings"));
        var window = token.GetProperty("inWindow");
        Assert.Equal(("0", "0", "75", "75", "proposed"), (Text(token, "earned"), Text(token, "claimable"), Text(window, "amount"), Text(window, "payable"), Text(window, "state")));
        Assert.Equal(_node.Epoch(1)!.ReadyAt, window.GetProperty("readyAt").GetUInt64());
        await Api.AssertProblemAsync($"/api/v1/accounts/{Alice}/why?epoch=1", HttpStatusCode.NotFound, "not decided");
        await _node.RunAsync(12);
        token = Only(await Api.GetAsync($"/api/v1/accounts/{Alice}/earnings"));
        Assert.Equal(("75", "75", false), (Text(token, "earned"), Text(token, "claimable"), token.TryGetProperty("inWindow", out _)));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, false)]
    public async Task Earnings_OfPaymentsThatNoEpochHas_AreWhatItThenGives(ulong finalLag, bool byTransferToo)
    {
        await _gateway.SendAsync(_node, _gateway.Use(Child, 100, Reference, (Carol, 3), (Bob, 1)), _gateway.Use(Child, 40, default, (Carol, 7)));
        await _node.TickAsync();
        _chain.FinalLag = finalLag;
        _chain.Mine(block => block.Pay(Child, Dollar, 1_000), block =>
        {
            if (byTransferToo) block.Send(Child, Dollar, 700);
            else block.Pay(Base, Dollar, 77);
        });
        Address[] accounts = [Alice, Bob, Carol, Base.Creator];
        var seen = new List<(string NotFinal, string Final)[]>();
        while (_node.Epoch(1) is not { State: >= Storage.EpochState.Built })
        {
            await _node.TickAsync();
            seen.Add(await Task.WhenAll(accounts.Select(ComingAsync)));
            _chain.Mine();
        }

        var earned = accounts.Select(account => _node.Bundles.Read(_node.Epoch(1)!.BundleHash).After.Find(account, Dollar)!.Value.Earned.ToString()).ToArray();
        // First in blocks that may still go, then in final ones; once the epoch has it, it is in its window and nowhere else.
        var known = seen.SkipWhile(row => row.All(sums => sums == ("0", "0"))).ToList();
        Assert.Equal(earned, known[0].Select(sums => finalLag > 0 ? sums.NotFinal : sums.Final));
        Assert.Contains(known, row => row.Select(sums => sums.Final).SequenceEqual(earned));
        Assert.All(known.SkipLast(1), row => Assert.Equal(earned, row.Select(sums => (UInt256.Parse(sums.NotFinal) + UInt256.Parse(sums.Final)).ToString())));
        Assert.All(known[^1], sums => Assert.Equal(("0", "0"), sums));
        var answer = await Api.GetAsync($"/api/v1/accounts/{Alice}/earnings");
        Assert.Equal((earned[0], false), (Text(Only(answer).GetProperty("inWindow"), "amount"), answer.TryGetProperty("undivided", out _)));

        async Task<(string NotFinal, string Final)> ComingAsync(Address account)
        {
            var tokens = (await Api.GetAsync($"/api/v1/accounts/{account}/earnings")).GetProperty("tokens");
            return tokens.GetArrayLength() == 1 && tokens[0].TryGetProperty("coming", out var coming) ? (Text(coming, "notFinal"), Text(coming, "final")) : ("0", "0");
        }
    }

    [Fact]
    public async Task Payouts_OfAClaimAPushAndATake_SayHowAndToWhom()
    {
        await SettleAsync();
        // Below the limit of pushes: a claim. Far above it, and refused: taken to another address.
        _chain.Mine(block => block.Claim(new CumulativeLeaf(Alice, Dollar, _node.State.Active!.After.Find(Alice, Dollar)!.Value.Leaf)), block => block.Refuse(Alice), block => block.Pay(Child, Dollar, 40_000));
        await _node.RunAsync(20);
        var refused = Assert.Single(_node.Books.Read(session => session.Pushes.RefusedOf(Alice)));
        var claim = await Api.GetAsync($"/api/v1/accounts/{Alice}/claim?to={Carol}");
        var push = Assert.Single(claim.GetProperty("pushes").EnumerateArray());
        var tree = PushTree.Build([.. _node.Books.Read(session => session.Pushes.Range(refused.Epoch, 0, 100)).Select(row => new PushEntry(row.Account, row.Recipient, row.Token, row.Amount))]);
        var take = new RoyaltySplit.TakePushCall(refused.Epoch, new PushItem(refused.Index, Alice, Alice, Dollar, refused.Amount), tree.Proof((int)refused.Index), Carol);
        Assert.Equal((Hex.Encode(take.Data.Span), Alice.ToChecksumString()), (Text(push.GetProperty("take"), "data"), Text(push.GetProperty("take"), "from")));
        _chain.Mine(block => block.TakePush(refused.Epoch, refused.Index, Alice, Carol, refused.Amount));
        await _node.TickAsync();

        var payouts = (await Api.GetAsync($"/api/v1/accounts/{Alice}/payouts")).GetProperty("payouts").EnumerateArray().ToList();
        Assert.Equal([("take", Carol.ToChecksumString()), ("claim", Alice.ToChecksumString())], payouts.Select(payout => (Text(payout, "how"), Text(payout, "to"))));
        Assert.All(payouts, payout => Assert.True(Hash32.TryParse(Text(payout, "transaction"), out _) && payout.GetProperty("time").GetUInt64() > 0));
        var bob = (await Api.GetAsync($"/api/v1/accounts/{Bob}/payouts?limit=1")).GetProperty("payouts").EnumerateArray().Single();
        Assert.Equal(("push", Bob.ToChecksumString(), refused.Epoch), (Text(bob, "how"), Text(bob, "to"), bob.GetProperty("epoch").GetUInt64()));
        // The same as a table, page by page.
        using var first = await Api.Http.GetAsync(new Uri($"/api/v1/accounts/{Alice}/payouts?format=csv&limit=1", UriKind.Relative));
        Assert.Equal("text/csv", first.Content.Headers.ContentType?.MediaType);
        var link = Assert.Single(first.Headers.GetValues("Link")).Split('<', '>')[1];
        using var second = await Api.Http.GetAsync(new Uri($"/api/v1/accounts/{Alice}/payouts{link}", UriKind.Relative));
        Assert.False(second.Headers.Contains("Link"));
        var (head, rest) = (await RowsAsync(first), await RowsAsync(second));
        Assert.Equal("time,block,logIndex,how,transaction,token,symbol,decimals,amount,to,epoch", head[0]);
        Assert.Equal(
            payouts.Select(payout => (Text(payout, "how"), Text(payout, "transaction"), Text(payout, "amount"), Text(payout, "to"))),
            new[] { head[1], rest[1] }.Select(row => row.Split(',')).Select(cells => (cells[3], cells[4], cells[8], cells[9])));

        var token = Only(await Api.GetAsync($"/api/v1/accounts/{Alice}/earnings"));
        Assert.Equal(("0", "0", refused.Amount.ToString()), (Text(token, "claimable"), Text(token, "pushWaiting"), Text(token.GetProperty("paid"), "byPush")));
    }

    [Fact]
    public async Task Claim_IsTheCallsAndTheDataThatTheVaultTakes()
    {
        _chain.Mine(block => block.SetRecipient(Bob, Carol));
        await SettleAsync();
        var answer = await Api.GetAsync($"/api/v1/accounts/{Bob}/claim?to={Alice}&deadline=1800000000");
        var (tree, index) = (_node.State.Active!.Tree!, _node.State.Active!.Tree!.IndexOf(Bob, Dollar));
        var request = new ClaimRequest(Bob, Dollar, tree.Leaves[index].Amount, tree.Proof(index));
        var claim = Assert.Single(answer.GetProperty("claims").EnumerateArray());
        string Data(ContractCall call) => Hex.Encode(call.Data.Span);
        Assert.Equal(Data(new RoyaltySplit.ClaimManyCall([request])), Text(answer.GetProperty("all"), "data"));
        Assert.Equal(Data(new RoyaltySplit.ClaimCall(request)), Text(claim.GetProperty("toSelf"), "data"));
        Assert.Equal(Data(new RoyaltySplit.ClaimToCall(request, Alice)), Text(claim.GetProperty("toOther"), "data"));
        Assert.Equal((Vault.ToChecksumString(), "0", Bob.ToChecksumString()), (Text(claim.GetProperty("toOther"), "to"), Text(claim.GetProperty("toOther"), "value"), Text(claim.GetProperty("toOther"), "from")));
        var typed = ClaimTypedData.Of(ChainId, Vault, new ClaimOrder(Bob, Dollar, Alice, request.Cumulative, 1, 1_800_000_000));
        Assert.Equal(typed.Digest().ToString(), Text(claim, "digest"));
        Assert.Equal(("Claim", "1"), (Text(claim.GetProperty("typedData"), "primaryType"), Text(claim.GetProperty("typedData").GetProperty("message"), "nonce")));
        Assert.Equal((Carol.ToChecksumString(), Alice.ToChecksumString(), "1", tree.Root.ToString()), (Text(answer, "recipient"), Text(answer, "to"), Text(answer, "nonce"), Text(answer, "root")));
        Assert.Equal(request.Cumulative, Amount(claim, "amount"));
        // What is claimed, in a final block, is offered no more.
        _chain.Mine(block => block.Claim(tree.Leaves[index]));
        await _node.TickAsync();
        answer = await Api.GetAsync($"/api/v1/accounts/{Bob}/claim");
        Assert.Equal((0, false), (answer.GetProperty("claims").GetArrayLength(), answer.TryGetProperty("all", out _)));
    }

    [Fact]
    public async Task Claim_BeforeAnyEpoch_IsAProblemWithARemedy() => await Api.AssertProblemAsync($"/api/v1/accounts/{Bob}/claim", HttpStatusCode.NotFound, "activeEpoch");

    /// <summary>Two epochs of the child: one payment that events name, and one by plain transfer that none names; then one more.</summary>
    private async Task SettleAsync()
    {
        await _gateway.SendAsync(_node, _gateway.Use(Child, 100, Reference, (Carol, 3), (Bob, 1)), _gateway.Use(Child, 40, default, (Carol, 7)));
        _chain.Mine(block => block.Pay(Child, Dollar, 1_000), block => block.Send(Child, Dollar, 700));
        await _node.RunAsync(20);
        _chain.Mine(block => block.Pay(Child, Dollar, 333), block => block.Pay(Base, Dollar, 77));
        await _node.RunAsync(20);
        Assert.Equal(2UL, _node.State.Active!.Epoch);
    }

    private async Task<IReadOnlyList<JsonElement>> PaymentsAsync(Address account, ulong epoch, string group, int limit)
    {
        var payments = new List<JsonElement>();
        string? after = null;
        do
        {
            var page = await Api.GetAsync($"/api/v1/accounts/{account}/why?epoch={epoch}&token={Dollar}&group={group}&limit={limit}{(after is null ? "" : $"&after={after}")}");
            payments.AddRange(page.GetProperty("payments").EnumerateArray());
            after = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        while (after is not null);
        return payments;
    }

    private static JsonElement Only(JsonElement answer) => Assert.Single(answer.GetProperty("tokens").EnumerateArray());

    private static IEnumerable<JsonElement> Groups(JsonElement token) => token.GetProperty("models").EnumerateArray().SelectMany(model => model.GetProperty("groups").EnumerateArray());

    private static Fraction Sum(IEnumerable<JsonElement> items, string name) => items.Aggregate(Fraction.Zero, (sum, item) => sum + Number(item.GetProperty(name)));

    private static Fraction Number(JsonElement exact)
    {
        var parts = Text(exact, "fraction").Split('/');
        return new Fraction(BigInteger.Parse(parts[0], CultureInfo.InvariantCulture), parts.Length > 1 ? BigInteger.Parse(parts[1], CultureInfo.InvariantCulture) : BigInteger.One);
    }

    private static Fraction Millionths(JsonElement parent, string name) => new(parent.GetProperty(name).GetInt64(), 1_000_000);

    private static async Task<string[]> RowsAsync(HttpResponseMessage answer) => (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    private static UInt256 Amount(JsonElement parent, string name) => UInt256.Parse(Text(parent, name));

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? "";
}
