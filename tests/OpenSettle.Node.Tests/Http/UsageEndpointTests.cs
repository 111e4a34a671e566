using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenSettle.Node.Tests.Support;
using OpenSettle.Primitives;
using OpenSettle.Storage.Usage;
using static OpenSettle.Node.Tests.Support.IntakeHost;

namespace OpenSettle.Node.Tests.Http;

public sealed class UsageEndpointTests : IAsyncLifetime
{
    private IntakeHost _intake = null!;

    public async Task InitializeAsync() => _intake = await StartAsync();

    public async Task DisposeAsync() => await _intake.DisposeAsync();

    [Fact]
    public async Task Event_Good_IsInTheFileBeforeTheAnswer()
    {
        var answer = await _intake.PostAsync(Event("1"));
        Assert.Equal((202, (1, 0, 0, 0, 0), "application/json"), (answer.Status, answer.Counts, answer.Type));
        Assert.Empty(answer.Problems);
        var taken = Assert.Single(_intake.Events());
        Assert.Equal(("1", "urn:gateway", "use", "contracts", "ok", 12UL, 1795175940UL), (taken.Id, taken.Source, taken.Type, taken.Domain, taken.Outcome, taken.Units, taken.Time));
        Assert.Equal((Model, Address.Zero, Hash32.Zero, ""), (taken.Model, taken.Payer, taken.Payment, taken.Cost));
        Assert.Null(taken.Attribution);
        Assert.NotEqual(Hash32.Zero, taken.Consumer);
    }

    [Fact]
    public async Task Event_Twice_IsADuplicateAndStillTaken()
    {
        await _intake.PostAsync(Event("1"));
        _intake.Time.Advance(TimeSpan.FromHours(1));
        var answer = await _intake.PostAsync(Event("1"));
        Assert.Equal((202, (0, 0, 1, 0, 0)), (answer.Status, answer.Counts));
        Assert.Equal((0, null, "duplicate"), (answer.Problems[0].Index, answer.Problems[0].Field, answer.Problems[0].Status));
        Assert.Single(_intake.Events());
    }

    [Fact]
    public async Task Event_KnownWithAnotherContent_IsAConflictAndKeepsTheFirst()
    {
        await _intake.PostAsync(Event("1"));
        var answer = await _intake.PostAsync(Event("1", ("\"units\": 12", "\"units\": 13")));
        Assert.Equal((409, (0, 0, 0, 1, 0)), (answer.Status, answer.Counts));
        answer.AssertProblem(409, "id of its own");
        Assert.Equal(12UL, Assert.Single(_intake.Events()).Units);
        Assert.Equal(1, _intake.Journal.Totals.Conflicts);
    }

