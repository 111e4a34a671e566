using System.IO.Compression;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Support;

namespace OpenSettle.Ethereum.Tests.Rpc;

/// <summary>What each client makes of broken connections, statuses, limits and time.</summary>
public sealed class TransportTests
{
    private static readonly LogFilter Filter = new(1, 2, [], []);

    public static TheoryData<string> Names => Clients.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_ThatIsNotTheProtocols_IsBadReply(string name)
    {
        string[] bodies =
        [
            "", " ", "{", "[", "null", "7", "\"text\"", "<html></html>", "{\"jsonrpc\":\"2.0\",\"id\":1", "{}", "[]",
            "{\"jsonrpc\":\"2.0\",\"id\":999999,\"result\":\"0x1\"}",
            new string('[', 100_000),
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" + new string('[', 5_000) + new string(']', 5_000) + "}",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\\ud800\"}",
        ];
        foreach (var body in bodies)
        {
            using var server = StubServer.Replying(_ => StubReply.Text(body));
            using var client = Connect(name, server, new ManualTime());
            var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetChainIdAsync(CancellationToken.None));
            Assert.True(failure.Kind == ChainErrorKind.BadReply, $"{body[..Math.Min(body.Length, 80)]}: {failure}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_ThatIsNotUtf8_IsBadReply(string name)
    {
        using var server = StubServer.Replying(request => new StubReply([.. "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x"u8, 0xff, 0xfe, .. "\"}"u8]));
        using var client = Connect(name, server, new ManualTime());
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal(ChainErrorKind.BadReply, failure.Kind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_BrokenOff_IsUnreachableAndAskedAgain(string name)
    {
        using var server = StubServer.Replying(request =>
        {
            var whole = StubReply.Text(StubServer.Envelope(request, "\"result\":\"0x1\""));
            return whole with { ClaimedLength = whole.Body.Length + 10 };
        });
        using var client = Connect(name, server, new ManualTime());
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal(ChainErrorKind.Unreachable, failure.Kind);
        Assert.Equal(3, server.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_Huge_IsRefusedAsARangeTooLargeForLogs(string name)
    {
        using var server = StubServer.Replying(_ => new StubReply(new byte[64 * 1024 * 1024 + 1]));
        using var client = Connect(name, server, new ManualTime());
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetLogsAsync(Filter, CancellationToken.None));
        Assert.Equal(ChainErrorKind.RangeTooLarge, failure.Kind);
        Assert.Equal(1, server.Requests);
        failure = await Assert.ThrowsAsync<ChainException>(() => client.SendRawAsync(new byte[] { 2, 0xc0 }, CancellationToken.None));
        Assert.Equal(ChainErrorKind.BadReply, failure.Kind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_HugeOnceItIsUnpacked_IsRefusedAsARangeTooLargeForLogs(string name)
    {
        var packed = Packed(new byte[64 * 1024 * 1024 + 1]);
        using var server = StubServer.Replying(_ => new StubReply(packed, Headers: "Content-Encoding: gzip\r\n"));
        using var client = Connect(name, server, new ManualTime());
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetLogsAsync(Filter, CancellationToken.None));
        Assert.Equal(ChainErrorKind.RangeTooLarge, failure.Kind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answers_OfAnySize_AreReadAndLeaveOneAnotherAlone(string name)
    {
        // Packed answers say nothing of their length, plain ones do; both are larger than any first buffer, or smaller.
        foreach (var size in new[] { 1, 40_000, 1_000_000 })
        {
            foreach (var isPacked in new[] { false, true })
            {
                var digit = 'a';
                using var server = StubServer.Replying(request =>
                {
                    var body = Readers.Utf8(StubServer.Envelope(request, $"\"result\":[{Replies.Log(block: "0x1").Replace("0x01", $"0x{new string(digit++, 2 * size)}", StringComparison.Ordinal)}]"));
                    return isPacked ? new StubReply(Packed(body), Headers: "Content-Encoding: gzip\r\n") : new StubReply(body);
                });
                using var client = Connect(name, server, new ManualTime());
                var first = await client.GetLogsAsync(Filter, CancellationToken.None);
                var second = await client.GetLogsAsync(Filter, CancellationToken.None);
                Assert.Equal(Enumerable.Repeat((byte)0xaa, size), first[0].Data.ToArray());
                Assert.Equal(Enumerable.Repeat((byte)0xbb, size), second[0].Data.ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Endpoint_ThatIsNotThere_IsUnreachable(string name)
    {
        Uri endpoint;
        using (var gone = StubServer.WithResult("null")) endpoint = gone.Endpoint;
        using var client = Clients.Named(name, new ManualTime()).Connect(endpoint, ManualTime.Deadline);
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal(ChainErrorKind.Unreachable, failure.Kind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Endpoint_ThatNeverAnswers_IsUnreachableAfterItsDeadline(string name)
    {
        var time = new ManualTime();
        using var server = StubServer.Replying(_ => new StubReply([], NeverAnswers: true));
        using var client = Connect(name, server, time);
        var sending = client.SendRawAsync(new byte[] { 2, 0xc0 }, CancellationToken.None);
        await server.Waiting.Task;
        time.EndDeadlines();
        var failure = await Assert.ThrowsAsync<ChainException>(() => sending);
        Assert.Equal(ChainErrorKind.Unreachable, failure.Kind);
        Assert.Contains("no answer within 60 s", failure.Message);
        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Cancellation_WhileWaiting_IsNotAnEndpointsFault(string name)
    {
        using var server = StubServer.Replying(_ => new StubReply([], NeverAnswers: true));
        using var client = Connect(name, server, new ManualTime());
        using var stop = new CancellationTokenSource();
        var reading = client.GetChainIdAsync(stop.Token);
        await server.Waiting.Task;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Read_RateLimited_WaitsAsLongAsTheEndpointAsks(string name)
    {
        var time = new ManualTime();
        var answers = 0;
        using var server = StubServer.Replying(request => answers++ == 0
            ? StubReply.Text("slow down", 429, "Retry-After: 7\r\n")
            : StubReply.Text(StubServer.Envelope(request, "\"result\":\"0x7a69\"")));
        using var client = Connect(name, server, time);
        Assert.Equal(31337UL, await client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal([TimeSpan.FromSeconds(7)], time.Waits);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Read_RateLimitedUntilADate_WaitsUntilThen(string name)
    {
        var time = new ManualTime();
        var answers = 0;
        using var server = StubServer.Replying(request => answers++ == 0
            ? StubReply.Text(StubServer.Envelope(request, "\"error\":{\"code\":-32005,\"message\":\"limit\"}"), 429, "Retry-After: Fri, 20 Nov 2026 12:00:05 GMT\r\n")
            : StubReply.Text(StubServer.Envelope(request, "\"result\":\"0x7a69\"")));
        using var client = Connect(name, server, time);
        Assert.Equal(31337UL, await client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal([TimeSpan.FromSeconds(5)], time.Waits);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Read_AskedToWaitLong_LeavesThatToTheCaller(string name)
    {
        using var server = StubServer.Replying(_ => StubReply.Text("slow down", 429, "Retry-After: 3600\r\n"));
        using var client = Connect(name, server, new ManualTime());
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal(ChainErrorKind.RateLimited, failure.Kind);
        Assert.Equal(TimeSpan.FromHours(1), failure.RetryAfter);
        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Read_Failing_IsTriedThreeTimesWithGrowingWaits(string name)
    {
        var time = new ManualTime();
        using var server = StubServer.Replying(_ => StubReply.Text("bad gateway", 502));
        using var client = Connect(name, server, time);
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal(ChainErrorKind.Unreachable, failure.Kind);
        Assert.Equal([TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400)], time.Waits);
        Assert.Equal(3, server.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Broadcast_Failing_IsNeverRepeated(string name)
    {
        using var server = StubServer.Replying(_ => StubReply.Text("bad gateway", 502));
        using var client = Connect(name, server, new ManualTime());
        await Assert.ThrowsAsync<ChainException>(() => client.SendRawAsync(new byte[] { 2, 0xc0 }, CancellationToken.None));
        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Status_OfAWrongKey_IsFinal(string name)
    {
        using var server = StubServer.Replying(_ => StubReply.Text("who are you?", 401));
        using var client = Connect(name, server, new ManualTime());
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal((ChainErrorKind.Forbidden, false), (failure.Kind, failure.IsTransient));
        Assert.Contains("HTTP 401", failure.Message);
        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Redirect_Offered_IsNotFollowed(string name)
    {
        using var elsewhere = StubServer.WithResult("\"0x1\"");
        using var server = StubServer.Replying(_ => StubReply.Text(string.Empty, 307, $"Location: {elsewhere.Endpoint}\r\n"));
        using var client = Connect(name, server, new ManualTime());
        await Assert.ThrowsAsync<ChainException>(() => client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal(0, elsewhere.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Credentials_OfTheEndpoint_AreInNoMessage(string name)
    {
        const string Key = "0123456789abcdef0123456789abcdef";
        var header = Convert.ToBase64String("someone:hunter2!"u8);
        using var server = StubServer.Replying(request => StubReply.Text(
            StubServer.Envelope(request, $"\"error\":{{\"code\":-32000,\"message\":\"no such project {Key}, {Key.ToUpperInvariant()}, someone, hunter2!, hunter2%21, s3cret, Basic {header}\"}}")));
        var endpoint = new Uri($"http://someone:hunter2%21@127.0.0.1:{server.Endpoint.Port}/v3/{Key}?token=s3cret");
        using var client = Clients.Named(name, new ManualTime()).Connect(endpoint, ManualTime.Deadline);
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetChainIdAsync(CancellationToken.None));
        Assert.Equal($"http://127.0.0.1:{server.Endpoint.Port}/v3/***", client.Endpoint);
        foreach (var secret in new[] { Key, "hunter2", "s3cret", "someone", header }) Assert.DoesNotContain(secret, failure.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Blocks_AnsweredOutOfOrder_StandInOrder(string name)
    {
        using var server = StubServer.Replying(request => Batch(request, answers => answers.Reverse()));
        using var client = Connect(name, server, new ManualTime());
        var blocks = await client.GetBlocksAsync(5, 254, CancellationToken.None);
        Assert.Equal(Enumerable.Range(5, 250).Select(number => (ulong)number), blocks.Select(block => block?.Number ?? 0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Blocks_WithAMissingOrRepeatedAnswer_AreBadReply(string name)
    {
        Func<IEnumerable<string>, IEnumerable<string>>[] changes = [answers => answers.Skip(1), answers => answers.Skip(1).Append(answers.Last()), answers => answers.Append(answers.Last())];
        foreach (var change in changes)
        {
            using var server = StubServer.Replying(request => Batch(request, change));
            using var client = Connect(name, server, new ManualTime());
            var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetBlocksAsync(1, 4, CancellationToken.None));
            Assert.Equal(ChainErrorKind.BadReply, failure.Kind);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Blocks_RefusedAsAWhole_SayWhy(string name)
    {
        using var server = StubServer.Replying(_ => StubReply.Text("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"batches are off\"}}"));
        using var client = Connect(name, server, new ManualTime());
        var failure = await Assert.ThrowsAsync<ChainException>(() => client.GetBlocksAsync(1, 4, CancellationToken.None));
        Assert.Contains("batches are off", failure.Message);
    }

    private static StubReply Batch(string request, Func<IEnumerable<string>, IEnumerable<string>> change)
    {
        using var document = JsonDocument.Parse(request);
        var calls = document.RootElement.ValueKind == JsonValueKind.Array ? document.RootElement.EnumerateArray().ToArray() : [document.RootElement];
        var answers = calls.Select(call =>
            $"{{\"jsonrpc\":\"2.0\",\"id\":{call.GetProperty("id").GetRawText()},\"result\":{Replies.Block(call.GetProperty("params")[0].GetString() ?? "")}}}").ToArray();
        return StubReply.Text($"[{string.Join(',', change(answers))}]");
    }

    private static byte[] Packed(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(body);
        return packed.ToArray();
    }

    private static IChainClient Connect(string name, StubServer server, ManualTime time) =>
        Clients.Named(name, time).Connect(server.Endpoint, ManualTime.Deadline);
}