    [Fact]
    public async Task Batch_PartlyBad_KeepsTheGoodPart()
    {
        await _intake.PostAsync(Event("known"));
        var text = $"[{Event("1")}, 5, {Event("2", ("\"units\": 12", "\"units\": -1"))}, {Event("known")}, {Event("known", ("contracts", "poems"))}, {Event("1")}, {Event("3")}, "
            + $"{Event("4", (Model.ToString(), World.Alice.ToString().PadRight(66, '0')))}]";
        var answer = await _intake.PostAsync(text, Batch);
        Assert.Equal((202, (2, 1, 2, 1, 2)), (answer.Status, answer.Counts));
        Assert.Equal(
            [(1, null, "refused"), (2, "data.units", "refused"), (3, null, "duplicate"), (4, null, "conflict"), (5, null, "duplicate"), (7, null, "held")],
            answer.Problems.Select(problem => (problem.Index, problem.Field, problem.Status)));
        Assert.Contains("registry has no such model", answer.Problems[5].Reason, StringComparison.Ordinal);
        Assert.Equal(["known", "1", "3", "4"], _intake.Events().Select(e => e.Id));
    }

    [Theory]
    [InlineData("2026-11-20T13:00:00Z", 0)]
    [InlineData("2026-11-20T13:00:01Z", 4)]
    [InlineData("2026-08-22T12:00:00Z", 0)]
    [InlineData("2026-08-22T11:59:59Z", 3)]
    public async Task Event_OfAnotherTime_WaitsWhereNobodyKnowsItsId(string time, int hold)
    {
        var answer = await _intake.PostAsync(Event("1", ("2026-11-20T11:59:00Z", time)));
        Assert.Equal((202, hold == 0 ? (1, 0, 0, 0, 0) : (0, 1, 0, 0, 0)), (answer.Status, answer.Counts));
        Assert.Equal(hold == 0 ? [] : [(Hold)hold], _intake.Journal.Held().Select(group => group.Hold));
    }

    [Fact]
    public async Task Event_OfAGatewayThatTheModelDoesNotList_Waits()
    {
        var key = _intake.AddGateway("other", GatewayScopes.SendUnsigned, address: World.Bob);
        _intake.Time.Advance(TimeSpan.FromSeconds(2));
        var answer = await _intake.PostAsync(Event("1"), key: key);
        Assert.Equal((202, (0, 1, 0, 0, 0)), (answer.Status, answer.Counts));
        Assert.Equal(Hold.UnlistedGateway, Assert.Single(_intake.Journal.Held()).Hold);
    }

    [Fact]
    public async Task Batch_WithNothingGood_IsRefused()
    {
        var answer = await _intake.PostAsync("[5, null]", Batch);
        Assert.Equal((0, 0, 0, 0, 2), answer.Counts);
        answer.AssertProblem(400, "names the field");
        Assert.Empty(_intake.Events());
    }

    [Fact]
    public async Task Batch_Empty_IsTakenWithZeros()
    {
        var answer = await _intake.PostAsync("[]", Batch);
        Assert.Equal((202, (0, 0, 0, 0, 0)), (answer.Status, answer.Counts));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("$")]
    [InlineData("Basic $")]
    [InlineData("Bearer ")]
    [InlineData("Bearer $x")]
    public async Task Key_ThatNoGatewayHas_Is401AndStoresNothing(string? authorization)
    {
        var answer = await _intake.PostAsync(Event("1"), change: request =>
        {
            request.Headers.Remove("Authorization");
            if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization.Replace("$", _intake.Key, StringComparison.Ordinal));
        });
        answer.AssertProblem(401, "gateway add");
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
        Assert.DoesNotContain(_intake.Key, answer.Body.ToString(), StringComparison.Ordinal);
        Assert.Empty(_intake.Events());
    }

    [Fact]
    public async Task Key_AddedAndRevokedBesideTheNode_IsNoticedWithinTwoSeconds()
    {
        Assert.Equal(202, (await _intake.PostAsync(Event("1"))).Status);
        var key = _intake.AddGateway("late", GatewayScopes.SendUnsigned);
        Assert.Equal(401, (await _intake.PostAsync(Event("2"), key: key)).Status);
        _intake.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(202, (await _intake.PostAsync(Event("2"), key: key)).Status);
        _intake.Revoke("late");
        _intake.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(401, (await _intake.PostAsync(Event("3"), key: key)).Status);
        Assert.Equal([1, 2], _intake.Journal.Events(0, 10).Select(row => row.Gateway));
    }

    [Fact]
    public async Task Scope_ThatTheKeyLacks_Is403()
    {
        var reads = _intake.AddGateway("reads", GatewayScopes.Read);
        var signs = _intake.AddGateway("signs", GatewayScopes.Send);
        var nobody = _intake.AddGateway("nobody", GatewayScopes.Send, address: Address.Zero);
        _intake.Time.Advance(TimeSpan.FromSeconds(2));
        (await _intake.PostAsync(Event("1"), key: signs)).AssertProblem(403, "send-unsigned");
        (await _intake.PostAsync(Event("1"), key: reads, change: Sign)).AssertProblem(403, "scope send");
        (await _intake.PostAsync(Event("1"), key: nobody, change: Sign)).AssertProblem(403, "--address");
        Assert.Empty(_intake.Events());
    }

    [Fact]
    public async Task SignedBatch_WhoseStatementIsNone_IsRefusedWhole()
    {
        (await _intake.PostAsync($"[{Event("1", ("consumer-77", Model.ToString()))}]", Batch, change: Sign)).AssertProblem(400, "OpenSettle-Batch");
        var answer = await _intake.PostAsync($"[{Event("1", ("consumer-77", Model.ToString()))}, {Event("2")}]", Batch, change: Sign);
        answer.AssertProblem(400, "sign the batch again");
        Assert.Equal([(1, "subject", "refused")], answer.Problems.Select(problem => (problem.Index, problem.Field, problem.Status)));
        Assert.Empty(_intake.Events());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/cloudevents")]
    [InlineData("application/xml; charset=utf-8")]
    public async Task ContentType_Other_Is415(string? type) => (await _intake.PostAsync(Event("1"), type)).AssertProblem(415, Batch);

    [Theory]
    [InlineData(Structured + "; charset=UTF-8", 202)]
    [InlineData(Structured + ";charset=\"utf-8\"", 202)]
    [InlineData("Application/CloudEvents+JSON", 202)]
    [InlineData("application/json", 202)]
    [InlineData(Structured + "; charset=latin1", 415)]
    [InlineData("application/json; charset=utf-16", 415)]
    public async Task ContentType_Spelled_IsReadAsWhatItIs(string type, int expected) => Assert.Equal(expected, (await _intake.PostAsync(Event("1"), type)).Status);

    [Fact]
    public async Task Json_WithoutAnEnvelopeInHeaders_IsOneEventOrSeveral()
    {
        Assert.Equal((1, 0, 0, 0, 0), (await _intake.PostAsync(Event("1"), "application/json")).Counts);
        Assert.Equal((2, 0, 0, 0, 0), (await _intake.PostAsync($"[{Event("2")},{Event("3")}]", "application/json")).Counts);
    }

    [Theory]
    [InlineData(1000, 202)]
    [InlineData(1001, 413)]
    public async Task Batch_OfManyEvents_IsBounded(int count, int expected)
    {
        var answer = await _intake.PostAsync($"[{string.Join(',', Enumerable.Range(0, count).Select(number => Event($"{number}")))}]", Batch);
        Assert.Equal(expected, answer.Status);
        Assert.Equal(expected == 202 ? count : 0, _intake.Events().Count);
        if (expected == 413) answer.AssertProblem(413, "1000 events");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_OfManyBytes_IsBounded(bool tellsItsLength)
    {
        const int Most = 4 * 1024 * 1024;
        var text = Event("1");
        Action<HttpRequestMessage> change = request => request.Headers.TransferEncodingChunked = !tellsItsLength;
        Assert.Equal(202, (await _intake.PostAsync(text + new string(' ', Most - text.Length), change: change)).Status);
        (await _intake.PostAsync(Event("2") + new string(' ', Most - text.Length + 1), change: change)).AssertProblem(413, $"{Most} bytes");
        Assert.Single(_intake.Events());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("GZIP")]
    public async Task Body_Packed_IsUnpackedAndBounded(string encoding)
    {
        const int Most = 4 * 1024 * 1024;
        Assert.Equal(202, (await _intake.PostAsync(Pack(Event("1"), encoding), change: Encoded(encoding))).Status);
        Assert.Equal(202, (await _intake.PostAsync(Pack(Event("2").PadRight(Most), encoding), change: Encoded(encoding))).Status);
        (await _intake.PostAsync(Pack(Event("3").PadRight(Most + 1), encoding), change: Encoded(encoding))).AssertProblem(413, "unpacked");
        (await _intake.PostAsync(Pack(new string(' ', 100_000_000), encoding), change: Encoded(encoding))).AssertProblem(413, "unpacked");
        var packed = Pack($"[{string.Join(',', Enumerable.Range(10, 90).Select(number => Event($"{number}")))}]", encoding);
        Assert.Equal(400, (await _intake.PostAsync(packed[..(packed.Length / 2)], Batch, change: Encoded(encoding))).Status);
        packed[0] ^= 0xff;
        Assert.Equal(400, (await _intake.PostAsync(packed, Batch, change: Encoded(encoding))).Status);
        Assert.Equal(["1", "2"], _intake.Events().Select(e => e.Id));
    }

    [Theory]
    [InlineData("deflate")]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    public async Task Body_PackedOtherwise_Is415(string encoding)
    {
        var answer = await _intake.PostAsync(Event("1"), change: Encoded(encoding));
        answer.AssertProblem(415, "gzip or br");
    }

    [Theory]
    [InlineData("", "Line 1")]
    [InlineData("{", "Line 1")]
    [InlineData("{} {}", "Line 1")]
    [InlineData("\n\n{ not json", "Line 3")]
    [InlineData("[1,]", "Line 1")]
    public async Task Body_ThatIsNotJson_Is400AndSaysWhere(string text, string where) => (await _intake.PostAsync(text, "application/json")).AssertProblem(400, where);

    [Fact]
    public async Task Body_BrokenAtItsEnd_LeavesNothingOfItself()
    {
        (await _intake.PostAsync($"[{Event("1")},{Event("2")}", Batch)).AssertProblem(400, "Line 3");
        Assert.Empty(_intake.Events());
    }

    [Fact]
    public async Task Body_NestedDeeply_Is400()
    {
        Assert.Equal(400, (await _intake.PostAsync(new string('[', 100_000), Batch)).Status);
        Assert.Equal(400, (await _intake.PostAsync(Event("1", ("\"units\"", $"\"more\": {new string('[', 60)}{new string(']', 60)}, \"units\"")))).Status);
    }

    [Fact]
    public async Task Body_OfTheOtherForm_Is400()
    {
        (await _intake.PostAsync(Event("1"), Batch)).AssertProblem(400, "A batch is an array");
        (await _intake.PostAsync($"[{Event("1")}]")).AssertProblem(400, "A batch is an array");
        Assert.Equal(400, (await _intake.PostAsync("5")).Status);
    }

    [Fact]
    public async Task Binary_WithItsEnvelopeInHeaders_IsTaken()
    {
        var answer = await _intake.PostAsync($$"""{"modelId":"{{Model}}","domain":"d","units":"7"}""", "application/json", change: request =>
        {
            foreach (var (name, value) in new[]
            {
                ("ce-specversion", "1.0"), ("ce-id", "\"a%20b\""), ("CE-Source", "urn:g%C3%A4teway"), ("ce-type", "use"), ("ce-time", "2026-11-20T12:00:00+01:00"), ("ce-subject", "eip155:31337:0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
            })
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        });
        Assert.Equal((202, (1, 0, 0, 0, 0)), (answer.Status, answer.Counts));
        var taken = Assert.Single(_intake.Events());
        Assert.Equal(("a b", "urn:gäteway", 7UL, 1795172400UL), (taken.Id, taken.Source, taken.Units, taken.Time));
        Assert.Equal(Address.Parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"), taken.Payer);
    }

    [Theory]
    [InlineData("ce-id", "%FF", "id")]
    [InlineData("ce-id", null, "id")]
    [InlineData("ce-type", null, "type")]
    [InlineData("ce-time", "soon", "time")]
    [InlineData("ce-specversion", "0.3", "specversion")]
    public async Task Binary_WithAWrongHeader_NamesIt(string header, string? value, string field)
    {
        var headers = new Dictionary<string, string?> { ["ce-specversion"] = "1.0", ["ce-id"] = "1", ["ce-source"] = "s", ["ce-type"] = "t", ["ce-time"] = "2026-11-20T12:00:00Z", [header] = value };
        var answer = await _intake.PostAsync($$"""{"modelId":"{{Model}}","units":7}""", "application/json", change: request =>
        {
            foreach (var (name, text) in headers.Where(pair => pair.Value is not null)) request.Headers.TryAddWithoutValidation(name, text);
        });
        Assert.Equal((400, field), (answer.Status, Assert.Single(answer.Problems).Field));
    }

    [Fact]
    public async Task Subject_OfTheConsumer_IsNowhereInTheFilesAndKeepsItsHashAfterARestart()
    {
        await _intake.PostAsync(Event("1"));
        Assert.True(_intake.Contains("urn:gateway"u8.ToArray()));
        Assert.False(_intake.Contains("consumer-77"u8.ToArray()));
        Assert.False(_intake.Contains(Keccak256.HashText("consumer-77").ToArray()));
        await _intake.RestartAsync();
        // The same event again is a duplicate only where its consumer's hash is the same.
        Assert.Equal((0, 0, 1, 0, 0), (await _intake.PostAsync(Event("1"))).Counts);
        Assert.Equal((0, 0, 0, 1, 0), (await _intake.PostAsync(Event("1", ("consumer-77", "consumer-78")))).Counts);
    }

    [Fact]
    public async Task Quota_OfASecond_IsHeldAndSaysWhenToComeAgain()
    {
        var key = _intake.AddGateway("slow", GatewayScopes.SendUnsigned, perSecond: 10);
        _intake.Time.Advance(TimeSpan.FromSeconds(2));
        // The whole of a request is taken while anything is left, and waited for afterwards.
        Assert.Equal(202, (await _intake.PostAsync(Many(0, 35), Batch, key)).Status);
        var answer = await _intake.PostAsync(Many(40, 1), Batch, key);
        answer.AssertProblem(429, "10 events in a second");
        Assert.Equal(TimeSpan.FromSeconds(3), answer.Headers.RetryAfter?.Delta);
        Assert.Equal(35, _intake.Events().Count);
        _intake.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(202, (await _intake.PostAsync(Many(40, 1), Batch, key)).Status);
        Assert.Equal(202, (await _intake.PostAsync(Many(50, 30), Batch)).Status);
    }

    [Fact]
    public async Task Quota_OfADay_CountsWhatIsStoredAndSurvivesARestart()
    {
        var key = _intake.AddGateway("small", GatewayScopes.SendUnsigned, perDay: 10);
        _intake.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(202, (await _intake.PostAsync(Many(0, 6), Batch, key)).Status);
        // Duplicates take nothing of it.
        Assert.Equal((0, 0, 4, 0, 0), (await _intake.PostAsync(Many(0, 4), Batch, key)).Counts);
        Assert.Equal((3, 0, 1, 0, 0), (await _intake.PostAsync(Many(5, 4), Batch, key)).Counts);
        Assert.Equal(429, (await _intake.PostAsync(Many(20, 2), Batch, key)).Status);
        await _intake.RestartAsync();
        var answer = await _intake.PostAsync(Many(20, 2), Batch, key);
        answer.AssertProblem(429, "10 in a day".Replace("10", "10 events", StringComparison.Ordinal));
        Assert.InRange(answer.Headers.RetryAfter?.Delta ?? TimeSpan.Zero, TimeSpan.FromHours(11), TimeSpan.FromHours(12));
        Assert.Equal((1, 0, 0, 0, 0), (await _intake.PostAsync(Many(20, 1), Batch, key)).Counts);
        _intake.Time.Advance(TimeSpan.FromHours(12));
        Assert.Equal(202, (await _intake.PostAsync(Many(30, 10), Batch, key)).Status);
    }

    [Fact]
    public async Task Client_ThatGoesInTheMiddleOfABody_LeavesNothing()
    {
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, _intake.Http.BaseAddress?.Port ?? 0);
            var head = $"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {_intake.Key}\r\nContent-Type: {Structured}\r\nContent-Length: 4000\r\n\r\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + Event("1")));
        }

        Assert.Equal(202, (await _intake.PostAsync(Event("2"))).Status);
        Assert.Equal(["2"], _intake.Events().Select(e => e.Id));
    }

    private static string Many(int first, int count) => $"[{string.Join(',', Enumerable.Range(first, count).Select(number => Event($"{number}")))}]";

    private static void Sign(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("OpenSettle-Batch", "gateway=0x00;number=1");

    private static Action<HttpRequestMessage> Encoded(string encoding) => request => request.Content?.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

    private static byte[] Pack(string text, string encoding)
    {
        using var packed = new MemoryStream();
        using (Stream stream = encoding == "br" ? new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true) : new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }
}
